"""Which sentences are quoted as one, and what keeps a confidence low."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.assistant import Assistant
from assistant.question import read_question
from assistant.quoting import run_of
from assistant.ranking import FEATURES, Candidate, candidates, features
from assistant.settings import Settings
from index.encoder import Encoder


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    (articles / "plant.txt").write_text(
        "The plant at Sund\n\nThe power plant at Sund stands by the river. The plant was built by Eva Holm. "
        "A plaque hangs there, and reads: “We came to stay. We came in peace.” The crane is tall.\n"
    )
    (articles / "landing.txt").write_text("At Sund\n\nShips that do not pay wait. Ships that land at Sund pay a fee.\n")
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


def sentences(assistant: Assistant, question: str) -> list[Candidate]:
    found = assistant.search(question).hits
    keys = {f"{hit.passage.document_id}@{hit.passage.version}" for hit in found}
    return candidates(found, assistant.library.catalog.versions(keys), assistant.library.catalog)


@pytest.mark.parametrize(
    ("opening", "quoted"),
    [
        ("The plant was", "The power plant at Sund stands by the river. The plant was built by Eva Holm."),
        ("A plaque", "A plaque hangs there, and reads: “We came to stay. We came in peace.”"),
        ("The crane", "The crane is tall."),
    ],
)
def test_a_sentence_brings_what_it_takes_up_and_a_quotation_is_whole(
    assistant: Assistant, opening: str, quoted: str
) -> None:
    rows = sentences(assistant, "Who built the plant at Sund?")
    run = run_of(next(row for row in rows if row.text.startswith(opening)))
    assert run.best.document.text[run.start : run.end] == quoted


def test_a_sentence_that_denies_nothing_is_marked_under_a_question_that_does(
    assistant: Assistant, encoder: Encoder
) -> None:
    for asked, marked in (
        ("Which ships do not pay at Sund?", [False, True]),
        ("Which ships pay at Sund?", [False, False]),
    ):
        question = read_question(asked)
        rows = [row for row in sentences(assistant, asked) if row.text.startswith("Ships")]
        idf = dict.fromkeys((term.stem for term in question.terms), 1.0)
        column = features(question, rows, idf, encoder)[:, FEATURES.index("denial")]
        assert {row.text: bool(mark) for row, mark in zip(rows, column, strict=True)} == {
            "Ships that do not pay wait.": marked[0],
            "Ships that land at Sund pay a fee.": marked[1],
        }


def test_a_feature_that_compares_sentences_is_nought_for_the_best(assistant: Assistant, encoder: Encoder) -> None:
    question = read_question("Who built the plant at Sund?")
    rows = sentences(assistant, question.text)
    idf = dict.fromkeys((term.stem for term in question.terms), 1.0)
    found = features(question, rows, idf, encoder)
    for behind, of in (("behind_align", "align"), ("behind_cosine", "cosine")):
        column = found[:, FEATURES.index(behind)]
        assert column.max() == 0.0 and (column < 0).any()
        assert np.argmax(column) == np.argmax(found[:, FEATURES.index(of)])


def test_words_of_the_wanted_kind_that_are_nowhere_leave_little_confidence(assistant: Assistant) -> None:
    told = assistant.ask("When was the harbour bridge closed?")
    untold = assistant.ask("When did Eva Holm build the plant at Sund?")
    assert told.confidence > 0.5
    assert untold.confidence < 0.1 and untold.status == "abstained"
    assert dataclasses.asdict(untold.reason)["code"] in ("not_told", "not_mentioned")  # type: ignore[arg-type]
