"""What a view of the library's table costs, in ms and as a ratio to listing every document, in one run.

    python benchmarks/listing.py [--documents 50000] [--repeats 5]

The library is made up: rows straight into a record, texts of 900 words, 300 outlets, 20 years, 40 tags. Each view is timed as
the page makes it: count, sort, and the rows of the page; the median of the repeats is told, in time of the processor, which
other work on the machine changes little.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from corpus.catalog import Catalog
from corpus.listing import Listing
from corpus.views import COLUMNS, View

PAGE = 50
COLUMNS_MADE = (
    "id, version, source, title, text, published, authors, outlet, tags, language, media_type, content_hash, original, headings, "
    "pages, tokens, added_at, state, input, passages, duplicate_group"
)
WORDS = [f"word{number}" for number in range(3000)]
TYPES = ("text/html", "application/pdf", "text/plain", "message/rfc822")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, closing(Catalog(Path(folder) / "catalog.sqlite3")) as catalog:
        marks = ", ".join("?" * len(COLUMNS_MADE.split(", ")))
        with catalog.beside(writes=True) as db:
            db.executemany(f"INSERT INTO documents ({COLUMNS_MADE}) VALUES ({marks})", _rows(given.documents))
            db.execute(
                "INSERT INTO inputs (place, kind, problem) SELECT source, 'file', iif(rowid % 5000 = 7, 'it is gone', NULL) FROM documents"
            )
        _report(catalog, given.documents, given.repeats)


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    draw = random.Random(1)
    outlets = [f"The {word} Post" for word in WORDS[:300]]
    for number in range(count):
        day = f"{draw.randint(2005, 2024)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        place = f"/home/reader/files/archive/{number}.html"
        yield (
            *(f"{number:012x}", 1, place, " ".join(draw.choices(WORDS, k=8)).capitalize()),
            *(" ".join(draw.choices(WORDS, k=900)), None if number % 20 == 0 else day),
            *(json.dumps([f"Mara {draw.choice(WORDS)}"]), draw.choice(outlets), json.dumps(draw.sample(WORDS[:40], 2))),
            *("en", draw.choice(TYPES), f"{number:x}", f"{number:x}", "[]", "[]", draw.randint(300, 3000)),
            *(f"2026-01-{draw.randint(1, 28):02}T00:00:00+00:00", "live", place, draw.randint(1, 20)),
            f"{number - number % 1000:012x}" if number % 1000 < 3 else None,
        )


def _report(catalog: Catalog, documents: int, repeats: int) -> None:
    listing, last = Listing(catalog), documents // PAGE
    views = {f"by {column}": View(sort=column) for column in COLUMNS}
    views |= {f"by {column}, middle page": View(sort=column, page=last // 2) for column in ("published", "title")}
    views |= {
        "by title, last page": View(sort="title", page=last),
        "search, one word": View(words="word12"),
        "search, two words, one unknown": View(words="word1 zebra"),
        "search, not ASCII": View(words="Überfahrt"),
        "an outlet": View(outlet="The word7 Post"),
        "a tag": View(tag="word3"),
        "a month": View(first="2020-05", last="2020-05"),
        "undated": View(only="undated"),
        "duplicates": View(only="duplicates"),
        "problems": View(only="problems"),
    }
    work: dict[str, Callable[[], object]] = {
        name: lambda view=view: listing.page(view, PAGE)
        for name, view in views.items()  # type: ignore[misc]
    }
    work |= {
        "the plot by month and outlet": lambda: listing.by_month(View()),
        "what to choose from": lambda: Listing(catalog).choices(),
    }
    whole = _ms(catalog.entries, repeats)
    print(f"{documents:,} documents, {repeats} repeats; every document listed: {whole:.0f} ms")
    for name, do in work.items():
        ms = _ms(do, repeats)
        print(f"{ms:7.1f} ms  {ms / whole:6.3f}  {name}")


def _ms(do: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = time.process_time()
        do()
        times.append(1000 * (time.process_time() - started))
    return statistics.median(times)


if __name__ == "__main__":
    main()
