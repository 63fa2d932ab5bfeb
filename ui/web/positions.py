"""Who says what, side by side, and in what the sources differ."""

from html import escape

from assistant.answer import Answer, Conflict, Position
from assistant.overview import overview_of
from assistant.question import read_question
from ui.web.naming import day, source_url
from ui.web.parts import FRAME
from ui.web.statements import Shown, cited, statement, tip_id

__all__ = ["conflicts", "statements"]

STANCES = {"for": ("+", "For"), "against": ("−", "Against")}
DIFFER = "The sources differ"
KINDS = {"figure": "a figure", "date": "a date", "yes-no": "yes or no"}


def statements(shown: Shown) -> str:
    """Return the statements in the answer's order, those of its speakers as cards side by side.

    The cards stand where the first of their statements stands. In a chronology, whose order is that of time, there are none:
    each statement names its speaker.
    """
    answer = shown.answer
    sides = [] if _is_chronology(answer) else _sides(answer)
    taken = {number for _, numbers in sides for number in numbers}
    first = min(taken, default=None)
    cards = f'<div class="positions">{"".join(_card(position, held, shown) for position, held in sides)}</div>'
    return "".join(
        cards if number == first else statement(number, shown)
        for number in range(len(answer.statements))
        if number == first or number not in taken
    )


def _is_chronology(answer: Answer) -> bool:
    wanted = overview_of(read_question(answer.query))
    return wanted is not None and wanted.kind == "chronology" and any(said.date for said in answer.statements)


def _sides(answer: Answer) -> list[tuple[Position, list[int]]]:
    """Return the positions, by date, and their statements, each in one of them only; none where there is but one."""
    taken: set[int] = set()
    sides: list[tuple[Position, list[int]]] = []
    for position in sorted(answer.positions, key=lambda position: min(position.dates, default="9999")):
        held = [n for n in dict.fromkeys(position.statements) if n < len(answer.statements) and n not in taken]
        taken.update(held)
        if held:
            sides.append((position, held))
    return sides if len(sides) > 1 else []


def _card(position: Position, held: list[int], shown: Shown) -> str:
    dates = " – ".join(dict.fromkeys(escape(day(at)) for at in (*position.dates[:1], *position.dates[-1:])))
    stance = ""
    if position.stance:
        sign, word = STANCES[position.stance]
        stance = (
            f'<span class="stance {position.stance}"><span class="sign" aria-hidden="true">{sign}</span> {word}</span>'
        )
    said = "".join(statement(number, shown, position.speaker) for number in held)
    return (
        f'<section class="card"><h3>{escape(position.speaker)}{stance}</h3>'
        f'<p class="said">{dates or "date unknown"}</p>{said}</section>'
    )


def conflicts(shown: Shown) -> str:
    """Return what the sources differ in, each with links to the words that cannot all be right."""
    return "".join(_conflict(conflict, shown) for conflict in shown.answer.conflicts)


def _conflict(conflict: Conflict, shown: Shown) -> str:
    lead, _, rest = conflict.line.partition(": ")
    told = rest if lead == DIFFER and rest else conflict.line or f"{DIFFER} on {KINDS[conflict.kind]}."
    links = "".join(_compared(number, shown) for number in conflict.statements)
    return (
        f'<div class="notice conflict"><h3><span class="sign" aria-hidden="true">≠</span> {DIFFER}</h3>'
        f"<p>{escape(told)} {links}</p></div>"
    )


def _compared(number: int, shown: Shown) -> str:
    """Return a link to the words of a statement, by the marker of its first citation."""
    sources = cited(shown.answer.statements[number], shown.answer)
    if not sources or shown.is_gone(sources[0]):
        return ""
    first = sources[0]
    url = escape(source_url(first.document, first.start, first.end))
    label = escape(f"Compare source {first.marker}")
    tip = tip_id(number, first.marker, shown)
    return f'<a class="chip" href="{url}" target="{FRAME}" aria-label="{label}" aria-describedby="{tip}">{first.marker}</a>'
