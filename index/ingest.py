"""From files to drafts: documents with their passages, ready to be committed. Decides what is new, changed or known."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from corpus.attribution import attributions
from corpus.catalog import Catalog, Quotation
from corpus.edits import restated
from corpus.errors import DuplicateError, SourceError
from corpus.languages import foreign
from corpus.readers import read
from corpus.segment import count_tokens, passages
from corpus.types import Document, Extract, Input, Passage

__all__ = ["BATCH_PASSAGES", "Draft", "Outcome", "batches", "drafts", "quotations"]

BATCH_PASSAGES = 512  # go live together: some fsyncs against four seconds of encoding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one input: status is added, updated, unchanged, duplicate or failed; a message says why."""

    source: str
    status: str
    document_id: str | None = None
    title: str | None = None
    passages: int = 0
    message: str | None = None
    note: str | None = None  # what to know of a document that was taken

    @property
    def ok(self) -> bool:
        return self.status in ("added", "updated", "unchanged")


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is to be committed; `original` is the SHA-256 of the kept file it came from."""

    document: Document
    original: str
    tokens: int
    passages: list[Passage]
    quotations: list[Quotation]

    def outcome(self) -> Outcome:
        status = "added" if self.document.version == 1 else "updated"
        note = foreign(self.document.language)
        return Outcome(
            self.document.source, status, self.document.id, self.document.title, len(self.passages), note=note
        )


def batches(found: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Yield the drafts in batches of at least BATCH_PASSAGES passages, but for the last."""
    batch: list[Draft] = []
    for draft in found:
        batch.append(draft)
        if sum(len(draft.passages) for draft in batch) >= BATCH_PASSAGES:
            yield batch
            batch = []
    if batch:
        yield batch


def drafts(
    inputs: Iterable[Input], tags: tuple[str, ...], catalog: Catalog, originals: Path, done: Callable[[Outcome], None]
) -> Iterator[Draft]:
    """Yield what is to be added of the inputs; call `done` for what is known or cannot be.

    The bytes of a file are kept under `originals`, named by their SHA-256, before its first draft is yielded.
    """
    pending: dict[str, str] = {}  # what this call has yielded: content hash or document id -> source
    for input in inputs:
        path = input.path
        try:
            original = ""
            for extract in read(path, input.name, input.media_type):
                if isinstance(extract, SourceError):
                    done(Outcome(input.name or str(path), "failed", message=str(extract)))
                    continue
                outcome = _drafted(input, extract, tags, catalog, pending)
                if isinstance(outcome, Outcome):
                    done(outcome)
                    continue
                original = original or _kept(path, originals)
                found = passages(outcome)
                yield Draft(outcome, original, count_tokens(outcome.text), found, quotations(outcome, found))
        except DuplicateError as error:
            done(Outcome(input.name or str(path), "duplicate", message=str(error)))
        except SourceError as error:
            done(Outcome(input.name or str(path), "failed", message=str(error)))


def quotations(document: Document, passages: Iterable[Passage]) -> list[Quotation]:
    """Return who says what in a document that is cut into these passages, in order; nothing where it is not in English."""
    if foreign(document.language):
        return []
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    found = zip(sentences, attributions(document.text, sentences), strict=True)
    return [Quotation(document.id, document.version, start, end, said) for (start, end), said in found if said]


def _drafted(
    input: Input, extract: Extract, tags: tuple[str, ...], catalog: Catalog, pending: dict[str, str]
) -> Document | Outcome:
    """Return the new version of a document, or what came of it where none is needed. Raises DuplicateError."""
    source = input.place + (f"#{extract.row}" if extract.row is not None else "")
    document = _document(source, input.url, extract, tags)
    if document.id in pending:
        twice = f"{source}: named twice in one go; its first occurrence was taken."
        return Outcome(source, "unchanged" if extract.row is None else "failed", document.id, message=twice)
    latest = catalog.latest(document.id)
    if latest is not None:
        document = restated(document, catalog.stated(document.id), tags)
        document = replace(
            document, tags=tuple(dict.fromkeys((*latest.tags, *document.tags)))
        )  # tags given before stay
        unchanged = replace(document, version=latest.version, added_at=latest.added_at)
        if unchanged == latest:
            return Outcome(
                source, "unchanged", document.id, document.title, message=f"{source}: unchanged since it was added."
            )
        document = replace(document, version=latest.version + 1)
    else:
        _refuse_duplicate(document, extract, catalog, pending)
    pending[document.id] = pending[document.content_hash] = source
    return document


def _refuse_duplicate(document: Document, extract: Extract, catalog: Catalog, pending: dict[str, str]) -> None:
    if extract.row is not None:  # a row with its own id is what its file's author holds apart
        return
    twin = catalog.source_of_content(document.content_hash) or pending.get(document.content_hash)
    if twin is not None:
        raise DuplicateError(
            f"{document.source}: the same document is in the library already, from {twin}. Nothing to do."
        )


def _document(source: str, url: str | None, extract: Extract, tags: tuple[str, ...]) -> Document:
    content = "\0".join((extract.text, extract.published or "", extract.outlet or ""))
    return Document(
        id=hashlib.sha256(source.encode()).hexdigest()[:12],
        version=1,
        source=source,
        title=extract.title,
        text=extract.text,
        published=extract.published,
        updated=extract.updated,
        authors=extract.authors,
        outlet=extract.outlet,
        tags=tuple(dict.fromkeys((*extract.tags, *tags))),
        language=extract.language,
        media_type=extract.media_type,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
        headings=extract.headings,
        pages=extract.pages,
        url=url or extract.url,
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _kept(path: Path, originals: Path) -> str:
    """Copy a file's bytes to originals/, named by their SHA-256, and return that."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    name = digest.hexdigest()
    place = originals / name[:2] / name
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(".part")
        shutil.copyfile(path, draft)
        draft.replace(place)
    return name
