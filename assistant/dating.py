"""Time in questions and answers: which date answers, when something was said, what is newest and how old that is.

What days an expression means is told by `corpus.dates`. A month that a question names without its year ("in March", "since
June") is counted from the publication of the sentence that it is held against: a question does not say from where.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from assistant.answer import Answer, Citation
from assistant.question import Question, answer_spans, asks_of_speech
from assistant.ranking import Candidate
from corpus.dates import When, resolve
from corpus.days import Days, spelled
from corpus.expressions import expressions
from corpus.tense import PAST, clause_at
from corpus.types import Span, first_day, last_day
from index.lexical import stems

__all__ = ["aged", "by_time", "date_said", "dated", "moved"]

NEWEST = re.compile(
    r"\b(?:latest|newest|(?:most )?recent(?:ly)?|still|now|nowadays|current(?:ly)?|today|so far|to date|yet|by now|lately|"
    r"as (?:it|things) stands?|at present|at the moment|these days|right now|up to date)\b",
    re.IGNORECASE,
)
DAY = timedelta(days=1)
NEAR = 0.25  # of sentences that are this likely an answer, relative to the likeliest, the newer ones are preferred
OLDEST = (
    0.5  # what the likelihood of the oldest of these is worth where the newest is wanted; the newest's counts in full
)
OUTSIDE = 0.5  # the same for a sentence of another time than the one that the question names
UNKNOWN = 0.75  # the same for a sentence of unknown time
# Between the cue and the date of what was said: nothing, to whom, or where: "told Stern in", "said in Berlin on".
AFTER_CUE = re.compile(
    r"\s(?:\w+ly\s)?(?:[A-Z][\w'’]*\s(?:[A-Z][\w'’]*\s){0,3}|(?:at|in|to|during|from|with)\s[^,;:.\"“”]{1,60}\s)?"
    r"(?:earlier\s|later\s)?(?:on\s|in\s|at\s|during\s)?(?:the\s)?"
)
SAID = re.compile(
    r"\b(?:sa(?:id|ys?)|t(?:old|ells?)|claim(?:ed|s)?|argue[ds]?|wrote|writes?|insist(?:ed|s)?|report(?:ed|s)?)$"
)
GOES_ON = re.compile(r"(?:\s*(?:$|[,.;:!?—–\"“”)])|\s(?:that|of|to|in|at)\b)")
VERB = re.compile(r"\s(?:is|was|are|were|will|would|has|had|have|be)\b")
OPENS = re.compile(
    r"(?:^|[,;:—–.\"“”]\s?|\b(?:and|but)\s)\W*"
    r"(?:(?:[Oo]n|[Ii]n|[Aa]t|[Dd]uring)\s(?:[^,;:.\"“”]{1,60}\s(?:on|in|of)\s)?)?(?:the\s)?$"
)
SUBJECT = re.compile(r"[,:]?\s[^,;:\"“”]{1,70}(?:,[^,;:\"“”]{1,80},)?\s?(?:(?:had|has|have|also|himself|herself)\s)*")
NOTHING_SAID = re.compile(r"\s(?:(?:had|has|have|also)\s)*")


def dated(citation: Citation, candidate: Candidate, question: Question) -> Citation:
    """Return the citation with the date that answers, where one is wanted, its days, and when its words were said."""
    document, text, shift = candidate.document, candidate.text, candidate.start
    whens = resolve(text, document.published, candidate.texts_before)
    said = date_said(text, citation.cue, whens) if citation.cue else None
    citation = replace(citation, said_on=moved(said, shift))
    if question.wants != "date":
        return citation
    span = _answering(text, question, said, citation.cue, document.published)
    if span is None:
        return replace(citation, answer=None)
    clock = [when for when in whens if when.start >= span[1]]  # "at 20:17 UTC on 20 July"
    when = next((when for when in whens if when.start < span[1] and span[0] < when.end), clock[0] if clock else None)
    return replace(citation, answer=(span[0] + shift, span[1] + shift), when=moved(when, shift))


def moved(when: When | None, shift: int) -> When | None:
    """Return the expression with its span in the document of a sentence that starts at `shift`."""
    return replace(when, start=when.start + shift, end=when.end + shift) if when else None


def _answering(text: str, question: Question, said: When | None, cue: str | None, published: str | None) -> Span | None:
    """Return the span of the date that answers: the one in whose clause most of the question stands.

    When something was said answers only where the question asks of that; what the question dates itself does not answer.
    """
    spans = answer_spans(text, question)
    asked = {term.stem for term in question.terms}
    own = {when.days for when in resolve(question.text, published)}
    given = {(when.start, when.end) for when in resolve(text, published) if when.days and when.days in own}
    spans = [span for span in spans if span not in given] or spans[:0]
    if said and (said.start, said.end) in spans:
        if asks_of_speech(question):
            return said.start, said.end
        if SAID.search(cue or ""):
            spans.remove((said.start, said.end))
    fits = [len(asked & set(stems(text[slice(*clause_at(text, *span))]))) for span in spans]
    return spans[int(np.argmax(fits))] if spans else None


def date_said(text: str, cue: str, whens: Sequence[When]) -> When | None:
    """Return the date that stands with the cue: "said on Tuesday", "told Stern last week", "In July Lavrov said"."""
    places = [match.span() for match in re.finditer(rf"\b{re.escape(cue)}\b", text)]
    for when in whens:
        for start, end in places:
            behind, ahead = text[end : when.start], text[when.end : start]
            after = end <= when.start and AFTER_CUE.fullmatch(behind) and not VERB.match(text[when.end :])
            if after and (GOES_ON.match(text[when.end :]) or len(behind.split()) <= 2):
                return when
            if when.end <= start and _opens(text, when, ahead):
                return when
    return None


def _opens(text: str, when: When, ahead: str) -> bool:
    """Tell whether nothing but the speaker stands between a date and the cue: "In July Lavrov said"."""
    if NOTHING_SAID.fullmatch(ahead):
        return True
    bare = re.sub(r"\s(?:had|has|have)\s$", " ", ahead)
    return bool(OPENS.search(text[: when.start]) and SUBJECT.fullmatch(ahead) and not PAST.search(bare))


def by_time(
    question: Question, rows: Sequence[Candidate], probabilities: NDArray[np.float64], asked_on: str | None
) -> NDArray[np.float64]:
    """Return the probabilities, less for sentences of another time than the question names, or old where it wants news.

    Only what answers nearly as well changes places: a better fit outweighs a better date.
    """
    near = [int(i) for i in np.flatnonzero(probabilities >= NEAR * probabilities.max())]
    weights = np.ones(len(rows))
    if NEWEST.search(question.text):
        days = [_published(rows[i]) for i in near]
        known = sorted(set(days))
        weights[:] = OLDEST
        weights[near] = [OLDEST + (1 - OLDEST) * known.index(day) / max(1, len(known) - 1) for day in days]
    named = list(expressions(question.text))
    if named and not NEWEST.search(question.text[named[0].start : named[0].end]):
        fits = [OUTSIDE] * len(rows)
        for i in near:
            fits[i] = _fit(rows[i], question.text, asked_on)
        weights *= fits
    return probabilities * weights


def _published(row: Candidate) -> int:
    """Return the number of the day of publication, 0 where it is unknown."""
    published = row.document.published
    return last_day(published).toordinal() if published else 0


def _fit(row: Candidate, question: str, asked_on: str | None) -> float:
    """Return what a sentence's likelihood is worth: all of it where it is of the time that the question names."""
    named = zip(
        expressions(question), resolve(question, row.document.published), resolve(question, asked_on), strict=True
    )
    asked = [_window(theirs if expression.open_year else ours) for expression, theirs, ours in named]
    times = _told_of(row)
    if not times:
        return UNKNOWN
    within = all(any(first[0] <= days[1] and days[0] <= first[1] for days in times) for first in asked if first)
    return 1.0 if within else OUTSIDE


