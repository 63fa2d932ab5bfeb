"""English words that more than one reader of sentences must know: function words, dates' names, capitals."""

import re
import unicodedata
from functools import lru_cache

__all__ = ["CAPITAL", "FUNCTION_WORDS", "MONTH", "MONTHS", "OFFICES", "WEEKDAY", "is_called", "name_words"]

FUNCTION_WORDS = frozenset(
    "a about above after again against all also although am an and any are as at be because been before being below "
    "between both but by can could did do does doing down during each either else ever few for from further get had has "
    "have having he her here hers herself him himself his how i if in into is it its itself just may me might more most "
    "much must my neither no nor not of off often on once one only or other our out over own please said same say saying "
    "says shall she should since so some such tell than that the their theirs them themselves then there these they this "
    "those through to too under until up upon us very was we were what whatever when where whether which while who whom "
    "whose why will with would yes yet you your many kind sort exactly s t d ll m re ve don didn doesn isn aren wasn "
    "weren hasn haven hadn won wouldn couldn shouldn".split()
)
MONTHS = "January February March April May June July August September October November December"
MONTH = "(?:" + "|".join(MONTHS.split()) + "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\\.?"
WEEKDAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)s?"
TITLE = r"(?:Dr|Mr|Mrs|Ms|Prof|Gen|Sen|Rep|Col|Capt|Lt|Sgt|Gov|St|Jr|Sr)\."
CAPITAL = rf"(?:{TITLE}|[A-Z]\.(?:[A-Z]\.)*|[A-ZÀ-ÖØ-Þ][\w'’]*(?:-[\w]+)*)"
# What stands before a name and is no part of it; with a capital there, small elsewhere.
OFFICES = frozenset(
    "president chancellor premier minister secretary senator representative congressman congresswoman governor mayor judge "
    "justice chief commissioner councillor councilman councilwoman ambassador attorney speaker leader chairman chairwoman "
    "director general colonel captain major lieutenant sergeant admiral officer sheriff professor doctor pope bishop "
    "archbishop cardinal reverend rabbi imam king queen prince princess lord lady sir dame candidate nominee democrat "
    "republican editor reporter correspondent host coach".split()
)


def is_called(name: str, wanted: str) -> bool:
    """Tell whether `wanted` names the bearer of `name`, by any of its words, accents aside: "erdogan" is President Erdoğan."""
    words = name_words(wanted)
    return bool(words) and words <= name_words(name)


@lru_cache(50_000)
def name_words(name: str) -> frozenset[str]:
    """Return the words of a name without accents and capitals."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return frozenset(re.findall(r"\w+", plain.casefold()))
