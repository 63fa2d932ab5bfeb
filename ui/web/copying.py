"""An answer, or one statement of it, as text to be pasted elsewhere, with its sources.

A source's address is written as on this site and stands at the start of its line: page.js, which copies, makes it whole.
"""

from collections.abc import Callable, Iterator

from assistant.answer import Answer, Citation
from ui.markdown import GONE, escaped, plain
from ui.web.naming import day, source_url

__all__ = ["answer_text", "statement_text"]

Write = Callable[[str], str]


def answer_text(answer: Answer, write: Write = plain) -> str:
    """Return the question, the statements with their markers, and the numbered citations.

    `write` is how a text is written: `plain`, or `escaped` for Markdown.
    """
    is_markdown = write is escaped
    question = f"**{write(answer.question)}**" if is_markdown else write(answer.question)
    said = [_said(answer, number, write) for number in range(len(answer.statements))]
    below = [write(line) for line in answer.below]
    sources = ["\n".join(_source(answer, citation, write)) for citation in answer.citations]
    parts = [question, *said, *below, "**Sources**" if is_markdown else "Sources", *sources]
    return "\n\n".join(parts) + "\n"


def statement_text(answer: Answer, number: int) -> str:
    """Return a statement, by its number from 0, and its citations."""
    markers = answer.statements[number].citations
    sources = [c for c in answer.citations if c.marker in markers]
    parts = [_said(answer, number, plain), *("\n".join(_source(answer, citation, plain)) for citation in sources)]
    return "\n\n".join(parts) + "\n"


def _said(answer: Answer, number: int, write: Write) -> str:
    statement = answer.statements[number]
    words = write(f"“{statement.text}”" if statement.support == "quoted" else statement.text)
    date = f"{write(statement.date)}: " if statement.date else ""
    markers = "".join(write(f"[{marker}]") for marker in statement.citations)
    doubted = statement.support not in ("quoted", "supported")
    doubt = f" ({write(', '.join(filter(None, (statement.support, statement.reason))))})" if doubted else ""
    return f"{date}{words} {markers}{doubt}".rstrip()


def _source(answer: Answer, citation: Citation, write: Write) -> Iterator[str]:
    """Yield the lines of a citation; its words where they are not those of a statement."""
    document = citation.document
    speaker = f"{citation.speaker}{f' ({citation.cue})' if citation.cue else ''}" if citation.speaker else None
    page = f"page {citation.page}" if citation.page else None
    parts = (speaker, document.outlet, day(document.published), document.name, page)
    end = "  " if write is escaped else ""  # which keeps lines apart in Markdown
    yield f"{write(f'[{citation.marker}]')} {', '.join(write(part) for part in parts if part)}{end}"
    words = plain(citation.quote)
    if words not in {plain(statement.text) for statement in answer.statements}:
        yield f"{write(f'“{words}”')}{end}"
    if f"{document.id}@{document.version}" in answer.gone:
        yield write(GONE)
    else:
        url = source_url(document, citation.start, citation.end)
        yield f"<{url}>" if write is escaped else url
