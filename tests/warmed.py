"""Imported by the server of forks: loads once what every killed writer would load anew, which takes seconds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import chromadb  # noqa: F401

from corpus.prepared import prepared
from corpus.types import Input

with TemporaryDirectory() as folder:
    path = Path(folder) / "harbour.txt"
    path.write_text("The harbour was closed in the storm, the mayor said. " * 20)
    assert len(list(prepared(Input.of(path)))) == 2
