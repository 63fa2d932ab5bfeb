"""What the address of a source opens: a version of a document at some words, and what the record knows about them.

An address may be forged in any part; what is no version, or no words of it, is one error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.catalog import Catalog, Entry, Quotation
from corpus.errors import NotFoundError
from corpus.pictures import PageAsked, is_pdf, letters
from corpus.types import Document, Span
from corpus.versions import Version, history
from index.library import Library

__all__ = ["NOWHERE", "UNKNOWN", "Edition", "Opened", "opened", "page_asked", "the_document"]

MOST_DIGITS = 9
LONGEST_COUNTED = 400_000  # characters of all versions together whose words are counted while a reader waits
NOWHERE = (0, 0)
UNKNOWN = (
    "No such document is in the library. It was removed for good, or the link is not whole. "
    "What an answer quoted of it stays with that answer."
)
NO_PICTURE = "No picture of the page: the kept file is gone, or the PDF came inside another file."


@dataclass(frozen=True, slots=True)
class Edition:
    """One of the versions of a document: whether searches find it, when it was added, and what it changed, if that was counted."""

    number: int
    live: bool
    added_at: str
    changes: Version | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A version of a document, opened at some words.

    `cited` are the words, `answer` those among them that answer, both (0, 0) for none; the text around `at` is shown.
    `page` is the number of the page whose picture is shown, from 1, None where `no_picture` says why or there are no
    pages. `same_words` is where the newest version has the words, None where it has not, or none were cited.
    """

    document: Document
    cited: Span
    answer: Span
    at: int
    page: int | None
    no_picture: str
    said: Sequence[Quotation]
    editions: Sequence[Edition]
    same_words: Span | None
    same_story: Sequence[Entry]
    removed_at: str | None


def opened(library: Library, id: str, version: str, query: Mapping[str, str]) -> Opened:
    """Return what is to be shown. Raises NotFoundError, in words for who followed the link, if there is no such thing."""
    catalog = library.catalog
    document = the_document(catalog, id, version)
    cited = _span(document, query.get("start", ""), query.get("end", ""))
    answer = _answer(document, query.get("answer", ""), cited)
    page, no_picture = _page(library, document, query.get("page", ""), cited)
    at = document.pages[page - 1] if page and "page" in query else cited[0]
    editions = _editions(catalog, document)
    return Opened(
        document=document,
        cited=cited,
        answer=answer,
        at=_number(query["at"], len(document.text), "place in the text") if "at" in query else at,
        page=page,
        no_picture=no_picture,
        said=catalog.quotations_over(id, document.version, cited) if cited != NOWHERE else (),
        editions=editions,
        same_words=_same_words(catalog, document, editions, cited),
        same_story=library.same_story(document),
        removed_at=catalog.removed_at(id),
    )


def page_asked(library: Library, id: str, version: str, page: str, query: Mapping[str, str]) -> PageAsked:
    """Return the page of a kept file that an address asks to be drawn. Raises NotFoundError if there is none."""
    document = the_document(library.catalog, id, version, removed=False)
    cited = _span(document, query.get("start", ""), query.get("end", ""))
    wanted, _ = _page(library, document, page, NOWHERE)
    kept = library.catalog.original_of(id, document.version)
    if wanted is None or kept is None:
        raise NotFoundError(NO_PICTURE)
    if not _reaches(document, wanted, cited):
        return PageAsked(library.original(kept), wanted)
    words = document.text[slice(*cited)]
    before = document.text[document.pages[wanted - 1] : cited[0]]
    return PageAsked(library.original(kept), wanted, words, letters(before).count(letters(words)))


def _reaches(document: Document, page: int, span: Span) -> bool:
    """Tell whether a span has words on a page."""
    start, *rest = document.pages[page - 1 : page + 1]
    return span[0] < (rest[0] if rest else len(document.text)) and span[1] > start


def the_document(catalog: Catalog, id: str, version: str, removed: bool = True) -> Document:
    """Return a version of a document by the parts of its address, also of one that was removed, unless `removed` is False.

    Raises NotFoundError if there is none.
    """
    editions = catalog.states(id)
    if not editions or (catalog.removed_at(id) and not removed):
        raise NotFoundError(UNKNOWN)
    wanted = _number(version, max(editions), "version of this document")
    if wanted not in editions:
        raise NotFoundError(f"There is no version {wanted} of this document in the library.")
    return catalog.document(id, wanted)


def _number(written: str, most: int, what: str) -> int:
    """Return a number from 0 up to `most` as an address has it. Raises NotFoundError if it is none; `what` is what it counts."""
    if written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS and int(written) <= most:
        return int(written)
    raise NotFoundError(f"“{written[:40]}” is no {what}: it ends at {most:,}. Is the link whole?")


def _span(document: Document, start: str, end: str) -> Span:
    """Return the span that an address names, (0, 0) where it names none."""
    if not start and not end:
        return NOWHERE
    most = len(document.text)
    first, last = (_number(written, most, "place in the text") for written in (start, end))
    if first >= last and (first, last) != NOWHERE:
        raise NotFoundError(f"No words stand from character {first:,} to {last:,}. Is the link whole?")
    return first, last


def _answer(document: Document, written: str, cited: Span) -> Span:
    """Return the words among the cited ones that answer, written "12-34"; (0, 0) for none."""
    if not written:
        return NOWHERE
    first, _, last = written.partition("-")
    most = len(document.text)
    start, end = _number(first, most, "place in the text"), _number(last, most, "place in the text")
    start, end = max(start, cited[0]), min(end, cited[1])
    return (start, end) if start < end else NOWHERE


def _page(library: Library, document: Document, asked: str, cited: Span) -> tuple[int | None, str]:
    """Return the number of the page whose picture is shown, else None and why there is none of a document that has pages."""
    if not document.pages:
        if asked:
            raise NotFoundError(f"This document has no pages, so none of the number “{asked[:40]}”. Is the link whole?")
        return None, ""
    page = _number(asked, len(document.pages), "page of this document") if asked else document.page_of(cited[0])
    if page == 0:
        raise NotFoundError("“0” is no page of this document: they are counted from 1. Is the link whole?")
    if document.media_type != "application/pdf":
        return None, ""
    kept = library.catalog.original_of(document.id, document.version)
    return (page or 1, "") if kept and is_pdf(library.original(kept)) else (None, NO_PICTURE)


def _editions(catalog: Catalog, document: Document) -> list[Edition]:
    """Return the versions of a document, the oldest first, with what each changed where that is soon counted."""
    states = catalog.states(document.id)
    counted: dict[int, Version] = {}
    if len(states) > 1 and len(states) * len(document.text) <= LONGEST_COUNTED:
        counted = {version.version: version for version in history(catalog.every_version(document.id))}
    return [
        Edition(version, state == "live", added_at, counted.get(version))
        for version, (state, added_at) in states.items()
    ]


def _same_words(catalog: Catalog, document: Document, editions: Sequence[Edition], cited: Span) -> Span | None:
    """Return where the newest version has the cited words: the place nearest to where they stand in this one."""
    newest = editions[-1].number
    words = document.text[slice(*cited)]
    if newest == document.version or not words:
        return None
    text = catalog.document(document.id, newest).text
    near = max(0, cited[0] - (cited[1] - cited[0]))
    at = text.find(words, near)
    at = at if at >= 0 else text.rfind(words)
    return (at, at + len(words)) if at >= 0 else None
