"""Begin to add something, as a job: what the browser handed over, addresses, pasted text, what is followed, the samples, or
again what failed.

What is to be added is noted in the record before it is touched (corpus/problems.py), and once more if it fails, so that it
can be tried again whatever happens.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from assistant.assistant import Assistant
from corpus.addresses import canonical, is_address
from corpus.errors import DiskError, FetchError, OnRecordError, SourceError
from corpus.problems import Problem, Problems
from corpus.types import PASTED, SIDECAR, Input
from index.ingest import Outcome
from index.pasted import pasted
from index.sources import add_from_web
from index.sources import sync as ask_again
from ui.samples import TAG, sample_folders
from ui.web.additions import Addition
from ui.web.jobs import Job, Jobs
from ui.web.uploads import UPLOADS, Upload, keep

if TYPE_CHECKING:
    from corpus.web import Fetcher

__all__ = [
    "LONGEST_TITLE",
    "MOST_ADDRESSES",
    "SAMPLES",
    "Adding",
    "add_addresses",
    "add_files",
    "add_text",
    "fetcher",
    "let_be",
    "load_samples",
    "name_of",
    "plain",
    "problems_of",
    "sync",
    "tags_in",
    "title_of",
    "try_again",
]

MOST_ADDRESSES = 500  # at once; a feed may have any number of entries
LONGEST_TEXT = 1_000_000  # characters of pasted text
LONGEST_TITLE = 300
AT_ONCE = 200  # inputs that are noted as failed together
SAMPLES = "The samples"  # what the job that loads them is called
PASTES = ".pasted"  # in the folder of the uploads: text that was pasted, until it is added


class Adding(Protocol):
    """What adding needs of a site, or of another way in."""

    @property
    def assistant(self) -> Assistant:
        """Whose library it is."""

    @property
    def adding(self) -> Jobs:
        """The jobs that add, one at a time: the library has one writer."""


def add_files(site: Adding, uploads: Sequence[Upload], tags: Sequence[str]) -> Job:
    """Begin to add what the browser handed over. Raises OnRecordError where it cannot be kept, or none of it is to be."""
    with site.adding.room():
        kept = keep(uploads, site.assistant.library.home)
        if not kept.files and not kept.failed:
            raise SourceError("there are no files in the folder but hidden ones. Nothing was added.")
        names = {str(path): name for path, name in kept.files.items()}
        return _begin(site, title_of([*names.values()] or ["no file"], "file"), names, "file", tags, kept.failed)


def add_addresses(site: Adding, text: str, tags: Sequence[str], follow: bool) -> Job:
    """Begin to add what addresses, one a line, lead to. Raises OnRecordError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise SourceError("no address is given. Write one a line.")
    if len(lines) > MOST_ADDRESSES:
        raise SourceError(f"{len(lines):,} addresses at once are too many; at most {MOST_ADDRESSES} are taken.")
    names: dict[str, str] = {}
    failed = []
    for line in lines:
        try:
            place = canonical(line if is_address(line) else f"https://{line}")
            names[place] = place
        except FetchError as error:
            failed.append(Outcome(f"{line[:200]}…" if len(line) > 200 else line, "failed", message=str(error)))
    kind = "feed" if follow else "page"
    title = title_of([*names] or [failed[0].source], "address", "addresses")
    with site.adding.room():
        return _begin(site, title, names, kind, tags, failed)


def add_text(site: Adding, title: str, text: str, tags: Sequence[str]) -> Job:
    """Begin to add pasted text. Raises OnRecordError."""
    if not text.strip():
        raise SourceError("there is no text. Paste some.")
    if len(text) > LONGEST_TEXT:
        raise SourceError(
            f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are taken. Add it as a file."
        )
    folder = _pastes(site)
    called = plain(title)[:LONGEST_TITLE]
    with site.adding.room():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            input = pasted(text.encode("utf-8", "replace"), called or None, folder)
        except OSError as error:
            raise DiskError(folder, error.strerror) from error
        return _begin(site, called or "Pasted text", {input.place: called or "Pasted text"}, "file", tags)


def sync(site: Adding) -> Job:
    """Begin to ask for all that is followed."""
    addition = Addition("What is followed")

    def work(job: Job) -> None:
        with addition.going(job.heed):
            for _ in ask_again(site.assistant.library, fetcher(job), addition):
                job.heed()

    with site.adding.room():
        return site.adding.start(addition.title, work, addition)


def load_samples(site: Adding) -> Job:
    """Begin to add the sample documents that come with OnRecord; where that runs already, return its job."""
    running = next((job for job in site.adding.list() if job.name == SAMPLES and not job.is_over), None)
    if running is not None:
        return running
    addition = Addition(SAMPLES)

    def work(job: Job) -> None:
        with addition.going(job.heed):
            site.assistant.library.add(sample_folders(), [TAG], addition.outcome, progress=addition.progress)

    with site.adding.room():
        return site.adding.start(SAMPLES, work, addition)


def try_again(site: Adding, problems: Sequence[Problem]) -> list[Job]:
    """Begin to add what failed before: a job for those of each kind that are to have the same tags."""
    grouped: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for problem in problems:
        kind = problem.kind if problem.kind != "feed" or not problem.is_followed else "page"
        grouped.setdefault((kind, problem.tags), {})[problem.place] = name_of(site, problem.place)
    nouns = {"file": ("file", "files"), "page": ("address", "addresses"), "feed": ("feed", "feeds")}
    with site.adding.room():
        return [
            _begin(site, title_of([*names.values()], *nouns[kind]), names, kind, tags)
            for (kind, tags), names in grouped.items()
        ]


