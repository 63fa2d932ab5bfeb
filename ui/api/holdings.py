"""What programs send and are sent of documents and of the jobs that add them, as the description of the API has it."""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from corpus.edits import LONGEST, stated_fields
from corpus.languages import codes
from corpus.listing import LONGEST_PAGE
from corpus.views import COLUMNS
from ui.api.models import ID, VISIBLE, Dated, date_schema
from ui.web.begin import LONGEST_TITLE, MOST_ADDRESSES

__all__ = [
    "LONGEST_TAGS",
    "MOST_TOLD",
    "Addresses",
    "DocumentId",
    "DocumentReply",
    "DocumentsReply",
    "Edit",
    "JobId",
    "JobReply",
    "JobsReply",
    "Listed",
    "Of",
    "Pasted",
    "Span",
    "Tags",
    "TextReply",
    "VersionsReply",
]

MOST_TOLD = 100  # outcomes that come with a job
MOST_TAGS = 50
LONGEST_TAGS = 2_000  # in one text, with commas
LONGEST_TAG = 100
LONGEST_TEXT = 80_000  # with twelve bytes each in JSON still no more than is taken; more is sent as a file
LONGEST_ADDRESS = 1_900  # likewise, of all that may come at once
BIG = 2**53 - 1  # what every reader of JSON takes for a whole number
ADDRESS = r"^https?://[^\s/?#@:\[\]\\\x00-\x20\x7f-\xa0]+(:[0-9]{1,4})?([/?#][^\s\x00-\x20\x7f-\xa0]*)?$"
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)

# What is no id is none of a document or a job, and not found.
DocumentId = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": f"^{ID}$", "examples": ["f98882c50512"], "title": "Id"})
]
JobId = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-f]{16}$", "examples": ["9f1c2a4b5d6e7f80"], "title": "Id"}),
]
Number = Annotated[int, Field(ge=1, le=BIG)]
Tag = Annotated[str, Field(max_length=LONGEST_TAG, pattern=VISIBLE)]
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS, description="Tags for what is added.")]


class Addresses(BaseModel):
    """Addresses of pages and feeds that are to be added."""

    model_config = STRICT

    urls: Annotated[
        list[Annotated[str, Field(max_length=LONGEST_ADDRESS, pattern=r"^[^\s\x00-\x20\x7f-\xa0]+$")]],
        Field(min_length=1, max_length=MOST_ADDRESSES, examples=[["https://news.example/school"]]),
    ]
    follow: Annotated[bool, Field(description="Ask for them again with `onrecord sync`, and on the page.")] = False
    tags: Tags = []


class Pasted(BaseModel):
    """Text that is to be added; the same is the same document. A longer one is sent as a file."""

    model_config = STRICT

    text: Annotated[str, Field(max_length=LONGEST_TEXT, pattern=VISIBLE)]
    title: Annotated[str | None, Field(max_length=LONGEST_TITLE, description="Else the text's own.")] = None
    tags: Tags = []


def _listed(code: str) -> str:
    if code not in codes():
        raise PydanticCustomError("language", "it is no code of a language; write en or de")
    return code


Words = Annotated[str, Field(max_length=LONGEST)]
Names = Annotated[list[Words], Field(max_length=MOST_TAGS)]
Day = Annotated[Dated | None, WithJsonSchema({key: value for key, value in date_schema("").items() if key == "anyOf"})]
Language = Annotated[
    Annotated[str, AfterValidator(_listed)] | None,
    WithJsonSchema({"anyOf": [{"type": "string", "enum": codes()}, {"type": "null"}]}),
]
Address = Annotated[str, Field(max_length=LONGEST, pattern=ADDRESS)]


