"""The sample questions hold their floors, and catch each way of breaking the pipeline that is tried here on purpose."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

import assistant.assistant
import index.ingest
import index.retriever
from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.settings import load_settings
from corpus.types import Document
from evals.compare import Difference, compare, missed, read_gate
from evals.records import Section
from evals.run import run_suites
from evals.suite import read_jsonl
from index.encoder import Encoder
from index.library import Library
from index.retriever import Retriever
from tests.evals.conftest import write_jsonl

QUESTIONS = Path(str(files("evals").joinpath("data/samples.jsonl")))
GATE = Path(str(files("evals").joinpath("data/gate.toml")))
SAMPLES = Path(str(files("corpus").joinpath("samples")))


def filled(home: Path, encoder_folder: Path, encoder: Encoder) -> Path:
    """Return a home whose library holds the sample corpus."""
    home.mkdir()
    (home / "encoder").symlink_to(encoder_folder)
    library = Library(home, encoder=encoder)
    library.add([SAMPLES / "apollo", SAMPLES / "negotiations"])
    library.close()
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path, encoder: Encoder) -> Path:
    return filled(tmp_path_factory.mktemp("samples") / "home", encoder_folder, encoder)


def answered(home: Path, kinds: Sequence[str] = (), **settings: float) -> Section:
    """Return what comes of the sample questions of some kinds, or of all, asked of the library in `home`."""
    rows = [row for row in read_jsonl(QUESTIONS) if not kinds or row["kind"] in kinds]
    mine = write_jsonl(home / "questions.jsonl", rows)
    (section,) = run_suites([str(mine)], None, home / "run.jsonl", load_settings(home=home, **settings))
    return replace(section, suite="samples")


@pytest.fixture(scope="module")
def healthy(home: Path) -> Section:
    return answered(home)


def worse(before: Section, after: Section) -> dict[str, Difference]:
    return {d.name: d for d in compare([before], [after]) if d.verdict == "worse"}


def test_the_samples_hold_their_gate(healthy: Section) -> None:
    assert missed(read_gate(GATE), [healthy]) == []


def test_nothing_is_worse_when_nothing_changed(healthy: Section, home: Path) -> None:
    again = answered(home, ["as-of", "follow-up"])
    assert worse(healthy, again) == {}


def test_shuffled_citations_are_caught(healthy: Section, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Assistant.ask

    def shuffled(self: Assistant, *given: object) -> Answer:
        answer = ask(self, *given)  # type: ignore[arg-type]
        hits = answer.hits[::-1]
        moved = [
            replace(c, document=answer.documents[f"{p.document_id}@{p.version}"], start=p.start, end=p.end, answer=None)
            for c, p in zip(answer.citations, (hit.passage for hit in hits), strict=False)
        ]
        return replace(answer, citations=tuple(moved))

    monkeypatch.setattr(Assistant, "ask", shuffled)
    found = worse(healthy, answered(home, ["factoid", "number", "when"]))
    assert {"answerable: evidence cited", "citation precision", "citation recall"} <= set(found)
    assert found["answerable: evidence cited"].losses


def test_dropped_dates_are_caught(
    healthy: Section, tmp_path: Path, encoder_folder: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: Callable[..., Document] = index.ingest._document
    monkeypatch.setattr(index.ingest, "_document", lambda *given: replace(made(*given), published=None))
    undated = filled(tmp_path / "home", encoder_folder, encoder)
    assert "kind as-of: evidence cited" in worse(healthy, answered(undated, ["as-of"]))


def test_a_threshold_at_zero_is_caught(healthy: Section, home: Path) -> None:
    found = worse(healthy, answered(home, ["unanswerable", "as-of"], strictness=0.0))
    assert {"unanswerable: abstained", "unanswerable, near misses: abstained", "abstention recall"} <= set(found)


def test_seeing_the_last_turn_only_is_caught(healthy: Section, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant.assistant, "standalone", lambda question, before: question)
    assert "answerable: evidence passage, MRR@10" in worse(healthy, answered(home, ["follow-up"]))


@pytest.mark.parametrize("view", index.retriever.WEIGHTS)
def test_a_view_that_finds_nothing_is_caught(
    view: str, healthy: Section, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = Retriever._views
    monkeypatch.setattr(Retriever, "_views", lambda *given: views(*given) | {view: {}})
    assert "views that found the first passage" in worse(healthy, answered(home, ["factoid", "number"]))


def test_late_interaction_switched_off_is_caught(healthy: Section, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(index.retriever.RERANKING_WEIGHTS, "late_interaction", 0.0)
    found = worse(healthy, answered(home, ["factoid", "number", "who-said-what", "when"]))
    assert "answerable: evidence passage, MRR@10" in found
