"""Send the headers that keep the page to its own origin. Gradio sends none.

Scripts run only from this origin or where they stand in the page Gradio writes, by their hash: markup that slipped into
the page would not run. Gradio compiles its templates at run time, hence 'unsafe-eval', and styles elements in place.
"""

import base64
import hashlib
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["FRAMED", "Guard"]

HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
SCRIPTLESS = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
FRAMED = {"Content-Security-Policy": SCRIPTLESS}
INLINE_SCRIPT = re.compile(rb"<script\b(?![^>]*\bsrc=)[^>]*>(.*?)</script", re.DOTALL | re.IGNORECASE)


class Guard:
    """Middleware that adds the headers to every response; one that has a policy keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app(scope, receive, _Guarded(send))
        else:
            await self.app(scope, receive, send)


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
