"""Which quotations are asked for, by the boxes of the page or by an address; and all of them as a file."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from assistant.answer import Citation, citation_json, day
from assistant.assistant import Assistant
from corpus.errors import NotFoundError, OnRecordError
from corpus.filters import filters_of
from ui.markdown import escaped
from ui.web.parts import QUOTES

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["FORMS", "Asked", "add_lists", "said", "written"]

LONGEST = 2_000  # characters of a box
FORMS = {"md": ("Markdown", "text/markdown"), "csv": ("CSV", "text/csv"), "json": ("JSON", "application/json")}
COLUMNS = ("published", "speaker", "cue", "told to", "words", "outlet", "title", "page", "document", "version", "start", "end")  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet takes a cell for a formula


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose words are wanted, and which page of them; the texts are as they were typed."""

    speaker: str = ""
    about: str = ""
    first: str = ""
    last: str = ""
    outlet: str = ""
    page: int = 1

    @classmethod
    def of(cls, page: object = 1, **boxes: object) -> Self:
        """Return what boxes hold, whatever came from the browser."""
        number = int(str(page)) if str(page).isdecimal() and len(str(page)) < 7 else 1
        return cls(**{name: str(value or "").strip()[:LONGEST] for name, value in boxes.items()}, page=max(1, number))

    @classmethod
    def named(cls, query: Mapping[str, str]) -> Self:
        """Return what the query of an address names."""
        names = {"speaker": "speaker", "about": "about", "first": "from", "last": "to", "outlet": "outlet"}
        return cls.of(query.get("page", "1"), **{name: query.get(key, "") for name, key in names.items()})

    @property
    def is_limited(self) -> bool:
        """Whether more is asked than who speaks."""
        return bool(self.about or self.first or self.last or self.outlet)

    @property
    def query(self) -> str:
        given = {"speaker": self.speaker, "about": self.about, "from": self.first, "to": self.last}
        given |= {"outlet": self.outlet, "page": str(self.page) if self.page > 1 else ""}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def address(self) -> str:
        """The address of the page that shows this."""
        return f"{QUOTES.path}?{self.query}"


def said(assistant: Assistant, asked: Asked) -> Sequence[Citation]:
    """Return the quotations, oldest first. Raises QuestionError."""
    given = {"from": asked.first, "to": asked.last, "outlets": asked.outlet, "speakers": asked.speaker}
    return assistant.quotes(filters_of(given), asked.about or None)


def add_lists(server: "FastAPI", assistant: Assistant) -> None:
    """Add the addresses that give quotations as a file; the query is that of the page."""
    from fastapi import Request, Response

    @server.get("/quotes/list.{form}")
    def quotations(form: str, request: Request) -> Response:
        try:
            if form not in FORMS:
                raise NotFoundError(f"{form}: no such form. There are {', '.join(FORMS)}.")
            text = written(said(assistant, Asked.named(request.query_params)), form)
        except OnRecordError as error:
            return Response(f"{error}\n", 404 if isinstance(error, NotFoundError) else 400, media_type="text/plain")
        headers = {"Content-Disposition": f'attachment; filename="quotations.{form}"'}
        return Response(text, headers=headers, media_type=f"{FORMS[form][1]}; charset=utf-8")


def written(found: Sequence[Citation], form: str) -> str:
    """Return quotations as a text of a form of FORMS; as JSON they are those of `onrecord quotes --json`."""
    if form == "json":
        return json.dumps([citation_json(citation) for citation in found], ensure_ascii=False)
    return _as_csv(found) if form == "csv" else _as_markdown(found)


def _as_csv(found: Sequence[Citation]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for c in found:
        d = c.document
        row = (d.published, c.speaker, c.cue, ", ".join(c.via), c.quote, d.outlet, d.name, c.page, d.id, d.version, c.start, c.end)  # fmt: skip
        writer.writerow(_harmless(cell) for cell in row)
    return file.getvalue()


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _as_markdown(found: Sequence[Citation]) -> str:
    return "\n\n".join(map(_markdown, found)) + "\n"


def _markdown(citation: Citation) -> str:
    document = citation.document
    whom = f" to {', '.join(citation.via)}" if citation.via else ""
    page = f", page {citation.page}" if citation.page else ""
    where = f"{document.name}{page}. {document.outlet or 'Outlet unknown'}, {day(document.published)}."
    return f"> {escaped(citation.quote)}\n>\n> {escaped(f'{citation.speaker} ({citation.cue}{whom}). {where}')}"
