"""Whether the server is well, for whoever watches over it: no token is needed, and nothing of the library is told."""

import asyncio
import logging
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from corpus.errors import OnRecordError
from ui.api.desk import Desk
from ui.api.problems import Problem, described

__all__ = ["health"]

WITHIN_S = 4.0  # in which the indexes are to be had; those who watch wait for 5 s mostly
DAMAGED = "Questions cannot be answered: the library cannot be read. What is wrong stands in the log of the server."
MADE = "Questions cannot be answered yet: the indexes are being opened, or made anew."
FULL = "No more questions are taken now: as many as can be are under way."
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """`status` is "ok" while questions can be answered."""

    status: Literal["ok"]
    version: str


def health(desk: Desk) -> APIRouter:
    """Return the door /health."""
    router = APIRouter(tags=["health"])
    looking: asyncio.Task[None] | None = None

    @router.get(
        "/health",
        operation_id="health",
        summary="Tell whether questions can be answered",
        responses={
            200: {"content": {"application/json": {"example": {"status": "ok", "version": version("onrecord")}}}},
            **described(503),
        },
    )
    async def check() -> Health:
        """Answer 200 while the library can be read, its indexes are open and a question would be taken; else 503."""
        nonlocal looking
        if looking is None or looking.done():  # one at a time: those who watch come again while indexes are made
            looking = asyncio.create_task(run_in_threadpool(_look, desk))
        await asyncio.wait({looking}, timeout=WITHIN_S)
        if not looking.done():
            raise Problem(503, MADE)
        looking.result()
        if desk.answering.is_full:
            raise Problem(503, FULL)
        return Health("ok", version("onrecord"))

    return router


def _look(desk: Desk) -> None:
    """Open what questions are answered from. Raises Problem 503, without words that may be of the library."""
    try:
        desk.assistant.library.catalog.generation()
        with desk.assistant.library.indexes():
            pass
    except OnRecordError as error:
        log.warning("not ready: %s", error)
        raise Problem(503, DAMAGED) from error