def _window(when: When) -> Days | None:
    if when.days is None:
        return None
    first, last = when.days
    if when.relation in ("since", "after"):
        return (first if when.relation == "since" else min(last, date.max - DAY) + DAY), date.max
    if when.relation in ("until", "by", "before"):
        return date.min, (max(first, date.min + DAY) - DAY if when.relation == "before" else last)
    return first, last


def _told_of(row: Candidate) -> list[Days]:
    """Return the days that a sentence tells of: those it names, else those of the one before it, else its publication."""
    published = row.document.published
    own = [when.days for when in resolve(row.text, published, row.texts_before) if when.days]
    if own:
        return own
    before = row.before[-1] if row.before else None
    if before and "\n\n" not in row.document.text[before[1] : row.start]:
        ahead = [when.days for when in resolve(row.text_before, published) if when.days]
        if len(ahead) == 1:
            return ahead
    return [(first_day(published), last_day(published))] if published else []


def aged(answer: Answer, today: date) -> Answer:
    """Return the answer with how old its newest source is, where the question wants what is newest.

    The age counts to the day of `as_of` if one is set, else to `today`.
    """
    dates = [citation.document.published for citation in answer.citations if citation.document.published]
    if not dates or not NEWEST.search(answer.query):
        return answer
    newest = max(dates, key=last_day)
    as_of = answer.filters.as_of
    until = date.fromisoformat(as_of) if as_of else today
    age = _age((until - last_day(newest)).days, spelled(until, until) if as_of else "today")
    return replace(answer, age=f"The newest source is of {spelled(first_day(newest), last_day(newest))}{age}.")


def _age(days: int, until: str) -> str:
    """Return ", 3 months before today", nothing where it is of that day."""
    if days <= 0:
        return ""
    count, unit = next(
        (round(days / size), unit)
        for size, least, unit in ((365.25, 731, "year"), (30.44, 61, "month"), (7, 14, "week"), (1, 1, "day"))
        if days >= least
    )
    return f", {count} {unit}{'' if count == 1 else 's'} before {until}"
