"""Fetch pages: one address goes in, a file with its bytes comes out, and nothing private is ever asked.

A name is looked up once, every address it has must be public, and the connection goes to one of those: what the name
means a moment later cannot matter. Each redirect is checked as the first address was. Bytes, unpacked bytes and time are
bounded, robots.txt is respected, a host is asked once a second. No cookies, no credentials, no proxy, nothing from the
environment; certificates are checked. A redirect from https to http is refused: what it leads to could be anybody's.
"""

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import mkdtemp

from protego import Protego

from corpus.addresses import IP, Address, canonical, parsed, refusal
from corpus.errors import DiskError, FetchError
from corpus.exchange import AGENT, Answer, Caller, Endpoint, Limits, UnreachableError, looked_up

__all__ = ["Fetcher", "Known", "Page"]

REDIRECTS = (301, 302, 303, 307, 308)
ROBOTS_BYTES = 500 * 2**10  # as many as must be read (RFC 9309, 2.5); the rest is passed over
ANSWERS = {
    401: "the site wants a login (401). Save the page and add the file.",
    402: "the site wants a payment (402). Save the page and add the file.",
    403: "the site refuses it to programs (403). Save the page and add the file.",
    404: "there is no such page (404). Check the address.",
    410: "the page has been taken down (410).",
    451: "the page may not be shown, for legal reasons (451).",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a site gave with a page, to be asked later whether it has changed."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was fetched. `path` holds its bytes, unpacked, or is None where it has not changed."""

    address: str  # after all redirects, in its canonical form
    path: Path | None
    digest: str  # SHA-256 of the bytes, "" where there are none
    media_type: str | None  # the Content-Type
    known: Known


class Fetcher:
    """Fetches pages, one after the other; keeps what the sites' robots.txt say, and whose turn is when, for its lifetime.

    `resolve` gives a name's endpoints and `refuses` judges each: tests hand in their own to reach their local servers.
    """

    def __init__(
        self,
        resolve: Callable[[str, int], Sequence[Endpoint]] = looked_up,
        refuses: Callable[[IP, int], str | None] = refusal,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits or Limits()
        self._caller = Caller(resolve, refuses, self._limits, tls)
        self._sleep = sleep
        self._robots: dict[str, Protego | FetchError] = {}
        self._next: dict[str, float] = {}  # host -> when it may be asked again, on the monotonic clock

    def get(self, text: str, folder: Path, known: Callable[[str], Known | None] = lambda _: None) -> Page:
        """Fetch a page into a folder of its own in `folder`. Raises FetchError, and DiskError.

        `known` gives, by canonical address, what is to be sent so that the site can answer "not changed".
        """
        hosts: set[str] = set()

        def prepared(address: Address) -> dict[str, str]:
            self._ask_robots(address)
            if address.host not in hosts:  # a redirect within a site waits for no turn
                hosts.add(address.host)
                self._wait_turn(address)
            return _conditions(known(canonical(str(address))))

        with self._arrived(parsed(canonical(text)), prepared) as (address, answer):
            place = canonical(str(address))
            media_type = answer.headers.get("content-type")
            given = Known(_sent_back(answer.headers.get("etag")), _sent_back(answer.headers.get("last-modified")))
            before = known(place)
            if answer.status == 304 and before is not None:  # which need not repeat what it was asked with
                given = Known(given.etag or before.etag, given.last_modified or before.last_modified)
                return Page(place, None, "", media_type, given)
            self._refuse_status(address, answer)
            path, digest = _kept(answer.body, folder)
            return Page(place, path, digest, media_type, given)

    # What is asked of a site before a page: its rules, and its turn.

    def _ask_robots(self, address: Address) -> None:
        if address.origin not in self._robots:
            self._robots[address.origin] = self._robots_of(address)
        rules = self._robots[address.origin]
        if isinstance(rules, FetchError):
            raise FetchError(str(address), rules.reason, lasting=False)
        if not rules.can_fetch(str(address), AGENT):
            raise FetchError(
                str(address), "the site's robots.txt asks programs not to read it. Save the page and add the file."
            )

    def _robots_of(self, address: Address) -> Protego | FetchError:
        """Return a site's rules: none where it has no robots.txt (4xx), an error where that cannot be told (RFC 9309, 2.3)."""
        place = parsed("/robots.txt", base=address)
        try:
            with self._arrived(place, lambda _: {}) as (_, answer):
                if answer.status == 200:
                    return Protego.parse(_first(answer.body, ROBOTS_BYTES).decode("utf-8-sig", "replace"))
                if 400 <= answer.status < 500 and answer.status != 429:
                    return Protego.parse("")
                self._put_off(address, answer)
                return FetchError(
                    str(place), f"the site's robots.txt cannot be had ({answer.status}). Try again later."
                )
        except UnreachableError as error:
            return error
        except FetchError as error:
            return FetchError(str(place), f"the site's robots.txt cannot be had: {error.reason}")

    def _wait_turn(self, address: Address) -> None:
        now = time.monotonic()
        turn = max(now, self._next.get(address.host, now))
        if turn - now > self._limits.waits_s:
            raise FetchError(str(address), f"the site asks to wait {turn - now:.0f} s. Try again then.", lasting=False)
        if turn > now:
            self._sleep(turn - now)
        self._next[address.host] = turn + self._interval(address)

    def _interval(self, address: Address) -> float:
        rules = self._robots[address.origin]
        if isinstance(rules, FetchError):
            return self._limits.interval_s
        rate = rules.request_rate(AGENT)
        asked = (rules.crawl_delay(AGENT) or 0.0, rate.seconds / rate.requests if rate is not None else 0.0)
        return max(self._limits.interval_s, *asked)

    def _put_off(self, address: Address, answer: Answer) -> float | None:
        """Note that a site asks not to be asked for a while; return for how long, in seconds, where it tells."""
        wait = _retry_after(answer.headers.get("retry-after", ""))
        if wait is not None:
            self._next[address.host] = time.monotonic() + wait
        return wait

    def _refuse_status(self, address: Address, answer: Answer) -> None:
        """Raise FetchError unless the answer is a page."""
        if answer.status in (200, 203):
            return
        if answer.status in ANSWERS:
            raise FetchError(str(address), ANSWERS[answer.status])
        if answer.status == 429 or answer.status >= 500:
            wait = self._put_off(address, answer)
            when = "later" if wait is None else f"in {wait:.0f} s"
            what = "is asked too often" if answer.status == 429 else "has a problem"
            raise FetchError(str(address), f"the site {what} ({answer.status}). Try again {when}.", lasting=False)
        raise FetchError(str(address), f"the site answers {answer.status}, not with a page. Check the address.")

    # The way to the answer.

    @contextmanager
    def _arrived(
        self, address: Address, prepared: Callable[[Address], dict[str, str]]
    ) -> Iterator[tuple[Address, Answer]]:
        """Lend the answer at the end of all redirects, and its address. `prepared` gives each request's own headers."""
        left_s = self._limits.total_s
        for _ in range(self._limits.redirects + 1):
            headers = prepared(address)
            begun = time.monotonic()
            with self._caller.asked(address, headers, left_s) as answer:
                location = answer.headers.get("location")
                if answer.status not in REDIRECTS or location is None:
                    yield address, answer
                    return
            left_s -= time.monotonic() - begun
            address = _led(address, location)
        raise FetchError(str(address), f"more than {self._limits.redirects} redirects. Check the address.")


def _kept(body: Iterator[bytes], folder: Path) -> tuple[Path, str]:
    """Write a body to a file in a folder of its own; return that and its SHA-256. Raises DiskError."""
    digest = hashlib.sha256()
    try:
        path = Path(mkdtemp(dir=folder)) / "page"
        with path.open("xb") as file:
            for block in body:
                digest.update(block)
                file.write(block)
    except OSError as error:
        raise DiskError(folder, error.strerror) from error
    return path, digest.hexdigest()


def _led(address: Address, location: str) -> Address:
    """Return where a redirect leads. Raises FetchError if that may not be asked."""
    try:
        there = parsed(location.encode("latin-1").decode("utf-8", "replace"), base=address)
    except FetchError as error:
        raise FetchError(str(address), f"redirects to {error}") from error
    if address.scheme == "https" and there.scheme == "http":
        why = f"redirects from https to {there}, which anybody could have written. Add that address itself if you trust it."
        raise FetchError(str(address), why)
    return there


def _first(blocks: Iterator[bytes], most: int) -> bytes:
    found = b""
    for block in blocks:
        found += block
        if len(found) >= most:
            break
    return found[:most]


def _sent_back(header: str | None) -> str | None:
    """Return a header if it can be sent back one day as it is."""
    return header if header and header.isascii() and header.isprintable() and len(header) < 1000 else None


def _conditions(known: Known | None) -> dict[str, str]:
    if known is None:
        return {}
    return {
        **({"If-None-Match": known.etag} if known.etag else {}),
        **({"If-Modified-Since": known.last_modified} if known.last_modified else {}),
    }


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After header, or None where it says nothing that can be understood."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
