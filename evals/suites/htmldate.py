"""htmldate's own evaluation: 1,000 saved pages and the day on which each was published; OnRecord's reader beside htmldate.

    tests/eval_default.json   {"http://blog.kinra.de/?p=959/": {"file": "kinra.de.html", "date": "2012-12-16"}, ...}
    tests/cache/, tests/eval/, tests/test_set/                   the pages

The pages are their publishers' and no part of OnRecord: --data names a copy of https://github.com/adbar/htmldate. htmldate
runs as its tests/evaluation.py runs it, on the whole page, with the extensive search. Right is the very day, over all
pages; where the set has none (NaN), to give none, though evaluation.py counts that wrong of everybody. The even rows
were read while the reader was built; the odd ones are reported first.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from corpus.errors import SourceError
from corpus.readers import read
from corpus.readers.charsets import decode
from corpus.types import Extract
from evals.metrics import mean, ratio
from evals.records import Record
from evals.suite import Measure, Suite, is_odd, set_folder

__all__ = ["SUITE"]

LISTS = ("eval_mediacloud_2020.json", "eval_default.json")
FOLDERS = ("test_set", "cache", "eval")
OURS, THEIRS = "published", "htmldate"


def _run(assistant: Assistant, data: Path | None) -> Iterator[Record]:
    """Yield a record for each page: the days given, and whether each is right."""
    tests = set_folder(data, "htmldate", "tests/eval_default.json") / "tests"
    for address, page in _pages(tests).items():
        path = next((tests / name / page["file"] for name in FOLDERS if (tests / name / page["file"]).is_file()), None)
        if path is None:
            yield Record(address, (address,), error=f"{tests}: {page['file']} is not there")
            continue
        gold = page["date"] if isinstance(page["date"], str) else None
        days = {OURS: _ours(path), THEIRS: _theirs(path)}
        values = {f"{name}: {kind}": float(value) for name, day in days.items() for kind, value in _scores(day, gold)}
        labels = {"date": gold or "none", "rows": "odd" if is_odd(address) else "even"}
        yield Record(address, (address,), labels=labels | {n: day or "none" for n, day in days.items()}, values=values)


def _pages(tests: Path) -> dict[str, Any]:
    """Return the pages by address. Raises SourceError where a list cannot be read."""
    pages: dict[str, Any] = {}
    for name in LISTS:
        try:
            pages |= json.loads((tests / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SourceError(
                f"{tests / name}: cannot be read ({error}). Name a copy of htmldate with --data."
            ) from error
    return pages


def _ours(path: Path) -> str | None:
    """Return the publication date that reading the file gives; a page that cannot be read has none."""
    try:
        return next((found.published for found in read(path) if isinstance(found, Extract)), None)
    except SourceError:
        return None


def _theirs(path: Path) -> str | None:
    from htmldate import find_date  # here, since it takes 0.3 s to import

    data = path.read_bytes()
    try:
        page: str | bytes = decode(data, path)
    except SourceError:
        page = data
    if page[:4] in ("http", b"http"):  # htmldate would fetch what looks like an address
        return None
    return find_date(page, original_date=True, extensive_search=True)  # type: ignore[no-any-return]


def _scores(day: str | None, gold: str | None) -> list[tuple[str, bool]]:
    return [("right", day == gold), ("dated", day is not None), ("rightly dated", day is not None and day == gold)]


def _measures(part: str) -> list[Measure]:
    """Return accuracy, its gain over htmldate's page by page, and precision where a date is given, of the odd rows or all."""

    def measure(name: str, row: Callable[[dict[str, float]], tuple[float, ...]], statistic: Any = mean) -> Measure:
        def rows(record: Record) -> tuple[float, ...] | None:
            return row(dict(record.values)) if part == "all" or record.labels.get("rows") == part else None

        return Measure(f"{part}: {name}", rows, statistic)

    def accuracy(name: str) -> Measure:
        return measure(f"{name}: accuracy", lambda values: (values[f"{name}: right"],))

    def precision(name: str) -> Measure:
        return measure(
            f"{name}: precision", lambda values: (values[f"{name}: rightly dated"], values[f"{name}: dated"]), ratio
        )

    gain = measure("accuracy over htmldate's", lambda v: (v[f"{OURS}: right"] - v[f"{THEIRS}: right"],))
    return [accuracy(OURS), accuracy(THEIRS), gain, precision(OURS), precision(THEIRS)]


SUITE = Suite((*_measures("odd"), *_measures("all")), run=_run)
