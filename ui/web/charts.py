"""Small plots as inline SVG: bars over time, stacked, and marks on a line of time.

Along the axis everything is placed in per cent, across it in pixels: a plot is as wide as the place it is given and its
letters keep their size. Colours are classes of style.css (.s0 to .s5), so they follow light and dark, and nothing is styled
in place, so a plot also shows where a Content-Security-Policy forbids that. Each has a text alternative: the bars a table,
the marks are links with names.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import islice

from assistant.answer import day

__all__ = ["OTHERS", "Mark", "stacked_months", "timeline"]

MOST_BARS = 60
STEPS = (1, 12, 120, 1200)  # months in a bar
MOST_SERIES = 5  # told apart by a colour; the smallest are "others"
OTHERS = "others"
WIDEST = 6.0  # per cent
BARS_PX, AXIS_PX, LANE_PX, RADIUS_PX = 110, 22, 28, 11
MOST_LABELS = 4
APART_BARS = (1, 2, 3, 6, 12, 24, 60)  # bars between two that are named
APART = 7.5  # per cent between marks in one lane: a mark's width on a phone
WORDS = 9.0  # per cent: half of what is written below an axis, on a phone
EDGE = 5.0  # per cent left free on both sides of a line of time
TICKS = (*(("days", n) for n in (1, 2, 5, 10)), *(("months", n) for n in (1, 2, 3, 6)))
YEARS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

Counts = Mapping[tuple[str, str], int]


def stacked_months(counts: Counts, noun: str, series: str, link: Callable[[str, str], str] | None = None) -> str:
    """Return bars of how many `noun` ("documents") there are a month, those of each series stacked; "" where none is dated.

    `counts` is by (month as "2022-08", name of the series, such as an outlet); a year alone, "2022", or "" for a date that
    is not known is counted and told, but shown only where a bar is a year. `series` is what the series are ("outlet"). Where
    the months are more than 60 a bar is a year, or ten. The names may be anything; they are escaped. `link` gives the address
    that a bar leads to from its first and its last month or year.
    """
    step = _step([month for month, _ in counts if month])
    placed: Counter[tuple[int, str]] = Counter()
    kept = _names(counts)
    left = {"undated": 0, "year": 0}
    for (month, name), number in counts.items():
        at = _month(month)
        if at is None or (step == 1 and "-" not in month):
            left["year" if month else "undated"] += number
        else:
            placed[at // step, name if name in kept else OTHERS] += number
    if not placed:
        return ""
    names = [*kept, *([OTHERS] if any(name == OTHERS for _, name in placed) and OTHERS not in kept else [])]
    first, last = min(at for at, _ in placed), max(at for at, _ in placed)
    bars = [[placed[at, name] for name in names] for at in range(first, last + 1)]
    titles = [_bar_name(at, step) for at in range(first, last + 1)]
    links = [escape(link(*_ends(at, step))) if link else "" for at in range(first, last + 1)]
    most = max(map(sum, bars))
    at_most = titles[[sum(bar) for bar in bars].index(most)]
    unit = {1: "month", 12: "year", 120: "decade"}.get(step, "century")
    by = f"{unit} and {series}" if len(names) > 1 else unit
    told = f"{noun.capitalize()} by {by}, {titles[0]} to {titles[-1]}: {sum(map(sum, bars)):,} in all, most in {at_most} ({most:,})"
    return (
        f'<figure class="plot">{_bars(bars, titles, names, told, first, links)}{_legend(names, bars)}'
        f"<figcaption>{escape(f'{told}.{_left_out(left)}')}</figcaption>{_table(bars, titles, names, links)}</figure>"
    )


def _names(counts: Counts) -> list[str]:
    """Return the series that have a colour of their own, the largest first."""
    totals: Counter[str] = Counter()
    for (month, name), number in counts.items():
        totals[name] += number if month else 0
    ordered = sorted((name for name in totals if totals[name]), key=lambda name: (-totals[name], name))
    return ordered if len(ordered) <= MOST_SERIES + 1 else ordered[:MOST_SERIES]


def _month(text: str) -> int | None:
    """Return the months since the year 0 of "2022-08" or "2022"; None of what is no date."""
    year, _, month = text.partition("-")
    try:
        return date(int(year), int(month[:2] or 1), 1).month - 1 + int(year) * 12
    except ValueError:
        return None


def _step(months: Sequence[str]) -> int:
    """Return the fewest months a bar may stand for so that there are not too many."""
    known = [at for month in months if (at := _month(month)) is not None]
    if not known:
        return 1
    if all("-" not in month for month in months):
        return next(
            step for step in STEPS[1:] if max(known) // step - min(known) // step < MOST_BARS or step == STEPS[-1]
        )
    return next(step for step in STEPS if max(known) // step - min(known) // step < MOST_BARS or step == STEPS[-1])


def _bar_name(at: int, step: int) -> str:
    if step == 1:
        return f"{date(2000, at % 12 + 1, 1):%B} {at // 12}"
    first = at * step // 12
    return str(first) if step == 12 else f"{first} to {first + step // 12 - 1}"


def _ends(at: int, step: int) -> tuple[str, str]:
    """Return the first and the last month of a bar, as years where it has more than one month."""
    if step == 1:
        month = f"{at // 12:04}-{at % 12 + 1:02}"
        return month, month
    return f"{at * step // 12:04}", f"{(at + 1) * step // 12 - 1:04}"


def _bars(
    bars: Sequence[Sequence[int]],
    titles: Sequence[str],
    names: Sequence[str],
    told: str,
    first: int,
    links: Sequence[str],
) -> str:
    slot, most = 100 / len(bars), max(map(sum, bars))
    width = min(slot * 0.8, WIDEST)
    drawn = []
    for at, bar in enumerate(bars):
        parts = []
        x, y = slot * (at + 0.5) - width / 2, float(BARS_PX)
        for number, count in enumerate(bar):
            height = (BARS_PX - 14) * count / most
            y -= height
            if count:
                title = escape(f"{titles[at]}, {names[number]}: {count:,}")
                parts.append(
                    f'<rect class="s{number}" x="{x:.2f}%" y="{y:.2f}" width="{width:.2f}%" height="{height:.2f}">'
                    f"<title>{title}</title></rect>"
                )
        # By the keyboard the table's links lead there: a stop at each bar would be in everybody's way.
        name = f'aria-label="{titles[at]}: {sum(bar):,}"'
        drawn += [f'<a href="{links[at]}" tabindex="-1" {name}>{"".join(parts)}</a>'] if links[at] and parts else parts
    labels = [(slot * (at + 0.5), _short(titles[at])) for at in _spread(first, len(bars))]
    line = f'<line x1="0" x2="100%" y1="{BARS_PX}" y2="{BARS_PX}"/><line x1="0" x2="100%" y1="14" y2="14" class="top"/>'
    return (
        f'<svg role="{"group" if any(links) else "img"}" aria-label="{escape(told)}" width="100%" height="{BARS_PX + AXIS_PX}">{line}'
        f'<text x="0" y="10">{most:,}</text>{"".join(drawn)}{_labels(labels, BARS_PX)}</svg>'
    )


def _short(title: str) -> str:
    """Return "Aug 2022" of "August 2022", "1860s" of "1860 to 1869"."""
    if " to " in title:
        return f"{title[:4]}s"
    month, _, year = title.partition(" ")
    return f"{month[:3]} {year}" if year else title


def _spread(first: int, count: int) -> list[int]:
    """Return at most four places of `count` bars, the first numbered `first`, that are round numbers apart: Januaries."""
    apart = next(
        every for every in APART_BARS if sum(at % every == 0 for at in range(first, first + count)) <= MOST_LABELS
    )
    return [at - first for at in range(first, first + count) if at % apart == 0]


def _labels(labels: Sequence[tuple[float, str]], top: float) -> str:
    """Return the words below an axis; those at the ends do not reach beyond it."""
    anchors = ["start" if at < WORDS else "end" if at > 100 - WORDS else "middle" for at, _ in labels]
    return "".join(
        f'<text x="{0 if anchor == "start" else 100 if anchor == "end" else at:.2f}%" y="{top + 16:g}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
        for (at, words), anchor in zip(labels, anchors, strict=True)
    )


def _legend(names: Sequence[str], bars: Sequence[Sequence[int]]) -> str:
    if len(names) < 2:
        return ""
    totals = [sum(bar[number] for bar in bars) for number in range(len(names))]
    parts = "".join(
        f'<li><svg width="10" height="10" aria-hidden="true"><rect class="s{number}" width="10" height="10"/></svg>'
        f"{escape(name)} {totals[number]:,}</li>"
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{parts}</ul>'


def _left_out(left: Mapping[str, int]) -> str:
    """Say what is counted and not shown."""
    undated = f" Not shown: {left['undated']:,} of unknown date." if left["undated"] else ""
    return undated + (f" Not shown: {left['year']:,} of which only the year is known." if left["year"] else "")


def _table(bars: Sequence[Sequence[int]], titles: Sequence[str], names: Sequence[str], links: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{_linked(title, link)}</th>{"".join(f"<td>{count:,}</td>" for count in bar)}</tr>'
        for title, bar, link in zip(titles, bars, links, strict=True)
        if any(bar)
    )
    return (
        '<details class="numbers"><summary>The numbers</summary><div class="wide" role="region" tabindex="0" '
        f'aria-label="The numbers"><table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _linked(words: str, link: str) -> str:
    return f'<a href="{link}">{words}</a>' if link else words


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands on a line of time: its days, first and last, both included; the few characters shown; where it leads to.

    `name` is what a screen reader says, `tip` the id of what is shown while it is pointed at, `target` the frame it opens in. One that is not sure is dashed.
    """

    first: date
    last: date
    text: str
    name: str
    href: str
    tip: str = ""
    target: str = ""
    is_sure: bool = True


