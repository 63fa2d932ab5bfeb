"""Pictures of the pages of PDFs, drawn from the kept originals in a child process, and kept below home/pictures.

They are kept by what they show, so one is never stale; the ones that were not looked at for longest go where the folder
grows beyond its bound. Deleting the folder costs nothing but time.
"""

import atexit
import json
import logging
import os
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import get_ident

from corpus.errors import SourceError
from corpus.pictures import DRAWING, PageAsked, drawn
from corpus.sandbox import Limits, Sandbox

__all__ = ["PICTURES", "Pictures", "why"]

PICTURES = "pictures"
MOST_BYTES = 200 * 2**20
LIMITS = Limits(seconds=20, memory_mb=500, output_mb=20)

log = logging.getLogger(__name__)


class Pictures:
    """The pictures of a library's pages. Threads and processes may share a folder."""

    def __init__(self, home: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = home / PICTURES
        self._most_bytes = most_bytes

    def page(self, asked: PageAsked) -> bytes:
        """Return a page as a JPEG; its file's name is the SHA-256 of its bytes. Raises SourceError if it cannot be drawn."""
        shown = json.dumps([DRAWING, asked.path.name, asked.number, asked.words, asked.after])
        place = self._folder / f"{sha256(shown.encode('utf-8', 'replace')).hexdigest()}.jpg"
        try:
            picture = place.read_bytes()
            os.utime(place)
            return picture
        except OSError:
            pass
        (picture,) = _sandbox().run(asked)
        self._keep(place, picture)
        return picture

    def _keep(self, place: Path, picture: bytes) -> None:
        """Write a picture, and drop the ones looked at longest ago; what cannot be kept is drawn again next time."""
        try:
            self._folder.mkdir(exist_ok=True)
            draft = place.with_suffix(f".{os.getpid()}-{get_ident()}.part")
            draft.write_bytes(picture)
            draft.replace(place)
            self._prune()
        except OSError as error:
            log.info("%s: a picture is not kept: %s", place, error)

    def _prune(self) -> None:
        found = [(entry.stat(), entry.path) for entry in os.scandir(self._folder)]
        held = sum(stat.st_size for stat, _ in found)
        for stat, path in sorted(found, key=lambda one: one[0].st_mtime_ns):
            if held <= self._most_bytes:
                return
            Path(path).unlink(missing_ok=True)
            held -= stat.st_size


@cache
def _sandbox() -> Sandbox[PageAsked, bytes]:
    """Return the process that draws for this one; it ends with it."""
    sandbox = Sandbox(drawn, LIMITS, path=_path, name=_name)
    atexit.register(sandbox.close)
    return sandbox


def _path(asked: PageAsked) -> Path:
    return asked.path


def _name(asked: PageAsked) -> str:
    return f"page {asked.number}"


def why(error: SourceError) -> str:
    """Return the reason in an error of the drawing, without what the readers' limits advise to do."""
    return str(error).partition(". ")[0]
