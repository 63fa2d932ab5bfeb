"""A question's turn as it arrives: where it is looked for, what has been written so far, the whole answer or why there is none."""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

from assistant.answer import Answer, Citation, Looking, Statement, Writing
from assistant.assistant import Assistant
from assistant.settings import QUOTE
from corpus.errors import OnRecordError
from corpus.filters import Filters
from ui.web.asking import Run
from ui.web.naming import count
from ui.web.render import Turn

__all__ = ["arriving", "told", "until_stopped"]

CRASHED = "Something went wrong here, and the question was not answered. What it was stands in the log of the server."
log = logging.getLogger(__name__)


def arriving(
    assistant: Assistant, question: str, filters: Filters, before: Sequence[Turn], query: str | None = None
) -> Generator[Turn, None, None]:
    """Yield the turn at each thing that is told of it, unchanged where a model is only still at work; last it is over.

    `query` is the question's standalone form, if whoever asks has put it right. Closing the generator stops the model.
    """
    history = [turn.answer for turn in before if turn.answer]
    turn, citations = Turn(question), Writing().citations
    try:
        with closing(assistant.stream(question, history, filters, query)) as parts:
            for part in parts:
                if isinstance(part, Looking):
                    turn = Turn(question, looking=part)
                elif isinstance(part, Answer):
                    turn = Turn(question, part)
                elif isinstance(part, Writing):
                    citations = part.citations
                elif assistant.settings.engine != QUOTE:  # quotations are there all at once
                    turn = _with(turn, part, citations)
                yield turn
    except OnRecordError as error:
        yield Turn(question, error=str(error))
    except Exception:  # a page that is dead after one question helps nobody
        log.exception("a question could not be answered")
        yield Turn(question, error=CRASHED)


def _with(turn: Turn, statement: Statement, citations: tuple[Citation, ...]) -> Turn:
    """Return the turn with one more statement."""
    query = turn.looking.query if turn.looking else turn.question
    arrived = (*turn.answer.statements, statement) if turn.answer else (statement,)
    return Turn(turn.question, Answer(turn.question, query, "answered", 0.0, arrived, citations), looking=turn.looking)


def until_stopped(turns: Generator[Turn, None, None], run: Run) -> Iterator[Turn]:
    """Yield the turn until it is over or its run is stopped; then it ends with what has arrived."""
    turn = None
    with closing(turns):
        for turn in turns:
            if run.is_stopped and not turn.is_over:
                break
            yield turn
    if turn is not None and not turn.is_over:
        yield Turn(turn.question, turn.answer, stopped=True)


def told(turn: Turn) -> str:
    """Return in a line, for who cannot see it, what has become of a question."""
    if turn.stopped:
        return "Stopped."
    if turn.error is not None:
        return ""  # an alert of its own
    if turn.answer is None or turn.looking:
        return "Searching…" if turn.looking is None else f"Reading {count(turn.looking.passages, 'passage')}…"
    answer = turn.answer
    if answer.status == "abstained":
        return "The library does not answer this."
    said = f"{count(len(answer.statements), 'statement')} from {count(len(answer.citations), 'source')}"
    return f"Answered: {said}." if answer.status != "failed" else f"The model failed. {said} instead."
