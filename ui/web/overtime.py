"""An answer over time: its dated statements on a line, and how many documents a month speak of the question's subject.

The second is counted only when it is looked at: page.js fetches it once the part is opened, so it costs an answer nothing.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html import escape
from urllib.parse import urlencode

from assistant.answer import Answer, Statement, day
from assistant.coverage import Coverage
from corpus.filters import FILTER_KEYS, Filters
from corpus.types import first_day, last_day
from ui.web.charts import Mark, stacked_months, timeline
from ui.web.naming import count, in_filters, source_url
from ui.web.parts import FRAME
from ui.web.statements import Shown, cited, tip_id

__all__ = ["COVERAGE", "covered", "over_time"]

COVERAGE = "/coverage"
MOST_IN_NAME = 90  # characters of a statement, in the name of its mark
DATED = "The day a statement is about or was said; dashed: the day its source was published, no other being known."


def over_time(shown: Shown) -> str:
    """Return both plots, closed until they are asked for; nothing for an answer that is not whole."""
    answer = shown.answer
    if not answer.citations and answer.status != "abstained":
        return ""
    marks = [mark for number in range(len(answer.statements)) if (mark := _mark(number, shown))]
    line = ""
    if len({mark.first for mark in marks} | {mark.last for mark in marks}) > 1:
        undated = len(answer.statements) - len(marks)
        left = f" {count(undated, 'statement')} of unknown date." if undated else ""
        plot = timeline(marks, f"{count(len(marks), 'statement')} by date")
        line = f'<figure class="plot">{plot}<figcaption>{DATED}{left}</figcaption></figure>'
    later = f'<div data-load="{escape(_coverage_url(answer))}" role="status">Counting…</div>'
    return f'<details class="overtime"><summary>Over time</summary>{line}{later}</details>'


def _mark(number: int, shown: Shown) -> Mark | None:
    """Return a statement's place on the line; None where it has no source, or no date."""
    said = shown.answer.statements[number]
    sources = cited(said, shown.answer)
    if not sources:
        return None
    lead = sources[0]
    for days, is_told in ((_told(said, shown.answer), True), (_days(lead.document.published), False)):
        if days:
            first, last = days
            when = day(first.isoformat()) if first == last else f"{day(first.isoformat())} to {day(last.isoformat())}"
            words = said.text if len(said.text) <= MOST_IN_NAME else f"{said.text[:MOST_IN_NAME]}…"
            mark = Mark(
                first, last, str(lead.marker), f"{when}: {words}", f"#said-{shown.turn}-{number}", is_sure=is_told
            )
            if shown.is_gone(lead):
                return mark
            url = source_url(lead.document, lead.start, lead.end)
            return replace(mark, href=url, tip=tip_id(number, lead.marker, shown), target=FRAME)
    return None


def _told(said: Statement, answer: Answer) -> tuple[date, date] | None:
    """Return the days that a statement is about, or on which it was said."""
    lead = cited(said, answer)[0]
    return _days(said.date) or next((w.days for w in (lead.when, lead.said_on) if w and w.days), None)


def _days(text: str | None) -> tuple[date, date] | None:
    """Return the days of an ISO date of any precision, or of two with a slash between; None of what is none."""
    if not text:
        return None
    first, _, last = text.partition("/")
    try:
        days = first_day(first), last_day(last or first)
    except ValueError:
        return None
    return days if days[0] <= days[1] else None


def _coverage_url(answer: Answer) -> str:
    return f"{COVERAGE}?{urlencode({'query': answer.query, **_asked(answer.filters)}, doseq=True)}"


def _asked(filters: Filters) -> Mapping[str, object]:
    """Return the filters that are set, by the names of a questions file."""
    names = {"from": "from_date", "to": "to_date"}
    given = {key: getattr(filters, names.get(key, key)) for key in FILTER_KEYS}
    return {key: value for key, value in given.items() if value}


def covered(found: Coverage, filters: Filters) -> str:
    """Return the documents that speak of a question's subject, by month and outlet, and what is counted."""
    words, limits = ", ".join(found.words), in_filters(filters)
    least = f"at least {found.least} of the words" if len(found.words) > 2 else "the word" + "s" * (found.least > 1)
    about = "; ".join(([f"with {least} {words}"] if words else []) + limits)
    counts = {(month, outlet or "outlet unknown"): number for (month, outlet), number in found.documents.items()}
    total = count(sum(counts.values()), "document")
    return f"<p>Counted: {total} {escape(about)}.</p>{stacked_months(counts, 'documents', 'outlet')}"
