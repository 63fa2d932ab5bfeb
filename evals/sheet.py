"""Write what was measured by size as one SVG file that stands by itself, as in the README: a plot for each unit."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from corpus.errors import SourceError
from evals.drawing import DASHES, Plot
from evals.plots import by_unit
from evals.records import read_run

__all__ = ["write_sheet"]

COLUMNS, WIDTH, HEIGHT, MARGIN = 2, 420, 300, 12  # of the sheet in plots; of a plot with its title and key in px
LEADING = 17  # px from one line of the key to the next
STYLE = """
svg { --paper: #ffffff; --ink: #1d2125; --quiet: #5e6670; --line: #e2dfd8; --series-0: #0b6b63; --series-1: #c2560a;
  --series-2: #5a55c0; --series-3: #b03a7c; --series-4: #7a6a00; --series-5: #5e6670; }
@media (prefers-color-scheme: dark) { svg { --paper: #16181a; --ink: #e8e6e1; --quiet: #a0a7ad; --line: #33383b;
  --series-0: #5cc2b6; --series-1: #f2a65a; --series-2: #a9a4f5; --series-3: #f08fc0; --series-4: #d6c14a; --series-5: #a0a7ad; } }
text { font: 12px system-ui, 'Liberation Sans', sans-serif; } .title { font-weight: 600; font-size: 13px; fill: var(--ink); }
.key { fill: var(--quiet); }
"""


def write_sheet(run: Path, output: Path) -> None:
    """Write the plots of a run. Raises SourceError where it measured nothing by size, or the file cannot be written."""
    records = [record for section in read_run(run) for record in section.records if record.error is None]
    drawn = by_unit(records)
    if not drawn:
        raise SourceError(f"{run}: nothing in it was measured by size. Run the suite scale, or name a page (.html).")
    tallest = max(len(plot.key) for plot in drawn)
    height = HEIGHT + LEADING * tallest
    rows = -(-len(drawn) // COLUMNS)
    size = f'width="{COLUMNS * WIDTH}" height="{rows * height}"'
    parts = [_placed(plot, n % COLUMNS * WIDTH, n // COLUMNS * height) for n, plot in enumerate(drawn)]
    sheet = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {COLUMNS * WIDTH} {rows * height}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="var(--paper)"/>{"".join(parts)}</svg>\n'
    )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(sheet, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{output}: cannot be written ({error}). Name a file with -o.") from error


def _placed(plot: Plot, x: int, y: int) -> str:
    """Return a plot at a place of the sheet: its title, its key line by line, and the drawing below."""
    title = f'<text class="title" x="{MARGIN}" y="24">{escape(plot.title)}</text>'
    below = 36 + LEADING * len(plot.key)
    drawing = plot.svg.replace("<svg", f'<svg x="{MARGIN}" y="{below}"', 1)
    return f'<g transform="translate({x} {y})">{title}{"".join(_keys(plot.key))}{drawing}</g>'


def _keys(key: Sequence[tuple[str, int]]) -> list[str]:
    return [
        f'<path d="M{MARGIN} {36 + LEADING * n}h28" stroke="var(--series-{style})" stroke-width="2" '
        f'stroke-dasharray="{DASHES[style]}"/>'
        f'<text class="key" x="{MARGIN + 36}" y="{40 + LEADING * n}">{escape(label)}</text>'
        for n, (label, style) in enumerate(key)
    ]
