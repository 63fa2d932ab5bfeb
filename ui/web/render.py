"""Turn a conversation into HTML for the chat.

Every text that comes from a document, a file name or the user passes through `escape`; nothing is rendered as Markdown.
The links open the pages of `ui.web.source` in the frame beside the chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from assistant.answer import Answer, Looking
from corpus.catalog import Entry
from ui.markdown import escaped
from ui.web.copying import answer_text
from ui.web.naming import count, day
from ui.web.overtime import over_time
from ui.web.parts import alert
from ui.web.positions import conflicts, statements
from ui.web.silence import looked_for, nearest
from ui.web.statements import Shown
from ui.web.thumbs import Kept, foot

__all__ = ["Turn", "conversation"]

FIRST = 3  # documents named while they are being read
LEADS = {"partial": "The sources answer only part of this.", "failed": "This could not be answered."}
MODEL_LEADS = {"failed": "The language model failed. Below are the sources' own words."}
SILENT = "The library does not answer this."


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its answer, or with the error that came instead; until then where it is looked for.

    While a model writes there is an answer of what has arrived so far, beside `looking`; one that was stopped ends with it.
    """

    question: str
    answer: Answer | None = None
    error: str | None = None
    looking: Looking | None = None
    stopped: bool = False
    kept: Kept | None = None

    @property
    def is_over(self) -> bool:
        """Whether no more of it will come."""
        return self.stopped or (self.looking is None and (self.answer is not None or self.error is not None))


def conversation(turns: Sequence[Turn]) -> str:
    """Return the turns, oldest first; how the last one was searched can be edited."""
    last = len(turns) - 1
    return "".join(_turn(turn, number, number == last and turn.is_over) for number, turn in enumerate(turns))


def _turn(turn: Turn, number: int, editable: bool) -> str:
    if turn.error is not None:
        body = alert(turn.error)
    elif turn.answer is not None:
        body = _answer(turn.answer, number, editable)
    else:
        body = "" if turn.stopped else _looking(turn.looking)
    if turn.stopped:
        kept = "What had been written until then is above." if turn.answer else "Nothing had been written yet."
        body += f'<p class="notice">You stopped this answer. {kept}</p>'
    if turn.kept and not turn.stopped:
        body += foot(turn.kept)
    return f'<article class="turn"><h2 class="question">{escape(turn.question)}</h2>{body}</article>'


def _looking(looking: Looking | None) -> str:
    """Say that an answer is being looked for, and where, once that is known."""
    if looking is None:
        return '<p class="quiet searching">Searching…</p>'
    found = f"{count(looking.passages, 'passage')} of {count(len(looking.documents), 'document')}"
    entries = "".join(f"<li>{escape(_listed(entry))}</li>" for entry in looking.documents[:FIRST])
    return f'<p class="quiet searching">Reading {found}, these first:</p><ul class="quiet">{entries}</ul>'


def _listed(entry: Entry) -> str:
    return ", ".join(filter(None, (entry.name, entry.outlet, day(entry.published))))


def _answer(answer: Answer, turn: int, editable: bool) -> str:
    shown = Shown(answer, turn)
    parts = (
        _asked_as(answer, editable),
        _notice(answer),
        looked_for(answer),
        conflicts(shown),
        statements(shown),
        _notes(answer),
        nearest(answer),
        over_time(shown),
        _actions(answer),
    )
    return "".join(parts)


def _asked_as(answer: Answer, editable: bool) -> str:
    lines, form = [], _query_form(answer) if editable else ""
    if not editable and answer.query.strip() != answer.question.strip():
        lines.append(f"Asked as: {escape(answer.query)}")
    if answer.filters.as_of:
        undated = f"; {count(answer.undated, 'undated document')} left out" if answer.undated else ""
        lines.append(f"As of {escape(day(answer.filters.as_of))}{undated}")
    if answer.model and answer.status != "failed":
        lines.append(f"Written by {escape(answer.model)}{_left_out(answer)}")
    return form + (f'<p class="quiet">{"<br>".join(lines)}</p>' if lines else "")


def _query_form(answer: Answer) -> str:
    """Return how a question was searched, which can be changed in its place and searched again."""
    is_same = answer.query.strip() == answer.question.strip()
    summary = "Search for it in other words" if is_same else f"Asked as: {escape(answer.query)}"
    return (
        f'<details class="asked-as"><summary>{summary}</summary>'
        '<form data-do="ask-as"><input name="query" aria-label="Ask the same question as" autocomplete="off" '
        f'maxlength="2000" value="{escape(answer.query)}"><button type="submit">Ask again</button></form></details>'
    )


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


def _notes(answer: Answer) -> str:
    """Return what is noted below the statements: the days that dates mean, and what is noted of the whole."""
    notes = [*answer.meant, *answer.of_the_whole]
    return f'<p class="quiet">{"<br>".join(map(escape, notes))}</p>' if notes else ""


def _actions(answer: Answer) -> str:
    """Return what can be done with a whole answer. What was copied is told in the status, for a screen reader."""
    if not answer.citations:
        return ""
    offered = (("Copy with sources", answer_text(answer)), ("Copy as Markdown", answer_text(answer, escaped)))
    buttons = "".join(
        f'<button type="button" class="act" data-copy="{escape(text)}">{name}</button>' for name, text in offered
    )
    return f'<div class="actions">{buttons}<span role="status"></span></div>'
