"""Keep the page to its own origin: refuse what comes from others, and send the headers that hold it there. Gradio does
neither.

A request must name this machine as its host (a name that was pointed here is another site's). One that another site's
page makes is refused, told by its Origin and by Sec-Fetch-Site; a link on another site may lead here.

Scripts run only from this origin or where they stand in the page Gradio writes, by their hash: markup that slipped into
the page would not run. Gradio's HTML part makes a function of its template (never of its value), hence 'unsafe-eval'
(read in 6.31's HTML part, not tried without). It styles elements in place, hence 'unsafe-inline' for styles.

The headers are those of OWASP's HTTP Headers Cheat Sheet; Strict-Transport-Security is for whoever speaks https before us.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.app import is_door
from ui.api.limits import again
from ui.api.problems import CLOSE, problem

__all__ = ["FRAMED", "LOOPBACK", "Guard", "Narrow"]

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that browsers send our own forms with the Origin "null". Other sites learn nothing.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "X-DNS-Prefetch-Control": "off",  # else the names in a document's links are looked up, which no policy forbids
}
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# Sandboxed even when opened on its own. Of the same origin, so that its images come with the cookie; without scripts
# that gives it nothing.
SCRIPTLESS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads"
)
FRAMED = {"Content-Security-Policy": SCRIPTLESS}
INLINE_SCRIPT = re.compile(rb"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)
MOST_HELD = 4 * 2**20  # bytes of an HTML page; Gradio's are a twentieth of that

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
UPLOAD = "/gradio_api/upload"
MOST_POSTED = 4 * 2**20  # bytes, of all that is no upload: a draft that is pasted may have 2,000,000 characters
MOST_OF_STRANGERS = 16 * 2**10  # a name, a password, and where to go on
MOST_ARRIVING = 64 * 2**20  # in all
POSTED_WITHIN_S = 30.0
# Gradio's paths that its page asks for; the others (its API's description, monitoring, a proxy, ...) nobody needs.
GETS = re.compile(
    r"/(assets|static)/.+|/theme\.css|/favicon\.ico|/gradio_api/(heartbeat/\w+|queue/data|upload_progress|file=(?!\w+://).+)"
)
POSTS = re.compile(r"/gradio_api/(queue/join|upload|cancel)")
LASTING = "/assets/"  # named after their content


class Guard:
    """Middleware that refuses strangers and adds the headers to every response; one that has a policy keeps it.

    `hosts` are the names that requests may use for this machine; None lets any, where there is a gate (see `ui.web.auth`).
    There `user` returns who signed in; of anybody else little is taken in.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: frozenset[str] | None = LOOPBACK,
        user: Callable[[Scope], str | None] | None = None,
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.user = user
        self.held = 0  # bytes of the posts that are arriving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # no page opens one
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        else:
            await self._http(scope, receive, _Guarded(send, scope["path"].startswith(LASTING)))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_strange(Headers(scope=scope), scope["method"]):
            await _refusal(scope["path"])(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") or scope["path"] == UPLOAD or is_door(scope["path"]):
            await self.app(scope, receive, send)
        else:
            is_known = self.user is None or self.user(scope) is not None
            body = await self._whole(receive, MOST_POSTED if is_known else MOST_OF_STRANGERS)
            if isinstance(body, PlainTextResponse):
                await body(scope, receive, send)
            elif body is not None:
                await self.app(scope, again(body, receive), send)

    async def _whole(self, receive: Receive, most: int) -> bytes | PlainTextResponse | None:
        """Return the body of a request, or what to answer to one that is too long or too slow; None if it ends midway."""
        body = bytearray()
        try:
            async with asyncio.timeout(POSTED_WITHIN_S):
                while (message := await receive())["type"] != "http.disconnect":
                    part = message.get("body", b"")
                    body += part
                    self.held += len(part)
                    if len(body) > most:
                        return PlainTextResponse(f"At most {most:,} bytes can be sent here.\n", 413, CLOSE)
                    if self.held > MOST_ARRIVING:
                        return PlainTextResponse("Too much is being sent here at once. Try again later.\n", 503, CLOSE)
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            return PlainTextResponse("The request took too long to arrive.\n", 408, CLOSE)
        finally:
            self.held -= len(body)
        return None

    def _is_strange(self, headers: Headers, method: str) -> bool:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if self.hosts is not None and re.sub(r":\d+$", "", host) not in self.hosts:
            return True
        if origin is not None and origin.partition("://")[2] != host:
            return True
        is_link = method == "GET" and headers.get("sec-fetch-dest", "document") == "document"
        return headers.get("sec-fetch-site") in ("cross-site", "same-site") and not is_link


def _refusal(path: str) -> Response:
    if is_door(path):
        return problem(403, "Pages of other sites may not call this server, and it answers to its own name only.")
    return PlainTextResponse("This address serves its own pages only.\n", 403)


class Narrow:
    """Gradio's application, of which only the paths that the site's pages need are left."""

    def __init__(self, app: ASGIApp, pages: frozenset[str]) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_needed(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse("There is no such page.\n", 404)(scope, receive, send)

    def _is_needed(self, method: str, path: str) -> bool:
        if method == "POST":
            return POSTS.fullmatch(path) is not None
        return method in ("GET", "HEAD") and (path in self.pages or GETS.fullmatch(path) is not None)


class _Guarded:
    """The sending half of one response. An HTML page is held until it is whole, for the hashes of its scripts."""

    def __init__(self, send: Send, lasts: bool) -> None:
        self.send = send
        self.held: Message | None = None
        self.body = b""
        # What was read here stays on no disk: a browser's cache outlives a session.
        self.cached = "public, max-age=31536000, immutable" if lasts else "no-store"

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", self.cached if message["status"] == 200 else "no-store")
            if "content-security-policy" not in headers and headers.get("content-type", "").startswith("text/html"):
                self.held = message
                return
            headers.setdefault("Content-Security-Policy", POLICY.format(hashes=""))
        elif self.held is not None:
            self.body += message.get("body", b"")
            if message.get("more_body") and len(self.body) <= MOST_HELD:
                return
            # Of a page that is too long to hold no script runs.
            hashes = "" if message.get("more_body") else _hashes(self.body)
            MutableHeaders(scope=self.held)["Content-Security-Policy"] = POLICY.format(hashes=hashes)
            await self.send(self.held)
            self.held, message = None, {**message, "body": self.body}
        await self.send(message)


def _hashes(page: bytes) -> str:
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
