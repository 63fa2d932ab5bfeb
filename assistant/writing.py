"""Answer with a language model: what it writes is read statement by statement, each held to the sentences it cites.

The model is asked only where quoting found an answer, and sees the sentences that quoting ranked. A sentence number that
was not offered is taken out and its statement marked. A statement's wording must stand in its sentences (`wording`), and
the measures of `checking` say how well they carry the rest. Where the model fails, the answer is the quoted one, with
the status "failed" and the reason.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from assistant.answer import Answer, Reason, Statement, Support, Usage
from assistant.checking import check
from assistant.model import TokenCounts, stream
from assistant.plaintext import plain
from assistant.prompt import NO_ANSWER, Evidence, evidence, messages
from assistant.provider import Endpoint
from assistant.question import Question, read_question
from assistant.quoting import Run, cite, rank
from assistant.ranking import Candidate
from assistant.wording import verdict
from corpus.errors import ModelError
from corpus.segment import sentence_spans
from corpus.types import Span
from index.library import Library
from index.retriever import Hit

__all__ = ["Writer"]

MOST_STATEMENTS = 20
LONGEST_RANGE = 10  # sentences that "[417-426]" may stand for
# "[417]", "[417, 419]", "[417-420]", "[sentence 417]". Nothing in it can match in two ways, so no text makes it slow.
NUMBER = r"(?:(?:ids?|sentences?|nos?\.|s|#)\s?)?\d{1,12}"
NUMBERS = rf"\s{{0,3}}[\[【]\s?{NUMBER}(?:(?:\s?[,;&–-]\s?|\s(?:and\s)?){NUMBER})*\s?[\]】]"
CITED = re.compile(rf"(?:{NUMBERS})+", re.IGNORECASE)
# A unit of the stream ends with its line, or with numbers after which a new sentence begins.
UNIT = re.compile(rf"\n|(?i:{NUMBERS})+[.!?]*(?=\s+[^\s\[【,;a-zß-öø-ÿ])")
RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
INVENTED = "it cites a sentence that it was not given"
THOUGHT, THOUGHT_ENDS = "<think>", "</think>"  # of models that reason before they answer
RANKS: dict[Support, int] = {"contradicted": 0, "unsupported": 1, "partly": 2, "supported": 3}


@dataclass(frozen=True, slots=True)
class Writer:
    """A language model that answers from a library; it is given `budget` tokens of sources at most."""

    target: Endpoint
    library: Library
    budget: int
    drop_unsupported: bool

    def write(self, question: Question, quoted: Answer) -> Generator[Statement, None, Answer]:
        """Yield the model's statements as they come; return the answer, which is the quoted one where the model fails.

        It is given the passages that `quoted` was made from. Closing the generator stops the model.
        """
        ranked = rank(question, quoted.hits, quoted.documents, self.library, quoted.filters.speakers)
        blank = replace(
            quoted, status="abstained", reason=None, statements=(), citations=(), positions=(), conflicts=(), short=None
        )
        draft = _Draft(question, blank, self.library, evidence(question, ranked.candidates, blank.hits, self.budget))
        try:
            if not draft.given.sentences:
                says = f"The first passage alone has more than {self.budget:,} tokens. model_context sets how many fit."
                raise ModelError("model_context", says)
            yield from self._statements(draft)
            return self._answer(draft, quoted.confidence)
        except ModelError as error:
            return replace(quoted, status="failed", reason=Reason(error.code, str(error)), model=self.target.model)

    def _statements(self, draft: "_Draft") -> Iterator[Statement]:
        with closing(stream(self.target, messages(draft.question.text, draft.given))) as pieces:
            for unit in _units(draft.text_of(pieces)):
                for text, numbers in draft.sentences(unit):
                    statement = draft.statement(text, numbers, self.drop_unsupported)
                    if draft.written > MOST_STATEMENTS:
                        says = f"{self.target.model} wrote more than {MOST_STATEMENTS} statements."
                        raise ModelError("model_endless", says)
                    if statement:
                        yield statement

    def _answer(self, draft: "_Draft", confidence: float) -> Answer:
        """Return the finished answer. Raises ModelError where there is nothing that could be one."""
        answer = replace(draft.blank, confidence=confidence, engine="write", model=self.target.model)
        answer = replace(answer, usage=draft.usage())
        if draft.is_silent and not draft.kept:
            says = f"{self.target.model} finds no answer in the {len(draft.given.sentences)} sentences it was given."
            return replace(answer, status="abstained", reason=Reason("model_found_none", says))
        if not draft.written:
            raise ModelError("model_nonsense", f"{self.target.model} wrote nothing.")
        if not draft.has_cited:
            raise ModelError("model_nonsense", f"{self.target.model} cites none of the sentences it was given.")
        if not draft.kept:
            raise ModelError("model_unsupported", f"The sources support nothing of what {self.target.model} wrote.")
        reason = _unsupported(draft.kept)
        return replace(
            answer,
            status="partial" if reason else "answered",
            reason=reason,
            statements=tuple(draft.kept),
            citations=tuple(
                cite(_run(draft.given.sentences[number]), marker, draft.question)
                for marker, number in enumerate(draft.cited, 1)
            ),
        )


@dataclass(slots=True)
class _Draft:
    """An answer while it is written: the statements kept, the numbers of the sentences cited, in the order of markers."""

    question: Question
    blank: Answer
    library: Library
    given: Evidence
    kept: list[Statement] = field(default_factory=list)
    cited: list[int] = field(default_factory=list)
    written: int = 0
    has_cited: bool = False
    is_silent: bool = False  # the model says that the sentences do not answer
    counts: TokenCounts | None = None

    def text_of(self, pieces: Iterable[str | TokenCounts]) -> Iterator[str]:
        """Yield the text of the stream, and keep its token counts."""
        for piece in pieces:
            if isinstance(piece, TokenCounts):
                self.counts = piece
            else:
                yield piece

    def usage(self) -> Usage:
        given, left_out = self.given.passages, self.given.left_out
        if self.counts is None:
            return Usage(None, None, given, left_out)
        return Usage(self.counts.prompt_tokens, self.counts.completion_tokens, given, left_out)

    def sentences(self, unit: str) -> Iterator[tuple[str, list[int]]]:
        """Yield the sentences of a unit as plain text, each with the numbers in or after it.

        One without numbers has those of the next that has some: a citation at the end of a line stands for the line.
        """
        sources = [self.given.sentences[number] for number in _numbers(unit) if number in self.given.sentences]
        text, numbers = _parted(plain(unit, lambda address: _is_of(address, sources)))
        if text.strip(" .!").casefold() == NO_ANSWER.casefold():
            self.is_silent = True
            return
        if not any(character.isalnum() for character in text) or (text.endswith(":") and not numbers):
            return  # a mark, or "The sources say:", which says nothing
        for start, end in sentence_spans(text):
            following = [(place, found) for place, found in numbers if place > start]
            own = [found for place, found in following if place <= end] or [found for _, found in following[:1]]
            yield text[start:end], [number for found in own for number in found]

    def statement(self, text: str, numbers: list[int], drop_unsupported: bool) -> Statement | None:
        """Return a sentence of the model's as a statement, checked; None where it is dropped."""
        self.written += 1
        numbers = list(dict.fromkeys(numbers))
        offered = [number for number in numbers if number in self.given.sentences]
        self.has_cited = self.has_cited or bool(offered)
        support, reason = self._support(text, [self.given.sentences[number] for number in offered])
        if len(offered) < len(numbers):
            support = "partly" if support == "supported" else support
            reason = "; ".join(filter(None, (INVENTED, reason if offered else None)))
        if drop_unsupported and support in ("unsupported", "contradicted"):
            return None
        self.cited += [number for number in offered if number not in self.cited]
        markers = tuple(self.cited.index(number) + 1 for number in offered)
        self.kept.append(Statement(text, markers, support, reason))
        return self.kept[-1]

    def _support(self, text: str, cited: list[Candidate]) -> tuple[Support, str | None]:
        """Return how well the cited sentences support a statement, by its wording and by the learned measures."""
        if not cited:
            return "unsupported", "it cites no sentence"
        if any(_same_words(text, candidate.text) for candidate in cited):
            return "supported", None
        worded = verdict(text, [cite(_run(candidate), 1, self.question) for candidate in cited])
        if worded[0] == "unsupported":
            return worded
        measured = check(read_question(text), replace(self.blank, hits=_narrowed(cited)), self.library).statements[0]
        return _lower(worded, (measured.support, measured.reason))


