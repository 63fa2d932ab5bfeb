"""From what was read to drafts: documents with their passages, ready to be committed. Decides what is new, changed or known."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from time import monotonic

from corpus.catalog import Catalog, Quotation
from corpus.edits import restated
from corpus.errors import DuplicateError, SourceError
from corpus.inputs import Known, Seen, is_gone
from corpus.languages import foreign
from corpus.segment import passages_at
from corpus.turns import spoken
from corpus.types import Document, Extract, Passage
from index.reading import Ended, Failed, Moved, Part, Reading, Unchanged, keep

__all__ = ["Batch", "Draft", "Outcome", "batches", "drafts", "failure", "quotations"]

BATCH_S = 20  # of waiting for sites: what was fetched is not to be lost when it is interrupted
BATCH_PASSAGES = 512  # go live together: some fsyncs against four seconds of encoding
FINE = ("added", "updated", "unchanged", "moved", "missing", "retired")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one input, or of a document in it; a message says why.

    `status` is added, updated, unchanged, moved, duplicate or failed; of a document whose source is gone missing (it is
    kept) or retired (it is found no longer).
    """

    source: str
    status: str
    document_id: str | None = None
    title: str | None = None
    passages: int = 0
    message: str | None = None
    note: str | None = None  # what to know of a document that was taken

    @property
    def ok(self) -> bool:
        return self.status in FINE


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is to be committed; `original` is the SHA-256 of the kept file at the place it came from."""

    document: Document
    original: str
    place: str
    tokens: int
    passages: list[Passage]
    quotations: list[Quotation]

    def outcome(self) -> Outcome:
        status = "added" if self.document.version == 1 else "updated"
        note = foreign(self.document.language)
        return Outcome(
            self.document.source, status, self.document.id, self.document.title, len(self.passages), note=note
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Drafts that go live together, and the files of which nothing is left to be done then."""

    drafts: list[Draft] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)


def batches(found: Iterable[Draft | Seen]) -> Iterator[Batch]:
    """Yield the drafts in batches of at least BATCH_PASSAGES passages, but for the last, or as many as came in BATCH_S."""
    batch, size, begun = Batch(), 0, monotonic()
    for each in found:
        if isinstance(each, Seen):
            batch.seen.append(each)
            continue
        batch.drafts.append(each)
        size += len(each.passages)
        if size >= BATCH_PASSAGES or monotonic() - begun > BATCH_S:
            yield batch
            batch, size, begun = Batch(), 0, monotonic()
    if batch.drafts or batch.seen:
        yield batch


@dataclass(frozen=True, slots=True)
class _Run:
    """One call of add: the record, the tags given, where outcomes go, and what was met so far.

    `lost` is what is no longer where it came from, `taken` the content hash of each source met, `first` who had it first.
    """

    catalog: Catalog
    tags: tuple[str, ...]
    done: Callable[[Outcome], None]
    lost: list[Known]
    taken: dict[str, str] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)


def drafts(
    found: Iterable[Reading],
    tags: tuple[str, ...],
    catalog: Catalog,
    done: Callable[[Outcome], None],
    lost: list[Known],
    originals: Path,
) -> Iterator[Draft | Seen]:
    """Yield what is to be added of the readings, and each file that is done with; call `done` for all else.

    The bytes of a file are kept under `originals` before its first draft is yielded. A document that is no longer in the file
    it came from is put into `lost`. What has moved is moved at once.
    """
    run = _Run(catalog, tags, done, lost)
    of_file: list[str] = []  # the sources met in the file that is being read
    twin: str | None = None
    for reading in found:
        match reading:
            case Unchanged():
                yield from _unchanged(run, reading)
            case Moved():
                _move(run, reading)
            case Failed(input, message):
                done(failure(input.name or str(input.path), message))
            case Part(input, extract):
                drafted = _with_original(_drafted(run, reading), reading, originals)
                of_file.append(input.place if extract.row is None else f"{input.place}#{extract.row}")
                if isinstance(drafted, Draft):
                    yield drafted
                else:
                    done(drafted)
                    twin = _content(extract) if drafted.status == "duplicate" else None
            case Ended(input, seen):
                if seen is not None:
                    yield _finished(run, replace(seen, twin=twin), of_file)
                of_file, twin = [], None


def failure(source: str, message: object) -> Outcome:
    """Return that something could not be read, in words that can be printed: a file's name may be any bytes."""
    return Outcome(_shown(source), "failed", message=_shown(str(message)))


def quotations(document: Document, passages: Iterable[Passage]) -> list[Quotation]:
    """Return who says what in a document that is cut into these passages, in order; nothing where it is not in English."""
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    found = zip(sentences, spoken(document, sentences), strict=True)
    return [Quotation(document.id, document.version, start, end, said) for (start, end), said in found if said]


def _unchanged(run: _Run, reading: Unchanged) -> Iterator[Seen]:
    for known in reading.documents:
        message = f"{known.source}: unchanged since it was added."
        run.done(Outcome(known.source, "unchanged", known.id, known.title, message=message))
        run.taken[known.source] = known.content_hash
    if not reading.documents:
        run.done(_duplicate(reading.input.place, reading.twins[0]))
    if reading.seen is not None:
        yield reading.seen


