"""Let nobody in who has not signed in: the page to sign in on, and the gate before every other path.

Who signed in is known by a cookie with a random id (see `ui.web.accounts`). The cookie belongs to the host's name that
it was set under, so a name that is pointed at this machine (DNS rebinding) brings none along.
"""

from html import escape
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.web.accounts import Accounts
from ui.web.parts import alert

__all__ = ["SIGNED_IN", "Gate", "user_of"]

SIGNED_IN = "onrecord.user"  # in the scope of a request: the name of who signed in
OPEN = ("/login", "/style.css", "/favicon.ico")
FOREIGN = "This form is sent from its own page only.\n"
HERE = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"


class Gate:
    """Middleware that lets a request pass if it is of somebody who signed in, and answers /login and /logout itself."""

    def __init__(self, app: ASGIApp, accounts: Accounts) -> None:
        self.app = app
        self.accounts = accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # the guard has refused all but the server's own start and end
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        token = request.cookies.get(_cookie(request))
        scope[SIGNED_IN] = self.accounts.user(token)
        answer = await self._answer(request, token)
        await (answer or self.app)(scope, receive, send)

    async def _answer(self, request: Request, token: str | None) -> Response | None:
        """Return the answer to a request that may not pass."""
        asked = request.method, request.url.path
        if asked in (("GET", "/login"), ("HEAD", "/login")):
            return self._login(request)
        if asked == ("POST", "/login"):
            return await self._sign_in(request, token)
        if asked == ("POST", "/logout"):
            return self._sign_out(request, token)
        if request.scope[SIGNED_IN] or asked[1] in OPEN:
            return None
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(_elsewhere(request), 401, {"Content-Security-Policy": HERE})
        return JSONResponse({"detail": "You are signed out."}, 401)  # in words that Gradio shows

    def _login(self, request: Request) -> Response:
        wanted = _wanted(request.query_params.get("next", ""))
        if request.scope[SIGNED_IN]:
            return RedirectResponse(wanted, 303)
        return _form(wanted)

    async def _sign_in(self, request: Request, token: str | None) -> Response:
        if not request.headers.get("origin"):  # where there is one the guard has looked at it
            return PlainTextResponse(FOREIGN, 403)
        try:
            given = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=10)
        except ValueError:
            return PlainTextResponse(FOREIGN, 403)
        name, password, wanted = (given.get(field, [""])[0] for field in ("name", "password", "next"))
        address = request.client.host if request.client else ""
        if refusal := await self.accounts.refusal(name.strip(), password, address):
            return _form(_wanted(wanted), name, *refusal)
        signed_in = RedirectResponse(_wanted(wanted), 303)
        self.accounts.end(token)
        new, is_secure = self.accounts.begin(name.strip()), request.url.scheme == "https"
        signed_in.set_cookie(_cookie(request), new, secure=is_secure, httponly=True, samesite="strict")
        return signed_in

    def _sign_out(self, request: Request, token: str | None) -> Response:
        if not request.headers.get("origin"):
            return PlainTextResponse(FOREIGN, 403)
        self.accounts.end(token)
        signed_out = RedirectResponse("/login", 303)
        signed_out.delete_cookie(
            _cookie(request), secure=request.url.scheme == "https", httponly=True, samesite="strict"
        )
        return signed_out


def user_of(accounts: Accounts, scope: Scope) -> str | None:
    """Return the name of who signed in, if a request is of somebody who did."""
    request = Request(scope)
    return accounts.user(request.cookies.get(_cookie(request)))


def _cookie(request: Request) -> str:
    """Return the cookie's name: browsers keep what begins with __Host- from other hosts; ports they do not tell apart."""
    if request.url.scheme == "https":
        return "__Host-onrecord"
    server = request.scope.get("server")
    return f"onrecord-{server[1] if server else ''}"


def _wanted(path: str) -> str:
    """Return the path to go on to, if it is one of ours."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours and not path.startswith("/log") else "/"


def _elsewhere(request: Request) -> str:
    """Return the page that leads to the one to sign in on.

    No redirect: of a request that another site's link made, the browser leaves the cookie out all along the redirects,
    and whoever has signed in would be asked to do it again.
    """
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = escape(f"/login?next={quote(path)}")
    return _page(
        f'<meta http-equiv="refresh" content="0;url={there}">',
        f'<p class="notice"><a href="{there}" target="_blank">Sign in</a> to go on.</p>',
    )


def _form(wanted: str, name: str = "", status: int = 200, message: str = "") -> Response:
    body = (
        f'<main><h1>OnRecord</h1><p>Sign in to go on.</p>{alert(message) if message else ""}<form method="post" action="/login">'
        f'<label>Name<input name="name" value="{escape(name[:64])}" autocomplete="username" autocapitalize="none" '
        'spellcheck="false" required maxlength="64"></label>'
        '<label>Password<input name="password" type="password" autocomplete="current-password" required></label>'
        f'<input type="hidden" name="next" value="{escape(wanted)}"><button>Sign in</button></form></main>'
    )
    return HTMLResponse(_page("", body), status, {"Content-Security-Policy": HERE})


def _page(head: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in – OnRecord</title>{head}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/style.css"></head><body class="login">{body}</body></html>'
    )
