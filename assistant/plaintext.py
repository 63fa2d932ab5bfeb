"""Reduce what a model writes, or what it is given to read, to plain visible text.

A model that obeys a document may write an image whose address carries data away, a link, markup, or signs that steer a
terminal. None of these is kept; an address is, where it is that of a cited source or stands in its words.
"""

import re
import unicodedata
from collections.abc import Callable

__all__ = ["plain", "visible"]

IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()\s]*(?:\s[^()]*)?\)?|\[[^\[\]]*\])")
LINK = re.compile(r"\[(?P<words>[^\[\]]*)\]\((?P<address>[^()\s]*)(?:\s[^()]*)?\)?")
TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]*(?:>|$|(?=<))|<!--.*?(?:-->|$)", re.DOTALL)
ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}://|(?<![\w:])//(?=[\w-]+\.)|\bwww\.|\b(?:data|javascript|mailto):)[^\s<>\"“”]+", re.I
)
MARKS = re.compile(
    r"^\s{0,3}(?:#{1,6}\s+|>\s*|[-*+•]\s+|\d{1,2}[.)]\s+)+|\*\*|__|`+|^\s*[*_]|(?<=\w)[*_]+(?!\w)|^\s*\|"
)
REMOVED = "(link removed)"
JOINERS = "\u200c\u200d"  # inside words of some scripts
TRAILING = ".,;:!?)]}'’"


def visible(text: str) -> str:
    """Return the text in one line, without characters that are not seen: controls, direction marks, tags."""
    kept = (c if c in JOINERS or unicodedata.category(c) not in ("Cf", "Co", "Cs", "Cn") else "" for c in text)
    spaced = "".join(" " if unicodedata.category(c) == "Cc" else c for c in "".join(kept))
    return " ".join(spaced.split())


def plain(text: str, is_source: Callable[[str], bool]) -> str:
    """Return the text without markup; an address in it is kept only where `is_source` knows it."""
    text = visible(text)
    while (without := _without_markup(text, is_source)) != text:  # what is taken out may leave other markup behind
        text = without
    return text


def _without_markup(text: str, is_source: Callable[[str], bool]) -> str:
    text = LINK.sub(lambda link: _link(link, is_source), IMAGE.sub("", text))
    text = ADDRESS.sub(lambda found: _address(found.group(), is_source), TAG.sub("", text))
    return " ".join(MARKS.sub("", text).split())


def _link(link: re.Match[str], is_source: Callable[[str], bool]) -> str:
    words, address = link["words"], link["address"]
    if words.strip().isdigit():
        return f"[{words}]"  # the number of a sentence, made a link
    return f"{words} ({address})" if is_source(address) else words


def _address(address: str, is_source: Callable[[str], bool]) -> str:
    bare = address.rstrip(TRAILING)
    return address if is_source(bare) else REMOVED + address[len(bare) :]
