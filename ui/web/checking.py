"""A draft while it is checked, and after: kept as long as the tab that it was given in."""

import json
import secrets
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from assistant.answer import Answer
from assistant.assistant import Assistant
from corpus.errors import SourceError
from corpus.filters import Filters
from corpus.types import Document
from ui.draft import SIGNS, Draft, DraftSentence, check_draft, draft_json, drafts, support_in
from ui.markdown import escaped
from ui.output import origin

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["PAGE", "Checking", "add_checks", "checked_markdown", "read_draft"]

PAGE = 100  # sentences shown at once
MOST = 5_000  # sentences: some minutes of work
LONGEST = 2_000_000  # characters that are pasted
PASTED = "the text"
_open: "WeakValueDictionary[str, Checking]" = WeakValueDictionary()  # while a tab holds them


@dataclass(slots=True, weakref_slot=True, eq=False)
class Checking:
    """A draft, what was found of its sentences so far, and what of it is looked at.

    `pieces` are the sentences, each with the words between it and the one before; `rest` follows the last. `id` cannot be
    guessed: who knows it may read the draft.
    """

    pieces: Sequence[tuple[str, DraftSentence]]
    rest: str
    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    answers: list[Answer] = field(default_factory=list)
    stopped: bool = False
    page: int = 0
    chosen: int | None = None  # the number of a sentence, from 0
    _documents: dict[str, Document] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _open[self.id] = self

    @property
    def pages(self) -> int:
        return -(-len(self.pieces) // PAGE)

    @property
    def counts(self) -> Counter[str]:
        """How many sentences have each verdict, in the order of SIGNS."""
        told = Counter(map(support_in, self.answers))
        return Counter({word: told[word] for word in SIGNS if told[word]})

    def run(self, assistant: Assistant, filters: Filters) -> Iterator[int]:
        """Check sentence by sentence until it is done or stopped; yield how many are."""
        for _, answer in check_draft(assistant, [sentence for _, sentence in self.pieces], filters):
            self.answers.append(self._lean(answer))
            yield len(self.answers)
            if self.stopped:
                return

    def choose(self, number: int) -> None:
        """Look at a sentence, and at the page it stands on; one that there is not is left alone."""
        if 0 <= number < len(self.pieces):
            self.chosen, self.page = number, number // PAGE

    def turn(self, page: int) -> None:
        """Look at another page, if there is one of that number."""
        if 0 <= page < self.pages:
            self.page = page

    def next(self, told: str) -> None:
        """Choose the next sentence of a verdict after the chosen one, from the first again after the last."""
        found = [number for number, answer in enumerate(self.answers) if support_in(answer) == told]
        if found:
            after = -1 if self.chosen is None else self.chosen
            self.choose(next((number for number in found if number > after), found[0]))

    def _lean(self, answer: Answer) -> Answer:
        """Return the answer with its documents shared with the others: a draft of 1,000 sentences cites the same over and over."""
        known = {key: self._documents.setdefault(key, document) for key, document in answer.documents.items()}
        cited = (f"{c.document.id}@{c.document.version}" for c in answer.citations)
        citations = tuple(
            replace(c, document=self._documents.setdefault(key, c.document))
            for key, c in zip(cited, answer.citations, strict=True)
        )
        return replace(answer, documents=known, citations=citations)


def read_draft(text: str | None, file: Path | None) -> Checking:
    """Return a draft that is yet to be checked, from a text that was pasted or a file. Raises SourceError."""
    if file is not None:
        return _checking(drafts(file, file.name), file.name)
    if not (text or "").strip():
        raise SourceError("there is nothing to check yet. Paste a text, or choose a file.")
    if len(text or "") > LONGEST:
        raise SourceError(
            f"the text has {len(text or ''):,} characters; at most {LONGEST:,} are read. Check it in parts."
        )
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "draft.txt"
        given.write_text(text or "", encoding="utf-8", errors="replace")
        return _checking(drafts(given, PASTED), PASTED)


def _checking(texts: Sequence[Draft], name: str) -> Checking:
    n = sum(len(draft.sentences) for draft in texts)
    if n > MOST:
        raise SourceError(
            f"{name}: {n:,} sentences; the page checks at most {MOST:,}. Check it in parts, or with: onrecord check FILE"
        )
    pieces: list[tuple[str, DraftSentence]] = []
    rest = ""
    for draft in texts:
        last = 0
        for sentence in draft.sentences:
            pieces.append((rest + draft.text[last : sentence.start], sentence))
            rest, last = "", sentence.end
        rest = f"{rest}{draft.text[last:]}\n\n"
    return Checking(pieces, rest)


def add_checks(server: "FastAPI") -> None:
    """Add the address that gives what came of a draft as a file, while the tab is open that it was given in."""
    from fastapi import Response

    @server.get("/check/{id}/checked.{form}")
    def checked(id: str, form: str) -> Response:
        checking = _open.get(id)
        if checking is None or form not in ("md", "jsonl"):
            return Response("There is no such draft any more. Check it again.\n", 404, media_type="text/plain")
        text = checked_markdown(checking) if form == "md" else _checked_json(checking)
        headers = {"Content-Disposition": f'attachment; filename="checked.{form}"'}
        kind = "text/markdown" if form == "md" else "application/jsonl"
        return Response(text, headers=headers, media_type=f"{kind}; charset=utf-8")


def _checked_json(checking: Checking) -> str:
    """Return the lines of `onrecord check --json`."""
    pairs = zip(checking.pieces, list(checking.answers), strict=False)
    return "".join(f"{json.dumps(draft_json(sentence, a), ensure_ascii=False)}\n" for (_, sentence), a in pairs)


def checked_markdown(checking: Checking) -> str:
    """Return what came of a draft as Markdown: the counts, then each sentence with its verdict, why, and the words."""
    told = ", ".join(f"{n:,} {word}" for word, n in checking.counts.items())
    left = len(checking.pieces) - len(checking.answers)
    lead = f"{told}{f'; {left:,} not checked yet' if left else ''}."
    return "\n\n".join(["# A draft, checked", lead, *map(_markdown, list(checking.answers))]) + "\n"


def _markdown(answer: Answer) -> str:
    told = support_in(answer)
    reason = answer.statements[0].reason if answer.statements else answer.reason and answer.reason.message
    lines = [
        f"{answer.id}\\. {escaped(answer.question)}",
        f"**\\{SIGNS[told]} {told}**{f': {escaped(reason)}' if reason else ''}",
    ]
    lines += map(escaped, answer.of_the_whole)
    for c in answer.citations:
        who = f"{escaped(c.speaker)}, " if c.speaker else ""
        lines.append(f"> {escaped(c.quote)}\n>\n> {who}{escaped(origin(c.document))}: {escaped(c.document.name)}")
    return "\n\n".join(lines)
