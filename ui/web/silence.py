"""An answer that there is none: what was looked for, where, and what came nearest."""

import re
from html import escape
from operator import itemgetter

from assistant.answer import Answer
from assistant.question import read_question
from corpus.words import FUNCTION_WORDS
from index.lexical import stem
from index.retriever import Hit
from ui.web.naming import byline, count, in_filters, source_url
from ui.web.parts import FRAME

__all__ = ["looked_for", "nearest"]

JOINING = re.compile(r"\b(?:and|the)\b", re.IGNORECASE)  # in what is read as a name: "the Vistula", "Falk and Berg"
STEMS = frozenset(map(stem, FUNCTION_WORDS))
NEAREST = 3  # passages shown where the sources are silent


def looked_for(answer: Answer) -> str:
    """Return what an abstention looked for: the question's words, which of them stand nowhere near, where it looked."""
    if answer.status != "abstained":
        return ""
    words = _words(answer)
    rows = [("Looked for", "".join(f'<span class="term">{escape(word)}</span> ' for word, _ in words))]
    lacking = [f'<span class="term missing">{escape(word)}</span> ' for word, missing in words if missing]
    rows.append(("Not mentioned", "any of these" if len(lacking) == len(words) > 1 else "".join(lacking)))
    if answer.searched is not None:
        undated = f"; {count(answer.undated, 'undated document')} left out" if answer.undated else ""
        rows.append(("Searched", f"{count(answer.searched, 'document')}{undated}"))
    rows.append(("Limited to", escape("; ".join(in_filters(answer.filters)))))
    shown = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows if value)
    return f'<dl class="looked">{shown}</dl>'


def _words(answer: Answer) -> list[tuple[str, bool]]:
    """Return the names and the other words of content of the question, in order, with whether no source has them."""
    read = read_question(answer.query)
    missing = {stem(word) for text in (answer.reason.missing if answer.reason else ()) for word in text.split()}
    names = [(low, part.strip()) for low, high in read.names for part in JOINING.split(read.text[low:high])]
    alone = [
        (term.start, term.word)
        for term in read.terms
        if term.word.lower() not in FUNCTION_WORDS and not any(low <= term.start < high for low, high in read.names)
    ]
    words: dict[frozenset[str], str] = {}  # "Treaty of Versailles" and "Treaty Versailles" are one
    for _, word in sorted([*names, *alone], key=itemgetter(0)):
        words.setdefault(frozenset(map(stem, word.split())) - STEMS, word)
    return [(word, bool(stems & missing)) for stems, word in words.items() if stems]


def nearest(answer: Answer) -> str:
    """Return the passages nearest to a question that was not answered, each a card that opens at it."""
    if answer.status != "abstained" or not answer.hits:
        return ""
    cards = "".join(_passage(hit, answer) for hit in answer.hits[:NEAREST])
    return f'<h3 class="nearest">The nearest passages</h3><div class="hits">{cards}</div>'


def _passage(hit: Hit, answer: Answer) -> str:
    passage = hit.passage
    key = f"{passage.document_id}@{passage.version}"
    document = answer.documents[key]
    page = document.page_of(passage.start)
    where = byline(document) + (f", page {page}" if page else "")
    excerpt = "\n".join(filter(None, map(str.strip, passage.text.split("\n"))))
    body = (
        f'<b>{escape(document.name)}</b><span class="said">{escape(where)}</span>'
        f'<span class="excerpt">{escape(excerpt)}</span>'
    )
    if key in answer.gone:
        return f'<div class="card hit">{body}</div>'
    url = escape(source_url(document, passage.start, passage.end))
    return f'<a class="card hit" href="{url}" target="{FRAME}">{body}</a>'
