"""Small sets in the forms of the public ones, their texts made up here."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest


def odd(name: str) -> str:
    """Return an id that is reported: `name` with the first number that makes its first SHA-1 byte odd."""
    return next(id for n in range(99) if hashlib.sha1((id := f"{name}{n}").encode()).digest()[0] % 2)


def even(name: str) -> str:
    return next(id for n in range(99) if not hashlib.sha1((id := f"{name}{n}").encode()).digest()[0] % 2)


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a data folder with a collection of TIME's form: three documents, two queries."""
    folder = tmp_path / "data" / "time"
    texts = [
        "THE BRIDGE WAS CLOSED FOR REPAIRS .",
        "THE COUNCIL VOTED FOR A NEW SCHOOL .",
        "A STORM FLOODED THE OLD TOWN .",
    ]
    write_jsonl(folder / "corpus.jsonl", [{"_id": str(n), "title": "", "text": text} for n, text in enumerate(texts)])
    queries = [{"_id": "a", "text": "REPAIRS OF THE BRIDGE"}, {"_id": "b", "text": "FLOODED TOWN"}]
    write_jsonl(folder / "queries.jsonl", [*queries, {"_id": "c", "text": "NOT JUDGED"}])
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\t0\t1\na\t1\t0\nb\t2\t1\n")
    return folder.parent