class Edit(BaseModel):
    """What a document's source says wrongly, or does not say. `null` makes it unknown; later versions keep what is stated."""

    model_config = STRICT | ConfigDict(json_schema_extra={"minProperties": 1})

    title: Words | None = None
    published: Day = None
    updated: Day = None
    authors: Annotated[Names | None, Field(description="All of them.")] = None
    outlet: Words | None = None
    tags: Annotated[Names | None, Field(description="All of them.")] = None
    language: Language = None
    url: Address | None = None

    @model_validator(mode="after")
    def _is_something(self) -> "Edit":
        if not self.model_fields_set:
            raise PydanticCustomError("nothing", "nothing is to be changed; name a field")
        return self

    def stated(self) -> dict[str, Any]:
        """Return what is stated, as the record keeps it."""
        empty: dict[str, str | list[str]] = {"authors": [], "tags": []}
        return stated_fields(
            {name: empty.get(name, "") if value is None else value for name, value in self.given().items()}
        )

    def given(self) -> dict[str, str | list[str] | None]:
        """Return the fields that were named."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _digits(text: object) -> object:
    """Return a number that is written plainly; "1e3", "+1" and " 1" stay texts, which are none."""
    return int(text) if isinstance(text, str) and re.fullmatch("0|[1-9][0-9]{0,15}", text) else text


def _truth(text: object) -> object:
    return {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text


def _whole(described: str, least: int, most: int = BIG) -> Any:
    """Return the type of a parameter that is a whole number."""
    schema = {"type": "integer", "minimum": least, "maximum": most, "description": described}
    number = Annotated[int, Field(strict=True, ge=least, le=most), BeforeValidator(_digits)]
    return Annotated[number | None, WithJsonSchema(schema)]


def _days(described: str) -> Any:
    """Return the type of a parameter that is a day, a month or a year."""
    schema = date_schema(described)
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    return Annotated[Dated | None, WithJsonSchema({"anyOf": kinds, "description": schema["description"]})]


Truth = Annotated[bool, Field(strict=True), BeforeValidator(_truth)]
Version: TypeAlias = _whole("A version's number; else the newest.", 1)  # type: ignore[valid-type]
First: TypeAlias = _whole("The first character; else that of the text.", 0)  # type: ignore[valid-type]
Last: TypeAlias = _whole("The character before which it ends; else all is given.", 0)  # type: ignore[valid-type]
Offset: TypeAlias = _whole("How many to pass over.", 0)  # type: ignore[valid-type]
Limit: TypeAlias = _whole("How many at most; else 50.", 1, LONGEST_PAGE)  # type: ignore[valid-type]
From: TypeAlias = _days("Only what was published on this day or later:")  # type: ignore[valid-type]
To: TypeAlias = _days("Only what was published on this day or earlier:")  # type: ignore[valid-type]


class Listed(BaseModel):
    """Which documents are listed, and in which order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: Annotated[
        str, Field(max_length=200, description="Words in title, outlet, authors, tags or source, in any case.")
    ] = ""
    outlet: Annotated[str, Field(max_length=LONGEST, description="Only what this outlet published.")] = ""
    tag: Annotated[str, Field(max_length=LONGEST, description="Only documents with this tag.")] = ""
    from_: Annotated[From, Field(alias="from")] = None
    to: To = None
    removed: Annotated[
        Truth, Field(description="Those that were removed and can be restored, in place of the others.")
    ] = False
    sort: Annotated[Literal[COLUMNS], Field(description="What is unknown comes last.")] = "published"  # type: ignore[valid-type]
    order: Literal["asc", "desc"] = "desc"
    offset: Offset = None
    limit: Limit = None


class Of(BaseModel):
    """Which version of a document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Version = None


class Span(Of):
    """Which part of a text: characters (Unicode code points) from `start` on and before `end`."""

    start: First = None
    end: Last = None


class ListedReply(BaseModel):
    """A document in the list."""

    id: DocumentId
    version: Number
    source: str
    title: str
    published: str | None
    outlet: str | None
    tags: list[str]
    media_type: str
    passages: int
    added_at: str
    duplicate_group: str | None
    problem: Annotated[str | None, Field(description="What went wrong when its file was last read.")]
    removed_at: Annotated[str | None, Field(description="When it was removed; for a day it can be restored.")]


class DocumentsReply(BaseModel):
    """A part of the list."""

    total: Annotated[int, Field(description="How many documents fit.")]
    offset: int
    documents: list[ListedReply]


class DocumentReply(BaseModel):
    """What is known of a version of a document; the keys are those of `onrecord show --json`."""

    id: DocumentId
    version: Number
    source: str
    title: str
    published: str | None
    updated: str | None
    authors: list[str]
    outlet: str | None
    tags: list[str]
    language: str | None
    media_type: str
    content_hash: str
    headings: list[Annotated[list[int], Field(min_length=2, max_length=2)]]
    pages: list[int]
    added_at: str
    url: str | None
    duplicate_group: str | None
    length: Annotated[int, Field(description="How many characters its text has.")]


class TextReply(BaseModel):
    """A part of a version's text, and where it stands: `start` and `end` as they are, where more was asked for."""

    id: DocumentId
    version: Number
    start: int
    end: int
    length: Annotated[int, Field(description="How many characters the whole text has.")]
    text: str


class VersionReply(BaseModel):
    """A version of a document, and what it changed."""

    version: Number
    added_at: str
    published: str | None
    words: int
    words_new: int
    words_gone: int
    changed: list[str]


class VersionsReply(BaseModel):
    """The versions of a document, the oldest first."""

    id: DocumentId
    versions: list[VersionReply]


class OutcomeReply(BaseModel):
    """What came of a file or an address, or of a document in it."""

    name: Annotated[
        str, Field(description="The file's name as it was sent, with # and the document in it; an address.")
    ]
    status: Literal["added", "updated", "unchanged", "moved", "duplicate", "failed", "missing", "retired"]
    document_id: DocumentId | None
    title: str | None
    passages: int
    message: Annotated[str | None, Field(description="Why it was not added, or what came of it.")]
    note: Annotated[str | None, Field(description="What to know of a document that was added.")]


class JobReply(BaseModel):
    """A job that adds: one is done at a time, those of the page and of the command line among them."""

    job: JobId
    title: str
    state: Literal["waiting", "running", "done", "failed", "stopped"]
    stopping: Annotated[bool, Field(description="It is to stop, and has not yet.")]
    share: Annotated[float, Field(ge=0, le=1, description="What share of all there is lies behind.")]
    documents: Annotated[int, Field(description="Of how many documents it is known what came of them.")]
    passages: int
    counts: Annotated[dict[str, int], Field(description="How many documents had each status.")]
    seconds: float
    seconds_left: Annotated[
        int | None, Field(description="About how long it will take yet; null where that is unknown.")
    ]
    error: Annotated[str | None, Field(description="Why the whole of it failed.")]
    outcomes: Annotated[list[OutcomeReply], Field(description=f"The last {MOST_TOLD}; `events` has all.")]
    events: Annotated[str, Field(description="Where it can be followed, as server-sent events.")]


class JobsReply(BaseModel):
    """The jobs that are known: those under way, and the last that ended; the newest first."""

    jobs: list[JobReply]
