"""The sample corpus and its questions: what is said, by whom, when; what two papers tell differently; what nobody tells.

    {"id": "n026", "kind": "number", "question": "How many cargo ships ...?", "answerable": true, "near_miss": false,
     "gold": [[{"document": "negotiations/signals-of-interest.pdf", "quote": "33 cargo ships had left"}, ...]], "answer": "33"}

`gold` lists the pieces of evidence that an answer needs, each as alternatives: the places that tell it. A piece is
covered if the citations cover at least half of one alternative's characters. `turns` stands for `question` in a
conversation, of which the last turn is scored; `as_of` limits what may be known.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from assistant.answer import Answer, as_json
from assistant.assistant import Assistant
from corpus.filters import filters_of
from corpus.types import Document, Span
from evals.metrics import Figure, covered, figure, median_figure

__all__ = ["figures", "run"]

Record = dict[str, object]
ENOUGH = 0.5  # of a gold span's characters
MOST_STATEMENTS = 3


def run(assistant: Assistant, data: Path | None) -> Iterator[Record]:
    """Yield a record for each question: the answer as JSON, and how far each piece of gold evidence is covered."""
    folder = Path(str(files("corpus").joinpath("samples")))
    assistant.library.add([folder / "apollo", folder / "negotiations"])
    named = {entry.source: entry.id for entry in assistant.library.list()}
    documents = {
        str(Path(source).relative_to(folder.resolve())): assistant.library.catalog.document(id)
        for source, id in named.items()
    }
    for line in files("evals").joinpath("data/samples.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        history: list[Answer] = []
        for turn in row.get("turns") or [row["question"]]:
            history.append(assistant.ask(turn, history, filters_of({"as_of": row.get("as_of")})))
        pieces = [_coverage(piece, history[-1], documents) for piece in row["gold"]]
        yield {"id": row["id"], "row": row, "coverage": pieces, "answer": as_json(history[-1])}


def figures(records: list[Record]) -> list[Figure]:
    """Return the figures of answerable and unanswerable questions, then the share answered well of each kind."""
    asked = [_Scored(record) for record in records]
    can = [s for s in asked if s.answerable]
    cannot = [s for s in asked if not s.answerable]
    kinds = list(dict.fromkeys(s.kind for s in can))
    return [
        figure("answerable: evidence cited", [s.cited for s in can]),
        figure("answerable: answer string shown", [s.shown for s in can if s.shown is not None]),
        figure("answerable: wrongly abstained", [s.abstained for s in can]),
        median_figure("answerable: words, median", [s.words for s in can if not s.abstained]),
        figure("unanswerable: abstained", [s.abstained for s in cannot]),
        figure("unanswerable, near misses: abstained", [s.abstained for s in cannot if s.near_miss]),
        *(figure(f"{kind}: evidence cited", [s.cited for s in can if s.kind == kind]) for kind in kinds),
    ]


class _Scored:
    """What the figures need of one record."""

    def __init__(self, record: Record) -> None:
        row: dict[str, object] = record["row"]  # type: ignore[assignment]
        answer: dict[str, object] = record["answer"]  # type: ignore[assignment]
        coverage: list[float] = record["coverage"]  # type: ignore[assignment]
        statements: list[object] = answer["statements"]  # type: ignore[assignment]
        text = " ".join(str(answer["text"]).split()).casefold()
        self.kind = str(row["kind"])
        self.answerable = bool(row["answerable"])
        self.near_miss = bool(row["near_miss"])
        self.abstained = float(answer["status"] == "abstained")
        self.cited = float(all(part >= ENOUGH for part in coverage) and len(statements) <= MOST_STATEMENTS)
        self.shown = float(str(row["answer"]).casefold() in text) if row.get("answer") else None
        self.words = len(re.sub(r"\[\d+\]", "", text).split())


def _coverage(piece: list[dict[str, str]], answer: Answer, documents: dict[str, Document]) -> float:
    """Return the share of a piece of gold evidence that the citations cover, that of its best alternative."""
    best = 0.0
    found = False
    for alternative in piece:
        document = documents[alternative["document"]]
        span = _locate(alternative["quote"], document.text)
        if span is None:
            continue
        found = True
        cited = [(c.start, c.end) for c in answer.citations if c.document.id == document.id]
        best = max(best, covered(span, cited))
    if not found:
        raise ValueError(f"no alternative of this gold evidence stands in its document: {piece}")
    return best


def _locate(quote: str, text: str) -> Span | None:
    match = re.search(r"\s+".join(re.escape(word) for word in quote.split()), text)
    return match.span() if match else None
