"""Bound what uploads take in all, before their bytes are taken: Gradio bounds a file alone."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from corpus.errors import OnRecordError

__all__ = ["Quota", "QuotaError", "Room", "bytes_below"]

UPLOAD = "/gradio_api/upload"
MB = 10**6


class Room:
    """What uploads may still take: the folders hold `most_mb` megabytes in all. Asked from one event loop."""

    def __init__(self, folders: tuple[Path, ...], most_mb: int) -> None:
        self.folders = folders
        self.most = most_mb * MB
        self.coming = 0  # bytes of the uploads that are under way

    @asynccontextmanager
    async def kept(self, size: int) -> AsyncIterator[Callable[[int], None]]:
        """Keep room for an upload of `size` bytes while the block lasts; lend what keeps room for so many more.

        Raises QuotaError, as does what is lent, if there is none.
        """
        there = await run_sync(bytes_below, self.folders)
        taken = 0

        def keep(more: int) -> None:
            nonlocal taken
            if there + self.coming + more > self.most:
                raise QuotaError(
                    f"These files take {(taken + more) / MB:,.0f} MB, and of the {self.most / MB:,.0f} MB for uploads "
                    f"{there / MB:,.0f} are taken. Nothing was added. Remove documents that are no longer needed, or raise "
                    "upload_quota in onrecord.toml."
                )
            taken += more
            self.coming += more

        try:
            keep(size)
            yield keep
        finally:
            self.coming -= taken


class QuotaError(OnRecordError):
    """There is no room left for an upload."""


class Quota:
    """Middleware that refuses an upload for which there is no room left."""

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self.app = app
        self.room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].rstrip("/") != UPLOAD:
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if not (told.isascii() and told.isdigit()):
            await PlainTextResponse("An upload has to say how long it is.\n", 411)(scope, receive, send)
            return
        try:
            async with self.room.kept(int(told[:18])):
                await self.app(scope, receive, send)
        except QuotaError as error:
            await PlainTextResponse(str(error), 413)(scope, receive, send)


def bytes_below(folders: tuple[Path, ...]) -> int:
    """Return how many bytes the files below some folders have in all."""
    return sum(map(_size, folders))


def _size(folder: Path) -> int:
    size = 0
    for entry in _files(folder):
        with suppress(OSError):  # it is gone by now
            size += entry.stat(follow_symlinks=False).st_size
    return size


def _files(folder: Path) -> "Iterator[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as found:
            entries = [*found]
    except OSError:  # it is not there yet, or no longer
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        else:
            yield entry
