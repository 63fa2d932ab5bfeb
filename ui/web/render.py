"""Turn a conversation into HTML for the chat.

Every text that comes from a document, a file name or the user passes through `escape`; nothing is rendered as Markdown.
The links open the pages of `ui.web.source` in the frame beside the chat.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from assistant.answer import Answer, Citation, Looking, Position, Statement, day
from corpus.catalog import Entry
from corpus.dates import in_words
from corpus.types import Document
from index.ingest import Outcome
from index.retriever import Hit
from ui.web.parts import FRAME

__all__ = ["Turn", "byline", "conversation", "count", "day", "outcomes", "source_url"]

NEAREST = 3  # passages shown where the sources are silent
MOST_OUTCOMES = 30
LEADS = {"partial": "The sources answer only part of this.", "failed": "This could not be answered."}
MODEL_LEADS = {"failed": "The language model failed. Below are the sources' own words."}
SILENT = "The library does not answer this."
SUPPORTS = {
    "partly": "only partly supported by its sources",
    "contradicted": "told otherwise by its sources",
    "unsupported": "not supported by its sources",
}
CONFLICTS = {"figure": "a figure", "date": "a date", "yes-no": "yes or no"}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer, or with the error that came instead; with neither it is being searched."""

    question: str
    answer: Answer | None = None
    error: str | None = None
    looking: Looking | None = None


