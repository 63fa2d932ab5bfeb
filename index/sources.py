"""From the addresses that are typed or followed to inputs: pages fetched, feeds read and the pages of their entries fetched.

The inputs come one after the other, as they are asked for, and their files last until the sources are closed. What cannot
be had is told at once; how an address was found is kept when the record has what came of it.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Protocol

from corpus.addresses import canonical
from corpus.errors import FetchError, SourceError
from corpus.feeds import Entry, is_feed, page_of, read_feed
from corpus.links import HEAD_BYTES, links_in, own_address
from corpus.sandbox import Sandbox
from corpus.types import Input, Told
from corpus.visits import Followed, Held, Visit, Visits
from corpus.web import Fetcher, Known, Page
from index.adding import Workers
from index.ingest import Outcome
from index.library import Library
from index.reading import Progress

__all__ = ["Listener", "Note", "Sources", "add_from_web", "sync"]

FEED_TEXT = "application/rss+xml"  # the media type of a document whose text a feed gave, in place of its page


@dataclass(frozen=True, slots=True)
class Note:
    """What the user may want to know of an address; `feed` is one that could be followed."""

    message: str
    feed: str | None = None

    def __str__(self) -> str:
        how = f" Follow it with: onrecord add --follow {self.feed}, then onrecord sync" if self.feed else ""
        return self.message + how


class Listener(Protocol):
    """Who is told while something is added."""

    def outcome(self, outcome: Outcome) -> None:
        """Hear what came of a document or an address."""

    def note(self, note: Note) -> None:
        """Hear what the user may want to know."""

    def progress(self, progress: Progress) -> None:
        """Hear how far reading is."""

    def expect(self, number: int) -> None:
        """Hear that so many more addresses are asked for than was known."""


class Sources:
    """What one call adds from the web. A context manager, which holds the fetched files until it ends.

    `done` is told what comes of each document and address, `note` what the user may want to know, `expect` how many
    entries a feed has. With `tags`, a
    document that lacks one is read again. With `polling`, a feed's entries that are known are left alone, as is what the
    user has removed. With `follow`, what could be had is followed from then on.
    """

    def __init__(
        self,
        visits: Visits,
        fetcher: Fetcher,
        done: Callable[[Outcome], None],
        note: Callable[[Note], None],
        tags: Iterable[str] = (),
        polling: bool = False,
        follow: bool = False,
        expect: Callable[[int], None] = lambda number: None,
    ) -> None:
        self._visits = visits
        self._fetcher = fetcher
        self._done = done
        self._note = note
        self._expect = expect
        self._tags = tuple(tags)
        self._polling = polling
        self._follow = follow
        self._folder = TemporaryDirectory(prefix="onrecord-", ignore_cleanup_errors=True)
        self._feeds = Sandbox(read_feed, path=lambda fetched: fetched[0])
        self._rows: dict[str, list[Visit]] = {}  # by the place of an input: to be kept when that is in the record
        self._parts: dict[str, list[Visit]] = {}  # likewise, of several documents or none: to be kept at the end
        self._last: list[Visit] = []  # of feeds, to be kept at the end
        self._noted: set[str] = set()  # the feeds that the user was told of
        self._had: dict[str, str] = {}  # what was typed and could be had, and its kind

    def __enter__(self) -> "Sources":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._feeds.close()
        self._folder.cleanup()
        if kind is None:
            self._visits.keep([*chain.from_iterable(self._parts.values()), *self._last])
            for place, what in self._had.items() if self._follow else ():
                self._visits.follow(place, what, self._tags)

    def pages(self, addresses: Iterable[str]) -> Iterator[Input]:
        """Yield what is to be read: the page of each address, for a feed those of its entries."""
        for text in addresses:
            yield from self._address(text)

    def settled(self, outcome: Outcome) -> None:
        """Keep how an input's address was found, the record having what came of it, and tell of that."""
        place = outcome.source if outcome.source in self._rows else outcome.source.rpartition("#")[0]
        rows = self._rows.get(place, [])
        if not outcome.ok:
            problem = outcome.message if outcome.status == "failed" else None
            rows = [replace(row, original=None, problem=row.problem or problem) for row in rows]
        elif rows and outcome.document_id:  # an unchanged document is still the one of the bytes that it came from
            original = self._visits.original_of(outcome.document_id)
            rows = [replace(row, original=original or row.original) for row in rows]
        if outcome.ok and place == outcome.source:
            self._visits.keep(rows)
        elif outcome.ok or place not in self._parts:  # one document of several: the page is in the record when all are
            self._parts[place] = rows
        self._done(outcome)

    def _address(self, text: str) -> Iterator[Input]:
        try:
            place = canonical(text)
            if self._polling and self._visits.is_removed(place):
                self._done(
                    Outcome(place, "unchanged", message=f"{place}: its document was removed; it is not added again.")
                )
                return
            page = self._fetcher.get(place, Path(self._folder.name), self._known)
        except FetchError as error:
            self._failed(text, error)
            return
        before = self._visits.get(page.address)
        if before is not None and before.kind == "feed" if page.path is None else is_feed(_head(page)):
            yield from self._feed(page, place)
            return
        self._had[place] = "page"
        feeds = () if self._polling else links_in(_head(page), page.address).feeds
        if feeds and feeds[0] not in self._noted:
            self._noted.add(feeds[0])
            self._note(Note(f"{place}: the site has a feed.", feeds[0]))
        yield from self._page(page, place)

    def _page(self, page: Page, asked: str, told: Told | None = None) -> Iterator[Input]:
        """Yield a fetched page as an input, unless the library has it as it is."""
        place = self._visits.known_as(own_address(page.address, links_in(_head(page), page.address).own))
        before = self._original(page.address)
        digest = page.digest or before
        held = self._visits.holding(digest) if digest == before else []
        if page.path is not None:
            held = [each for each in held if self._is_wanted(each, place)]
        rows = _rows(asked, page, "page", digest)
        for each in held:
            message = f"{each.source}: unchanged since it was added."
            self._done(Outcome(each.source, "unchanged", each.id, each.title, message=message))
        if held:
            self._visits.keep(rows)
        elif page.path is not None:
            self._rows[place] = rows
            yield Input(place, page.path, place, page.media_type, told)

    def _feed(self, page: Page, asked: str) -> Iterator[Input]:
        """Yield the pages of a feed's entries."""
        digest = page.digest or self._original(page.address)
        rows = _rows(asked, page, "feed", digest)
        try:
            unchanged = page.path is None or (self._polling and self._original(page.address) == digest)
            entries = {} if unchanged or page.path is None else self._entries(page.path, page.address)
        except SourceError as error:
            self._failed(asked, error)
            return
        self._had[asked] = "feed"
        if not (self._follow or self._polling):
            self._note(Note(f"{asked}: this is a feed.", asked))
        self._expect(max(0, len(entries) - 1))
        missed = False
        for place, entry in entries.items():
            missed = (yield from self._entry(entry, place)) or missed
        if not entries:
            self._done(Outcome(asked, "unchanged", message=f"{asked}: nothing new in the feed."))
        # A feed of which something is to be tried again must be sent again, even if it has not changed.
        self._last += [replace(row, original=None, etag=None, last_modified=None) for row in rows] if missed else rows

    def _entries(self, path: Path, address: str) -> dict[str, Entry]:
        """Return the entries of a feed by their places; when polling, those that are new or have changed."""
        try:
            every = list(self._feeds.run((path, address)))
        except SourceError as error:
            raise SourceError(str(error).replace(str(path), address)) from error
        found = {entry.address or f"{address}#{entry.id}": entry for entry in every}
        return {place: entry for place, entry in found.items() if not self._polling or self._is_news(place, entry)}

    def _is_news(self, place: str, entry: Entry) -> bool:
        visit = self._visits.get(place)
        if visit is None or visit.checked_at is None:
            return True
        return entry.changed is not None and entry.changed > visit.checked_at and not self._visits.is_removed(place)

    def _entry(self, entry: Entry, place: str) -> Generator[Input, None, bool]:
        """Yield the page of an entry, or what the feed has of it; return whether it is to be tried again."""
        try:
            if entry.address is None:
                raise FetchError(place, "the feed names no page for it.")
            page = self._fetcher.get(place, Path(self._folder.name), self._known)
            if page.path is not None and is_feed(_head(page)):
                raise FetchError(place, "it is a feed, which is not read from within another. Add it by itself.")
        except FetchError as error:
            visit = Visit(place, "page", checked_at=_now() if error.lasting else None, problem=str(error))
            if entry.html is None or self._original(place):  # what the library has of the page is more
                self._done(Outcome(place, "failed", message=str(error)))
                self._visits.trouble(visit)
            else:
                self._note(Note(f"{error} The text that its feed gives is taken."))
                place = self._visits.known_as(place)
                self._rows[place] = [visit]
                told = replace(entry.told, media_type=FEED_TEXT)
                yield Input(place, self._written(entry), place, "text/html; charset=utf-8", told)
            return not error.lasting
        yield from self._page(page, place, entry.told)
        return False

    def _written(self, entry: Entry) -> Path:
        path = Path(mkdtemp(dir=self._folder.name)) / "entry.html"
        path.write_text(page_of(entry), encoding="utf-8", errors="replace")
        return path

    def _failed(self, text: str, error: SourceError) -> None:
        self._done(Outcome(text, "failed", message=str(error)))
        if self._polling:
            self._visits.trouble(Visit(text, "page", problem=str(error)))

    def _known(self, address: str) -> Known | None:
        """Return what makes a site say that a page has not changed, if the library has that page with all its tags."""
        visit = self._visits.get(address)
        if visit is None or visit.original is None:
            return None
        held = self._visits.holding(visit.original)
        wanted = (
            self._polling if visit.kind == "feed" else held and all(set(self._tags) <= set(each.tags) for each in held)
        )
        return Known(visit.etag, visit.last_modified) if wanted and (visit.etag or visit.last_modified) else None

    def _original(self, address: str) -> str:
        visit = self._visits.get(address)
        return (visit.original if visit else None) or ""

    def _is_wanted(self, held: Held, place: str) -> bool:
        return (held.source + "#").startswith(place + "#") and set(self._tags) <= set(held.tags)


