"""The sample corpus and its questions: what is said, by whom, when; what two papers tell differently; what nobody tells.

    {"id": "n026", "kind": "number", "question": "How many cargo ships ...?", "answerable": true, "near_miss": false,
     "gold": [[{"document": "negotiations/signals-of-interest.pdf", "quote": "33 cargo ships had left"}, ...]], "answer": "33"}

The form, and how it is scored, are those of `questions`. All rows are reported: they were read while the assistant was
built, so these are figures of a development set.
"""

from importlib.resources import files
from pathlib import Path

from evals.suite import Collection, Suite
from evals.suites.questions import question_measures, read_questions

__all__ = ["SUITE"]

QUESTIONS = read_questions(Path(str(files("evals").joinpath("data/samples.jsonl"))))


def _collection(data: Path | None) -> Collection:
    folder = Path(str(files("corpus").joinpath("samples")))
    return Collection(files=[folder / "apollo", folder / "negotiations"], questions=QUESTIONS)


SUITE = Suite(question_measures(QUESTIONS), _collection)
