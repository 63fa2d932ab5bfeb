"""What the questions of a page are limited to: the fields for it, what the library offers, the line of what is set.

Dates are fields; outlets, authors, tags and documents are found by typing, so that thousands of them are no longer list
than three. All of it can come with the page's address (see `addressed`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from threading import Lock
from typing import TYPE_CHECKING

from corpus.errors import OnRecordError, QuestionError
from corpus.facets import Counted, Facets
from corpus.filters import Filters, filters_of
from index.library import Library
from ui.web.naming import byline, count, day
from ui.web.parts import CRASHED, QUIET, acting, alert, did

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["NONE", "Chosen", "FilterParts", "Offered", "active", "addressed", "filters_given", "filters_parts"]

KINDS = {"outlets": "Outlets", "authors": "Authors", "tags": "Tags", "documents": "Documents"}
ADDRESS = {"outlet": "outlets", "author": "authors", "tag": "tags", "document": "documents"}
OFFERED = 8  # of each kind
NAMED = 3  # documents in the line; of more their number
LONGEST = 500  # characters of a name that a browser may send
DATES = {"as_of": "As of", "from": "From", "to": "To"}
FORMS = "2022-08-25, 2022-08 or 2022"
CLEAR = '<button type="button" class="clear" data-do="clear">Clear all</button>'


@dataclass(frozen=True, slots=True)
class Chosen:
    """The names and the ids of documents that were chosen."""

    outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[str, ...]:
        """Return what was chosen of a kind, a key of KINDS; nothing of another."""
        return tuple(getattr(self, kind)) if kind in KINDS else ()

    def changed(self, kind: str, value: str) -> "Chosen":
        """Return what is chosen once a value of a kind was pressed: with it, or without it if it was chosen; all without ""."""
        if kind not in KINDS or len(value) > LONGEST:
            return self
        had = self.of(kind)
        left = tuple(one for one in had if one != value)
        return replace(self, **{kind: () if not value else left if left != had else (*had, value)})


NONE = Chosen()


@dataclass(frozen=True, slots=True)
class FilterParts:
    """The parts of a page that hold its filters; `given` are the inputs of `filters_given` after the library."""

    dates: "tuple[gr.Textbox, gr.Textbox, gr.Textbox]"  # in the order of DATES
    chosen: "gr.State"
    line: "gr.HTML"
    search: "gr.Textbox"
    matches: "gr.HTML"

    @property
    def given(self) -> "list[gr.Component]":
        return [*self.dates, self.chosen]


class Offered:
    """What a library offers to be limited to, counted anew only when the library has changed. Used from any thread."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = Lock()
        self._kept: tuple[int, Facets] | None = None

    def matches(self, words: str, chosen: Chosen) -> str:
        """Return what has all of these words in its name as buttons, the most frequent first; without words names alone."""
        wanted = words.casefold().split()
        facets = self._facets()
        kinds = {"outlets": facets.outlets, "authors": facets.authors, "tags": facets.tags}
        parts = [_facet(kind, _named(counted, wanted), chosen) for kind, counted in kinds.items()]
        if wanted:
            entries = self._library.catalog.called(words, OFFERED)
            rows = [(entry.id, entry.name, byline(entry)) for entry in entries]
            parts.append(_group("documents", [_pick("documents", *row, chosen) for row in rows]))
        if not any(parts):
            nothing = f"Nothing in the library is called “{escape(words)}”." if wanted else "Type to find documents."
            return f'<p class="quiet">{nothing}</p>'
        return "".join(parts)

    def _facets(self) -> Facets:
        generation = self._library.catalog.generation()
        with self._lock:
            if self._kept is None or self._kept[0] != generation:
                self._kept = generation, self._library.catalog.facets()
            return self._kept[1]


def _named(counted: Sequence[Counted], wanted: Sequence[str]) -> list[Counted]:
    found = (one for one in counted if all(word in one[0].casefold() for word in wanted))
    return [one for one, _ in zip(found, range(OFFERED), strict=False)]


def _facet(kind: str, named: Sequence[Counted], chosen: Chosen) -> str:
    return _group(kind, [_pick(kind, name, name, f"{number:,}", chosen) for name, number in named])


def _group(kind: str, picks: Sequence[str]) -> str:
    return f'<div class="facet"><h3>{KINDS[kind]}</h3>{"".join(picks)}</div>' if picks else ""


def _pick(kind: str, value: str, name: str, about: str, chosen: Chosen) -> str:
    pressed = str(value in chosen.of(kind)).lower()
    return (
        f'<button type="button" class="pick" data-do="pick" data-kind="{kind}" data-value="{escape(value)}" '
        f'aria-pressed="{pressed}">{escape(name)} <span>{escape(about)}</span></button>'
    )


def filters_given(as_of: str, first: str, last: str, chosen: Chosen) -> Filters:
    """Return the filters of the fields. Raises QuestionError for what is no date, and for dates with none between them."""
    filters = filters_of(
        {"as_of": as_of.strip(), "from": first.strip(), "to": last.strip()}
        | {kind: list(chosen.of(kind)) for kind in KINDS}
    )
    latest = min(filter(None, (filters.to_date, filters.as_of)), default=None)
    if filters.from_date and latest and filters.from_date > latest:
        raise QuestionError(
            f"from {first.strip()} is after {day(latest)}: no day lies between them. Change one of them."
        )
    return filters


