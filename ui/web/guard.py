"""Keep the page to its own origin: refuse what comes from others, and send the headers that hold it there. Gradio does
neither.

A request must name this machine as its host (a name that was pointed here is another site's), and one that another
site's page makes, told by its Origin, is refused.

Scripts run only from this origin or where they stand in the page Gradio writes, by their hash: markup that slipped into
the page would not run. Gradio compiles its templates at run time, hence 'unsafe-eval', and styles elements in place.
"""

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["FRAMED", "LOOPBACK", "Guard"]

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
SCRIPTLESS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FRAMED = {"Content-Security-Policy": SCRIPTLESS}
INLINE_SCRIPT = re.compile(rb"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)


LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Guard:
    """Middleware that refuses strangers and adds the headers to every response; one that has a policy keeps it.

    `hosts` are the names that requests may use for this machine; None lets any, for a server of a whole network.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None = LOOPBACK) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif self._is_strange(Headers(scope=scope), scope["method"]):
            refused = PlainTextResponse("This address serves its own pages only.\n", 403, HEADERS)
            await refused(scope, receive, send)
        else:
            await self.app(scope, receive, _Guarded(send))

    def _is_strange(self, headers: Headers, method: str) -> bool:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if origin == "null" and method in ("GET", "HEAD"):
            origin = None  # the frame of the sources is sandboxed, so of no origin; it may fetch, not post
        if self.hosts is not None and re.sub(r":\d+$", "", host) not in self.hosts:
            return True
        return origin is not None and origin.partition("://")[2] != host


class _Guarded:
    """The sending half of one response. An HTML page is held until it is whole, for the hashes of its scripts."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.held: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            if "content-security-policy" not in headers and headers.get("content-type", "").startswith("text/html"):
                self.held = message
                return
            headers.setdefault("Content-Security-Policy", POLICY.format(hashes=""))
        elif self.held is not None:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            MutableHeaders(scope=self.held)["Content-Security-Policy"] = POLICY.format(hashes=_hashes(self.body))
            await self.send(self.held)
            self.held, message = None, {**message, "body": self.body}
        await self.send(message)


def _hashes(page: bytes) -> str:
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
