"""Names of people in what stands where an author should: "By Jane Doe | Published 3 May", "Doe, Jane", "Staff and agencies".

Precision before recall: what is no person's name without doubt is left out, so "The Staff" or a user's name is no author.
"""

import re
from collections.abc import Iterable

__all__ = ["letters", "people"]

LEAD = re.compile(
    r"^(?:(?:written|posted|published|reported|story|words|text|report|analysis)\s+by|interview(?:\s+by)?|by|von|par|por|author|autor)\b:?\s+"
    r"|^(?:author|autor)s?:\s*",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"\s*(?:[|•·(\[<]|\s[–—-]\s|https?:|www\.|\b(?:published|updated|posted|last (?:modified|updated)|on)\b|\bfor the\b"
    r"|\d{1,2}[:.]\d\d|\b\d{4}\b|\bis an?\b|\b(?:stand|aktualisiert|veröffentlicht|am)\b).*$",
    re.IGNORECASE | re.DOTALL,
)
BETWEEN = re.compile(r"\s*;\s*|\s+(?:and|und|et|with)\s+|\s*&\s*|\s*\n\s*|\s*/\s*")
NO_PERSON = re.compile(
    r"\b(?:staff|editors?|editorial|team|desk|newsroom|redaktion|redaction|redacción|redazione|correspondents?|reporters?|"
    r"writers?|agency|agencies|agence|news|press|presse|media|admin|administrator|webmaster|authors?|unknown|guest|"
    r"contributors?|columnist|bureau|board|gmbh|inc|ltd|llc|company|university|institute|department|ministry|office|"
    r"association|foundation|council|committee|magazine|times|daily|weekly|herald|gazette|tribune|post|journal|review|online|reuters|afp|dpa|apa|tass|upi|ap|"
    r"efe|agencia|group|com|org|net|facebook|twitter|instagram|bloomberg|anonymous|user|support|service|photographers?|photo|director|professor|chief|minister|producer|blog|"
    r"producers?|updates?|breaking|world|politics|business|sports?|health|science|climate|economics|video|audio|podcast)\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]*)*")
PARTICLES = frozenset(
    "de da do dos das del della di du la le van von der den ten ter zu zur bin ibn al el e y af av jr sr".split()
)
UNCASED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,6}")  # of scripts that set no space in a name
MOST_WORDS = 5


def people(given: Iterable[str], *outlets: str | None) -> tuple[str, ...]:
    """Return the names of people in texts that name authors, each once, in order; an outlet's name or host is none."""
    ours = [letters(outlet) for outlet in outlets if outlet]
    names = [name for text in given for name in _names(text)]
    return tuple(dict.fromkeys(name for name in names if not any(letters(name) in outlet for outlet in ours)))


def letters(text: str) -> str:
    """Return the letters and figures of a text alone, without case: by them two spellings of an outlet are compared."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _names(text: str) -> list[str]:
    bare = TAIL.sub("", LEAD.sub("", text.strip()))
    parts = [LEAD.sub("", part.strip(" ,.:")) for part in BETWEEN.split(bare)]
    return [name for part in parts for name in _set_off(part) if _is_name(name)]


def _set_off(part: str) -> list[str]:
    """Return what commas set apart; "Doe, Jane" is one name, turned round."""
    pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
    if (
        len(pieces) == 2
        and _is_surname(pieces[0])
        and not NO_PERSON.search(part)
        and _is_name(f"{pieces[1]} {pieces[0]}")
    ):
        return [f"{pieces[1]} {pieces[0]}"]
    return pieces


def _is_surname(text: str) -> bool:
    """Tell whether a text is one word, particles aside: "Doe", "van der Berg"."""
    return len([word for word in text.split() if word.lower() not in PARTICLES]) == 1


def _is_name(text: str) -> bool:
    if UNCASED.fullmatch(text.replace(" ", "")):
        return True
    words = text.split()
    if not 2 <= len(words) <= MOST_WORDS or NO_PERSON.search(text):
        return False
    capital = [word for word in words if word[:1].isupper() or not word[:1].islower() or word.lower() in PARTICLES]
    return (
        all(WORD.fullmatch(word) for word in words)
        and len(capital) == len(words)
        and words[-1].lower() not in PARTICLES - {"jr", "sr"}
    )
