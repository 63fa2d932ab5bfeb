"""A story that several documents tell: found as one, cited from one, and said to be in so many.

Which documents those are is the record's (`corpus.groups`). Sentences that they have word for word are ranked once
(`ranking.told_once`), and `sources` counts them as one source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.answer import Answer
from corpus.catalog import Catalog, Entry
from index.retriever import Hit

__all__ = ["SEARCHED", "distinct", "with_retold"]

SEARCHED = 3  # times the hits that are wanted, since some may be copies


def distinct(hits: Sequence[Hit], stories: Mapping[str, str], k: int) -> list[Hit]:
    """Return the best hits, as many as it takes for k that are no copies of those above them.

    A copy is mostly made of sentences that a hit of the same story has. `stories` has the groups of those versions ("id@version") that are in one.
    """
    told: set[tuple[str, str]] = set()
    found: list[Hit] = []
    left = k
    for hit in hits:
        if not left:
            break
        found.append(hit)
        story = stories.get(f"{hit.passage.document_id}@{hit.passage.version}")
        if story is None:
            left -= 1
            continue
        sentences = {(story, words) for words in _sentences(hit)}
        left -= _length(sentences - told) * 2 > _length(sentences)
        told |= sentences
    return found


def _length(told: set[tuple[str, str]]) -> int:
    return sum(len(words) for _, words in told)


def _sentences(hit: Hit) -> list[str]:
    passage = hit.passage
    return [
        " ".join(passage.text[start - passage.start : end - passage.start].split()) for start, end in passage.sentences
    ]


def with_retold(answer: Answer, catalog: Catalog) -> Answer:
    """Return the answer with the other documents that its filters let through and that tell the story of a citation."""
    if all(citation.document.duplicate_group is None for citation in answer.citations):
        return answer
    limited = answer.filters.limits_documents
    allowed = catalog.allowed(answer.filters)[0] if limited else None
    others: dict[str, list[Entry]] = {}
    for citation in answer.citations:
        group = citation.document.duplicate_group
        if group is not None and group not in others:
            entries = catalog.entries(group)
            others[group] = [e for e in entries if allowed is None or f"{e.id}@{e.version}" in allowed]
    citations = tuple(
        replace(c, retold=tuple(e for e in others.get(c.document.story, ()) if e.id != c.document.id))
        for c in answer.citations
    )
    return replace(answer, citations=citations)
