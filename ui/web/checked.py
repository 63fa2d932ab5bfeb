"""A draft as HTML, each sentence with its verdict; and of one sentence why, with the words that speak for it or against."""

import re
from html import escape

from assistant.answer import Answer, Citation
from corpus.types import Document
from ui.draft import SIGNS, support_in
from ui.web.checking import PAGE, Checking
from ui.web.naming import byline, count, source_url
from ui.web.parts import FRAME

__all__ = ["progress", "shown", "why"]

NEAREST = 3  # passages shown where nothing speaks for a sentence
GAPS = re.compile(r"\s*\n\s*\n\s*")


def progress(checking: Checking, is_over: bool) -> str:
    """Return how far the check is, and the counts; each count leads to the next sentence of its verdict."""
    n, total = len(checking.answers), len(checking.pieces)
    buttons = "".join(
        f'<button type="button" class="count {_class(told)}" data-do="next" data-told="{told}" '
        f'aria-label="{many:,} {told}: show the next"><b>{many:,}</b> {_verdict(told)}</button>'
        for told, many in checking.counts.items()
    )
    if is_over:
        lead = f"{count(n, 'sentence')} checked" + ("." if n == total else f" of {total:,}; stopped.")
        files = " ".join(
            f'<a href="/check/{checking.id}/checked.{form}" download>{name}</a>'
            for form, name in (("md", "Markdown"), ("jsonl", "JSON"))
        )
        return (
            f'<p role="status">{lead} <span class="quiet">Take it as {files}</span></p><p class="counts">{buttons}</p>'
        )
    bar = f'<progress max="{total}" value="{n}" aria-label="Sentences checked"></progress>'
    return (
        f'<p class="checking">{bar}<span>{n:,} of {count(total, "sentence")}</span></p><p class="counts">{buttons}</p>'
    )


def shown(checking: Checking) -> str:
    """Return the page of the draft that is looked at."""
    start = checking.page * PAGE
    some = range(start, min(start + PAGE, len(checking.pieces)))
    text = "".join(_piece(checking, number) for number in some)
    rest = _gap(checking.rest) if some.stop == len(checking.pieces) else ""
    return f'<div class="draft">{text}{rest}</div>{_pager(checking, some)}'


def _piece(checking: Checking, number: int) -> str:
    gap, sentence = checking.pieces[number]
    words = escape(sentence.text)
    if number >= len(checking.answers):
        return f"{_gap(gap)}{words}"
    told = support_in(checking.answers[number])
    current = ' aria-current="true"' if number == checking.chosen else ""
    return (
        f'{_gap(gap)}<a href="#" class="claim {_class(told)}" data-do="why" data-n="{number}"{current}>{words}'
        f"&nbsp;{_verdict(told)}</a>"
    )


def _gap(text: str) -> str:
    return GAPS.sub("\n\n", escape(text))


def _class(told: str) -> str:
    return told.replace(" ", "-")


def _verdict(told: str) -> str:
    return f'<span class="verdict"><b aria-hidden="true">{SIGNS[told]}</b> {told}</span>'


def _pager(checking: Checking, some: range) -> str:
    if checking.pages < 2:
        return ""

    def button(page: int, label: str) -> str:
        off = "" if 0 <= page < checking.pages else " disabled"
        return f'<button type="button" data-do="page" data-page="{page}"{off}>{label}</button>'

    told = f"sentences {some.start + 1:,} to {some.stop:,} of {len(checking.pieces):,}"
    earlier, later = button(checking.page - 1, "Before"), button(checking.page + 1, "After")
    return f'<nav class="pager" aria-label="Pages of the draft">{earlier}<span>{told}</span>{later}</nav>'


def why(checking: Checking) -> str:
    """Return the verdict on the chosen sentence, the reason for it, and the words; nothing where none is chosen."""
    if checking.chosen is None or checking.chosen >= len(checking.answers):
        return ""
    answer = checking.answers[checking.chosen]
    told = support_in(answer)
    reason = answer.statements[0].reason if answer.statements else answer.reason and answer.reason.message
    lines = [f'<h2 class="{_class(told)}">Sentence {checking.chosen + 1:,}: {_verdict(told)}</h2>']
    lines += [f"<p>{escape(reason)}</p>"] if reason else []
    lines += [f'<p class="quiet">Read as: {escape(answer.query)}</p>'] if answer.query != answer.question else []
    lines += [f'<p class="quiet">{escape(note)}</p>' for note in answer.of_the_whole]
    if answer.citations:
        lines += [f"<h3>{'Against it' if told == 'contradicted' else 'For it'}</h3>", *map(_words, answer.citations)]
    elif answer.hits and answer.status != "failed":
        lines += ["<h3>The nearest passages</h3>", *_nearest(answer)]
    return f'<section class="why">{"".join(lines)}</section>'


def _words(citation: Citation) -> str:
    who = f"<b>{escape(citation.speaker)}</b> · " if citation.speaker else ""
    cue = f"<i>{escape(citation.cue)}</i> · " if citation.speaker and citation.cue else ""
    return _evidence(citation.document, citation.start, citation.end, citation.quote, citation.marker, who + cue)


def _nearest(answer: Answer) -> list[str]:
    return [
        _evidence(answer.documents[f"{p.document_id}@{p.version}"], p.start, p.end, p.text, number, "")
        for number, p in enumerate((hit.passage for hit in answer.hits[:NEAREST]), 1)
    ]


def _evidence(document: Document, start: int, end: int, words: str, number: int, who: str) -> str:
    url = escape(source_url(document, start, end))
    label = escape(f"Source {number}: {byline(document)}")
    return (
        f'<div class="statement"><p class="words">{escape(" ".join(words.split()))}&nbsp;'
        f'<a class="chip" href="{url}" target="{FRAME}" aria-label="{label}">{number}</a></p>'
        f'<p class="said">{who}{escape(byline(document))} · {escape(document.name)}</p></div>'
    )
