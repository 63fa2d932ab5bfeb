"""What stands below an answer that was kept: thumbs, and with one a reason. A thumb pressed again is taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from corpus.ratings import REASONS, Rating, Ratings

__all__ = ["DEEDS", "Kept", "foot", "rated"]

DEEDS = ("rate", "reason", "words")  # what can be done below an answer
LONGEST = 500  # characters of a reader's own words, as the record keeps them
THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-linejoin="round" aria-hidden="true"><path d="M8 11v9H4v-9h4l4-8c1.8 0 2.7 1.4 2.2 3.2L13.3 9H19c1.3 0 2.2 1.2 '
    '2 2.4l-1.2 6.8A2.2 2.2 0 0 1 17.6 20H8"/></svg>'
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a turn is kept: its conversation and its number in that, and what is thought of it."""

    conversation: str
    turn: int
    rating: Rating | None = None


def foot(kept: Kept) -> str:
    """Return the thumbs of a turn, and where one is pressed what is said for it."""
    rating = kept.rating
    up = _thumb(kept, "up", "Good answer", rating is not None and rating.is_good)
    down = _thumb(kept, "down", "Bad answer", rating is not None and not rating.is_good)
    said = ""
    if rating is not None:
        told = rating.reason or ("good" if rating.is_good else "bad")
        said = f"Kept: {escape(told)}"
    return (
        f'<div class="rating"><div role="group" aria-label="What do you think of this answer?">{up}{down}</div>'
        f'{_why(kept, rating) if rating else ""}<p class="quiet" role="status">{said}</p></div>'
    )


def _thumb(kept: Kept, way: str, label: str, pressed: bool) -> str:
    return (
        f'<button type="button" class="thumb {way}" data-do="rate" data-way="{way}" {_of(kept)} '
        f'aria-pressed="{str(pressed).lower()}" aria-label="{label}" title="{label}">{THUMB}</button>'
    )


def _why(kept: Kept, rating: Rating) -> str:
    """Return what a reason can be given by: with a thumb down some to choose from, and words of one's own."""
    chips = "".join(
        f'<button type="button" class="reason" data-do="reason" data-reason="{escape(reason)}" {_of(kept)} '
        f'aria-pressed="{str(reason in rating.reasons).lower()}">{escape(reason.capitalize())}</button>'
        for reason in (() if rating.is_good else REASONS)
    )
    group = f'<div role="group" aria-label="Why it is bad">{chips}</div>' if chips else ""
    return (
        f'{group}<form data-do="words" {_of(kept)}><input name="words" aria-label="Why, in your own words" '
        f'placeholder="Why?" maxlength="{LONGEST}" autocomplete="off" value="{escape(rating.words)}">'
        '<button type="submit">Keep</button></form>'
    )


def _of(kept: Kept) -> str:
    return f'data-id="{escape(kept.conversation)}" data-turn="{kept.turn}"'


def rated(kept: Kept, done: Mapping[str, str], ratings: Ratings) -> Kept:
    """Keep what was pressed or sent below a turn; return the turn's place with what is thought of it now.

    `done` is as `parts.did` gives it. Raises NotFoundError if the conversation is gone, and OnRecordError.
    """
    old = ratings.of(kept.conversation).get(kept.turn)
    new = _changed(old, done)
    if new is None:
        ratings.withdraw(kept.conversation, kept.turn)
    else:
        ratings.rate(kept.conversation, kept.turn, new)
    return Kept(kept.conversation, kept.turn, ratings.of(kept.conversation).get(kept.turn))


def _changed(old: Rating | None, done: Mapping[str, str]) -> Rating | None:
    """Return what is thought of an answer after something was done."""
    if done["do"] == "rate":
        is_good = done.get("way") == "up"
        if old is not None and old.is_good == is_good:
            return None
        return Rating(is_good, words=old.words if old else "")
    if old is None:
        return None
    if done["do"] == "words":
        return Rating(old.is_good, old.reasons, done.get("words", ""))
    reason = done.get("reason", "")
    reasons = [one for one in REASONS if (one in old.reasons) != (one == reason)]
    return Rating(old.is_good, tuple(reasons), old.words)
