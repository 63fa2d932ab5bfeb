"""Add uploaded files to the library, one after the other, and say what came of each."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.errors import OnRecordError
from index.ingest import Outcome
from index.library import Library

__all__ = ["MAX_UPLOAD", "add_uploads"]

MAX_UPLOAD = 100 * 2**20  # bytes a file, as the readers have it


def add_uploads(library: Library, uploads: Sequence[str]) -> Iterator[list[Outcome]]:
    """Move each file to the home's uploads/, add it, and yield what has come of all so far.

    A file of the same name as one uploaded before is a new version of it.
    """
    outcomes: list[Outcome] = []
    for upload in map(Path, uploads):
        try:
            outcomes += library.add([_kept(upload, library.home / "uploads")])
        except OnRecordError as error:  # the library is locked, say
            outcomes.append(Outcome(upload.name, "failed", message=str(error)))
        yield outcomes


def _kept(upload: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / upload.name
    # Gradio would delete its own copy, and its folder's name is no part of where the document comes from.
    shutil.move(upload, place)
    return place
