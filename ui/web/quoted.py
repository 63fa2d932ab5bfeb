"""The quotations of a speaker as HTML, page by page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from itertools import groupby

from assistant.answer import Citation, day
from corpus.dates import in_words
from ui.web.naming import byline, count, source_url
from ui.web.parts import FRAME
from ui.web.quotelists import FORMS, Asked

__all__ = ["listed", "none_found"]

PAGE = 50  # quotations
NAMED = 5  # speakers counted by name


def listed(found: Sequence[Citation], asked: Asked) -> str:
    """Return a page of the quotations: the counts, then the words by month and day."""
    last = -(-len(found) // PAGE)
    asked = replace(asked, page=min(asked.page, last))
    start = (asked.page - 1) * PAGE
    some = found[start : start + PAGE]
    months = "".join(
        f"<section><h2>{day(month)}</h2><ol>{''.join(map(_item, group))}</ol></section>"
        for month, group in groupby(some, key=lambda citation: (citation.document.published or "")[:7])
    )
    return f'{_counts(found)}{_files(asked)}<div class="said-by">{months}</div>{_pager(asked.page, last, len(found))}'


def _counts(found: Sequence[Citation]) -> str:
    """Return how much there is, from when to when, and by whom."""
    days = [citation.document.published for citation in found if citation.document.published]
    documents = count(len({(c.document.id, c.document.version) for c in found}), "document")
    period = f", {day(min(days))} to {day(max(days))}" if days and min(days) != max(days) else ""
    names = Counter(citation.speaker or "" for citation in found)
    told = ", ".join(f"<b>{escape(name)}</b> {n:,}" for name, n in names.most_common(NAMED))
    more = f" and {count(len(names) - NAMED, 'other name')}" if len(names) > NAMED else ""
    lead = f"{count(len(found), 'quotation')} from {documents}{escape(period)}."
    return f'<p role="status">{lead}</p><p class="said">{told}{more}</p>'


def _files(asked: Asked) -> str:
    query = escape(replace(asked, page=1).query)
    links = (f'<a href="/quotes/list.{form}?{query}" download>{name}</a>' for form, (name, _) in FORMS.items())
    return f'<p class="quiet">Take all as {", ".join(links)}.</p>'


def _item(citation: Citation) -> str:
    document = citation.document
    url = escape(source_url(document, citation.start, citation.end))
    whom = f" to {escape(', '.join(citation.via))}" if citation.via else ""
    parts = [f"<b>{escape(citation.speaker or '')}</b>", f"<i>{escape(citation.cue or '')}</i>{whom}"]
    parts += [escape(in_words(citation.said_on))] if citation.said_on else []
    parts += [escape(document.outlet or "outlet unknown"), escape(document.name)]
    parts += [f"page {citation.page}"] if citation.page else []
    label = escape(f"Source {citation.marker}: {byline(document)}")
    return (
        f'<li class="statement"><time>{escape(day(document.published))}</time>'
        f'<p class="words">{escape(" ".join(citation.quote.split()))}&nbsp;'
        f'<a class="chip" href="{url}" target="{FRAME}" aria-label="{label}">{citation.marker}</a></p>'
        f'<p class="said">{" · ".join(parts)} · '
        f'<a href="{url}" target="_blank" rel="noopener" aria-label="Permanent link to quotation {citation.marker}">'
        "permanent link</a></p></li>"
    )


def _pager(page: int, last: int, total: int) -> str:
    if last < 2:
        return ""

    def button(number: int, label: str) -> str:
        off = "" if 1 <= number <= last else " disabled"
        return f'<button type="button" data-do="page" data-page="{number}"{off}>{label}</button>'

    shown = f"{(page - 1) * PAGE + 1:,} to {min(page * PAGE, total):,} of {total:,}"
    return f'<nav class="pager" aria-label="Pages of quotations">{button(page - 1, "Earlier")}<span>{shown}</span>{button(page + 1, "Later")}</nav>'


def none_found(asked: Asked, similar: Sequence[str]) -> str:
    """Return that there is nothing, and whose name is like the one that was asked for."""
    name = escape(asked.speaker)
    if asked.is_limited:
        limits = f"about {escape(asked.about)}" if asked.about else "within these limits"
        return f'<p class="notice" role="status">Nothing that {name} says {limits} is in the library. Ask for less, or leave out the limits.</p>'
    buttons = "".join(
        f'<button type="button" class="offer" data-do="speaker" data-name="{escape(one)}">{escape(one)}</button>'
        for one in similar
    )
    offers = f'<p class="quiet">Names like it:</p><div class="offers">{buttons}</div>' if buttons else ""
    return f'<p class="notice" role="status">Nobody called {name} says anything in the library.</p>{offers}'
