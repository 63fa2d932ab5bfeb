"""A statement of an answer: its words, the chips of its sources with their tips, who said it, how well it is supported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from assistant.answer import Answer, Citation, Statement
from corpus.dates import in_words
from ui.markdown import GONE
from ui.web.copying import statement_text
from ui.web.naming import byline, day, entry_url, source_url
from ui.web.parts import FRAME

__all__ = ["SUPPORTS", "Shown", "cited", "period", "statement", "tip_id"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer in its place: the number of its turn in the conversation, from which the ids of its parts are made."""

    answer: Answer
    turn: int

    def is_gone(self, citation: Citation) -> bool:
        """Tell whether the library has the document of a citation no longer."""
        return f"{citation.document.id}@{citation.document.version}" in self.answer.gone


@dataclass(frozen=True, slots=True)
class Support:
    """How well a statement is supported: a sign, a word, and whether that is plainly to be seen."""

    sign: str
    words: str
    doubtful: bool = True


SUPPORTS = {
    "quoted": Support("“", "Verbatim", doubtful=False),
    "supported": Support("✓", "Supported", doubtful=False),
    "partly": Support("≈", "Only partly supported by its sources"),
    "contradicted": Support("≠", "Told otherwise by its sources"),
    "unsupported": Support("?", "Not supported by the sources"),
}


def statement(number: int, shown: Shown, speaker: str | None = None) -> str:
    """Return a statement of the answer, by its number from 0.

    `speaker` is named above already, so not again. One that is supported says so in a quiet word beside its source; one that
    is not says it on a line of its own, with the reason.
    """
    said = shown.answer.statements[number]
    support = SUPPORTS[said.support]
    sources = cited(said, shown.answer)
    chips = "".join(_chip(citation, number, shown) for citation in sources)
    date = f'<time datetime="{escape(said.date)}">{escape(period(said.date))}</time> ' if said.date else ""
    doubt = f'<p class="doubt">{_sign(support)}{_why(said)}</p>' if support.doubtful else ""
    quiet = "" if support.doubtful else f'<span class="held">{_sign(support)}</span>'
    copy = _copy(number, shown) if sources else ""
    first = _attribution(sources[0], shown, speaker) if sources else ""
    return (
        f'<div class="statement {said.support}" id="{_place(number, shown)}">'
        f'<p class="words">{date}{_marked(said, sources)}&nbsp;{chips}</p>{doubt}'
        f'<div class="said">{first}{quiet}{copy}</div>{_also(sources, shown)}{_retold(number, shown)}</div>'
    )


def cited(said: Statement, answer: Answer) -> list[Citation]:
    """Return the citations of a statement, the one that carries its words first."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    return [by_marker[marker] for marker in dict.fromkeys(said.citations) if marker in by_marker]


def period(date: str) -> str:
    """Return a date as it is read, or two months as "June 2022 to August 2022"."""
    return " to ".join(day(part) for part in date.split("/"))


def tip_id(number: int, marker: int, shown: Shown) -> str:
    """Return the id of what a chip's tip tells."""
    return f"tip-{shown.turn}-{number}-{marker}"


def _place(number: int, shown: Shown) -> str:
    return f"said-{shown.turn}-{number}"


def _sign(support: Support) -> str:
    return f'<span class="sign" aria-hidden="true">{support.sign}</span> {support.words}'


def _why(said: Statement) -> str:
    return f": {escape(said.reason)}" if said.reason else ""


def _copy(number: int, shown: Shown) -> str:
    text = escape(statement_text(shown.answer, number))
    return f'<button type="button" class="act" data-copy="{text}" aria-label="Copy this quotation with its source">Copy</button>'


