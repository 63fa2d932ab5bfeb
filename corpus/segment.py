"""Cut a document's text into sentences and passages with exact offsets, and count tokens.

A passage is a run of whole sentences, at most PASSAGE_WORDS words, that never crosses a heading. Every character that
is not whitespace lies in exactly one passage. A "sentence" without an end (a table, a log, a book on one line) is cut
at whitespace where there is some, so a passage always fits the encoder's window.
"""

import hashlib
import importlib.util
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

from corpus.types import Document, Passage, Span

__all__ = [
    "PASSAGE_WORDS",
    "WORD",
    "count_tokens",
    "passage_id",
    "passage_spans",
    "passages",
    "passages_at",
    "sentence_spans",
]

PASSAGE_WORDS = 100  # the passages measured in docs/design.md: median 75 words, all-MiniLM-L6-v2 reads 256 word pieces
SENTENCE_WORDS = 100
LONGEST_WORD = 60  # characters; a longer run (a base64 blob, a URL) is counted and cut as several words

# A word, or one character of a script that is written without spaces (CJK, kana, Hangul, Thai, Lao, Khmer, Burmese).
WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]"
    r"|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]{1,%d}"
    r"|[^\w\s]{1,8}" % LONGEST_WORD
)
BLOCK_END = re.compile(r"\n[^\S\n]*\n|\n(?=[^\S\n]*(?:[-*•‣▪]|\d{1,3}[.)])\s)|[\f\x1c-\x1e\u2029]")
CJK_END = re.compile(r"(?<=[。！？])(?![。！？」』”])")

# Abbreviations of news prose that stand before a name or a number, so never end a sentence.
TITLES = frozenset(
    "adm amb brig capt cmdr col cpl dr gen gov hon lt maj messrs mr mrs ms prof rep reps rev sen sens sgt st supt".split()
)
BEFORE_NUMBERS = frozenset("no nos art fig vol pp sec".split())
# Abbreviations that may end a sentence; a new one starts after them only with a capital that punkt knows to start one.
ABBREVIATIONS = frozenset(
    "u.s u.k u.n e.u d.c u.s.s.r a.m p.m jan feb mar apr jun jul aug sept sep oct nov dec inc corp co ltd vs etc e.g i.e "
    "approx dept est jr sr calif mass penn fla ariz ala ark conn del ill ind kan ky la md mich minn miss mo mont neb nev "
    "okla ore tenn tex va vt wash wis wyo".split()
)
INITIAL = re.compile(r"(?:^|[\s(\"“])(?:[A-Z]\.){1,3}$")
LAST_TOKEN = re.compile(r"([^\W\d_]+)\.$")


class _SpanTokenizer(Protocol):
    def span_tokenize(self, text: str) -> Iterator[Span]: ...


def _bundled(folder: str) -> Path:
    """Return a folder of the data that llama-index-core carries, without importing llama-index (1.6 s)."""
    spec = importlib.util.find_spec("llama_index.core")
    if spec is None or spec.origin is None:
        raise RuntimeError("llama-index-core is not installed: run pip install -r requirements.lock")
    return Path(spec.origin).parent / "_static" / folder


@cache
def _punkt() -> _SpanTokenizer:
    import nltk.data  # here, since importing nltk takes 2 s and asking does not need it
    from nltk.tokenize.punkt import PunktTokenizer

    bundled = str(_bundled("nltk_cache"))
    if bundled not in nltk.data.path:
        nltk.data.path.insert(0, bundled)
    tokenizer = PunktTokenizer("english")
    tokenizer._params.abbrev_types.update(TITLES | BEFORE_NUMBERS | ABBREVIATIONS)
    punkt: _SpanTokenizer = tokenizer
    return punkt


@cache
def _bpe() -> "object":
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(_bundled("tiktoken_cache")))
    import tiktoken  # here, so that its cache folder is set before it looks for it

    return tiktoken.get_encoding("cl100k_base")


def count_tokens(text: str) -> int:
    """Return the number of cl100k_base tokens in `text`, special tokens read as ordinary text. Works offline."""
    encoding = _bpe()
    return len(encoding.encode_ordinary(text))  # type: ignore[attr-defined]


