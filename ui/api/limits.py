"""Limits of the doors for programs: how long a body may be and take, how often a caller may come, how many at once.

A question takes tens of milliseconds of a processor or more, so a caller who asks for answers alone never meets the rate;
it is for one who asks in a tight loop for what is quickly given. What the limits do not see: questions under way (`ui.api.answering`),
files that are uploaded (the door that takes them), headers and slow readers (`ui.web.wire`), what waits to be done (jobs).
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.problems import CLOSE, Problem, problem
from ui.handing import PATH as HANDING
from ui.tokens import HERE

if TYPE_CHECKING:
    from ui.api.desk import Desk

__all__ = ["CALLER", "FREE", "MOST_BODY", "Limits", "Rate", "again"]

CALLER = "onrecord.caller"  # in the scope of a request: the name of the user whose token it has
MOST_BODY = 10**6  # bytes of all that is no upload
MOST_OF_STRANGERS = 16 * 2**10  # of a body that nobody's token comes with, as before signing in on a page
WITHIN_S = 30.0  # in which a body has to come; an upload, in which it has to go on
SLOWEST = 1_000  # bytes a second of an upload, over all of it
A_SECOND, AT_ONCE = 200.0, 400.0  # requests of a caller, in the long run and in a burst
MOST_CALLERS = 10_000  # that are remembered; who was not heard of for longest is forgotten first
EACH, ALL = 100, 300  # requests under way, of a caller and of all
LARGER_AT_ONCE = 4  # of those whose body may be longer
LARGER = {
    "/api/v1/packs": 10**7
}  # the longest body by path, where that is another; a turn of a pack has some 30,000 bytes
UPLOADS = frozenset({"/api/v1/documents"})
FREE = frozenset({"/health", "/metrics"})  # whoever watches is to see how it is when all is taken
ONCE = ("authorization", "content-length", "content-type", "host")  # with two, two readers may take different ones
LONGEST_NUMBER = 18  # digits of a length that are looked at
TOO_LONG = "The body is too long. At most {most:,} bytes are taken here; a file goes to POST /api/v1/documents."
SOON = {"Retry-After": "1"}
NETWORK = 64  # bits of an IPv6 address that one household or host is given


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `a_second` requests in the long run, `burst` of them at once."""

    a_second: float = A_SECOND
    burst: float = AT_ONCE


class _Buckets:
    """How much of its rate each caller has left."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # and when that was

    def take(self, caller: str) -> float:
        """Take one from the caller's bucket; return in how many seconds there is one, 0 if it was there."""
        now = time.monotonic()
        left, at = self._left.pop(caller, (self._rate.burst, now))
        left = min(self._rate.burst, left + (now - at) * self._rate.a_second)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate.a_second
        self._left[caller] = (left - (not wait), now)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)
        return wait


class Limits:
    """Middleware around the doors. A body that is no upload is whole before anything is done with it."""

    def __init__(self, app: ASGIApp, desk: "Desk", rate: Rate | None = None) -> None:
        self.app = app
        self.desk = desk
        self._buckets = _Buckets(rate or Rate())
        self._under_way: Counter[str] = Counter()
        self._larger = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in FREE:
            await self.app(scope, receive, send)
            return
        try:
            _check_headers(scope)
            caller, refusal = self._caller(scope)
            with self._admitted(caller), self._room(is_larger=not refusal and scope["path"] in LARGER):
                body = _kept_up(receive) if _is_upload(scope) else again(await _whole(scope, receive, refusal), receive)
                await self.app(scope, body, send)
        except Problem as refused:
            await problem(refused.status, refused.detail, refused.headers)(scope, receive, send)
        except ClientDisconnect:
            pass  # whoever hung up in the middle asked for nothing

    def _caller(self, scope: Scope) -> tuple[str, Problem | None]:
        """Return whom a request is counted for: the user of its token, else where it comes from; and what a stranger is told."""
        try:
            caller = self.desk.caller(Headers(scope=scope).get("authorization"))
        except Problem as refusal:  # the door tells it, where it wants to know
            return _network(scope), refusal
        if caller is HERE:
            return _network(scope), None
        scope[CALLER] = caller.name
        return f"user {caller.name}", None

    @contextmanager
    def _admitted(self, caller: str) -> Iterator[None]:
        """Count a request while it is under way. Raises Problem if there are too many."""
        if wait := self._buckets.take(caller):
            most = f"{A_SECOND:.0f} requests a second"
            raise Problem(429, f"More than {most} came from you. Wait a moment.", {"Retry-After": str(math.ceil(wait))})
        if self._under_way[caller] >= EACH:
            raise Problem(429, f"{EACH} of your requests are under way. Wait until some are answered.", SOON)
        if self._under_way.total() >= ALL:
            raise Problem(503, f"{ALL} requests are under way. Try again in a moment.", SOON)
        self._under_way[caller] += 1
        try:
            yield
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]

    @contextmanager
    def _room(self, is_larger: bool) -> Iterator[None]:
        """Count a request whose body may be longer. Raises Problem if there are too many."""
        if is_larger and self._larger >= LARGER_AT_ONCE:
            raise Problem(503, f"{LARGER_AT_ONCE} evidence packs are being taken in. Try again in a moment.", SOON)
        self._larger += is_larger
        try:
            yield
        finally:
            self._larger -= is_larger


