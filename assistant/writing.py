"""Answer with a language model: what it writes is read statement by statement, each held to the sentences it cites.

The model is asked only where quoting found an answer, and sees the sentences of the passages it was found in. A sentence
number that was not offered is taken out and its statement marked. `checking` says how well the sentences bear a statement out.
Where the model fails, the answer is the quoted one, with the status "failed" and the reason.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from assistant.answer import Answer, Citation, Reason, Statement, Support, Usage, Writing
from assistant.checking import support_of
from assistant.differences import misquoted
from assistant.model import TokenCounts, stream
from assistant.plaintext import plain
from assistant.prompt import NO_ANSWER, Evidence, evidence, messages
from assistant.provider import Endpoint
from assistant.question import Question, read_question
from assistant.quoting import Run, attributed_to, cite
from assistant.ranking import Candidate, candidates, told_once
from corpus.errors import ModelError
from corpus.segment import sentence_spans
from index.library import Library

__all__ = ["Writer"]

MOST_STATEMENTS = 20
LONGEST_NUMBERS = 200  # characters at the end of what has arrived, in which an end of a unit may still be growing
LONGEST_RANGE = 10  # sentences that "[417-426]" may stand for
# "[417]", "[417, 419]", "[417-420]", "[sentence 417]". Nothing in it can match in two ways, so no text makes it slow.
NUMBER = r"(?:(?:ids?|sentences?|nos?\.|s|#)\s?)?\d{1,12}"
NUMBERS = rf"\s{{0,3}}[\[【]\s?{NUMBER}(?:(?:\s?[,;&–-]\s?|\s(?:and\s)?){NUMBER})*\s?[\]】]"
CITED = re.compile(rf"(?:{NUMBERS})+", re.IGNORECASE)
# A unit of the stream ends with its line, or with numbers at the end of a sentence, after which another begins.
NEXT = r"(?=\s+[^\s\[【,;a-zß-öø-ÿ])"
UNIT = re.compile(rf"\n|(?:(?<=[.!?\"”’)])(?i:{NUMBERS})+|(?<=\w)(?i:{NUMBERS})+[.!?]+){NEXT}")
RANGE = re.compile(r"(\d+)\s*[-–]\s*(\d+)")
INVENTED = "it cites a sentence that it was not given"
THOUGHT, THOUGHT_ENDS = "<think>", "</think>"  # of models that reason before they answer
BARE: tuple[Support, ...] = ("unsupported", "contradicted")


@dataclass(frozen=True, slots=True)
class Writer:
    """A language model that answers from a library; it is given `budget` tokens of sources at most."""

    target: Endpoint
    library: Library
    budget: int
    drop_unsupported: bool

    def write(self, question: Question, quoted: Answer) -> Generator[Writing | Statement, None, Answer]:
        """Yield the model's statements as they come, before each and some times a second the citations so far; return the
        answer, which is `quoted` where the model fails.

        `question` is that of `quoted` as it was searched. Closing the generator stops the model.
        """
        draft = _Draft(question, self.library, evidence(question, self._sentences(quoted), quoted.hits, self.budget))
        try:
            if not draft.given.sentences:
                says = f"The first passage alone has more than {self.budget:,} tokens. model_context sets how many fit."
                raise ModelError("model_context", says)
            yield from self._statements(draft)
            return self._answer(draft, quoted)
        except ModelError as error:
            return replace(quoted, status="failed", reason=Reason(error.code, str(error)), model=self.target.model)

    def _sentences(self, quoted: Answer) -> list[Candidate]:
        """Return the sentences of the answer's passages, those of its filters' speakers alone if any are named."""
        speakers = quoted.filters.speakers
        found = candidates(quoted.hits, quoted.documents, self.library.catalog)
        return told_once([row for row in found if not speakers or attributed_to(row, speakers)])

    def _statements(self, draft: "_Draft") -> Iterator[Writing | Statement]:
        cited = Writing()
        with closing(stream(self.target, messages(draft.question.text, draft.given))) as pieces:
            for unit in _units(draft.text_of(pieces)):
                if unit is None:
                    yield cited
                    continue
                for text, numbers in draft.sentences(unit):
                    statement = draft.statement(text, numbers, self.drop_unsupported)
                    if draft.written > MOST_STATEMENTS:
                        says = f"{self.target.model} wrote more than {MOST_STATEMENTS} statements."
                        raise ModelError("model_endless", says)
                    if statement:
                        cited = Writing(draft.citations())
                        yield cited
                        yield statement

    def _answer(self, draft: "_Draft", quoted: Answer) -> Answer:
        """Return the finished answer. Raises ModelError where there is nothing that could be one."""
        name = self.target.model
        if not draft.written and not draft.is_silent:
            raise ModelError("model_nonsense", f"{name} wrote nothing.")
        if draft.written and not draft.has_cited:
            raise ModelError("model_nonsense", f"{name} cites none of the sentences it was given.")
        if draft.written and not draft.kept:
            raise ModelError("model_unsupported", f"The sources support nothing of what {name} wrote.")
        reason = _unsupported(draft.kept) or quoted.reason
        if not draft.kept:
            says = f"{name} finds no answer in the {len(draft.given.sentences)} sentences it was given."
            reason = Reason("model_found_none", says)
        return replace(
            quoted,
            status="abstained" if not draft.kept else "partial" if reason else "answered",
            reason=reason,
            statements=tuple(draft.kept),
            citations=draft.citations(),
            positions=(),
            conflicts=(),
            short=None,
            engine="write",
            model=name,
            usage=draft.usage(),
        )


@dataclass(slots=True)
class _Draft:
    """An answer while it is written: the statements kept, the numbers of the sentences cited, in the order of markers."""

    question: Question
    library: Library
    given: Evidence
    kept: list[Statement] = field(default_factory=list)
    cited: list[int] = field(default_factory=list)
    written: int = 0
    has_cited: bool = False
    is_silent: bool = False  # the model says that the sentences do not answer
    counts: TokenCounts | None = None

    def text_of(self, pieces: Iterable[str | TokenCounts | None]) -> Iterator[str | None]:
        """Yield the text of the stream and its beats, and keep its token counts."""
        for piece in pieces:
            if isinstance(piece, TokenCounts):
                self.counts = piece
            else:
                yield piece

    def citations(self) -> tuple[Citation, ...]:
        cited = (self.given.sentences[number] for number in self.cited)
        return tuple(cite(_run(candidate), marker, self.question) for marker, candidate in enumerate(cited, 1))

    def usage(self) -> Usage:
        given, left_out = self.given.passages, self.given.left_out
        if self.counts is None:
            return Usage(None, None, given, left_out)
        return Usage(self.counts.prompt_tokens, self.counts.completion_tokens, given, left_out)

    def sentences(self, unit: str) -> Iterator[tuple[str, list[int]]]:
        """Yield the sentences of a unit as plain text, each with the numbers in it or right after it.

        One without numbers has those of the next that has some: a citation at the end of a line stands for the line.
        """
        sources = [self.given.sentences[number] for number in _numbers(unit) if number in self.given.sentences]
        text, numbers = _parted(plain(unit, lambda address: _is_of(address, sources)))
        if text.strip(" .!").casefold() == NO_ANSWER.casefold():
            self.is_silent = True
            return
        if text.endswith(":") and not numbers:
            return  # "The sources say:" says nothing
        for start, end in sentence_spans(text):
            if not any(character.isalnum() for character in text[start:end]):
                continue
            following = [(place, found) for place, found in numbers if place > start]
            own = [found for place, found in following if place <= end] or [found for _, found in following[:1]]
            own = own or [found for place, found in numbers if place == 0]  # of a line that begins with them
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
        if drop_unsupported and support in BARE:
            return None
        self.cited += [number for number in offered if number not in self.cited]
        markers = tuple(self.cited.index(number) + 1 for number in offered)
        self.kept.append(Statement(text, markers, support, reason))
        return self.kept[-1]

    def _support(self, text: str, cited: list[Candidate]) -> tuple[Support, str | None]:
        """Return how well the cited sentences support a statement, and what they lack of it."""
        if not cited:
            return "unsupported", "it cites no sentence"
        if any(_same_words(text, candidate.text) for candidate in cited):
            return "supported", None
        verdict = support_of(read_question(text), cited, self.library)
        invented = misquoted(text, [candidate.text for candidate in cited])
        return "unsupported" if invented else verdict.support, verdict.reason


def _unsupported(statements: Sequence[Statement]) -> Reason | None:
    """Return why an answer is only partial: how many of its statements nothing supports; None where there are none."""
    bare = sum(statement.support in BARE for statement in statements)
    if not bare:
        return None
    told = f"{bare} of its {len(statements)} statements {'is' if bare == 1 else 'are'}"
    return Reason(
        "unsupported", f"The sources do not bear out all of this answer: {told} not supported by what it cites."
    )


def _run(candidate: Candidate) -> Run:
    return Run(candidate, candidate.start, candidate.end)


def _same_words(one: str, other: str) -> bool:
    return re.findall(r"\w+", one.casefold()) == re.findall(r"\w+", other.casefold())


def _is_of(address: str, cited: Sequence[Candidate]) -> bool:
    """Tell whether an address is that of a cited document, or stands in a cited sentence."""
    return any(address == candidate.document.source or address in candidate.text.split() for candidate in cited)


def _units(pieces: Iterable[str | None]) -> Iterator[str | None]:
    """Yield the stream in units that can be read: a line, or what ends with the numbers of sentences. Its beats are let through."""
    rest, seen, thinking = "", 0, True
    for piece in pieces:
        if piece is None:
            yield None
            continue
        rest += piece
        if thinking:
            begun = rest.lstrip()
            if THOUGHT.startswith(begun[: len(THOUGHT)]) and THOUGHT_ENDS not in begun:
                continue
            rest = begun.rpartition(THOUGHT_ENDS)[2] if begun.startswith(THOUGHT) else rest
            thinking = False
        while unit := UNIT.search(rest, max(0, seen - LONGEST_NUMBERS)):
            yield rest[: unit.end()]
            rest, seen = rest[unit.end() :], 0
        seen = len(rest)
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