def let_be(site: Adding, problems: Sequence[Problem]) -> None:
    """Forget problems, and delete the uploads among them that nothing in the library came from."""
    places = [problem.place for problem in problems]
    Problems(site.assistant.library.catalog).dismiss(places)
    for place in places:
        _discard(site, place)


def problems_of(site: Adding) -> list[Problem]:
    """Return the problems that nothing is being done about at the moment."""
    busy = [job.about.places for job in site.adding.list() if isinstance(job.about, Addition) and not job.is_over]
    found = Problems(site.assistant.library.catalog).list()
    return [problem for problem in found if not any(problem.place in places for places in busy)]


def name_of(site: Adding, place: str) -> str:
    """Return what to call a place: an address, a file by its name, an upload by its name with its folders."""
    if "://" in place:
        return place
    if place.startswith(PASTED):
        return "Pasted text"
    uploads = f"{_uploads(site)}/"
    return place.removeprefix(uploads) if place.startswith(uploads) else place.rpartition("/")[2]


def tags_in(text: str) -> list[str]:
    """Return the tags that are written with commas between them."""
    return [*dict.fromkeys(tag for part in text[:2000].split(",") if (tag := plain(part)[:100]))]


def plain(text: str) -> str:
    """Return a text in one line, without what would steer a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _begin(
    site: Adding, title: str, names: dict[str, str], kind: str, tags: Sequence[str], failed: Iterable[Outcome] = ()
) -> Job:
    """Note what is to be added, and start the job that adds it; `failed` is what cannot be, as was seen before."""
    problems = Problems(site.assistant.library.catalog)
    problems.expect(names, kind, tags)
    addition = Addition(title, names)
    for outcome in failed:
        addition.outcome(outcome)
    addition.failures()

    def work(job: Job) -> None:
        failing = _Failing(addition, problems, kind, tags)
        try:
            with addition.going(job.heed):
                _add(site, job, names, kind, tags, addition, failing)
        finally:
            with suppress(OnRecordError):  # where the record cannot be written, what was being done has told of it
                failing.note()
        done = addition.places - failing.places
        problems.settle(done)  # most of them the record has settled itself, as they were read to their end
        for place in done:
            _discard(site, place)

    return site.adding.start(title, work, addition)


def _add(
    site: Adding,
    job: Job,
    names: Mapping[str, str],
    kind: str,
    tags: Sequence[str],
    addition: Addition,
    failing: "_Failing",
) -> None:
    library = site.assistant.library
    if not names:
        return

    def told(outcome: Outcome) -> None:
        addition.outcome(outcome)
        if len(addition.failed) >= AT_ONCE:
            failing.note()

    if kind == "file":
        paths = [Path(place) for place in names if not place.startswith(PASTED)]
        pages = [
            Input(place, _pastes(site) / place.removeprefix(PASTED)) for place in names if place.startswith(PASTED)
        ]
        library.add(paths, tags, told, pages=pages, progress=addition.progress)
    else:
        addition.expect(len(names))
        add_from_web(library, names, fetcher(job), addition, tags, follow=kind == "feed")


class _Failing:
    """Notes in the record what of an addition failed; `places` are those of it by now."""

    def __init__(self, addition: Addition, problems: Problems, kind: str, tags: Sequence[str]) -> None:
        self.places: set[str] = set()
        self._addition, self._problems = addition, problems
        self._kind, self._tags = kind, tags

    def note(self) -> None:
        told = [(place, why) for place, why in self._addition.failures().items() if place in self._addition.places]
        self.places.update(place for place, _ in told)
        self._problems.fail(told, self._kind, self._tags)


def _discard(site: Adding, place: str) -> None:
    """Delete an upload that nothing in the library came from: it is a copy of another file, or pasted text."""
    with suppress(OSError):
        if place.startswith(PASTED):
            path = _pastes(site) / place.removeprefix(PASTED)
            path.unlink(missing_ok=True)
            path.with_name(path.name + SIDECAR).unlink(missing_ok=True)
        elif place.startswith(f"{_uploads(site)}/") and not site.assistant.library.catalog.inputs.documents(place):
            Path(place).unlink(missing_ok=True)


def fetcher(job: Job) -> "Fetcher":
    """Return what fetches pages for a job."""
    from corpus.web import Fetcher  # by its module, where tests put one that reaches their own server

    return Fetcher(sleep=job.rest)


def _uploads(site: Adding) -> Path:
    return (site.assistant.library.home / UPLOADS).resolve()


def _pastes(site: Adding) -> Path:
    return _uploads(site) / PASTES


def title_of(names: Sequence[str], noun: str, plural: str | None = None) -> str:
    """Return what to call the adding of what is called so."""
    if len(names) == 1:
        return names[0]
    folders = {name.partition("/")[0] for name in names if "/" in name}
    number = f"{len(names):,} {plural or noun + 's'}"
    return f"{next(iter(folders))}: {number}" if len(folders) == 1 and all("/" in name for name in names) else number