def _network(scope: Scope) -> str:
    """Return where a request comes from: its address, of one of IPv6 the network."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ip_address(host)
    except ValueError:
        return f"from {host}"
    kept = address.max_prefixlen if isinstance(address, IPv4Address) else NETWORK
    return f"from {ip_network((address, kept), strict=False)}"


def _check_headers(scope: Scope) -> None:
    """Raise Problem 400 if what has to stand once in the headers stands twice, or a length is none."""
    names = Counter(name.decode("latin-1") for name, _ in scope["headers"])
    twice = [name for name in ONCE if names[name] > 1]
    if twice:
        raise Problem(400, f"The header {twice[0].title()} stands there {names[twice[0]]} times. Send it once.")
    length = Headers(scope=scope).get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Problem(400, "Content-Length is no number.")
    most = _longest(scope)
    if int(length[:LONGEST_NUMBER]) > most and not _is_upload(scope):
        raise Problem(413, TOO_LONG.format(most=most))


def _longest(scope: Scope) -> int:
    return LARGER.get(scope["path"], MOST_BODY)


def _is_upload(scope: Scope) -> bool:
    """Tell whether the door reads the body by itself, once it knows who sends it."""
    if scope["path"] == HANDING:
        return True
    is_form = Headers(scope=scope).get("content-type", "").startswith("multipart/form-data")
    return scope["method"] == "POST" and scope["path"].rstrip("/") in UPLOADS and is_form


async def _whole(scope: Scope, receive: Receive, refusal: Problem | None) -> bytes:
    """Return the body of a request; of a stranger's, who gets the refusal in the end, a little is taken.

    Raises Problem if it is too long or too slow, ClientDisconnect if it ends midway.
    """
    sent = Headers(scope=scope)
    if "transfer-encoding" not in sent and sent.get("content-length", "0") == "0":
        return b""
    body, most = bytearray(), MOST_OF_STRANGERS if refusal else _longest(scope)
    try:
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > most:
                    raise refusal or Problem(413, TOO_LONG.format(most=most))
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Problem(408, f"The body took longer than {WITHIN_S:.0f} s to arrive.", CLOSE) from None


def again(body: bytes, receive: Receive) -> Receive:
    """Return what hands out a body that was read already, and afterwards what comes next."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return left.pop() if left else await receive()

    return received


def _kept_up(receive: Receive) -> Receive:
    """Return what hands out an upload as it comes; it raises HTTPException 408 if that goes too slowly.

    It is raised where a form is read, and FastAPI makes a 400 of anything else there.
    """
    started, taken, is_over = time.monotonic(), 0, False

    async def received() -> Message:
        nonlocal taken, is_over
        if is_over:
            return await receive()  # that the client has gone, some time
        left = started + WITHIN_S + taken / SLOWEST - time.monotonic()
        try:
            message = await asyncio.wait_for(receive(), min(WITHIN_S, left))
        except TimeoutError:
            raise HTTPException(408, "The upload came too slowly. Nothing was added.", CLOSE) from None
        taken += len(message.get("body", b""))
        is_over = not message.get("more_body")
        return message

    return received