def timeline(marks: Sequence[Mark], name: str) -> str:
    """Return a line of time with a linked mark for each, in order of time; what is not one day has a bar of its days.

    Marks too close to stand side by side stand above each other. `name` says what the marks are.
    """
    ordered = sorted(marks, key=lambda mark: (mark.first, mark.last))
    start, end = min(mark.first for mark in ordered), max(mark.last for mark in ordered)
    days = max(1, (end - start).days)

    def across(at: date) -> float:
        return EDGE + (100 - 2 * EDGE) * (at - start).days / days

    spans = [(across(mark.first), across(mark.last)) for mark in ordered]
    lanes = _lanes(spans)
    axis = LANE_PX * (max(lanes) + 1) + 6
    ticks = list(_ticks(start, end))
    lines = "".join(
        f'<line x1="{across(at):.2f}%" x2="{across(at):.2f}%" y1="{axis - 3}" y2="{axis + 3}"/>' for at, _ in ticks
    )
    drawn = "".join(
        _mark(mark, span, axis - 8 - LANE_PX * lane - RADIUS_PX)
        for mark, span, lane in zip(ordered, spans, lanes, strict=True)
    )
    told = f"{name}, {day(start.isoformat())} to {day(end.isoformat())}"
    return (
        f'<svg class="timeline" role="group" aria-label="{escape(told)}" width="100%" height="{axis + AXIS_PX}">'
        f'<line x1="0" x2="100%" y1="{axis}" y2="{axis}"/>{lines}'
        f"{_labels([(across(at), words) for at, words in ticks], axis)}{drawn}</svg>"
    )


