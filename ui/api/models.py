"""What programs send: checked strictly, as it is described; what is not known is refused, not passed over.

A text of a question, and a date, are described so exactly that whatever fits the description is taken.
"""

import re
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from assistant.assistant import LONGEST_QUESTION, checked_question
from corpus.errors import QuestionError
from corpus.filters import FILTER_KEYS, Filters, filters_of

__all__ = [
    "ID",
    "VISIBLE",
    "YEAR",
    "AskBody",
    "ConversationId",
    "Dated",
    "Limits",
    "Listing",
    "SearchBody",
    "SearchQuery",
    "Title",
    "date_schema",
]

MOST_NAMES = 1_000
DATE = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)  # the library itself also takes years with fewer digits
YEAR = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})"
LONGEST_NAME = 1_000  # characters
LONGEST_DRAFT = 20_000  # a sentence takes about as long as a question; a longer draft is sent in parts
ID = "[0-9a-f]{12}"
WORDS = r"[\p{L}\p{N}]"  # what str.isalnum takes
VISIBLE = r"[^\s\x1c-\x1f\x85]"  # more than what Python takes for white space


def _asked(text: str) -> str:
    try:
        return checked_question(text)
    except QuestionError as error:
        raise PydanticCustomError("question", "{said}", {"said": str(error)}) from error


def _whole(number: object) -> object:
    """Return 7 for 7.0, which in JSON is a whole number too."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _dated(text: str) -> str:
    try:
        known = filters_of({"as_of": text}).as_of if DATE.fullmatch(text) else None
    except QuestionError:
        known = None
    if known is None:
        message = "{text} is no date; write it as 2022-08-25, 2022-08 or 2022"
        raise PydanticCustomError("date", message, {"text": repr(text[:20])})
    return text


def date_schema(what: str) -> dict[str, Any]:
    """Return how a date is described, for `what` it says."""
    kinds = [
        {"type": "string", "format": "date"},
        {"type": "string", "pattern": f"^{YEAR}(-(0[1-9]|1[0-2]))?$"},
        {"type": "null"},
    ]
    return {"anyOf": kinds, "default": None, "description": f"{what} 2022-08-25, 2022-08 or 2022."}


Text = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_QUESTION, json_schema_extra={"pattern": WORDS}),
    AfterValidator(_asked),
]
Sought = Annotated[Text, Field(description="What to look for.", examples=["harbour bridge"])]
Count = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Visible = Annotated[str, Field(max_length=LONGEST_NAME, pattern=VISIBLE)]
Names = Annotated[list[Name], Field(max_length=MOST_NAMES)]
Dated = Annotated[str, AfterValidator(_dated)]
ConversationId = Annotated[str, Field(pattern=f"^{ID}$", examples=["d88f8ea9c8fd"])]


class Period(BaseModel):
    """From when to when a search or a question looks."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    as_of: Annotated[Dated | None, WithJsonSchema(date_schema("Only what was published by this day:"))] = None
    from_: Annotated[
        Dated | None, Field(alias="from"), WithJsonSchema(date_schema("Only what was published on this day or later:"))
    ] = None
    to: Annotated[Dated | None, WithJsonSchema(date_schema("Only what was published on this day or earlier:"))] = None

    def filters(self) -> Filters:
        """Return what it is limited to as the library takes it."""
        given = self.model_dump(by_alias=True)
        return filters_of({key: given.get(key) for key in FILTER_KEYS})


class Limits(Period):
    """What a search or a question is limited to, as in a line of a questions file."""

    outlets: Annotated[Names, Field(description="Only what these outlets published.")] = []
    authors: Annotated[Names, Field(description="Only what these people wrote.")] = []
    speakers: Annotated[Names, Field(description="Only the words of these; any part of a name will do.")] = []
    documents: Annotated[Names, Field(description="Only these documents: ids or sources.")] = []
    tags: Annotated[Names, Field(description="Only documents with one of these tags.")] = []


class SearchBody(Limits):
    """A search."""

    query: Sought
    k: Annotated[Count, Field(description="How many passages.")] = 10


class SearchQuery(Period):
    """A search whose parts are parameters of an address, where a number is text."""

    model_config = ConfigDict(strict=False)

    query: Sought
    k: Annotated[int, Field(ge=1, le=100, description="How many passages.")] = 10


class AskBody(Limits):
    """A question."""

    question: Annotated[Text, Field(description="The question.", examples=["When was the harbour bridge closed?"])]
    query: Annotated[
        Text | None, Field(description="The question's standalone form, put right by whoever asks; else it is found.")
    ] = None
    k: Annotated[Count | None, Field(description="How many passages to answer from; else as the server is set.")] = None
    strict: Annotated[bool, Field(description="Abstain sooner, and leave out what is not supported.")] = False
    engine: Annotated[
        Literal["quote"] | None,
        Field(description="`quote`: in the sources' own words. `null`: as the server is set, maybe a language model."),
    ] = None
    conversation: Annotated[
        str | None,
        Field(
            pattern=f"^({ID}|new)$",
            description="Ask it as a follow-up in this conversation, or in a `new` one, and keep it there.",
        ),
    ] = None
    stream: Annotated[
        bool | None,
        Field(description="Whether to send the answer as events, as it comes; `null`: as the Accept header has it."),
    ] = None


class CheckBody(Limits):
    """A draft to check."""

    text: Annotated[
        str, Field(max_length=LONGEST_DRAFT, description="A draft; sentences of one or two words are passed over.")
    ]


class QuotesQuery(Period):
    """Whose words to list."""

    model_config = ConfigDict(strict=False)

    speaker: Annotated[Visible, Field(description="Whose words; any part of a name will do.", examples=["Abara"])]
    about: Annotated[Text | None, Field(description="Only what is said on this.")] = None
    limit: Annotated[int, Field(ge=1, le=1_000, description="How many at most.")] = 100

    def filters(self) -> Filters:
        return replace(super().filters(), speakers=(self.speaker,))


class Listing(BaseModel):
    """Which conversations to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: Annotated[str, Field(max_length=LONGEST_NAME, description="Words, or beginnings of words.")] = ""
    limit: Annotated[int, Field(ge=1, le=1_000, description="How many at most.")] = 100


class Title(BaseModel):
    """What a conversation is called."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: Annotated[Visible, Field(description="Of a longer one the first 200 characters stay.")]