def active(library: Library, as_of: str, first: str, last: str, chosen: Chosen) -> str:
    """Return the line of what is set, each part with a button that takes it out; an error where a date is none."""
    dates = {kind: text.strip() for kind, text in zip(DATES, (as_of, first, last), strict=True) if text.strip()}
    chips = [_date_chip(kind, text) for kind, text in dates.items()]
    chips += [_chip(kind, value, value) for kind in ("outlets", "authors", "tags") for value in chosen.of(kind)]
    chips += _document_chips(library, chosen.documents)
    if not chips:
        return ""
    try:
        allowed, _ = library.catalog.allowed(filters_given(as_of, first, last, chosen))
        told = f'<span class="quiet">{_told(len(allowed), library)}</span>'
    except OnRecordError as error:
        told = alert(error)
    return f'<div class="filters" role="group" aria-label="Filters that are set">{"".join(chips)}{CLEAR}{told}</div>'


def _told(allowed: int, library: Library) -> str:
    every = library.catalog.count()[0]
    if not allowed:
        return "No document passes: every question will be left unanswered."
    return f"{allowed:,} of {count(every, 'document')} {'is' if allowed == 1 else 'are'} asked"


def _date_chip(kind: str, text: str) -> str:
    try:
        shown = filters_of({kind: text})
    except QuestionError:
        return _chip(kind, "", f"{DATES[kind]} {text}")
    set_to = shown.as_of or shown.from_date or shown.to_date
    return _chip(kind, "", f"{DATES[kind]} {day(set_to)}")


def _document_chips(library: Library, ids: Sequence[str]) -> list[str]:
    if len(ids) > NAMED:
        return [_chip("documents", "", count(len(ids), "document"))]
    named = {entry.id: entry.name for entry in library.catalog.entries_with(ids)}
    return [_chip("documents", id, named.get(id, id)) for id in ids]


def _chip(kind: str, value: str, name: str) -> str:
    return (
        f'<span class="filter {kind}">{escape(name)}<button type="button" data-do="drop" data-kind="{kind}" '
        f'data-value="{escape(value)}" aria-label="Remove the filter {escape(name)}">×</button></span>'
    )


def addressed(query: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str, str], Chosen]:
    """Return the dates, in the order of DATES, and what is chosen in an address: `as_of`, `from`, `to`, `outlet`, `author`,
    `tag`, and `documents` (ids with commas between them); all but the dates may come several times.

    A document that the library does not hold stays in it as it is: the line of filters shows that nothing passes.
    """
    as_of, first, last = ((query.get(kind) or [""])[0][:LONGEST] for kind in DATES)
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in ADDRESS.items():
        values = [value for key in (name, kind) for value in query.get(key) or []]
        if kind == "documents":
            values = [id for value in values for id in value.split(",")]
        found[kind] = tuple(dict.fromkeys(value.strip()[:LONGEST] for value in values if value.strip()))
    return (as_of, first, last), Chosen(**found)


def filters_parts(library: Library, line: "gr.HTML") -> FilterParts:
    """Put the fields together, folded away until they are wanted; `line` shows what is set."""
    import gradio as gr

    chosen = gr.State(NONE)
    offered = Offered(library)
    with gr.Accordion("Filters", open=False, elem_id="limits") as folded:
        with gr.Row(elem_id="dates"):
            as_of, first, last = (
                gr.Textbox(label=label, placeholder=FORMS, value="", max_lines=1, min_width=120, elem_id=f"date-{kind}")
                for kind, label in DATES.items()
            )
        search = gr.Textbox(
            label="Outlet, author, tag or document",
            value="",
            placeholder="Type a part of its name",
            max_lines=1,
            elem_id="find",
        )
        matches = acting("matches")
    parts = FilterParts((as_of, first, last), chosen, line, search, matches)
    for event in (
        folded.expand(offered.matches, [search, chosen], matches, **QUIET),
        search.input(offered.matches, [search, chosen], matches, trigger_mode="always_last", **QUIET),
    ):
        event.failure(lambda: CRASHED, outputs=matches, **QUIET)
    _wire(library, offered, parts)
    return parts


def _wire(library: Library, offered: Offered, parts: FilterParts) -> None:
    """Let the line follow the fields, and what is pressed."""
    import gradio as gr

    def shown(as_of: str, first: str, last: str, chosen: Chosen) -> str:
        return active(library, as_of, first, last, chosen)

    def picked(
        words: str, as_of: str, first: str, last: str, chosen: Chosen, event: gr.EventData
    ) -> tuple[object, ...]:
        done = did(event)
        if done.get("do") == "pick":
            chosen = chosen.changed(done.get("kind", ""), done.get("value", ""))
        return chosen, active(library, as_of, first, last, chosen), offered.matches(words, chosen)

    def dropped(
        words: str, as_of: str, first: str, last: str, chosen: Chosen, event: gr.EventData
    ) -> tuple[object, ...]:
        done, dates = did(event), {"as_of": as_of, "from": first, "to": last}
        kind = done.get("kind", "")
        if done.get("do") == "clear":
            dates, chosen = dict.fromkeys(dates, ""), NONE
        elif kind in dates:
            dates[kind] = ""
        else:
            chosen = chosen.changed(kind, done.get("value", ""))
        as_of, first, last = dates.values()
        line = active(library, as_of, first, last, chosen)
        return as_of, first, last, chosen, line, offered.matches(words, chosen)

    # When a field is left, or Enter pressed in it: half a date is not wrong yet.
    left = [event for date in parts.dates for event in (date.blur, date.submit)]
    asked = [parts.search, *parts.given]
    for event in (
        gr.on(left, shown, parts.given, parts.line, **QUIET),
        parts.matches.click(picked, asked, [parts.chosen, parts.line, parts.matches], **QUIET),
        parts.line.click(dropped, asked, [*parts.given, parts.line, parts.matches], **QUIET),
    ):
        event.failure(lambda: CRASHED, outputs=parts.line, **QUIET)
