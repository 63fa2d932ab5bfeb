"""Whether the server is well, for whoever watches over it: no token is needed, and nothing of the library is told."""

from dataclasses import dataclass
from importlib.metadata import version

from fastapi import APIRouter

from ui.api.desk import Desk

__all__ = ["health"]


@dataclass(frozen=True, slots=True)
class Health:
    """`status` is "ok" while questions can be answered."""

    status: str
    version: str


def health(desk: Desk) -> APIRouter:
    """Return the door /health."""
    router = APIRouter(tags=["health"])

    @router.get("/health", summary="Tell whether questions can be answered")
    def check() -> Health:
        desk.assistant.library.catalog.generation()  # the record can be read
        return Health("ok", version("onrecord"))

    return router
