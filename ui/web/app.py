"""The site: Gradio's pages put together, mounted beside the pages of the sources, and served.

Without a file of passwords whoever reaches the port may ask, read and add, so only this machine may reach it.
"""

import ipaddress
import os
import secrets
import signal
import socket
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from assistant.assistant import Assistant
from corpus.errors import OnRecordError, SettingsError
from ui.api.app import Doors, doors
from ui.api.desk import Desk
from ui.api.requests import Requests, heard
from ui.handing import Server, announced
from ui.logs import log_to
from ui.tokens import Tokens
from ui.web import ask, check, evaluation, library, quotes, status
from ui.web.accounts import Accounts
from ui.web.auth import SIGNED_IN, Gate, user_of
from ui.web.checking import add_checks
from ui.web.guard import LOOPBACK, Guard, Narrow
from ui.web.jobs import Jobs
from ui.web.packs import add_packs
from ui.web.pages import add_pages
from ui.web.parts import CHECK, EVALUATION, LIBRARY, PAGES, QUOTES, STATUS, Page, Site
from ui.web.quota import Quota, Room
from ui.web.quotelists import add_lists
from ui.web.runs import add_reports
from ui.web.uploads import MAX_UPLOAD, UPLOADS

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

__all__ = ["application", "build", "check_reach", "serve"]

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

MOST_WAITING = 200  # events of all pages and visitors; each is some ms of work, but for questions and what jobs do
UPDATED_S = (
    30  # between two tellings of how long the queue is, which no page shows; "auto" tells all of it at each event
)
AT_ONCE_EACH = 4  # of one kind, as the loading of a page
STOP_WITHIN_S = 2  # open pages hold a connection each; do not wait for them
HEAD = '<link rel="stylesheet" href="/style.css"><script src="/page.js" defer></script>'
OTHERS: tuple[tuple[Page, Callable[[Site, "gr.Blocks"], None]], ...] = (
    (LIBRARY, library.fill),
    (CHECK, check.fill),
    (QUOTES, quotes.fill),
    (EVALUATION, evaluation.fill),
    (STATUS, status.fill),
)


def build(site: Site) -> "gr.Blocks":
    """Return the pages. What they show of the library is read anew each time one is loaded."""
    import gradio as gr  # here, since it takes seconds to import

    with gr.Blocks(title="OnRecord", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as pages:
        gr.Navbar(visible=False)  # ours is at the side
        ask.fill(site, pages)
    for page, fill in OTHERS:
        with pages.route(page.name, page.path):
            gr.Navbar(visible=False)
            fill(site, pages)
    # What is refused beyond this is told in Gradio's words, "currently busy"; questions are before (see ui.web.asking).
    return pages.queue(UPDATED_S, max_size=MOST_WAITING, default_concurrency_limit=AT_ONCE_EACH)


def application(
    site: Site, host: str, accounts: Accounts | None = None, tokens: Tokens | None = None, secret: str = ""
) -> "FastAPI":
    """Return the whole site: its pages, those of the sources, the doors for programs, the guard; with `accounts`, the gate.

    `secret` lets the command line of this machine hand over what it adds.
    """
    import gradio as gr
    from fastapi import FastAPI, Request
    from gradio.utils import get_upload_folder
    from starlette.middleware.gzip import GZipMiddleware

    def signed_in(request: Request) -> str | None:
        return request.scope.get(SIGNED_IN)

    @asynccontextmanager
    async def both(_: FastAPI) -> AsyncIterator[None]:
        async with api.router.lifespan_context(api):
            yield

    folders = (site.assistant.library.home / UPLOADS, Path(get_upload_folder()))
    room = Room(folders, site.assistant.settings.upload_quota)
    desk = Desk(site.assistant, site.adding, tokens, is_open=accounts is None, secret=secret, room=room)
    site.assistant.heard = heard(desk.metrics, site.assistant.settings.log_questions)
    api = doors(desk)
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=both)
    server.add_middleware(Quota, room=room)
    add_pages(server, site.assistant.library)
    _fetch_nothing()
    _tell_nothing()
    add_checks(server)
    add_lists(server, site.assistant)
    add_packs(server, site.assistant.library.catalog)
    add_reports(server, site.assistant.library.home)
    pages = build(site)
    # Gradio checks that an uploaded file is one of its own only once launched, which mounting does not count as:
    # without this a request could name any file of the machine as its upload.
    pages.has_launched = True
    # Fonts of the system: the theme's own would be fetched.
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SSR mode")  # told of even where it is not asked for
        gr.mount_gradio_app(
            server,
            pages,
            path="/",
            theme=theme,
            head=HEAD,
            max_file_size=MAX_UPLOAD,
            ssr_mode=False,
            footer_links=[],
            run_history=False,
            auth_dependency=signed_in if accounts else None,
        )
    mounted = server.routes[-1]
    mounted.app = Narrow(mounted.app, frozenset(page.path for page in PAGES))  # type: ignore[attr-defined]
    if accounts:
        server.add_middleware(Gate, accounts=accounts)
    server.add_middleware(Doors, api=api)
    # Behind the gate a name that was pointed at this machine gets nobody in, and a proxy brings the name that it serves.
    hosts = None if accounts else LOOPBACK | {_in_url(host)}
    server.add_middleware(Guard, hosts=hosts, user=partial(user_of, accounts) if accounts else None)
    server.add_middleware(GZipMiddleware)  # a page is sent as a fifth of what it is; event streams as they are
    server.add_middleware(Requests, metrics=desk.metrics)
    return server


