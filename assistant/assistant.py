"""The facade: a question and the answers before it go in, an Answer comes out."""

import time
from collections.abc import Sequence
from dataclasses import replace

from assistant.answer import Answer, Citation
from assistant.checking import Gathered, check, gather
from assistant.conversation import standalone
from assistant.question import read_question
from assistant.quotes import quotes
from assistant.quoting import quote, rank
from assistant.settings import Settings
from corpus.errors import QuestionError
from corpus.filters import Filters
from index.encoder import Encoder
from index.library import Library
from index.retriever import Found, Retriever

__all__ = ["LONGEST_QUESTION", "Assistant", "checked_question"]

LONGEST_QUESTION = 2_000  # characters
CHECK_K = 20  # passages looked through for what supports a sentence
SPEAKER_K = 50  # passages looked through for the sentences of one speaker


class Assistant:
    """Answers questions about the library that the settings name."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None) -> None:
        self.settings = settings
        self.library = Library(settings.home, settings.encoder, encoder)
        self.retriever = Retriever(self.library)

    def close(self) -> None:
        self.library.close()

    def search(self, query: str, filters: Filters | None = None) -> Found:
        """Return the passages nearest to a query. Raises QuestionError."""
        return self.retriever.search(checked_question(query), self.settings.k, filters)

    def ask(self, question: str, history: Sequence[Answer] = (), filters: Filters | None = None) -> Answer:
        """Answer a question in the light of the answers before it, oldest first. Raises QuestionError."""
        question = checked_question(question)
        filters = Filters() if filters is None else filters
        query = standalone(question, [answer.query for answer in history])
        started = time.perf_counter()
        wide = SPEAKER_K if filters.speakers else self.settings.k
        blank = self._retrieved(question, query, " ".join((query, *filters.speakers)), wide, filters)
        retrieved = time.perf_counter()
        read = read_question(query)
        ranked = rank(read, blank.hits, blank.documents, self.library, filters.speakers)
        return self._timed(quote(read, ranked, self.settings.strictness, blank), started, retrieved)

    def quotes(self, filters: Filters, subject: str | None = None) -> list[Citation]:
        """Return what the filters' speakers said, on a subject if one is named, oldest first. Raises QuestionError."""
        if not any(name.strip() for name in filters.speakers):
            raise QuestionError("no speaker is named. Name one: onrecord quotes --speaker NAME.")
        return quotes(self.retriever, filters, checked_question(subject) if subject is not None else None)

    def check(self, sentence: str, filters: Filters | None = None) -> Answer:
        """Tell how well the library supports a sentence, with the words that do. Raises QuestionError."""
        sentence = checked_question(sentence)
        started = time.perf_counter()
        blank = self._retrieved(sentence, sentence, sentence, CHECK_K, Filters() if filters is None else filters)
        retrieved = time.perf_counter()
        return self._timed(check(read_question(sentence), blank, self.library), started, retrieved)

    def gather(self, sentence: str, filters: Filters) -> Gathered | None:
        """Return the sentences that speak for a claim, with the features of their support; None where there are none."""
        blank = self._retrieved(sentence, sentence, sentence, CHECK_K, filters)
        return gather(read_question(sentence), blank, self.library)

    def _retrieved(self, question: str, query: str, words: str, k: int, filters: Filters) -> Answer:
        """Return an answer yet without statements: what a search for `words` finds, and the documents of that."""
        found = self.retriever.search(words, k, filters)
        keys = {f"{hit.passage.document_id}@{hit.passage.version}": hit.passage for hit in found.hits}
        documents = {key: self.library.catalog.document(p.document_id, p.version) for key, p in keys.items()}
        blank = Answer(question, query, "abstained", 0.0, hits=tuple(found.hits), documents=documents, filters=filters)
        return replace(blank, undated=found.undated)

    def _timed(self, answer: Answer, started: float, retrieved: float) -> Answer:
        timings = {"retrieve_ms": (retrieved - started) * 1e3, "answer_ms": (time.perf_counter() - retrieved) * 1e3}
        return replace(answer, settings_hash=self.settings.hash(), timings=timings)


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