def _lower(one: tuple[Support, str | None], other: tuple[Support, str | None]) -> tuple[Support, str | None]:
    return other if RANKS[other[0]] < RANKS[one[0]] else one


def _unsupported(statements: Sequence[Statement]) -> Reason | None:
    """Return why an answer is only partial: how many of its statements nothing supports; None where there are none."""
    bare = sum(statement.support in ("unsupported", "contradicted") for statement in statements)
    if not bare:
        return None
    told = f"{bare} of its {len(statements)} statements {'is' if bare == 1 else 'are'}"
    return Reason(
        "unsupported", f"The sources do not bear out all of this answer: {told} not supported by what it cites."
    )


def _run(candidate: Candidate) -> Run:
    return Run(candidate, candidate.start, candidate.end)


def _narrowed(cited: Sequence[Candidate]) -> tuple[Hit, ...]:
    """Return the hits of the cited sentences, their passages having these sentences alone."""
    spans: dict[str, list[Span]] = {}
    hits = {candidate.hit.passage.id: candidate.hit for candidate in cited}
    for candidate in sorted(cited, key=lambda candidate: candidate.start):
        spans.setdefault(candidate.hit.passage.id, []).append((candidate.start, candidate.end))
    return tuple(replace(hit, passage=replace(hit.passage, sentences=tuple(spans[id]))) for id, hit in hits.items())


