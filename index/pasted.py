"""Text without a file, as an input: the same text is the same document, whoever pastes it where."""

import hashlib
import json
from pathlib import Path

from corpus.types import PASTED, SIDECAR, Input

__all__ = ["pasted"]


def pasted(data: bytes, title: str | None, folder: Path) -> Input:
    """Write a text, and the title that it is to have, into a folder, and return it as an input."""
    name = hashlib.sha256(data).hexdigest()[:12]
    path = folder / name
    path.write_bytes(data)
    if title is not None:
        sidecar = f"title = {json.dumps(title, ensure_ascii=False)}\n"
        path.with_name(name + SIDECAR).write_text(sidecar, encoding="utf-8")
    return Input(PASTED + name, path)
