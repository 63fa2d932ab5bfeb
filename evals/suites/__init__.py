"""One benchmark a file; SUITES maps a name to it."""

from collections.abc import Sequence
from pathlib import Path

from corpus.errors import SettingsError
from evals.records import Section
from evals.suite import Measure, Suite
from evals.suites import (
    averitec,
    beir,
    clapnq,
    drafts,
    htmldate,
    load,
    mtrag,
    polnear,
    ramdocs,
    ratings,
    samples,
    scale,
    squad2,
    time,
    wice,
)
from evals.suites.questions import own_questions, question_measures

__all__ = ["ALL", "LOAD", "SUITES", "measures_of", "suite_named"]

LOAD = "load"
SUITES: dict[str, Suite] = {
    "samples": samples.SUITE,
    "drafts": drafts.SUITE,
    "time": time.SUITE,
    "squad2": squad2.SUITE,
    "clapnq": clapnq.SUITE,
    "mtrag": mtrag.SUITE,
    "ramdocs": ramdocs.SUITE,
    "averitec": averitec.SUITE,
    "wice": wice.SUITE,
    "beir": beir.SUITE,
    "polnear": polnear.SUITE,
    "scale": scale.SUITE,
    "htmldate": htmldate.SUITE,
    LOAD: load.SUITE,
    "ratings": ratings.SUITE,
}
RATINGS_OF = "ratings:"
ALL = ("samples", "drafts", "time", "squad2", "clapnq", "mtrag", "ramdocs", "averitec", "wice")


def suite_named(name: str) -> Suite:
    """Return a suite, the questions of a JSON Lines file, or the ratings of a user: "ratings:NAME". Raises SettingsError."""
    if name in SUITES:
        return SUITES[name]
    if name.startswith(RATINGS_OF):
        return ratings.ratings_of(name.removeprefix(RATINGS_OF))
    if name.endswith(".jsonl"):
        return own_questions(Path(name))
    raise SettingsError(f"{name}: no such suite. There are {', '.join(SUITES)}, all, and files of questions (.jsonl).")


def measures_of(section: Section) -> Sequence[Measure]:
    """Return the measures of a section of a run: of one's own questions and of a load from its records alone."""
    if section.suite.endswith(".jsonl"):
        return question_measures(section.records)
    if section.suite == LOAD:
        return load.load_measures(section.records)
    return suite_named(section.suite).measures