def _move(run: _Run, reading: Moved) -> None:
    """Let the documents of a file that was moved follow it."""
    old, new = reading.old, reading.input.place
    documents = run.catalog.inputs.documents(old)
    if documents:  # else a copy of it has been taken for it already
        with run.catalog.transaction():
            run.catalog.move(old, new)
            run.catalog.inputs.keep(reading.seen)
    if reading.again:
        return
    for known in documents:
        source = new + known.source[len(old) :]
        message = f"{source}: moved here from {known.source}; the document follows."
        run.done(Outcome(source, "moved", known.id, known.title, message=message))
    if not documents:
        run.done(_duplicate(new, old))


def _finished(run: _Run, seen: Seen, of_file: list[str]) -> Seen:
    """Return a file that was read to its end, as it is to be kept; what it no longer holds is lost."""
    still = set(of_file)
    missing = [known for known in run.catalog.inputs.documents(seen.place) if known.source not in still]
    run.lost.extend(missing)
    return replace(seen, problem=f"{len(missing)} documents are no longer in it") if missing else seen


def _drafted(run: _Run, part: Part) -> Draft | Outcome:
    """Return the new version of a document, or what came of it where none is needed."""
    extract = part.extract
    source = part.input.place + (f"#{extract.row}" if extract.row is not None else "")
    document = _document(source, part.input.url, extract, run.tags)
    if source in run.taken:
        twice = f"{source}: named twice in one go; its first occurrence was taken."
        return Outcome(source, "unchanged" if extract.row is None else "failed", document.id, message=twice)
    moved = None
    latest = run.catalog.inputs.latest(source)
    if (latest is None or not latest[1]) and extract.row is None:
        try:
            moved = _former_source(run, document)
        except DuplicateError as error:
            return Outcome(source, "duplicate", message=str(error))
        latest = run.catalog.inputs.latest(source) if moved else latest
    run.taken[source] = document.content_hash
    run.first.setdefault(document.content_hash, source)
    if latest is None:
        document = replace(document, id=_free_id(run.catalog, source))
    else:
        stated = run.catalog.stated(latest[0].id)
        newer = _newer(restated(document, stated, run.tags), *latest)
        if newer is None:
            known = latest[0]
            why = f"moved here from {moved}; the document follows." if moved else "unchanged since it was added."
            return Outcome(source, "moved" if moved else "unchanged", known.id, known.title, message=f"{source}: {why}")
        document = newer
    return _draft(document, part)


def _with_original(drafted: Draft | Outcome, part: Part, originals: Path) -> Draft | Outcome:
    """Return what is drafted, the bytes that it came from being kept; or that they are others by now."""
    try:
        if isinstance(drafted, Draft):
            keep(part.input.path, part.original, originals)
        return drafted
    except SourceError as error:
        return failure(part.input.place, error)


def _newer(document: Document, latest: Document, is_live: bool) -> Document | None:
    """Return a document as the next version of what its source was; None if it is as it was."""
    tags = tuple(dict.fromkeys((*latest.tags, *document.tags)))  # tags given before stay
    document = replace(document, id=latest.id, tags=tags, duplicate_group=latest.duplicate_group)
    if is_live and replace(document, version=latest.version, added_at=latest.added_at) == latest:
        return None
    return replace(document, version=latest.version + 1)


def _former_source(run: _Run, document: Document) -> str | None:
    """Return where a new document was until it was moved here, if it was; it has followed. Raises DuplicateError."""
    content = document.content_hash
    twins = [
        (twin, place) for twin, place in run.catalog.inputs.twins(content) if run.taken.get(twin, content) == content
    ]
    here = [twin for twin, place in twins if twin in run.taken or run.catalog.inputs.is_as_read(place)]
    if content in run.first or here:
        raise DuplicateError(_duplicate(document.source, [run.first.get(content), *here][-1]).message or "")
    gone = next((place for twin, place in twins if twin == place and is_gone(place)), None)
    if gone is not None:
        with run.catalog.transaction():
            run.catalog.move(gone, document.source)
    return gone


def _duplicate(source: str, twin: str | None) -> Outcome:
    message = f"{source}: the same document is in the library already, from {twin}. Nothing to do."
    return Outcome(source, "duplicate", message=message)


def _draft(document: Document, part: Part) -> Draft:
    cut = part.cut
    found = passages_at(document, cut.passages)
    if document.language == part.extract.language:
        said = [Quotation(document.id, document.version, start, end, each) for (start, end), each in cut.said]
    else:  # the user has stated another one
        said = quotations(document, found)
    return Draft(document, part.original, part.input.place, cut.tokens, found, said)


def _free_id(catalog: Catalog, source: str) -> str:
    """Return the id of a new document: another's, which has moved away, may be what its source gives at first."""
    salts = chain([""], (f"\0{number}" for number in count()))
    ids = (hashlib.sha256(f"{source}{salt}".encode()).hexdigest()[:12] for salt in salts)
    return next(id for id in ids if catalog.inputs.is_free(id))


def _shown(words: str) -> str:
    """Return a text that may hold a file's name as one that can be printed; bytes that are no UTF-8 are written out."""
    return words.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _content(extract: Extract) -> str:
    content = "\0".join((extract.text, extract.published or "", extract.outlet or ""))
    return hashlib.sha256(content.encode()).hexdigest()


def _document(source: str, url: str | None, extract: Extract, tags: tuple[str, ...]) -> Document:
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
        content_hash=_content(extract),
        headings=extract.headings,
        pages=extract.pages,
        url=url or extract.url,
        added_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
