"""MTRAG: human conversations, the last turn to be answered from passages of four collections, laid together here.

    queries.jsonl  {"_id": "2f67...<::>1", "turns": [["user", "what is the difference between ..."], ...], "answerability":
                    ["PARTIAL"], ...}
    corpus.jsonl, qrels.tsv as in BEIR

Retrieval with four queries: the last turn alone, the last two user turns, the whole dialogue, and the assistant's own
rewriting, which is given what the dialogue has, answers included, as the product is given its own; then the user's turns
are asked one after the other, and the last should be answered or met with silence.
Scored as https://github.com/IBM/mt-rag-benchmark scores retrieval, over these 1,488 passages. The odd rows are reported.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.conversation import Said, Turn, standalone
from evals.metrics import auroc, ndcg_at_k
from evals.records import Record, same_document
from evals.suite import Collection, Measure, Suite, abstention, is_odd, latency, read_jsonl, retrieval, set_folder
from evals.suites.beir import beir_rows, read_qrels

__all__ = ["SUITE"]

LAST, TWO, WHOLE, REWRITTEN, ASKED = "last turn", "last two turns", "whole dialogue", "rewritten", "asked"
ANSWERABLE = {"ANSWERABLE": True, "UNANSWERABLE": False}  # what is partly so, or underspecified, is not counted


def _collection(data: Path | None) -> Collection:
    folder = set_folder(data, "mtrag", "queries.jsonl")
    relevant = read_qrels(folder / "qrels.tsv")
    searches, questions = [], []
    for row in filter(lambda row: is_odd(row["_id"]), read_jsonl(folder / "queries.jsonl")):
        id, turns = row["_id"], tuple(text for speaker, text in row["turns"] if speaker == "user")
        first = "first" if len(turns) == 1 else "later"
        for part, query in _queries(row["turns"]).items():
            if id in relevant:
                searches.append(Record(f"{id}/{part}", (query,), part, {"turn": first}, relevant=relevant[id]))
        answerable = ANSWERABLE.get(row["answerability"][0])
        questions.append(
            Record(id, turns, ASKED, {"turn": first}, answerable=answerable, relevant=relevant.get(id, {}))
        )
    return Collection(beir_rows(folder), searches=searches, questions=questions)


def _queries(dialogue: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the query of each part for a dialogue of (speaker, text)."""
    asked = [text for speaker, text in dialogue if speaker == "user"]
    turns: list[Turn] = []
    for speaker, text in dialogue:
        if speaker == "user":
            turns.append(Turn(standalone(text, turns)))
        elif turns:
            turns[-1] = replace(turns[-1], statements=(Said(text),))
    whole = " ".join(text for _, text in dialogue)
    return {LAST: asked[-1], TWO: " ".join(asked[-2:]), WHOLE: whole, REWRITTEN: turns[-1].query}


def _asked(record: Record) -> bool:
    return record.part == ASKED and record.answerable is not None


def _cites_relevant(record: Record) -> float | None:
    """Tell whether the answer cites a relevant passage; None for what is not asked."""
    if not _asked(record):
        return None
    return float(any(same_document(cited.source, id) for cited in record.cited for id in record.relevant))


def _cites(record: Record) -> tuple[float, ...] | None:
    cites = _cites_relevant(record)
    return (cites,) if cites is not None and record.answerable else None


def _later(*parts: str) -> Callable[[Record], tuple[float] | None]:
    def row(record: Record) -> tuple[float] | None:
        concerned = record.part in parts and record.labels["turn"] == "later"
        return (ndcg_at_k(record.found, record.relevant, 10),) if concerned else None

    return row


def _same_last_turn(record: Record) -> str | None:
    return f"{record.id.removesuffix(REWRITTEN)}{LAST}" if record.part == REWRITTEN else None


SUITE = Suite(
    (
        *(measure for part in (LAST, TWO, WHOLE, REWRITTEN) for measure in retrieval(part)),
        *(Measure(f"{part}, after the first: nDCG@10", _later(part)) for part in (LAST, REWRITTEN)),
        Measure("rewritten, after the first: gain in nDCG@10", _later(LAST, REWRITTEN), against=_same_last_turn),
        Measure("asked, answerable: cites a relevant passage", _cites),
        Measure(
            "AUROC of answerability", lambda r: (r.confidence, float(bool(r.answerable))) if _asked(r) else None, auroc
        ),
        *abstention(_cites_relevant),
        *latency(),
    ),
    _collection,
)