def _same_words(one: str, other: str) -> bool:
    return re.findall(r"\w+", one.casefold()) == re.findall(r"\w+", other.casefold())


def _is_of(address: str, cited: Sequence[Candidate]) -> bool:
    """Tell whether an address is that of a cited document, or stands in a cited sentence."""
    return any(address == candidate.document.source or address in candidate.text.split() for candidate in cited)


def _units(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the stream in units that can be read: a line, or what ends with the numbers of sentences."""
    rest, thinking = "", True
    for piece in pieces:
        rest += piece
        if thinking:
            begun = rest.lstrip()
            if THOUGHT.startswith(begun[: len(THOUGHT)]) and THOUGHT_ENDS not in begun:
                continue
            rest = begun.rpartition(THOUGHT_ENDS)[2] if begun.startswith(THOUGHT) else rest
            thinking = False
        while unit := UNIT.search(rest):
            yield rest[: unit.end()]
            rest = rest[unit.end() :]
    if not (thinking and rest.lstrip().startswith(THOUGHT)):
        yield rest


def _parted(text: str) -> tuple[str, list[tuple[int, list[int]]]]:
    """Return the text without numbers of sentences, and the numbers with the places where they stood in it."""
    kept: list[str] = []
    found: list[tuple[int, list[int]]] = []
    size = at = 0
    for match in CITED.finditer(text):
        kept.append(text[at : match.start()])
        size += match.start() - at
        found.append((size, _numbers(match.group())))
        at = match.end()
    return "".join([*kept, text[at:]]), found


def _numbers(text: str) -> list[int]:
    """Return the numbers of sentences in a text, ranges written out."""
    found: list[int] = []
    for match in CITED.finditer(text):
        for low, high in RANGE.findall(match.group()):
            found += range(int(low), min(int(high), int(low) + LONGEST_RANGE) + 1)
        found += [int(number) for number in re.findall(r"\d+", RANGE.sub(" ", match.group()))]
    return found
