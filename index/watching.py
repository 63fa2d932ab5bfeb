"""Folders followed as they change. The only file that imports watchfiles."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.folders import IGNORE_FILE

__all__ = ["changes"]

SETTLED_MS = 1600  # changes that come together are told of together
WAIT_MS = 2000


def changes(folders: Sequence[Path]) -> Iterator[bool]:
    """Yield True at first and whenever something in the folders may have changed, False while nothing has.

    What changes while the caller is at work is told of afterwards.
    """
    from watchfiles import watch  # here, since only --watch needs it

    roots = [folder.resolve() for folder in folders]
    first = True
    for changed in watch(*roots, watch_filter=None, debounce=SETTLED_MS, rust_timeout=WAIT_MS, yield_on_timeout=True):
        yield first or any(not _is_hidden(Path(path), roots) for _, path in changed)
        first = False


def _is_hidden(path: Path, roots: Sequence[Path]) -> bool:
    below = next((path.relative_to(root) for root in roots if path.is_relative_to(root)), path)
    return any(part.startswith(".") and part != IGNORE_FILE for part in below.parts)
