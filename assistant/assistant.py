"""The facade: a question and the answers before it go in, an Answer comes out."""

import time
from collections.abc import Callable, Generator, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

from assistant.answer import Answer, Citation, Looking, Statement, Writing
from assistant.checking import check
from assistant.conversation import Turn, standalone, turn_of
from assistant.copies import SEARCHED, distinct, with_retold
from assistant.dating import aged
from assistant.differences import resolved
from assistant.gathering import Gathered, gather
from assistant.overview import Overview, openings, overview, overview_of, period_of
from assistant.parts import leans, merged, parts, without_missing_names
from assistant.premise import held_to_premise
from assistant.question import Question, read_question
from assistant.quotes import quotes
from assistant.quoting import quote, rank
from assistant.settings import QUOTE, Settings, load_settings
from assistant.silence import explained
from corpus.errors import QuestionError
from corpus.filters import Filters
from index.encoder import Encoder
from index.library import Library
from index.retriever import VIEWS, Found, Hit, Retriever
from index.server import VectorServer

if TYPE_CHECKING:
    from assistant.writing import Writer

__all__ = ["LONGEST_QUESTION", "Assistant", "checked_question"]

LONGEST_QUESTION = 2_000  # characters
CHECK_K = 20  # passages looked through for what supports a sentence
OVERVIEW_K = 30  # passages that an overview is made from
NEWEST = 8  # documents in an overview of everything
SPEAKER_K = 50  # passages looked through for the sentences of one speaker


