"""Somebody's draft, sentence by sentence, against the library: read from any file that can be added, or standard input."""

import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.answer import Answer, Reason, as_json
from assistant.assistant import Assistant
from corpus.errors import QuestionError, SourceError
from corpus.filters import Filters
from corpus.sandbox import reading
from corpus.segment import sentence_spans
from ui.output import origin

__all__ = [
    "SIGNS",
    "Draft",
    "DraftSentence",
    "check_draft",
    "checked_text",
    "draft_json",
    "draft_of",
    "drafts",
    "sentences",
    "support_in",
]

FEWEST_WORDS = 3  # of a sentence; a heading of one or two says nothing that can be checked
SIGNS = {"supported": "+", "partly": "~", "contradicted": "!", "not found": "-", "not checked": "?"}
VERDICTS = {support: support for support in ("supported", "partly", "contradicted", "quoted")} | {
    "unsupported": "not found"
}
WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence of a draft: its words with single spaces, its span in the draft's text as it was read, and the sentences
    of its paragraph that lead up to it.
    """

    text: str
    start: int
    end: int
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text and those of its sentences that can be checked, in order."""

    text: str
    sentences: tuple[DraftSentence, ...]


def sentences(path: Path) -> list[DraftSentence]:
    """Return the sentences of a draft, in order, those of fewer than FEWEST_WORDS words left out. Raises SourceError.

    "-" is the standard input, read as plain text.
    """
    if str(path) != "-":
        return [sentence for draft in drafts(path) for sentence in draft.sentences]
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "draft.txt"
        given.write_bytes(sys.stdin.buffer.read())
        return [sentence for draft in drafts(given, "standard input") for sentence in draft.sentences]


def drafts(path: Path, name: str | None = None) -> list[Draft]:
    """Return the texts of a file of any kind that can be added, mostly one. Raises SourceError, which calls it `name`."""
    name = name or str(path)
    found: list[Draft] = []
    try:
        with reading() as sandbox:
            for extract in sandbox.run(path):
                if isinstance(extract, SourceError):
                    raise extract
                found.append(draft_of(extract.text))
    except SourceError as error:
        raise SourceError(str(error).replace(str(path), name)) from error
    if not any(draft.sentences for draft in found):
        raise SourceError(f"{name}: no sentences in it to check. Write at least one of {FEWEST_WORDS} words.")
    return found


def draft_of(text: str) -> Draft:
    """Return a text with those of its sentences that have at least FEWEST_WORDS words."""
    return Draft(text, tuple(s for s in _sentences(text) if len(WORDS.findall(s.text)) >= FEWEST_WORDS))


def _sentences(text: str) -> Iterator[DraftSentence]:
    before: list[str] = []
    last = 0
    for start, end in sentence_spans(text):
        if "\n\n" in text[last:start]:
            before = []
        words = " ".join(text[start:end].split())
        yield DraftSentence(words, start, end, tuple(before))
        before.append(words)
        last = end


def check_draft(
    assistant: Assistant, draft: Sequence[DraftSentence], filters: Filters
) -> Iterator[tuple[DraftSentence, Answer]]:
    """Yield each sentence with its check, its number from 1 as the answer's id; "failed" is one that cannot be read."""
    for number, sentence in enumerate(draft, 1):
        try:
            answer = assistant.check(sentence.text, filters, sentence.before)
        except QuestionError as error:
            message = str(error).replace("the question", "the sentence").replace("Ask it", "Write it")
            answer = Answer(sentence.text, sentence.text, "failed", 0.0, reason=Reason("not_checked", message))
        yield sentence, replace(answer, id=str(number))


def draft_json(sentence: DraftSentence, answer: Answer) -> dict[str, object]:
    """Return the JSON of a checked sentence: that of an answer, and where the sentence stands in the draft."""
    return as_json(answer) | {"draft": {"start": sentence.start, "end": sentence.end}}


def support_in(answer: Answer) -> str:
    """Return the verdict on a sentence as people are told it."""
    if answer.status == "failed":
        return "not checked"
    support = answer.statements[0].support if answer.statements else "unsupported"
    return VERDICTS[support]


def checked_text(answer: Answer) -> str:
    """Return a checked sentence as a terminal shows it: the verdict, why, and the words that speak for it."""
    told = support_in(answer)
    reason = answer.statements[0].reason if answer.statements else answer.reason and answer.reason.message
    lines = [f"[{SIGNS[told]}] {answer.question}", f"    {told}: {reason}" if reason else f"    {told}"]
    if answer.query != answer.question:
        lines.append(f"    read as: {answer.query}")
    for citation in answer.citations:
        who = f"{citation.speaker} ({citation.cue}), " if citation.speaker else ""
        quote = " ".join(citation.quote.split())
        lines.append(f'    "{quote}" - {who}{origin(citation.document)}: {citation.document.name}')
    return "\n".join([*lines, *(f"    ({note})" for note in answer.of_the_whole)])
