"""Many questions in one process: questions.jsonl in, an Answer each out.

    {"id": "q1", "question": "..."}  or  {"id": "c1", "turns": ["...", "..."]}

with optional as_of, from, to, outlets, authors, speakers, documents and tags. A conversation is answered turn by turn,
with ids c1/1, c1/2.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.answer import Answer
from assistant.assistant import Assistant, checked_question
from corpus.errors import QuestionError
from corpus.filters import FILTER_KEYS, Filters, filters_of

__all__ = ["Asked", "answer_all", "read_questions"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of questions.jsonl: its turns, one for a single question, and its filters, None where it names none."""

    id: str
    turns: tuple[str, ...]
    is_conversation: bool
    filters: Filters | None


def answer_all(assistant: Assistant, path: Path, filters: Filters) -> Iterator[Answer]:
    """Yield the answers to the questions in a file, in order; `filters` hold for lines that name none.

    Raises QuestionError before the first answer if any line cannot be used.
    """
    for asked in read_questions(path):
        history: list[Answer] = []
        for number, turn in enumerate(asked.turns, 1):
            answer = assistant.ask(turn, history, filters if asked.filters is None else asked.filters)
            history.append(answer)
            yield replace(answer, id=f"{asked.id}/{number}" if asked.is_conversation else asked.id)


def read_questions(path: Path) -> list[Asked]:
    """Return the lines of a questions file. Raises QuestionError naming the file and line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: cannot be read ({error}). Give a file of JSON Lines.") from error
    return [_asked(line, f"{path}:{number}", number) for number, line in enumerate(lines, 1) if line.strip()]


def _asked(line: str, where: str, number: int) -> Asked:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise QuestionError(f"{where}: not valid JSON. Each line must be one JSON object.") from error
    if not isinstance(row, dict):
        raise QuestionError(f"{where}: not a JSON object.")
    turns = row.get("turns", [row.get("question")])
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) and turn.strip() for turn in turns):
        raise QuestionError(f'{where}: no "question", and no "turns" with a text each.')
    given = {key: row[key] for key in FILTER_KEYS if row.get(key)}
    unknown = sorted(set(row) - {"id", "question", "turns", *FILTER_KEYS})
    if unknown:
        raise QuestionError(f"{where}: {unknown[0]!r} is not known. There are {', '.join(FILTER_KEYS)}.")
    try:
        turns = [checked_question(turn) for turn in turns]
        filters = filters_of(given) if given else None
    except QuestionError as error:
        raise QuestionError(f"{where}: {error}") from error
    return Asked(str(row.get("id", number)), tuple(turns), "turns" in row, filters)
