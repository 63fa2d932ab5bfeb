"""Who says the words that are cited of a source, as it stands above them."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from corpus.catalog import Quotation
from corpus.types import Document
from ui.web.naming import byline, count
from ui.web.opening import NOWHERE, Opened

__all__ = ["voices"]

MOST_VOICES = 3
LONGEST_SAID = 300  # characters of what somebody says


def voices(opened: Opened) -> str:
    """Return who says the cited words, by whose report, in which words. It stays in sight above them."""
    if opened.cited == NOWHERE:
        return ""
    document = opened.document
    page = document.page_of(opened.cited[0])
    where = escape(byline(document)) + (f" · page {page}" if page else "")
    runs = [list(run) for _, run in groupby(opened.said, key=lambda q: (q.said.speaker, q.said.via))]
    left = len(runs) - MOST_VOICES
    spoken = "".join(_voice(document, run, where) for run in runs[:MOST_VOICES])
    spoken += f'<p class="said">and {count(left, "other speaker")}</p>' if left > 0 else ""
    whose = document.outlet or ", ".join(document.authors) or "the document"
    alone = f'<p class="said">Nobody else is named: the words of <b>{escape(whose)}</b> · {where}</p>'
    return f'<section class="voices" aria-label="Who says it">{spoken or alone}</section>'


def _voice(document: Document, run: Sequence[Quotation], where: str) -> str:
    said = run[0].said
    cues = dict.fromkeys(quotation.said.cue for quotation in run if quotation.said.cue)
    parts = [f"<b>{escape(said.speaker)}</b>"]
    parts += [f"<i>{escape(cue)}</i>" for cue in cues]
    parts += [f"via {escape(name)}" for name in said.via]
    parts += ["word for word" if said.speech == "direct" else "as reported", where]
    words = " … ".join(" ".join(document.text[slice(*quotation.said.content)].split()) for quotation in run)
    words = words.strip('“”"„« »')
    words = f"{words[:LONGEST_SAID].rsplit(' ', 1)[0]} …" if len(words) > LONGEST_SAID else words
    return f'<p class="said">{" · ".join(parts)}</p>{f"<q>{escape(words)}</q>" if words else ""}'
