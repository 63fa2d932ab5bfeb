"""What programs are sent, as the description of the API has it. docs/json.md says what each key means.

Nothing is built from these: what is sent is what the command prints, and the tests hold it against them.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ui.api.models import ConversationId

__all__ = [
    "AnswerReply",
    "AskReply",
    "CheckReply",
    "CitationReply",
    "ConversationReply",
    "ListReply",
    "PackReply",
    "QuotesReply",
    "SearchReply",
    "SummaryReply",
    "TakenReply",
]

Span = Annotated[list[int], Field(min_length=2, max_length=2, description="Start and end.")]
Views = dict[str, float | None]


class WhenReply(BaseModel):
    """The words of a date, and the days that they can mean."""

    text: str
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None


class CitedReply(BaseModel):
    """The version of a document that is cited."""

    id: str
    version: int
    title: str
    source: str
    outlet: str | None
    published: str | None
    updated: str | None
    authors: list[str]
    tags: list[str]
    content_hash: str
    duplicate_group: str | None


class CitationReply(BaseModel):
    """The exact words of a document, and whose they are."""

    marker: int
    document: CitedReply
    start: int
    end: int
    quote: str
    answer: Span | None
    when: WhenReply | None
    page: int | None
    speaker: str | None
    speech: Literal["direct", "reported", "outlet"]
    cue: str | None
    content: Span | None
    via: list[str]
    said_on: WhenReply | None
    retold: list[str]


class SaidReply(BaseModel):
    """A statement and the markers of what it cites."""

    text: str
    support: Literal["quoted", "supported", "partly", "contradicted", "unsupported"]
    reason: str | None
    citations: list[int]
    date: str | None


class StatementReply(SaidReply):
    """A statement, and where it stands in the answer's text."""

    start: int
    end: int


class ReasonReply(BaseModel):
    """Why an answer is partial, abstained or failed."""

    code: str
    message: str
    missing: list[str]


class PositionReply(BaseModel):
    """What one speaker said on one day."""

    speaker: str
    dates: list[str]
    statements: list[int]
    stance: Literal["for", "against"] | None


class ConflictReply(BaseModel):
    """Statements that cannot all be right."""

    statements: list[int]
    kind: Literal["figure", "date", "yes-no"]
    line: str


class PassageReply(BaseModel):
    """A passage that an answer was made from."""

    document_id: str
    source: str
    start: int
    end: int
    text: str
    score: float
    views: Views


class UsageReply(BaseModel):
    """What a language model was given and wrote."""

    prompt_tokens: int | None
    completion_tokens: int | None
    passages: int
    passages_left_out: int


class AnswerReply(BaseModel):
    """An answer, schema 1."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    id: str | None
    question: str
    query: str
    status: Literal["answered", "partial", "abstained", "failed"]
    confidence: float
    reason: ReasonReply | None
    text: str
    short: str | None
    statements: list[StatementReply]
    citations: list[CitationReply]
    positions: list[PositionReply]
    conflicts: list[ConflictReply]
    independent_sources: int
    newest: str | None
    age: str | None
    as_of: str | None
    filters: dict[str, object]
    searched: int | None
    by_words_only: bool
    passages: list[PassageReply]
    engine: str
    model: str | None
    usage: UsageReply | None
    settings_hash: str
    timings: dict[str, float]


class AskReply(AnswerReply):
    """The answer to a question, and the conversation that keeps it, if one does."""

    conversation: ConversationId | None


class FoundReply(PassageReply):
    """A passage that a search found."""

    version: int
    title: str
    outlet: str | None
    published: str | None


class SearchReply(BaseModel):
    """What a search found, the best first."""

    query: str
    count: Annotated[int, Field(description="How many passages there are.")]
    searched: Annotated[int, Field(description="How many documents the filters let through.")]
    undated_left_out: Annotated[
        int, Field(description="How many documents `as_of` left out, their date being unknown.")
    ]
    passages: list[FoundReply]


class PlaceReply(BaseModel):
    """Where a sentence stands in its draft."""

    start: int
    end: int


class CheckedReply(AnswerReply):
    """A sentence of a draft, with what the library says to it."""

    draft: PlaceReply


class CheckReply(BaseModel):
    """A draft, sentence by sentence."""

    count: Annotated[int, Field(description="How many sentences were checked.")]
    verdicts: Annotated[dict[str, int], Field(description="How many of them are supported, partly, and so on.")]
    sentences: list[CheckedReply]


class QuotesReply(BaseModel):
    """Who said what, the oldest first."""

    count: Annotated[int, Field(description="How many there are, also where fewer are listed.")]
    quotes: list[CitationReply]
    similar: Annotated[list[str], Field(description="Where there are none: speakers of a similar name.")]


class NamedReply(BaseModel):
    """What a conversation is, without its turns. Times are in UTC."""

    id: ConversationId
    title: str
    created_at: str
    updated_at: str


class SummaryReply(NamedReply):
    """A conversation in a list."""

    turns: Annotated[int, Field(description="How many questions it has.")]


class ListReply(BaseModel):
    """Conversations, the newest first."""

    count: int
    conversations: list[SummaryReply]


class KeptReply(BaseModel):
    """An answer as it was kept; what was imported may lack keys that an answer has today."""

    schema_: Annotated[int | None, Field(alias="schema")] = None
    question: str
    query: str
    status: str
    text: str
    statements: list[dict[str, object]]
    citations: list[dict[str, object]]


class TurnReply(BaseModel):
    """A question, and the answer that was kept."""

    question: str
    asked_at: str
    answer: KeptReply


class ConversationReply(NamedReply):
    """A conversation with its turns, in order."""

    turns: list[TurnReply]


class PackReply(ConversationReply):
    """An evidence pack."""

    onrecord: Literal["conversation"]
    schema_: Annotated[Literal[1], Field(alias="schema")]


class MissingReply(BaseModel):
    """A document that a pack quotes and the library has not, or not in these words."""

    id: str
    version: int
    title: str
    source: str
    content_hash: str


class TakenReply(BaseModel):
    """What became of a pack that was taken in."""

    id: Annotated[ConversationId, Field(description="Its conversation here.")]
    new: Annotated[bool, Field(description="False where its turns were here already.")]
    quotations: int
    standing: Annotated[int, Field(description="How many of the quotations stand in this library, word for word.")]
    missing: list[MissingReply]
