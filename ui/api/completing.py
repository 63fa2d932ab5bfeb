"""A chat's last message answered in the light of those before it: what is asked, and the pieces of what is said.

The client sends the whole conversation each time, so how an earlier question was searched is worked out again, and what was
answered is read from the text that it was told in. A message that begins with "=" is asked as it stands, as in `onrecord chat`.
"""

from collections.abc import Generator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from assistant.answer import Answer, Statement, as_json
from assistant.assistant import LONGEST_QUESTION, Assistant
from assistant.conversation import Turn, standalone
from assistant.settings import QUOTE
from corpus.segment import count_tokens
from ui.api.models import Limits
from ui.api.problems import Problem
from ui.api.wording import answer_words, closing, paragraph, said_in

__all__ = ["MODELS", "Chat", "Completed", "Piece", "completed", "known"]

MODELS = ("onrecord", "onrecord-quote")  # the server's engine; quotations, whatever its engine is
AS_IT_STANDS = "="
MOST_TURNS = 20  # earlier questions that a follow-up may lean on


class Part(BaseModel):
    """A piece of a message. Only text is read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """What was said by whom."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @field_validator("content", mode="before")
    @classmethod
    def _is_text(cls, content: object) -> object:
        for part in content if isinstance(content, list) else ():
            if not (isinstance(part, dict) and part.get("type") == "text"):
                raise PydanticCustomError("part", "only text is read here: a piece of another type is in it")
        return content

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """How it is streamed."""

    include_usage: bool | None = False


class Chat(BaseModel):
    """A request for a completion. What else OpenAI's API knows is accepted and has no effect."""

    model_config = ConfigDict(strict=True)

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1
    onrecord: Limits | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What is said next; nothing where a model is still at work."""

    content: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """All that was said, the answer's JSON, and the length of the messages and of what was said in tokens."""

    content: str
    answer: dict[str, object]
    usage: dict[str, int]


def known(model: str) -> str:
    """Return the name of a model that there is. Raises Problem 404."""
    if model not in MODELS:
        raise Problem(404, f"There is no model {model[:100]!r}. There are: {', '.join(MODELS)}.")
    return model


def completed(assistant: Assistant, asked: Chat) -> Generator[Piece | Completed, None, None]:
    """Yield what is said piece by piece, and last the whole.

    Raises Problem for an unknown model and where the last message is not the user's, and as `Assistant.stream` does.
    """
    own = _engine(assistant, asked.model)
    if asked.messages[-1].role != "user":
        raise Problem(422, "The last message is the question, so its role has to be user.")
    question, query = _read(asked.messages[-1].text)
    filters = asked.onrecord.filters() if asked.onrecord else None
    said: list[str] = []
    told: list[Statement] = []
    for event in own.stream(question, _turns(asked.messages[:-1]), filters, query):
        if isinstance(event, Answer):
            said.append(_rest(told, event))
            yield Piece(said[-1])
            content = "".join(said) if asked.stream else answer_words(event)
            yield Completed(content, as_json(event), _usage(asked, content))
        elif isinstance(event, Statement):
            said.append(("\n\n" if told else "") + paragraph(event))
            told.append(event)
            yield Piece(said[-1])
        else:
            yield Piece()


def _engine(assistant: Assistant, model: str) -> Assistant:
    if known(model) == MODELS[0]:
        return assistant
    quoting = copy(assistant)
    quoting.settings = assistant.settings.model_copy(update={"engine": QUOTE})
    return quoting


def _turns(messages: Sequence[Message]) -> list[Turn]:
    """Return what a follow-up may lean on: how each earlier question was searched, and what its answer told."""
    said = [message for message in messages if message.role in ("user", "assistant")][-2 * MOST_TURNS :]
    turns: list[Turn] = []
    for number, message in enumerate(said):
        if message.role != "user":
            continue
        answers = said[number + 1 : number + 2]
        told = said_in(answers[0].text) if answers and answers[0].role == "assistant" else ()
        question, query = _read(message.text[:LONGEST_QUESTION])  # a longer one was refused when it was asked
        turns.append(Turn(query or standalone(question, turns), told))
    return turns


def _read(said: str) -> tuple[str, str | None]:
    """Return the question in what was said, and how to search it where that is stated."""
    text = said.strip()
    question = text.removeprefix(AS_IT_STANDS).strip()
    return question, question if text.startswith(AS_IT_STANDS) else None


def _rest(told: Sequence[Statement], answer: Answer) -> str:
    """Return what an answer has beyond the statements that were told: all of it where they did not hold."""
    if told and tuple(told) == answer.statements and answer.status != "failed":
        return "".join(f"\n\n{part}" for part in closing(answer))
    return ("\n\n" if told else "") + answer_words(answer)


def _usage(asked: Chat, content: str) -> dict[str, int]:
    """Return how long the messages and the answer are; what a language model behind it took is in its own `usage`."""
    given, told = sum(count_tokens(message.text) for message in asked.messages), count_tokens(content)
    return {"prompt_tokens": given, "completion_tokens": told, "total_tokens": given + told}
