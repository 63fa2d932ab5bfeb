"""Which language a text is in, by py3langid, and what languages are called. OnRecord reads English; others are said so."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["code_of", "codes", "foreign", "likeliest", "name_of", "recognised"]

ENGLISH = "en"
FIRST = 4000  # characters that are looked at at once
NO_LANGUAGE = "zxx"  # ISO 639-2 for what is in none: figures, code
ENOUGH = 60  # bytes of letters in UTF-8, below which a list of names may pass for any language
SURE = 0.98  # of the probabilities of all languages together


def recognised(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language, as its opening tells, else its middle; None where neither is sure."""
    middle = len(text) // 2
    openings = (text[:FIRST], text[middle : middle + FIRST] if len(text) > 2 * FIRST else "")
    return next((code for opening in openings if (code := _language(opening))), None)


def _language(text: str) -> str | None:
    """Return the language of a text, or None where there is too little of it to be sure, or a mixture."""
    letters = "".join(c for c in text if c.isalpha())
    if len(letters.encode("utf-8", "replace")) < ENOUGH or len(letters) < len("".join(text.split())) / 2:
        return None
    code, probability = likeliest(text)
    middle = len(text) // 2
    alike = all(likeliest(half)[0] == code for half in (text[:middle], text[middle:]))
    return code if probability >= SURE and alike and code != NO_LANGUAGE else None


def likeliest(text: str) -> tuple[str, float]:
    """Return the likeliest language of a text, whatever it is, and its probability among all."""
    code, probability = _identifier().classify(text)
    return str(code), float(probability)


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # here, since its model takes 0.6 s to load

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([code for code in identifier.labels if len(code) == 2 or code == NO_LANGUAGE])
    return identifier


def code_of(stated: str | None) -> str | None:
    """Return the ISO 639-1 code of a language as documents state it ("en-GB", "deu", "French"); None for none.

    A language that has no such code keeps its own, of three letters.
    """
    if not stated or stated == ENGLISH:
        return stated or None
    from babel.core import get_global  # here, for the documents that state one

    word = stated.strip().lower().replace("_", "-").partition("-")[0].strip()
    known = _names()
    if word in known:
        return word
    alias = get_global("language_aliases").get(word)
    if alias is not None:
        return str(alias).partition("_")[0]
    return next((code for code, name in known.items() if name.lower() == stated.strip().lower()), None)


def codes() -> list[str]:
    """Return the codes of the languages that have a name."""
    return sorted(code for code in _names() if len(code) <= 3)


def name_of(code: str) -> str:
    """Return what a language is called in English: "French"."""
    return "English" if code == ENGLISH else _names().get(code, code)  # without reading all names


def foreign(code: str | None) -> str | None:
    """Return what to tell of a document in another language than English; None of one in English, or of an unknown one."""
    if code is None or code_of(code) in (ENGLISH, None):
        return None
    return f"{name_of(code)}: OnRecord reads English best; sentences, speakers and answers will be less sure"


@cache
def _names() -> dict[str, str]:
    from babel import Locale

    return {code: name for code, name in Locale("en").languages.items() if "_" not in code}
