"""An answer as text for a chat or an agent: statements with their markers, what is to be known of them, then the sources.

It may be shown as Markdown, and its words are those of strangers: what would make a link, an image, HTML or a block of code of
them is escaped, all else stays as the source has it.
"""

import re

from assistant.answer import Answer, Citation, Statement, day
from assistant.conversation import Said
from corpus.types import Document
from ui.markdown import plain
from ui.output import DOUBTS

__all__ = ["answer_words", "closing", "inert", "paragraph", "said_in"]

# Without definitions, which "]:" would make, "][" is no link: it stands between our own markers.
ACTIVE = re.compile(r"\\|!(?=\[)|\](?=[(:])|<(?=[A-Za-z/!?])|`(?=``)|~(?=~~)")
ESCAPED = re.compile(r"\\([\\!\]<`~])")
SOURCES = "Sources:"
NEAREST = "Nearest passages:"
LONGEST = 200  # characters shown of a passage that does not answer
MARKED = re.compile(r"^(?P<text>.*\S) \[(?P<first>\d+)\](?:\[\d+\])*$")
SPOKEN = re.compile(r"^[-*] \[(\d+)\] (.+?) \([^()]*\) - ", re.MULTILINE)


def inert(text: str) -> str:
    """Return a text in one line in which Markdown finds no link, image, HTML or block of code."""
    return ACTIVE.sub(lambda match: f"\\{match.group()}", plain(text))


def answer_words(answer: Answer) -> str:
    """Return the whole answer as text, a paragraph a statement."""
    told = [paragraph(statement) for statement in answer.statements]
    if answer.status == "failed":
        reason = f" {inert(answer.reason.message)}" if answer.reason else ""
        told = [f"The language model failed.{reason}", "In the sources' own words:", *told]
    elif not told:
        told = [inert(answer.text)]
    return "\n\n".join([*told, *closing(answer)])


def paragraph(statement: Statement) -> str:
    """Return a statement with its markers, and what its sources do not bear out."""
    lead = f"{statement.date}: " if statement.date else ""
    markers = "".join(f"[{marker}]" for marker in statement.citations)
    doubt = f"\n({DOUBTS[statement.support]}: {inert(statement.reason or '')})" if statement.support in DOUBTS else ""
    return f"{lead}{inert(statement.text)} {markers}".rstrip() + doubt


def closing(answer: Answer) -> list[str]:
    """Return the paragraphs below the statements: what differs and is missing, who takes which side, how it was asked, the
    sources, or where there are none the nearest passages.
    """
    told = [inert(line) for line in answer.below] if answer.statements else []
    if answer.status == "partial" and answer.reason:
        told.append(inert(answer.reason.message))
    if answer.positions:
        told.append("\n".join(["By date:", "", *_positions(answer)]))
    if answer.query != answer.question:
        told.append(f"(asked as: {inert(answer.query)})")
    if answer.filters.as_of:
        told.append(f"As of {answer.filters.as_of}.")
    if answer.citations:
        told.append("\n".join([SOURCES, "", *map(_source, answer.citations)]))
    elif answer.hits and not answer.statements:
        told.append("\n".join([NEAREST, "", *_nearest(answer)]))
    return told


def _positions(answer: Answer) -> list[str]:
    lines = []
    for position in answer.positions:
        markers = [answer.statements[number].citations[0] for number in position.statements]
        stance = f" ({position.stance})" if position.stance else ""
        days = ", ".join(map(day, position.dates)) or day(None)
        lines.append(f"- {days}: {inert(position.speaker)}{stance} {''.join(f'[{marker}]' for marker in markers)}")
    return lines


def _source(citation: Citation) -> str:
    """Return the line of a citation, which `said_in` reads: its number, who says it, where and when, the words."""
    how = " ".join(filter(None, (citation.cue, ", ".join(citation.via)))) or "speaking"
    speaker = f"{inert(citation.speaker)} ({inert(how)}) - " if citation.speaker else ""
    page = f", page {citation.page}" if citation.page else ""
    return f"- [{citation.marker}] {speaker}{_origin(citation.document)}{page}: {inert(citation.quote)}"


def _origin(document: Document) -> str:
    return f"{inert(document.outlet or 'outlet unknown')}, {day(document.published)}, {inert(document.name)}"


def _nearest(answer: Answer) -> list[str]:
    lines = []
    for hit in answer.hits:
        document = answer.documents[f"{hit.passage.document_id}@{hit.passage.version}"]
        words = plain(hit.passage.text)
        cut = words if len(words) <= LONGEST else f"{words[:LONGEST].rsplit(' ', 1)[0]} …"
        lines.append(f"- {_origin(document)}: {inert(cut)}")
    return lines


def said_in(text: str) -> tuple[Said, ...]:
    """Return the statements of an answer from the text that it was told in, with who says them by its list of sources."""
    body, _, sources = text.partition(f"\n{SOURCES}")
    speakers = {number: ESCAPED.sub(r"\1", name) for number, name in SPOKEN.findall(sources)}
    said = []
    for line in body.splitlines():
        if (found := MARKED.match(line)) and not line.startswith("- "):
            said.append(Said(ESCAPED.sub(r"\1", found["text"]), speakers.get(found["first"])))
    return tuple(said)