def check_reach(host: str, has_accounts: bool) -> str | None:
    """Return what to warn of before serving on `host`. Raises SettingsError where anybody could come in."""
    if _is_local(host):
        return None
    if not has_accounts:
        raise SettingsError(
            f"{host}: other machines could reach the page there, and read and change the library. "
            "Name who may sign in with --auth FILE (see: onrecord password --help), or leave out --host."
        )
    return f"passwords travel to {host} in the clear, unless a proxy before it speaks https."


def _is_local(host: str) -> bool:
    """Tell whether only this machine can reach what listens there. Raises SettingsError if the name is not known."""
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, 0, flags=socket.AI_PASSIVE)}
    except OSError as error:
        raise SettingsError(
            f"{host}: no such host. Name this machine, or one of its addresses, with --host."
        ) from error
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in addresses)


def _fetch_nothing() -> None:
    """Let Gradio fetch nothing: it would ask for any address that a browser names as its file, in any field."""
    from gradio import processing_utils

    def refuse(*_: object, **__: object) -> NoReturn:
        raise OnRecordError("an address is no file. Add it under Addresses.")

    for name in ("async_ssrf_protected_download", "ssrf_protected_download", "save_url_to_cache"):
        setattr(processing_utils, name, refuse)


def _tell_nothing() -> None:
    """Let Gradio show no alert where a handler fails, with words of the exception in it: the pages say it themselves."""
    from gradio import queueing

    def silent(*_: object) -> dict[str, object]:
        return {"error": None, "visible": False}

    queueing.error_payload = silent


def serve(
    assistant: Assistant,
    host: str,
    port: int,
    ready: Callable[[str], None],
    accounts: Accounts | None = None,
    tokens: Tokens | None = None,
) -> None:
    """Serve the site until interrupted; call `ready` with its address once it listens. Port 0 is any free one.

    Raises OnRecordError if the port cannot be had. Ask `check_reach` first.
    """
    import uvicorn

    from ui.web.wire import Wire

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(url)

    log_to()
    listener = _listener(host, port)
    url = f"http://{_in_url(host)}:{listener.getsockname()[1]}"
    site = Site(assistant, Jobs(), Jobs())
    # Where uploads arrive: on the disk where they are kept, and not where others of this machine can read them.
    os.environ["GRADIO_TEMP_DIR"] = str(assistant.library.home.resolve() / "arriving")
    secret = secrets.token_urlsafe()
    app = application(site, host, accounts, tokens, secret)
    config = uvicorn.Config(app, http=Wire, log_config=None, access_log=False, timeout_graceful_shutdown=STOP_WITHIN_S)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else what runs behind the pages is not stopped
    note = Server.here(_from_here(url), secret, assistant.settings.encoder)
    try:
        with listener, announced(assistant.library.home, note), suppress(KeyboardInterrupt):
            Announcing(config).run([listener])
    finally:
        site.adding.close()
        site.measuring.close()


def _from_here(url: str) -> str:
    """Return the address at which this machine reaches a server that listens on all its addresses."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OnRecordError(f"{host}:{port}: cannot be listened on: {reason}. Name another with --port.") from error
