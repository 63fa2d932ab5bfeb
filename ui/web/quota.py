"""Bound what uploads take in all, before their bytes are taken: Gradio bounds a file alone."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Quota", "bytes_below"]

UPLOAD = "/gradio_api/upload"
MB = 10**6


class Quota:
    """Middleware that refuses an upload for which the folders have no room left; they hold `most_mb` megabytes in all."""

    def __init__(self, app: ASGIApp, folders: tuple[Path, ...], most_mb: int) -> None:
        self.app = app
        self.folders = folders
        self.most = most_mb * MB
        self.coming = 0  # bytes of the uploads that are under way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"].rstrip("/") != UPLOAD:
            await self.app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if not (told.isascii() and told.isdigit()):
            await PlainTextResponse("An upload has to say how long it is.\n", 411)(scope, receive, send)
            return
        size, there = int(told[:18]), await run_sync(bytes_below, self.folders)
        if there + self.coming + size > self.most:
            message = (
                f"These files take {size / MB:,.0f} MB, and of the {self.most / MB:,.0f} MB for uploads {there / MB:,.0f} are "
                "taken. Nothing was added. Remove documents that are no longer needed, or raise upload_quota in onrecord.toml."
            )
            await PlainTextResponse(message, 413)(scope, receive, send)
            return
        self.coming += size
        try:
            await self.app(scope, receive, send)
        finally:
            self.coming -= size


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