def sentence_spans(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Return the spans of the sentences in text[start:end], in order; together they hold all that is not whitespace."""
    end = len(text) if end is None else end
    spans: list[Span] = []
    for block_start, block_end in _blocks(text, start, end):
        for sentence_start, sentence_end in _block_sentences(text, block_start, block_end):
            spans.extend(_bounded(text, sentence_start, sentence_end))
    return spans


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the paragraphs and list items of text[start:end], stripped."""
    at = start
    for match in BLOCK_END.finditer(text, start, end):
        yield from _stripped(text, at, match.start())
        at = match.end()
    yield from _stripped(text, at, end)


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def _block_sentences(text: str, start: int, end: int) -> list[Span]:
    block = text[start:end]
    merged: list[Span] = []
    for low, high in _punkt().span_tokenize(block):
        if merged and _continues(block, merged[-1], low):
            merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    spans: list[Span] = []
    for low, high in merged:
        cuts = [low, *(low + match.start() for match in CJK_END.finditer(block[low:high])), high]
        for piece_start, piece_end in zip(cuts, cuts[1:], strict=False):
            spans.extend(_stripped(text, start + piece_start, start + piece_end))
    return spans


def _continues(block: str, previous: Span, start: int) -> bool:
    """Tell whether the sentence at `start` is really the rest of `previous`, cut at an abbreviation."""
    before, after = block[previous[0] : previous[1]], block[start : start + 1]
    token = LAST_TOKEN.search(before)
    word = token.group(1).lower() if token else ""
    if after.islower():
        return before.endswith(".") or before.endswith(('?"', '!"', "?”", "!”", "?'", "!'", "?’", "!’"))
    if word in BEFORE_NUMBERS:
        return after.isdigit()
    return word in TITLES or (
        INITIAL.search(before) is not None and not before.endswith(("U.S.", "U.N.", "U.K.", "E.U."))
    )


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut text[start:end] so that no piece has more than SENTENCE_WORDS words."""
    if len(WORD.findall(text, start, end)) <= SENTENCE_WORDS:
        yield from _stripped(text, start, end)
        return
    words = 0
    at = start
    last_space = start
    previous_end = start
    for match in WORD.finditer(text, start, end):
        if match.start() > previous_end:
            last_space = match.start()
        if words == SENTENCE_WORDS:
            cut = last_space if last_space > at else match.start()
            yield from _stripped(text, at, cut)
            words = sum(1 for _ in WORD.finditer(text, cut, match.start()))
            at = cut
        words += 1
        previous_end = match.end()
    yield from _stripped(text, at, end)


def passages(document: Document) -> list[Passage]:
    """Return the document's passages, in order."""
    return passages_at(document, passage_spans(document.text, document.headings))


def passages_at(document: Document, spans: Iterable[tuple[int, int, list[Span]]]) -> list[Passage]:
    """Return the passages at these places: start, end, sentences.

    Their ids follow from the document, the version, the place and the words.
    """
    found: list[Passage] = []
    for start, end, sentences in spans:
        text = document.text[start:end]
        id = passage_id(document.id, document.version, start, text)
        found.append(Passage(id, document.id, document.version, len(found), start, end, text, tuple(sentences)))
    return found


def passage_id(document_id: str, version: int, start: int, text: str) -> str:
    """Return the id of the passage that stands there, 20 hexadecimal digits."""
    words = f"{document_id}\0{version}\0{start}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(words).hexdigest()[:20]


def passage_spans(text: str, headings: tuple[Span, ...]) -> Iterator[tuple[int, int, list[Span]]]:
    """Yield (start, end, sentences) of each passage: a heading opens one, and belongs to it without being a sentence."""
    edges = [(0, 0), *headings, (len(text), len(text))]
    for (heading_start, heading_end), (next_start, _) in zip(edges, edges[1:], strict=False):
        groups = _grouped(text, sentence_spans(text, heading_end, next_start))
        has_heading = next(_stripped(text, heading_start, heading_end), None)
        if has_heading and not groups:
            yield has_heading[0], has_heading[1], []
        for number, group in enumerate(groups):
            start = has_heading[0] if has_heading and number == 0 else group[0][0]
            yield start, group[-1][1], group


def _grouped(text: str, sentences: list[Span]) -> list[list[Span]]:
    """Return the sentences in runs of at most PASSAGE_WORDS words, of even length: no short rest at the end."""
    words = [len(WORD.findall(text, start, end)) for start, end in sentences]
    total = sum(words)
    if not total:
        return []
    target = total / -(-total // PASSAGE_WORDS)
    groups: list[list[Span]] = []
    size = 0
    for sentence, count in zip(sentences, words, strict=True):
        if not groups or size + count > PASSAGE_WORDS or size >= target:
            groups.append([])
            size = 0
        groups[-1].append(sentence)
        size += count
    return groups
