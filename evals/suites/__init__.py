"""One benchmark a file; SUITES maps a name to it."""

from pathlib import Path

from corpus.errors import SettingsError
from evals.suite import Suite
from evals.suites import averitec, beir, clapnq, mtrag, polnear, ramdocs, samples, scale, squad2, time, wice
from evals.suites.questions import own_questions

__all__ = ["ALL", "SUITES", "suite_named"]

SUITES: dict[str, Suite] = {
    "samples": samples.SUITE,
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
}
ALL = ("samples", "time", "squad2", "clapnq", "mtrag", "ramdocs", "averitec", "wice")


def suite_named(name: str) -> Suite:
    """Return a suite, or the questions of a JSON Lines file. Raises SettingsError for what is neither."""
    if name in SUITES:
        return SUITES[name]
    if name.endswith(".jsonl"):
        return own_questions(Path(name))
    raise SettingsError(f"{name}: no such suite. There are {', '.join(SUITES)}, all, and files of questions (.jsonl).")
