"""What adding costs beside encoding, and what adding again costs, as ratios within one run.

    python benchmarks/adding.py CORPUS.jsonl [--repeats 3] [--files 1000]

First, passages a second through `Library.add` over the encoder alone on the same passages, in turns: everything that is not
encoding (reading, cutting, attribution, the record with its fsyncs, Chroma, both lexical indexes) has to fit into what is
missing to 1. Then the seconds that a folder of as many small files takes when nothing in it has changed, over the first time.
Everything is loaded before the clock starts.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from index.encoder import DEFAULT_MODEL, Encoder, load_encoder
from index.library import Library


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--encoder-folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        encoder = load_encoder(DEFAULT_MODEL, given.encoder_folder or Path(folder))
        warm = Path(folder, "warm.txt")
        warm.write_text("A sentence to begin with, said the clerk.")
        _add(Path(folder, "home"), warm, encoder)
        _report_adding(given.corpus, encoder, given.repeats)
        _report_again(given.corpus, encoder, given.files)


def _report_adding(corpus: Path, encoder: Encoder, repeats: int) -> None:
    through, alone = [], []
    for _ in range(repeats):  # in turns, so that a busy machine slows both
        with tempfile.TemporaryDirectory() as home:
            seconds, texts = _add(Path(home), corpus, encoder)
        through.append(len(texts) / seconds)
        started = time.perf_counter()
        encoder.encode(texts)
        alone.append(len(texts) / (time.perf_counter() - started))
    print(f"{encoder.runtime}, {os.cpu_count()} cores, {len(texts)} passages, {repeats} runs each")
    print(f"through add: {statistics.median(through):.0f} passages/s  {[round(rate) for rate in through]}")
    print(f"encoder alone: {statistics.median(alone):.0f} passages/s  {[round(rate) for rate in alone]}")
    ratios = [one / other for one, other in zip(through, alone, strict=True)]
    print(f"ratio {statistics.median(ratios):.3f}  {[round(ratio, 3) for ratio in ratios]}")


def _add(home: Path, source: Path, encoder: Encoder) -> tuple[float, list[str]]:
    """Add a file or a folder to the library in `home`; return the seconds that took, and what was encoded."""
    library = Library(home, encoder=encoder)
    started = time.perf_counter()
    outcomes = library.add([source])
    seconds = time.perf_counter() - started
    assert all(outcome.ok for outcome in outcomes), [outcome.message for outcome in outcomes if not outcome.ok]
    keys = [f"{entry.id}@{entry.version}" for entry in library.list()]
    titles = library.catalog.titles(keys)
    texts = [f"{titles[key]}\n{passage.text}" for key in keys for passage in library.catalog.passages_of(key)]
    library.close()
    return seconds, texts


def _report_again(corpus: Path, encoder: Encoder, count: int) -> None:
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            row = rows[number % len(rows)]
            Path(folder, f"{number}.txt").write_text(f"Number {number}.\n\n{row['text'][:2000]}", encoding="utf-8")
        time.sleep(2.5)  # what was written a moment ago is read again, since it might be written once more
        first, _ = _add(Path(home), Path(folder), encoder)
        again = [_add(Path(home), Path(folder), encoder)[0] for _ in range(3)]
    ratio = statistics.median(again) / first
    print(f"{count} files: {first:.1f} s, again {statistics.median(again):.2f} s: ratio {ratio:.4f}")


if __name__ == "__main__":
    main()
