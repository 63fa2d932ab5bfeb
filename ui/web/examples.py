"""The questions that a page offers to begin with, made from the newest documents of the library; each was asked first.

What the sources do not answer is not offered. Asking takes seconds in a large library, so it is done once for each
state of the library, and what was found is offered on while documents are being added, if its sources are still there.
"""

import copy
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from threading import Lock

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.question import DATE, NAME
from assistant.settings import QUOTE
from corpus.attribution import Attribution
from corpus.catalog import Catalog, Entry
from corpus.errors import OnRecordError
from corpus.types import Passage
from corpus.words import is_called
from ui.web.naming import day

__all__ = ["EXAMPLES", "Examples", "candidates"]

EXAMPLES = 4
READ = 40  # newest documents that questions are made from
PASSAGES = 6  # of each
ASKED = 12  # questions at most, to find EXAMPLES that are answered
WITHIN_S = 6.0  # after which no further one is asked
FRESH_S = 120.0  # what was found is offered on for so long while the library changes
LONGEST = 110  # characters of a question that is read at a glance
WORD = r"[A-ZÀ-Þ][\w’'-]*[a-zß-ÿ][\w’'-]*"  # not in capitals, in which nothing tells a name from other words
PERSON = re.compile(rf"{WORD}(?: (?:[A-Z]\.|{WORD})){{0,2}} {WORD}")
LEANS = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|its|their|this|that|these|those|we|our|I|my|who|which)\b", re.I
)
NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{2,3})"
VERB = r"(?:has|have|had|is|are|was|were|will|would|can|could)"
COUNTED = re.compile(
    rf"(?:^|[,:] |\bthat )(?:About |Some |More than |At least |Nearly |about |some |more than |at least |nearly )?{NUMBER} "
    rf"(?P<what>(?:[a-z-]+ ){{0,2}}(?:people|men|women|children|[a-z-]+s)) (?P<rest>{VERB} [^,;:.!?\"“”()]{{8,70}})[,;:.]"
)
SHARE = re.compile(
    rf"\b\d{{1,3}}(?:\.\d)? ?(?:%|percent|per cent) of (?P<what>[\w’' -]{{4,40}}?) "
    rf"(?P<rest>(?:{VERB}|say|said|want|wanted|support|supported|oppose|opposed|believe|think) [^,;:.!?\"“”()]{{8,70}})[,;:.]"
)
TIMES = re.compile(r"\b(?:years?|months?|weeks?|days?|hours?|minutes?)\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and what its answer must have for it to be a good example."""

    question: str
    document: str | None = None  # cited
    speaker: str | None = None  # of a citation


@dataclass(frozen=True, slots=True)
class _Found:
    generation: int
    at: float
    questions: tuple[str, ...]
    documents: frozenset[str]  # ids of those that the answers cite


class Examples:
    """The examples of one library. Used from any thread; one at a time looks for new ones, the others wait for it."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._lock = Lock()
        self._found: _Found | None = None

    @property
    def has_some(self) -> bool:
        """Whether there are some, maybe of an earlier state of the library."""
        return self._found is not None and bool(self._found.questions)

    def questions(self) -> Sequence[str]:
        """Return at most EXAMPLES questions that the library answers, of several kinds."""
        with self._lock:
            if self._found is None or not self._holds(self._found):
                self._found = _found(self._assistant)
            return self._found.questions

    def _holds(self, found: _Found) -> bool:
        catalog = self._assistant.library.catalog
        if found.generation == catalog.generation():
            return True
        is_fresh = bool(found.questions) and time.monotonic() - found.at < FRESH_S
        return is_fresh and len(catalog.entries_with([*found.documents])) == len(found.documents)


def _found(assistant: Assistant) -> _Found:
    """Ask what could be asked until there are EXAMPLES that are answered, or it takes too long."""
    quoting = copy.copy(assistant)  # a model that is paid for is not asked unasked
    quoting.settings = assistant.settings.model_copy(update={"engine": QUOTE})
    started, catalog = time.monotonic(), assistant.library.catalog
    generation, good, cited = catalog.generation(), list[str](), set[str]()
    for _, candidate in zip(range(ASKED), candidates(catalog), strict=False):
        if len(good) == EXAMPLES or time.monotonic() - started > WITHIN_S:
            break
        try:
            answer = quoting.ask(candidate.question)
        except OnRecordError:  # the page tells of it where something is asked
            continue
        if _is_good(answer, candidate):
            good.append(candidate.question)
            cited |= {citation.document.id for citation in answer.citations}
    return _Found(generation, time.monotonic(), tuple(good), frozenset(cited))


def _is_good(answer: Answer, candidate: Candidate) -> bool:
    if answer.status != "answered" or not answer.statements:
        return False
    speakers = [citation.speaker for citation in answer.citations if citation.speaker]
    by_speaker = candidate.speaker is None or any(is_called(name, candidate.speaker) for name in speakers)
    documents = {citation.document.id for citation in answer.citations}
    return by_speaker and (candidate.document is None or candidate.document in documents)


def candidates(catalog: Catalog) -> Iterator[Candidate]:
    """Yield what could be asked of the newest documents, each kind in turn: what somebody said, figures, the course of
    things, what a document is about.
    """
    entries = catalog.called("", READ)
    passages = {entry.id: catalog.passages_of(f"{entry.id}@{entry.version}")[:PASSAGES] for entry in entries}
    said = catalog.quotations_in([*chain.from_iterable(passages.values())])
    kinds = (_quoted(said, passages), _figures(passages), _course(entries), chain(_titles(entries), _named(passages)))
    asked: set[str] = set()
    for candidate in chain.from_iterable(zip_longest(*kinds)):
        if candidate and candidate.question not in asked and len(candidate.question) <= LONGEST:
            asked.add(candidate.question)
            yield candidate


def _quoted(said: dict[tuple[str, int], Attribution], passages: dict[str, list[Passage]]) -> Iterator[Candidate]:
    """Ask what the people said that the most documents quote, about a name that they speak of, if there is one."""
    heard: defaultdict[str, set[str]] = defaultdict(set)
    about: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (key, _), attribution in said.items():
        speaker, id = attribution.speaker, key.rpartition("@")[0]
        if not PERSON.fullmatch(speaker):
            continue
        heard[speaker].add(id)
        about[speaker].update(_names(_text(passages[id], *attribution.content), speaker))
    for speaker in sorted(heard, key=lambda name: (-len(heard[name]), -about[name].total(), name)):
        named = about[speaker].most_common(1)
        subject = f" about {named[0][0]}" if named else ""
        yield Candidate(f"What did {speaker} say{subject}?", speaker=speaker)


def _names(words: str, speaker: str) -> Iterator[str]:
    """Yield the names in what somebody says, but for his own, dates, and the first word, which is a capital's anyway."""
    for match in NAME.finditer(words):
        name = match.group()
        if match.start() and not DATE.search(name) and not set(name.split()) & set(speaker.split()):
            yield f"the {name}" if words[: match.start()].lower().endswith("the ") else name


def _text(passages: Sequence[Passage], start: int, end: int) -> str:
    return next((p.text[start - p.start : end - p.start] for p in passages if p.start <= start < p.end), "")


def _figures(passages: dict[str, list[Passage]]) -> Iterator[Candidate]:
    """Ask for the numbers in sentences that are understood alone."""
    for id, some in passages.items():
        for passage in some:
            for start, end in passage.sentences:
                sentence = " ".join(passage.text[start - passage.start : end - passage.start].split())
                for pattern, opening in ((SHARE, "What percentage of"), (COUNTED, "How many")):
                    match = pattern.search(sentence)
                    if match and not LEANS.search(match["what"] + match["rest"]) and not TIMES.search(match["what"]):
                        yield Candidate(f"{opening} {match['what']} {match['rest'].strip()}?", document=id)


def _named(passages: dict[str, list[Passage]]) -> Iterator[Candidate]:
    """Ask about the names that several documents have, the most frequent first."""
    held = Counter[str]()
    for some in passages.values():
        held.update({name for passage in some for name in PERSON.findall(passage.text)})
    for name, number in held.most_common(ASKED):
        if number > 1 and not DATE.search(name):
            yield Candidate(f"What is reported about {name}?")


def _course(entries: Sequence[Entry]) -> Iterator[Candidate]:
    """Ask what has happened lately, where several documents are dated."""
    dates = sorted(
        (entry.published for entry in entries if entry.published and len(entry.published) == 10), reverse=True
    )
    if len(dates) > 1:
        since = dates[min(len(dates), 5) - 1]
        yield Candidate(f"What has happened since {day(since)}?")


def _titles(entries: Sequence[Entry]) -> Iterator[Candidate]:
    for entry in entries:
        if entry.title:
            yield Candidate(f"What is reported about “{entry.title}”?", document=entry.id)
