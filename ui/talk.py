"""A conversation as it is had in the terminal: each question in the light of those before it, and kept if that is wanted."""

from collections.abc import Iterator

from assistant.answer import Answer, Looking, Statement, Writing, as_json
from assistant.assistant import Assistant
from assistant.conversation import Turn, turn_of, turn_of_json
from corpus.conversations import Conversations
from corpus.errors import QuestionError
from corpus.filters import Filters

__all__ = ["NEW", "Talk"]

NEW = "new"


class Talk:
    """A conversation under way. `id` is None as long as nothing of it is kept."""

    def __init__(self, assistant: Assistant, id: str | None, keeps: bool) -> None:
        """Go on with a kept conversation, named by its id or the start of it; begin one for None or "new".

        Raises NotFoundError.
        """
        self._assistant = assistant
        self._kept = Conversations(assistant.library.catalog) if keeps else None
        self._turns: list[Turn] = []
        self._question: str | None = None
        self.id: str | None = None
        if self._kept is not None and id not in (None, NEW):
            self.id = self._kept.resolve(id or "")
            for turn in self._kept.read(self.id).turns:
                self._turns.append(turn_of_json(turn.answer))
                self._question = turn.question

    def ask(self, question: str, filters: Filters | None = None) -> Answer:
        """Answer the next question. Raises QuestionError, and SettingsError as `Assistant.ask` does."""
        return next(part for part in self.stream(question, filters) if isinstance(part, Answer))

    def stream(
        self, question: str, filters: Filters | None = None, query: str | None = None
    ) -> Iterator[Statement | Answer]:
        """Yield the answer to the next question as `Assistant.stream` does, but for where it looks and that it is at work. Raises as `ask` does."""
        for part in self._assistant.stream(question, self._turns, filters, query):
            if isinstance(part, Looking | Writing):
                continue
            if isinstance(part, Answer):
                self._turns.append(turn_of(part))
                self._question = part.question
            yield part

    def corrected(self, query: str) -> Iterator[Statement | Answer]:
        """Answer the last question once more, searched as `query`. Raises QuestionError if there is none yet."""
        if self._question is None:
            raise QuestionError("there is no question yet that could be put right. Ask one.")
        return self.stream(self._question, query=query)

    def keep(self, answer: Answer) -> None:
        """Keep an answer, once it was shown, if that is wanted. Raises NotFoundError if its conversation was deleted."""
        if self._kept is not None:
            self.id, _ = self._kept.keep(self.id, answer.question, as_json(answer))
