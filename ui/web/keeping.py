"""What becomes of a turn that is over: it is kept, and read back as it was when its conversation is opened again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.answer import Answer, Reason, as_json
from assistant.kept import answer_of_json
from corpus.catalog import Catalog
from corpus.conversations import Conversations, Exchange
from corpus.errors import NotFoundError, OnRecordError
from corpus.ratings import Ratings
from ui.web.parts import alert
from ui.web.render import Turn
from ui.web.thumbs import Kept, rated

__all__ = ["kept", "place", "rate", "reopened"]

STOPPED = Reason("stopped", "This answer was stopped before it was finished.")
BEGUN_ANEW = (
    "This conversation was deleted meanwhile, maybe in another tab. Your question and its answer are kept in a new one."
)
NOT_RATED = "This conversation was deleted meanwhile, so your rating was not kept."


def place(turns: Sequence[Turn]) -> str | None:
    """Return the conversation that the turns are kept in, the newest if one was deleted meanwhile; None if in none yet."""
    return next((turn.kept.conversation for turn in reversed(turns) if turn.kept), None)


def kept(catalog: Catalog, name: str, before: Sequence[Turn], turn: Turn) -> tuple[Turn, str]:
    """Keep a turn that is over, for its owner; return it with its place, and what is to be told, "" for nothing.

    It goes where those before it are, or begins a conversation. What failed without an answer is not kept.
    """
    answer = _to_keep(turn)
    if answer is None:
        return turn, ""
    conversations, told = Conversations(catalog, name), ""
    try:
        try:
            id, number = conversations.keep(place(before), turn.question, as_json(answer))
        except NotFoundError:
            id, number = conversations.keep(None, turn.question, as_json(answer))
            told = alert(BEGUN_ANEW)
    except OnRecordError as error:
        return turn, alert(f"This answer could not be kept: {error}")
    return replace(turn, kept=Kept(id, number)), told


def _to_keep(turn: Turn) -> Answer | None:
    """Return the answer to keep of a turn; of one that was stopped what had been written, and that it was."""
    if not turn.stopped:
        return turn.answer
    written = turn.answer or Answer(turn.question, turn.question, "partial", 0.0)
    return replace(written, status="partial", reason=STOPPED)


def reopened(catalog: Catalog, name: str, id: str) -> list[Turn]:
    """Return the turns of a kept conversation as they were shown. Raises NotFoundError if it is not the owner's."""
    exchanges = Conversations(catalog, name).read(id).turns
    ratings = Ratings(catalog, name).of(id)
    return [_turn(one, Kept(id, number, ratings.get(number)), catalog) for number, one in enumerate(exchanges)]


def _turn(exchange: Exchange, kept: Kept, catalog: Catalog) -> Turn:
    answer = answer_of_json(exchange.answer, catalog)
    if answer.reason is None or answer.reason.code != STOPPED.code:
        return Turn(exchange.question, answer, kept=kept)
    written = replace(answer, status="answered", reason=None) if answer.statements else None
    return Turn(exchange.question, written, stopped=True, kept=kept)


def rate(catalog: Catalog, name: str, turns: list[Turn], done: Mapping[str, str]) -> str:
    """Keep what was pressed or sent below one of the turns, and change it in place; return what is to be told.

    In place, since a question that is being answered meanwhile goes on with the same list.
    """
    asked = (done.get("id"), done.get("turn"))
    for at, turn in enumerate(turns):
        if turn.kept and (turn.kept.conversation, str(turn.kept.turn)) == asked:
            try:
                turns[at] = replace(turn, kept=rated(turn.kept, done, Ratings(catalog, name)))
            except NotFoundError:
                return alert(NOT_RATED)
            except OnRecordError as error:
                return alert(error)
    return ""