def add_from_web(
    library: Library,
    addresses: Iterable[str],
    fetcher: Fetcher,
    listener: Listener,
    tags: Sequence[str] = (),
    polling: bool = False,
    follow: bool = False,
    paths: Sequence[Path] = (),
    pages: Iterable[Input] = (),
    ignored: Sequence[str] = (),
    prune: bool = False,
    workers: Workers | None = None,
) -> list[Outcome]:
    """Add what the addresses lead to (see Sources), and with it the files, folders and pages that are named; return what
    came of each.
    """
    outcomes: list[Outcome] = []

    def done(outcome: Outcome) -> None:
        outcomes.append(outcome)
        listener.outcome(outcome)

    visits = Visits(library.catalog)
    with Sources(visits, fetcher, done, listener.note, tags, polling, follow, listener.expect) as sources:
        every = chain(pages, sources.pages(addresses))
        library.add(
            paths,
            tags,
            sources.settled,
            ignored=ignored,
            prune=prune,
            pages=every,
            progress=listener.progress,
            workers=workers,
        )
    return outcomes


def sync(library: Library, fetcher: Fetcher, listener: Listener) -> Iterator[tuple[Followed, list[Outcome]]]:
    """Ask for all that is followed, one after the other, and add what is new or has changed; yield what came of each."""
    followed = Visits(library.catalog).followed()
    listener.expect(len(followed))
    for each in followed:
        yield each, add_from_web(library, [each.source], fetcher, listener, each.tags, polling=True)


def _rows(asked: str, page: Page, kind: str, original: str) -> list[Visit]:
    """Return how a page was found, for its own address and for the one that led to it, which was given no validators."""
    there = Visit(page.address, kind, original, page.known.etag, page.known.last_modified, _now())
    return [there] if asked == page.address else [there, replace(there, place=asked, etag=None, last_modified=None)]


def _head(page: Page) -> bytes:
    if page.path is None:
        return b""
    with page.path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
