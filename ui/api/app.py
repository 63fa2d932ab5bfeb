"""The ways in for programs, as one application that stands before the pages: each door is a router of its own module.

/api/v1    REST, described by /api/v1/openapi.json      /mcp       Model Context Protocol over HTTP
/v1        the OpenAI-compatible door                    /metrics   for Prometheus          /health
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from ui.api.answers import answers
from ui.api.chat import chat
from ui.api.checks import checks
from ui.api.conversations import conversations
from ui.api.description import put_right
from ui.api.desk import Desk
from ui.api.documents import documents
from ui.api.handing import handing
from ui.api.health import health
from ui.api.jobs import jobs
from ui.api.limits import Limits
from ui.api.metrics import metrics
from ui.api.packs import packs
from ui.api.problems import told_as_problems

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["Doors", "doors", "is_door"]

DOORS = ("/api", "/v1", "/mcp", "/metrics", "/health")
ABOUT = """Ask a library of news and reports, and be answered in its own words, each with who said it and when.

Errors are `application/problem+json` (RFC 9457). Whoever may ask may read the whole library; a conversation belongs to the
user of the token that began it."""


def doors(desk: Desk) -> "FastAPI":
    """Return the application. Its lifespan has to be entered by whoever serves it."""
    from fastapi import FastAPI

    from ui.api.mcp import Door  # which takes a second to import

    mcp = Door(desk)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp.manager.run():
            yield
        desk.answering.close()

    api = FastAPI(
        title="OnRecord",
        version=version("onrecord"),
        description=ABOUT,
        lifespan=lifespan,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page fetches scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    told_as_problems(api)
    put_right(api)
    api.add_middleware(Limits, desk=desk)
    for door in (answers, checks, documents, jobs, conversations, packs, health, metrics, chat, handing):
        api.include_router(door(desk))
    api.include_router(mcp.router)
    return api


def is_door(path: str) -> bool:
    """Tell whether a path is for programs."""
    return any(path == door or path.startswith(f"{door}/") for door in DOORS)


class Doors:
    """Middleware that takes what is for programs to them, past the gate of the pages: they ask for tokens themselves."""

    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        self.app = app
        self.api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        there = scope["type"] == "http" and is_door(scope["path"])
        await (self.api if there else self.app)(scope, receive, send)
