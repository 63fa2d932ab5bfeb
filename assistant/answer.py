"""What an answer is: statements, each tied by citations to the words in the sources. `as_json` is schema 1.

Offsets count Unicode code points: of a citation into its document's text, of a statement into the answer's `text`.
"Abstained" means that the sources are silent; an error is never shown as that.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Literal

from assistant.sources import independent
from corpus.catalog import Entry
from corpus.dates import When
from corpus.filters import Filters
from corpus.types import Document, Span
from index.retriever import Hit

__all__ = [
    "BY_WORDS",
    "Answer",
    "Citation",
    "Conflict",
    "Looking",
    "Position",
    "Reason",
    "Statement",
    "Usage",
    "Writing",
    "as_json",
    "citation_json",
    "day",
]

SCHEMA = 1
BY_WORDS = (  # the server of the vectors was away
    "Search by meaning was not available when this was asked, so it was looked up by its words alone: "
    "sources that say it in other words may be missing."
)
Status = Literal["answered", "partial", "abstained", "failed"]
Support = Literal["supported", "partly", "contradicted", "unsupported", "quoted"]
Speech = Literal["direct", "reported", "outlet"]


@dataclass(frozen=True, slots=True)
class Citation:
    """The words of a document that carry a statement, and whose words they are.

    `quote` is document.text[start:end]. `answer` is the span of the words that answer, `when` the date among them, `content`
    the span of what the speaker says, `said_on` when he said it, all in the document's offsets. Speech is "outlet" where
    nobody in particular is made to say it. `retold` are the other documents of the library that tell the same story.
    """

    marker: int
    document: Document
    start: int
    end: int
    answer: Span | None = None
    speaker: str | None = None
    speech: Speech = "outlet"
    cue: str | None = None
    content: Span | None = None
    via: tuple[str, ...] = ()
    said_on: When | None = None
    when: When | None = None
    retold: tuple[Entry, ...] = ()

    @property
    def quote(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def page(self) -> int | None:
        return self.document.page_of(self.start)

    @property
    def tellers(self) -> str:
        """Who tell the cited story: "4 outlets" where they are known and several, else "5 documents"."""
        outlets = {name for name in (self.document.outlet, *(entry.outlet for entry in self.retold)) if name}
        return f"{len(outlets)} outlets" if len(outlets) > 1 else f"{1 + len(self.retold)} documents"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of the answer, the markers of its citations, how well they support it; in an overview the day that it is about."""

    text: str
    citations: tuple[int, ...]
    support: Support = "quoted"
    reason: str | None = None
    date: str | None = None  # ISO 8601

    @property
    def shown(self) -> str:
        """The statement as it is shown: its date in an overview, its words, its markers."""
        return f"{_lead(self)}{self.text} {''.join(f'[{marker}]' for marker in self.citations)}"


@dataclass(frozen=True, slots=True)
class Looking:
    """Where an answer is being looked for: the standalone question, the number of passages, their documents, best first."""

    query: str
    passages: int
    documents: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """A language model is at work: the citations of what it has written so far, the next statement's among them."""

    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Position:
    """What one speaker said on one day: the statements, by number from 0, and the dates of the documents that carry them.

    `stance` is the side taken on a yes-or-no question: "for" is yes.
    """

    speaker: str
    dates: tuple[str, ...]
    statements: tuple[int, ...]
    stance: Literal["for", "against"] | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements of different documents that cannot all be right, and the line that says so: "The sources differ: ..."."""

    statements: tuple[int, ...]
    kind: Literal["figure", "date", "yes-no"]
    line: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is partial, abstained or failed; `missing` are the question's words that no source has."""

    code: str
    message: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model was given and wrote: tokens as its provider counts them, None where it does not tell."""

    prompt_tokens: int | None
    completion_tokens: int | None
    passages: int
    passages_left_out: int  # since they did not fit into model_context


@dataclass(frozen=True, slots=True)
class Answer:
    """All that was said to one question. `hits` are the passages it was made from, or the nearest where it abstains."""

    question: str
    query: str
    status: Status
    confidence: float
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    positions: tuple[Position, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    reason: Reason | None = None
    short: str | None = None
    hits: tuple[Hit, ...] = ()
    documents: Mapping[str, Document] = field(default_factory=dict)  # of the hits, by "id@version"
    filters: Filters = field(default_factory=Filters)
    age: str | None = None  # how old the newest source is, where the question wants what is newest
    undated: int = 0  # documents that a date filter left out, their date being unknown
    searched: int | None = None  # documents that the filters let through; None where that is not known
    by_words_only: bool = False  # since the server of the vectors was away
    engine: str = "quote"  # or "write": what made the statements
    model: str | None = None  # the language model that was asked, also where it failed
    usage: Usage | None = None
    settings_hash: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    id: str | None = None
    gone: frozenset[str] = (
        frozenset()
    )  # documents, by "id@version", that a kept answer quotes and the record has no more

    @property
    def text(self) -> str:
        """The whole answer as it is shown: statements with their markers, then what differs; or the reason for none."""
        shown = [statement.shown for statement in self.statements] or ([self.reason.message] if self.reason else [])
        return "\n".join([*shown, *self.below])

    @property
    def below(self) -> list[str]:
        """What stands below the statements: in what they differ, and the notes."""
        return [*(conflict.line for conflict in self.conflicts if conflict.line), *self.notes]

    @property
    def notes(self) -> list[str]:
        """What is shown below the statements: the days that the dates in them mean, which story is told by several, how old
        the newest source is, and that it was looked up by its words alone.
        """
        return [*self.meant, *self._retold(), *self.of_the_whole]

    @property
    def of_the_whole(self) -> list[str]:
        """What is noted of the answer as a whole."""
        return [*([self.age] if self.age else []), *([BY_WORDS] if self.by_words_only else [])]

    @property
    def meant(self) -> list[str]:
        """The days that the dates in the statements mean, a sentence each."""
        markers: dict[tuple[str, str], str] = {}
        for citation in self.citations:
            leads = any(statement.citations[:1] == (citation.marker,) for statement in self.statements)
            if leads and citation.when and (meant := citation.when.meant):
                said = (citation.when.text, meant)
                markers[said] = f"{markers.get(said, '')}[{citation.marker}]"
        return [f'"{text}" {cited} is {meant}.' for (text, meant), cited in markers.items()]

    def _retold(self) -> list[str]:
        """Say of each story that several documents tell, which is cited once, how many do."""
        cited: dict[str, list[Citation]] = {}
        for citation in self.citations:
            if citation.retold:
                cited.setdefault(citation.document.story, []).append(citation)
        return [
            f"{''.join(f'[{c.marker}]' for c in same)} is the same report in {same[0].tellers}."
            for same in cited.values()
        ]

    def statement_spans(self) -> list[Span]:
        """Return the span of each statement's words in `text`, its markers left out."""
        spans, at = [], 0
        for statement in self.statements:
            at += len(_lead(statement))
            spans.append((at, at + len(statement.text)))
            at += len(statement.text) + 1 + sum(len(f"[{marker}]") for marker in statement.citations) + 1
        return spans