class Assistant:
    """Answers questions about the library that the settings name."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self.settings = settings
        named = settings.encoder if "encoder" in settings.model_fields_set else None
        self.library = Library(settings.home, named, encoder, _server(settings))
        self.retriever = Retriever(self.library)
        self.heard: Callable[[Answer], None] = lambda answer: (
            None
        )  # called with each answer, in the thread that made it

    @classmethod
    def open(cls, home: Path | str | None = None) -> Self:
        """Return the assistant of the library in a home, where one is begun if there is none, as it is set up there.

        Without a home that of the settings is opened. To be used in a `with`, or closed. Raises SettingsError.
        """
        return cls(load_settings(home=home and Path(home).expanduser()))

    def close(self) -> None:
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def search(self, query: str, filters: Filters | None = None) -> Found:
        """Return the passages nearest to a query. Raises QuestionError."""
        return self.retriever.search(checked_question(query), self.settings.k, filters)

    def ask(
        self,
        question: str,
        history: Sequence[Answer | Turn] = (),
        filters: Filters | None = None,
        query: str | None = None,
        today: date | None = None,
    ) -> Answer:
        """Answer a question in the light of the answers before it, oldest first.

        A `query` is the question's standalone form, put right by whoever asks: it is searched as it stands. `today`, the
        day of the computer's clock if it is not given, is what ages and "last month" in the question are counted from,
        where no `as_of` is set. Raises QuestionError, and SettingsError where the engine is a language model that is not set up.
        """
        return next(a for a in self.stream(question, history, filters, query, today) if isinstance(a, Answer))

    def stream(
        self,
        question: str,
        history: Sequence[Answer | Turn] = (),
        filters: Filters | None = None,
        query: str | None = None,
        today: date | None = None,
    ) -> Generator[Looking | Writing | Statement | Answer, None, None]:
        """Yield where it is looked, the statements as they are made, and last the whole answer, as `ask` returns it.

        Where a language model fails midway, the answer's statements are others than those yielded before: the sources' own
        words. While it is at work a Writing comes some times a second, so that the generator can be closed, which stops the
        model.
        """
        own = copy(self)  # its settings may be replaced meanwhile: a question under way keeps those it began with
        question = checked_question(question)
        writer = own._writer()
        filters, today = Filters() if filters is None else filters, today or date.today()
        if query is not None:
            answer = yield from own._quoted(question, checked_question(query), filters, today)
        else:
            answer = yield from own._in_parts(question, history, filters, today)
        if writer and answer.statements:
            started = time.perf_counter()
            answer = yield from writer.write(read_question(answer.query), answer)
            spent = answer.timings["answer_ms"] + (time.perf_counter() - started) * 1e3
            answer = replace(answer, timings={**answer.timings, "answer_ms": spent})
        else:
            yield from answer.statements
        answer = with_retold(aged(answer, today), self.library.catalog)
        self.heard(answer)
        yield answer

    def _in_parts(
        self, question: str, history: Sequence[Answer | Turn], filters: Filters, today: date
    ) -> Generator[Looking, None, Answer]:
        """Answer each part of a question in the light of what was asked before it, in the sources' words."""
        turns = [turn_of(turn) if isinstance(turn, Answer) else turn for turn in history]
        answers: list[Answer] = []
        for part in parts(question):
            before = turns if not answers else [turn_of(answer) for answer in answers] if leans(part) else []
            answers.append((yield from self._quoted(part, standalone(part, before), filters, today)))
        return answers[0] if len(answers) == 1 else merged(question, " ".join(a.query for a in answers), answers)

    def _writer(self) -> "Writer | None":
        """Return what writes the answers; None where they are quotations. Raises SettingsError."""
        settings = self.settings
        if settings.engine == QUOTE:
            return None
        from assistant.endpoint import endpoint  # here, since quoting needs no HTTP
        from assistant.writing import Writer

        return Writer(endpoint(settings), self.library, settings.model_context, settings.drop_unsupported)

    def _quoted(self, question: str, query: str, filters: Filters, today: date) -> Generator[Looking, None, Answer]:
        """Answer a question that asks one thing, from its standalone form."""
        read = read_question(query)
        wanted = overview_of(read)
        if wanted is not None:
            return (yield from self._overview(wanted, question, read, filters))
        started = time.perf_counter()
        wide = SPEAKER_K if filters.speakers else self.settings.k
        blank = yield from self._retrieved(question, query, " ".join((query, *filters.speakers)), wide, filters)
        retrieved = time.perf_counter()
        asked_on = filters.as_of or today.isoformat()
        ranked = rank(read, blank.hits, blank.documents, self.library, filters.speakers, asked_on)
        answer = explained(read, quote(read, ranked, self.settings.strictness, blank), self.library)
        answer = held_to_premise(read, answer, blank, self.library)
        return self._timed(without_missing_names(read, answer), started, retrieved)

    def _overview(
        self, wanted: Overview, question: str, read: Question, filters: Filters
    ) -> Generator[Looking, None, Answer]:
        """Answer a question that wants an overview, from more passages, and from the days that it names alone."""
        started = time.perf_counter()
        period = (
            period_of(read, filters.as_of or self.library.catalog.newest()) if wanted.kind == "chronology" else None
        )
        if period is not None and period.first and filters.from_date is None:
            filters = replace(filters, from_date=period.first)
        if period is not None and period.last and not wanted.has_subject and filters.to_date is None:
            filters = replace(filters, to_date=period.last)
        if wanted.speaker and not filters.speakers and self.library.catalog.quotations_by([wanted.speaker]):
            filters = replace(filters, speakers=(wanted.speaker,))
        if wanted.has_subject:
            words = " ".join((read.text, *filters.speakers))
            blank = yield from self._retrieved(question, read.text, words, OVERVIEW_K, filters)
            retrieved = time.perf_counter()
            ranked = rank(read, blank.hits, blank.documents, self.library, filters.speakers)
        else:
            blank = self._newest(question, read.text, filters)
            retrieved = time.perf_counter()
            ranked = openings(blank.hits, blank.documents, self.library)
        answer = explained(read, quote(read, ranked, self.settings.strictness, blank), self.library)
        if answer.status == "answered":
            answer = overview(wanted, read, ranked, period, answer)
        return self._timed(without_missing_names(read, answer), started, retrieved)

    def _newest(self, question: str, query: str, filters: Filters) -> Answer:
        """Return an answer yet without statements whose hits are the openings of the newest documents, the newest first."""
        catalog = self.library.catalog
        allowed, undated = catalog.allowed(filters)
        keys = catalog.newest_first(allowed)[:NEWEST]
        places = catalog.first_passages(keys, 1)
        passages = catalog.passages(list(places))
        found = sorted(places, key=lambda id: keys.index(places[id][0]))
        hits = tuple(Hit(passages[id], 0.0, dict.fromkeys(VIEWS)) for id in found)
        blank = Answer(question, query, "abstained", 0.0, hits=hits, documents=catalog.versions(keys), filters=filters)
        return replace(blank, undated=undated, searched=len(allowed))

    def quotes(self, filters: Filters, subject: str | None = None) -> list[Citation]:
        """Return what the filters' speakers said, on a subject if one is named, oldest first. Raises QuestionError."""
        if not any(name.strip() for name in filters.speakers):
            raise QuestionError("no speaker is named. Name one: onrecord quotes --speaker NAME.")
        return quotes(self.retriever, filters, checked_question(subject) if subject is not None else None)

    def check(self, sentence: str, filters: Filters | None = None, before: Sequence[str] = ()) -> Answer:
        """Tell how well the library supports a sentence, with the words that do. Raises QuestionError.

        `before` are the sentences that lead up to it, in order: who "he" is. The query has the name in its place.
        """
        sentence = checked_question(sentence)
        started = time.perf_counter()
        query = checked_question(resolved(sentence, before))
        blank = _last(self._retrieved(sentence, query, query, CHECK_K, Filters() if filters is None else filters))
        retrieved = time.perf_counter()
        return self._timed(check(read_question(query), blank, self.library), started, retrieved)

    def gather(self, sentence: str, filters: Filters) -> Gathered | None:
        """Return the sentences that speak for a claim, with the features of their support; None where there are none."""
        blank = _last(self._retrieved(sentence, sentence, sentence, CHECK_K, filters))
        return gather(read_question(sentence), blank, self.library)

    def _retrieved(
        self, question: str, query: str, words: str, k: int, filters: Filters
    ) -> Generator[Looking, None, Answer]:
        """Return an answer yet without statements: what a search for `words` finds, and the documents of that."""
        if filters.speakers:
            self.library.attribute()
        catalog = self.library.catalog
        looked = self.retriever.look(words, filters)
        yield Looking(query, len(looked.best), tuple(catalog.entries_of(looked.keys)))
        found = self.retriever.match(looked, SEARCHED * k)
        keys = {f"{hit.passage.document_id}@{hit.passage.version}" for hit in found.hits}
        hits = distinct(found.hits, catalog.stories(keys), k)
        documents = catalog.versions({f"{hit.passage.document_id}@{hit.passage.version}" for hit in hits})
        blank = Answer(question, query, "abstained", 0.0, hits=tuple(hits), documents=documents, filters=filters)
        return replace(blank, undated=found.undated, searched=found.searched, by_words_only=found.by_words_only)

    def _timed(self, answer: Answer, started: float, retrieved: float) -> Answer:
        timings = {"retrieve_ms": (retrieved - started) * 1e3, "answer_ms": (time.perf_counter() - retrieved) * 1e3}
        return replace(answer, settings_hash=self.settings.hash(), timings=timings)


def _server(settings: Settings) -> VectorServer | None:
    token = settings.chroma_token.get_secret_value()
    return VectorServer(settings.chroma_url, token) if settings.chroma_url else None


def _last(looking: Generator[Looking, None, Answer]) -> Answer:
    """Return what a generator returns, whatever it yields."""
    while True:
        try:
            next(looking)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def checked_question(question: str) -> str:
    stripped = " ".join(question.encode("utf-8", "replace").decode().split())
    if not stripped:
        raise QuestionError("the question is empty. Ask something.")
    if not any(character.isalnum() for character in stripped):
        raise QuestionError(f"the question {stripped[:20]!r} has no words to look for. Ask it in words.")
    if len(stripped) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(stripped):,} characters; at most {LONGEST_QUESTION:,} are read. Ask it shorter."
        )
    return stripped