def _lanes(spans: Sequence[tuple[float, float]]) -> list[int]:
    """Return for each span, in the order of their starts, the lowest lane in which it stands clear of those before."""
    ends: list[float] = []
    lanes = []
    for low, high in spans:
        lane = next((lane for lane, end in enumerate(ends) if low - end >= APART), len(ends))
        ends[lane : lane + 1] = [high]
        lanes.append(lane)
    return lanes


def _mark(mark: Mark, span: tuple[float, float], y: float) -> str:
    low, high = span
    middle = (low + high) / 2
    bar = f'<line class="days" x1="{low:.2f}%" x2="{high:.2f}%" y1="{y:g}" y2="{y:g}"/>' if high > low else ""
    tip = f' aria-describedby="{escape(mark.tip)}"' if mark.tip else ""
    target = f' target="{escape(mark.target)}"' if mark.target else ""
    return (
        f'{bar}<a class="mark{"" if mark.is_sure else " dashed"}" href="{escape(mark.href)}"{target} aria-label="{escape(mark.name)}"{tip}>'
        f'<circle cx="{middle:.2f}%" cy="{y:g}" r="{RADIUS_PX}"/>'
        f'<text x="{middle:.2f}%" y="{y + 4:g}" text-anchor="middle">{escape(mark.text)}</text></a>'
    )


def _ticks(start: date, end: date) -> Iterator[tuple[date, str]]:
    """Yield at most five days between two, with how they are written, as far apart as there is room for."""
    for unit, every in (*TICKS, *(("months", 12 * years) for years in YEARS)):
        found = list(islice(_every(unit, every, start, end), MOST_LABELS + 1))
        if len(found) <= MOST_LABELS:
            form = "%-d %b" if unit == "days" else "%b %Y" if every % 12 else "%Y"
            yield from ((at, f"{at:{form}}") for at in found)
            return


def _every(unit: str, every: int, start: date, end: date) -> Iterator[date]:
    """Yield the days from `start` to `end` that are `every` days, or firsts of months, apart."""
    if unit == "days":
        yield from (start + timedelta(days) for days in range(0, (end - start).days + 1, every))
        return
    month = start.year * 12 + start.month - 1 + (start.day > 1)
    month += -month % every
    while month // 12 <= min(end.year, 9999) and date(month // 12, month % 12 + 1, 1) <= end:
        yield date(month // 12, month % 12 + 1, 1)
        month += every
