"""Draw lines as static SVG to stand in a page, whose colours it takes: legible light and dark, no script, no request.

The style of a line is a number: the page has a colour for it (--series-0, ...), and DASHES tell lines apart without colour.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

__all__ = ["DASHES", "NEUTRAL", "STYLES", "Axes", "Line", "Plot", "draw"]

DASHES = ("1 0", "7 3", "2 2", "9 3 2 3", "14 4", "4 3")  # a style each, as many as the page has colours
STYLES, NEUTRAL = 5, 5  # those that stand for a column, and the one that stands for none
WIDTH, HEIGHT = 330, 200
FEW = 10  # points, which are then marked on their line
FONT = "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif"
QUIET = "var(--quiet)"
AXIS = {
    "domain": False, "ticks": False, "gridColor": "var(--line)", "labelColor": QUIET, "labelFontSize": 12,
    "labelPadding": 6, "titleColor": QUIET, "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 8,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a plot; `style` is below len(DASHES)."""

    label: str
    style: int
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axes:
    """What is drawn against what. x is logarithmic where values to mark on it are given, else from 0 to 1."""

    x: str
    y: str
    marks: Sequence[float] = ()
    y_to_1: bool = False
    is_histogram: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing, what it shows, and its key: label and style of each line."""

    title: str
    caption: str
    key: tuple[tuple[str, int], ...]
    svg: str


def draw(title: str, caption: str, lines: Sequence[Line], axes: Axes) -> Plot:
    """Return the plot of lines against axes."""
    import altair  # 0.5 s, and only the report draws
    import vl_convert

    layers = [layer for line in lines for layer in _layers(line, axes)]
    chart = altair.layer(*layers).properties(width=WIDTH, height=HEIGHT, background="transparent")
    styled = chart.configure(aria=False, font=FONT).configure_view(stroke=None).configure_axis(**AXIS)
    svg = vl_convert.vegalite_to_svg(styled.to_dict())
    return Plot(title, caption, tuple((line.label, line.style) for line in lines), _inlined(svg, f"{title}. {caption}"))


def _layers(line: Line, axes: Axes) -> list[Any]:
    """Return the line; in a histogram the area under it too, and its points where they are few."""
    import altair

    points = [{"x": x, "y": y} for x, y in zip(line.x, line.y, strict=True)]
    colour, shape = f"var(--series-{line.style})", "step-after" if axes.is_histogram else "linear"
    dash = [float(length) for length in DASHES[line.style].split()]
    chart = altair.Chart(altair.Data(values=points)).encode(x=_x(axes), y=_y(axes))
    layers = [chart.mark_line(stroke=colour, strokeWidth=2, strokeDash=dash, interpolate=shape)]
    if axes.is_histogram:
        layers.append(chart.mark_area(fill=colour, fillOpacity=0.12, interpolate=shape))
    elif len(points) <= FEW:
        layers.append(chart.mark_point(fill=colour, stroke=colour, size=24, opacity=1))
    return layers


def _x(axes: Axes) -> Any:
    import altair

    if not axes.marks:
        return altair.X(
            "x:Q", title=axes.x, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="~r", tickCount=5)
        )
    scale = altair.Scale(type="log", domain=[axes.marks[0], axes.marks[-1]], nice=False)
    axis = altair.Axis(values=list(axes.marks), format=",~r", grid=False)
    return altair.X("x:Q", title=axes.x, scale=scale, axis=axis)


def _y(axes: Axes) -> Any:
    import altair

    scale = altair.Scale(domain=[0, 1]) if axes.y_to_1 else altair.Scale(zero=True)
    axis = altair.Axis(format="%" if axes.is_histogram else ",~r", tickCount=5)
    return altair.Y("y:Q", title=axes.y, scale=scale, axis=axis)


def _inlined(svg: str, label: str) -> str:
    """Return an SVG document as an element of a page, named for who cannot see it. It has no ids, since nothing is clipped."""
    svg = re.sub(r' (xmlns(:xlink)?|version|class|aria-[a-z]+|role|pointer-events)="[^"]*"', "", svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(label)}"', 1)