def _lead(statement: Statement) -> str:
    return f"{statement.date}: " if statement.date else ""


def day(published: str | None) -> str:
    """Return an ISO date of any precision as it is read: "6 August 2022", "August 2022", "2022", or "date unknown"."""
    if not published:
        return "date unknown"
    year, _, rest = published.partition("-")
    try:
        first = date.fromisoformat(published[:10] if rest.count("-") else f"{published}-01")
    except ValueError:
        return published
    return f"{first.day} {first:%B} {year}" if rest.count("-") else f"{first:%B} {year}"


def as_json(answer: Answer) -> dict[str, object]:
    """Return the answer as the JSON object of `onrecord ask --json`, schema 1 (docs/json.md)."""
    dates = [c.document.published for c in answer.citations if c.document.published]
    return {
        "schema": SCHEMA,
        "id": answer.id,
        "question": answer.question,
        "query": answer.query,
        "status": answer.status,
        "confidence": round(answer.confidence, 4),
        "reason": asdict(answer.reason) if answer.reason else None,
        "text": answer.text,
        "short": answer.short,
        "statements": [
            {
                "text": s.text,
                "start": start,
                "end": end,
                "support": s.support,
                "reason": s.reason,
                "citations": s.citations,
                "date": s.date,
            }
            for s, (start, end) in zip(answer.statements, answer.statement_spans(), strict=True)
        ],
        "citations": [citation_json(citation) for citation in answer.citations],
        "positions": [asdict(position) for position in answer.positions],
        "conflicts": [asdict(conflict) for conflict in answer.conflicts],
        "independent_sources": independent([(c.document, c.quote) for c in answer.citations]),
        "newest": max(dates, default=None),
        "age": answer.age,
        "as_of": answer.filters.as_of,
        "filters": _filters(answer),
        "searched": answer.searched,
        "by_words_only": answer.by_words_only,
        "passages": [_passage(hit, answer.documents) for hit in answer.hits],
        "engine": answer.engine,
        "model": answer.model,
        "usage": asdict(answer.usage) if answer.usage else None,
        "settings_hash": answer.settings_hash,
        "timings": {name: round(value, 1) for name, value in answer.timings.items()},
    }


def citation_json(citation: Citation) -> dict[str, object]:
    """Return a citation as it stands in schema 1."""
    return {
        "marker": citation.marker,
        "document": _document(citation.document),
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "answer": citation.answer,
        "when": _when(citation.when),
        "page": citation.page,
        "speaker": citation.speaker,
        "speech": citation.speech,
        "cue": citation.cue,
        "content": citation.content,
        "via": citation.via,
        "said_on": _when(citation.said_on),
        "retold": [entry.id for entry in citation.retold],
    }


def _when(when: When | None) -> dict[str, str | None] | None:
    return {"text": when.text, "from": when.first, "to": when.last} if when else None


def _document(document: Document) -> dict[str, object]:
    return {
        "id": document.id,
        "version": document.version,
        "title": document.title,
        "source": document.source,
        "outlet": document.outlet,
        "published": document.published,
        "updated": document.updated,
        "authors": document.authors,
        "tags": document.tags,
        "content_hash": document.content_hash,
        "duplicate_group": document.duplicate_group,
    }


def _filters(answer: Answer) -> dict[str, object]:
    names = {"from_date": "from", "to_date": "to"}
    given = {
        names.get(name, name): value for name, value in asdict(answer.filters).items() if value and name != "as_of"
    }
    return given | ({"undated_left_out": answer.undated} if answer.undated else {})


def _passage(hit: Hit, documents: Mapping[str, Document]) -> dict[str, object]:
    passage = hit.passage
    return {
        "document_id": passage.document_id,
        "source": documents[f"{passage.document_id}@{passage.version}"].source,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(hit.score, 4),
        "views": {name: None if score is None else round(score, 4) for name, score in hit.views.items()},
    }
