"""Somebody's draft, sentence by sentence, against the library: read from any file that can be added, or standard input."""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from assistant.answer import Answer
from assistant.assistant import LONGEST_QUESTION, Assistant
from corpus.errors import SourceError
from corpus.filters import Filters
from corpus.readers import read
from corpus.segment import WORD, sentence_spans
from ui.output import origin

__all__ = ["SIGNS", "VERDICTS", "check_draft", "checked_text", "sentences"]

FEWEST_WORDS = 3  # of a sentence; a heading of one or two says nothing that can be checked
SIGNS = {"supported": "+", "partly": "~", "contradicted": "!", "unsupported": "-"}
VERDICTS = {"unsupported": "not found"}  # as people are told, where that is not the word of the JSON


def sentences(path: Path) -> list[str]:
    """Return the sentences of a draft, in order, those of fewer than FEWEST_WORDS words left out. Raises SourceError.

    "-" is the standard input, read as plain text.
    """
    if str(path) == "-":
        with tempfile.TemporaryDirectory() as folder:
            given = Path(folder) / "draft.txt"
            given.write_bytes(sys.stdin.buffer.read())
            try:
                return sentences(given)
            except SourceError as error:
                raise SourceError(str(error).replace(str(given), "standard input")) from error
    found = []
    for extract in read(path):
        if isinstance(extract, SourceError):
            raise extract
        found += [" ".join(extract.text[start:end].split()) for start, end in sentence_spans(extract.text)]
    checked = [sentence for sentence in found if sum(1 for _ in WORD.finditer(sentence)) >= FEWEST_WORDS]
    if not checked:
        raise SourceError(f"{path}: no sentences in it to check.")
    return checked


def check_draft(assistant: Assistant, draft: list[str], filters: Filters) -> Iterator[Answer]:
    """Yield the check of each sentence, its number from 1 as its id."""
    for number, sentence in enumerate(draft, 1):
        yield replace(assistant.check(sentence[:LONGEST_QUESTION], filters), id=str(number))


def checked_text(answer: Answer) -> str:
    """Return a checked sentence as a terminal shows it: the verdict, why, and the words that speak for it."""
    if not answer.statements:
        return f"[-] {answer.question}\n    {answer.text}"
    statement = answer.statements[0]
    lines = [
        f"[{SIGNS[statement.support]}] {statement.text}",
        f"    {VERDICTS.get(statement.support, statement.support)}",
    ]
    if statement.reason:
        lines[-1] += f": {statement.reason}"
    for citation in answer.citations:
        who = f"{citation.speaker} ({citation.cue}), " if citation.speaker else ""
        quote = " ".join(citation.quote.split())
        lines.append(f'    "{quote}" - {who}{origin(citation.document)}: {citation.document.name}')
    return "\n".join(lines)