def count(number: int, noun: str) -> str:
    """Return "1 document", "2 documents"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def byline(document: Document) -> str:
    """Return the outlet, where it is known, and the date, as text."""
    return ", ".join(filter(None, (document.outlet, day(document.published))))


def source_url(document: Document, start: int, end: int) -> str:
    """Return the address, relative to the chat, of a version of a document at the words from `start` to `end`."""
    words = urlencode({"start": start, "end": end})
    return f"/source/{quote(document.id, safe='')}/{document.version}?{words}#cited"


def conversation(turns: Sequence[Turn]) -> str:
    """Return the turns, oldest first."""
    return "".join(_turn(turn, number) for number, turn in enumerate(turns))


def _turn(turn: Turn, number: int) -> str:
    if turn.error is not None:
        body = f'<p class="notice failed" role="alert">{escape(turn.error)}</p>'
    elif turn.answer is None:
        body = _looking(turn.looking)
    else:
        body = _answer(turn.answer, number)
    return f'<article class="turn"><h2 class="question">{escape(turn.question)}</h2>{body}</article>'


def _looking(looking: Looking | None) -> str:
    """Say that an answer is being looked for, and where, once that is known."""
    if looking is None:
        return '<p class="quiet searching">Searching…</p>'
    found = f"{count(looking.passages, 'passage')} of {count(len(looking.documents), 'document')}"
    entries = "".join(f"<li>{escape(_listed(entry))}</li>" for entry in looking.documents[:NEAREST])
    return f'<p class="quiet searching">Reading {found}, these first:</p><ul class="quiet">{entries}</ul>'


def _listed(entry: Entry) -> str:
    return ", ".join(filter(None, (entry.name, entry.outlet, day(entry.published))))


def _answer(answer: Answer, turn: int) -> str:
    statements = dict(enumerate(answer.statements))
    taken = {number for position in answer.positions for number in position.statements}
    parts = [_asked_as(answer), _notice(answer)]
    if len(answer.positions) < 2 or len(taken) < len(answer.statements):
        taken = set()  # side by side only where every statement has a speaker: the order is the answer's otherwise
    parts += [_statement(statement, answer, turn) for number, statement in statements.items() if number not in taken]
    if taken:
        parts.append(_positions(answer, statements, turn))
    return "".join([*parts, _conflicts(answer), _notes(answer), _nearest(answer)])


def _asked_as(answer: Answer) -> str:
    lines = []
    if answer.query.strip() != answer.question.strip():
        lines.append(f"Asked as: {escape(answer.query)}")
    if answer.filters.as_of:
        undated = f"; {count(answer.undated, 'undated document')} left out" if answer.undated else ""
        lines.append(f"As of {escape(day(answer.filters.as_of))}{undated}")
    if answer.model and answer.status != "failed":
        lines.append(f"Written by {escape(answer.model)}{_left_out(answer)}")
    return f'<p class="quiet">{"<br>".join(lines)}</p>' if lines else ""


def _left_out(answer: Answer) -> str:
    usage = answer.usage
    if not usage or not usage.passages_left_out:
        return ""
    found = usage.passages + usage.passages_left_out
    return f", which was given {usage.passages} of the {found} passages found: more do not fit"


def _notice(answer: Answer) -> str:
    """Say in words that an answer is partial, that there is none, or that asking failed."""
    if answer.status == "answered":
        return ""
    role = ' role="alert"' if answer.status == "failed" else ""
    reason = escape(answer.reason.message if answer.reason else SILENT if answer.status == "abstained" else "")
    leads = MODEL_LEADS if answer.model else LEADS
    lead = f"<strong>{leads[answer.status]}</strong> " if answer.status in leads else ""
    return f'<p class="notice {answer.status}"{role}>{lead}{reason}</p>'


def _statement(statement: Statement, answer: Answer, turn: int) -> str:
    cited = [citation for citation in answer.citations if citation.marker in statement.citations]
    chips = "".join(_chip(citation, turn) for citation in cited)
    bylines = "".join(dict.fromkeys(f'<p class="said">{_attribution(citation)}</p>' for citation in cited))
    date = (
        f'<time datetime="{escape(statement.date)}">{escape(_period(statement.date))}</time> ' if statement.date else ""
    )
    words = f'<p class="words">{date}{_marked(statement, cited)}&nbsp;{chips}</p>'
    return f'<div class="statement">{words}{bylines}{_support(statement)}</div>'


def _period(date: str) -> str:
    """Return a date as it is read, or two months as "June 2022 to August 2022"."""
    return " to ".join(day(part) for part in date.split("/"))


def _support(statement: Statement) -> str:
    if statement.support not in SUPPORTS:
        return ""
    reason = f": {escape(statement.reason)}" if statement.reason else ""
    return f'<p class="said doubt">{SUPPORTS[statement.support].capitalize()}{reason}</p>'


def _marked(statement: Statement, cited: Iterable[Citation]) -> str:
    """Return the statement's text, the first words in it that answer the question marked."""
    text = statement.text
    for citation in cited:
        if citation.answer is None:
            continue
        source, (start, end) = citation.document.text, citation.answer
        words = _plain(source[start:end])
        before = _plain(source[citation.start : end])  # the same words may stand in the sentence twice
        lead = text.find(before)
        at = lead + len(before) - len(words) if before and lead >= 0 else text.find(words)
        if words and at >= 0:
            return f"{escape(text[:at])}<mark>{escape(words)}</mark>{escape(text[at + len(words) :])}"
    return escape(text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _chip(citation: Citation, turn: int) -> str:
    """Return the numbered link to a citation's words, with what is shown while it is pointed at."""
    document, tip = citation.document, f"tip-{turn}-{citation.marker}"
    label = escape(f"Source {citation.marker}: {byline(document)}")
    url = escape(source_url(document, citation.start, citation.end))
    who = f"<b>{escape(citation.speaker)}</b> · " if citation.speaker else ""
    return (
        f'<a class="chip" href="{url}" target="{FRAME}" aria-label="{label}" aria-describedby="{tip}">'
        f"{citation.marker}</a>"
        f'<span class="tip" role="tooltip" id="{tip}"><q>{escape(citation.quote)}</q>'
        f"<span>{who}{escape(byline(document))}</span><span>{escape(document.name)}</span></span>"
    )


def _attribution(citation: Citation) -> str:
    """Return who said it, how, when and through whom, as one quiet line."""
    document = citation.document
    parts = [f"<b>{escape(citation.speaker)}</b>"] if citation.speaker else []
    if citation.speaker and citation.cue:
        parts.append(f"<i>{escape(citation.cue)}</i>")
    if citation.said_on:
        parts.append(escape(in_words(citation.said_on)))
    parts += [f"via {escape(name)}" for name in citation.via]
    parts += [escape(document.outlet)] if document.outlet else [escape(document.name)]
    return " · ".join([*parts, escape(day(document.published))])


def _positions(answer: Answer, statements: dict[int, Statement], turn: int) -> str:
    """Return a card for each speaker, the one heard first on the left."""
    ordered = sorted(answer.positions, key=lambda position: min(position.dates, default="9999"))
    cards = "".join(_position(position, statements, answer, turn) for position in ordered)
    return f'<div class="positions">{cards}</div>'


def _position(position: Position, statements: dict[int, Statement], answer: Answer, turn: int) -> str:
    held = [_statement(statements[number], answer, turn) for number in position.statements if number in statements]
    stance = f'<p class="quiet">{escape(position.stance)}</p>' if position.stance else ""
    return f'<section class="card"><h3>{escape(position.speaker)}</h3>{stance}{"".join(held)}</section>' if held else ""


def _conflicts(answer: Answer) -> str:
    """Return what the sources differ in, with the statements that cannot all be right."""
    lines = []
    for conflict in answer.conflicts:
        texts = "".join(f"<li>{escape(answer.statements[number].text)}</li>" for number in conflict.statements)
        lead = conflict.line or f"The sources differ on {CONFLICTS[conflict.kind]}."
        lines.append(f'<div class="notice conflict"><strong>{escape(lead)}</strong><ul>{texts}</ul></div>')
    return "".join(lines)


def _notes(answer: Answer) -> str:
    """Return what is noted below the statements: the days that dates mean, how old the newest source is."""
    return f'<p class="quiet">{"<br>".join(map(escape, answer.notes))}</p>' if answer.notes else ""


def _nearest(answer: Answer) -> str:
    """Return the passages nearest to a question that was not answered."""
    if answer.status != "abstained" or not answer.hits:
        return ""
    cards = "".join(_hit(hit, answer) for hit in answer.hits[:NEAREST])
    return f'<h3 class="nearest">The nearest passages</h3><div class="hits">{cards}</div>'


def _hit(hit: Hit, answer: Answer) -> str:
    passage = hit.passage
    document = answer.documents[f"{passage.document_id}@{passage.version}"]
    url = escape(source_url(document, passage.start, passage.end))
    excerpt = "\n".join(filter(None, map(str.strip, passage.text.split("\n"))))
    return (
        f'<a class="card hit" href="{url}" target="{FRAME}"><b>{escape(document.name)}</b>'
        f'<span class="said">{escape(byline(document))}</span><span class="excerpt">{escape(excerpt)}</span></a>'
    )


def outcomes(found: Sequence[Outcome]) -> str:
    """Return what came of each file that was to be added, what went wrong first."""
    ordered = sorted(found, key=lambda outcome: outcome.ok)
    more = len(ordered) - MOST_OUTCOMES
    rest = f"<li>and {more:,} more</li>" if more > 0 else ""
    return f'<ul class="outcomes">{"".join(map(_outcome, ordered[:MOST_OUTCOMES]))}{rest}</ul>'


def _outcome(outcome: Outcome) -> str:
    name = escape(outcome.source.rpartition("/")[2])
    passages = f", {count(outcome.passages, 'passage')}" if outcome.passages else ""
    why = f" – {escape(outcome.message)}" if outcome.message and not outcome.ok else ""
    return f'<li class="{"ok" if outcome.ok else "bad"}"><b>{name}</b> {escape(outcome.status)}{passages}{why}</li>'