def _marked(said: Statement, sources: Iterable[Citation]) -> str:
    """Return the statement's text, the first words in it that answer the question marked."""
    text = said.text
    for citation in sources:
        if citation.answer is None:
            continue
        source, (start, end) = citation.document.text, citation.answer
        words = _plain(source[start:end])
        before = _plain(source[citation.start : end])  # the same words may stand in the sentence twice
        lead = text.find(before)
        at = lead + len(before) - len(words) if before and lead >= 0 else text.find(words)
        if words and at >= 0:
            return f"{escape(text[:at])}<mark>{escape(words)}</mark>{escape(text[at + len(words) :])}"
    return escape(text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _chip(citation: Citation, number: int, shown: Shown) -> str:
    """Return the numbered link to a citation's words, with what is shown while it is pointed at or has the focus.

    Of a document that is gone it leads nowhere, and its tip alone is left. page.js shows the tip.
    """
    document, tip = citation.document, tip_id(number, citation.marker, shown)
    label = escape(f"Source {citation.marker}: {byline(document)}")
    url = escape(source_url(document, citation.start, citation.end, citation.answer))
    about = f'aria-label="{label}" aria-describedby="{tip}"'
    if shown.is_gone(citation):
        chip = f'<button type="button" class="chip gone" {about}>{citation.marker}</button>'
        link = f"<span>{GONE.capitalize()}</span>"
    else:
        chip = f'<a class="chip" href="{url}" target="{FRAME}" {about}>{citation.marker}</a>'
        link = f'<a href="{url}" target="_blank" rel="noopener">Permanent link</a>'
    return f'{chip}<span class="tip" popover="manual"><span id="{tip}">{_told(citation)}</span>{link}</span>'


def _told(citation: Citation) -> str:
    """Return what a tip tells of a citation: its very words, who said them and how, where they stand."""
    document = citation.document
    how = f" <i>{escape(citation.cue)}</i>" if citation.cue else ""
    when = f", {escape(in_words(citation.said_on))}" if citation.said_on else ""
    who = f"<span><b>{escape(citation.speaker)}</b>{how}{when}</span>" if citation.speaker else ""
    page = f", page {citation.page}" if citation.page else ""
    name = f"<cite>{escape(document.name)}</cite>"
    return f"<q>{escape(_plain(citation.quote))}</q>{who}<span>{escape(byline(document))}{page}</span>{name}"


def _attribution(citation: Citation, shown: Shown, named: str | None) -> str:
    """Return who said it, how, when and through whom, as one quiet line; not again who is `named` already."""
    document = citation.document
    parts = [f"<b>{escape(citation.speaker)}</b>"] if citation.speaker and citation.speaker != named else []
    if citation.speaker and citation.cue:
        parts.append(f"<i>{escape(citation.cue)}</i>")
    if citation.said_on:
        parts.append(escape(in_words(citation.said_on)))
    parts += [f"via {escape(name)}" for name in citation.via]
    parts += [escape(document.outlet or document.name), escape(day(document.published))]
    parts += [f"page {citation.page}"] if citation.page else []
    parts += [escape(GONE.partition(";")[0])] if shown.is_gone(citation) else []
    return " · ".join(parts)


def _also(sources: Sequence[Citation], shown: Shown) -> str:
    """Return where else the same is told: the other citations, a few words each."""
    lead = sources[0].speaker if sources else None
    parts = [
        " · ".join(
            [
                *([f"<b>{escape(other.speaker)}</b>"] if other.speaker and other.speaker != lead else []),
                escape(
                    byline(other.document)
                    if other.document.outlet
                    else f"{other.document.name}, {byline(other.document)}"
                ),
                *([escape(GONE.partition(";")[0])] if shown.is_gone(other) else []),
            ]
        )
        for other in sources[1:]
    ]
    return f'<p class="said also">Also: {"; ".join(dict.fromkeys(parts))}</p>' if parts else ""


def _retold(number: int, shown: Shown) -> str:
    """Return the other documents that tell the same story as a source, at the first statement that cites it."""
    answer = shown.answer
    told = {citation.document.story for before in answer.statements[:number] for citation in cited(before, answer)}
    found = ""
    for citation in cited(answer.statements[number], answer):
        if citation.retold and citation.document.story not in told:
            told.add(citation.document.story)
            rows = "".join(
                f'<li><a href="{escape(entry_url(entry))}" target="{FRAME}">{escape(entry.name)}</a> '
                f"{escape(byline(entry))}</li>"
                for entry in citation.retold
            )
            found += f'<details class="retold"><summary>The same report in {citation.tellers}</summary><ul>{rows}</ul></details>'
    return found
