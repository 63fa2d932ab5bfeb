"""Whom a story means by "Scholz", "he", "the minister" or "the 79-year-old", where what it says leaves no doubt.

Neither names nor genders are known beforehand: only the full names, offices and ages that the story itself gives, and
whom it called "he" before.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

from corpus.speech import is_usually_small
from corpus.types import Span
from corpus.words import CAPITAL, FUNCTION_WORDS, MONTHS, OFFICES, WEEKDAY

__all__ = ["PERSONAL", "Story", "name_in"]

NAME = rf"{CAPITAL}(?:\s(?:(?:de|van|von|der|bin|al|la|du)\s)?{CAPITAL})*"
PERSONAL = ("he", "she", "they")
NOBODY = ("us", "mine", "one", "ones", "others", "another", "nobody", "none", "no one")
REACH = 6  # sentences back in which whom "he" stands for is looked for
CLEARLY = 4  # times as often as any other name that ends in the same word, to be meant by it
HONORIFIC = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sen|Rep|Gov|Gen|Col|Capt|Lt|Sgt|St)\.?$")
DATE = rf"(?:{'|'.join(MONTHS.split())}|{WEEKDAY})"  # no "Jan", which is a name too
DATED = re.compile(rf"{DATE}$")
DATE_BEFORE = re.compile(rf"^(?:{DATE}\s)+(?=[A-Z])")
NAMES = re.compile(rf"(?<![\w.’'-]){NAME}")
OPENING = re.compile(rf"(?P<name>{NAME})(?P<both>\sand\s{NAME})?(?=\s[a-z]|,|['’]s\b)")
SEVERAL = re.compile(r"\sand\s|(?:^|\s)[a-z][\w-]*[a-rt-z]s$|^[A-Z][a-z]+s$|^(?:[Ss]ome|[Mm]any|[Ss]everal|[Mm]ost)\b")
PERSON = re.compile(r"(?:man|woman|ist|ician|yer|official|witness|aide|spokesperson|adviser|advisor)$")
FULL = rf"{CAPITAL}(?:\s{CAPITAL})+"
# The three that are looked for in a whole text have bounds, or a text of capitals alone would take hours.
BOUNDED = rf"(?<![\w.]){CAPITAL}(?:\s{CAPITAL}){{1,7}}"
INTRODUCED = re.compile(rf"\b(?P<office>[a-z][a-z-]{{1,40}}),?\s(?P<name>{FULL})")
EXPLAINED = re.compile(
    rf"(?P<name>{BOUNDED}),\s(?:the|a|an)\s(?:[\w-]+\s){{0,4}}?(?P<office>[a-z][a-z-]+)(?=[,.]|\s(?:of|for|who|in|at|from)\b)"
)
ASIDE_TO = re.compile(rf"(?P<name>{NAME}),\s(?:[^.;:“”\"]{{0,120}},\s)?")
AGED = re.compile(rf"(?P<name>{BOUNDED})(?:,\s|\s\()(?P<age>\d{{1,3}})(?=[,)])")
OFFICE = re.compile(r"[Tt]he (?:[a-z-]+ ){0,2}?(?P<office>[a-z][a-z-]+)$")
AGE = re.compile(r"[Tt]he (?P<age>\d{1,3})-year-old\b")
BEGINNING = re.compile(rf"(?P<name>{FULL})\s(?:of|in|on|at|from|to|during|after|before|with|by|for)\s[a-z]")
SET_OFF = re.compile(rf",\s(?P<name>{FULL})(?=,|$)")
BOTH = re.compile(rf"(?P<one>{FULL}),? and (?:the [^,]*, )?(?P<other>{FULL})(?=,|$)")
AFTER_ROLE = re.compile(rf"(?:^|\s)(?P<word>[a-z][\w’'-]*)\s(?P<name>{FULL})$")
EXPLAINED_NAME = re.compile(rf"(?P<name>{NAME})(?=,|\s\(|\s(?:who|whose)\b)")


def name_in(source: str) -> str:
    """Return the name that a source gives to its speaker, else its own words.

    "the mayor, Ines Falk" and "the former mayor Ines Falk" are Ines Falk; "a spokesman for Ines Falk" is not.
    """
    words = re.sub(r"['’]s?$", "", " ".join(source.split()).strip(' ,;:"“”'))
    words = DATE_BEFORE.sub("", words)
    both = BOTH.match(words)
    if both:
        return f"{both['one']} and {both['other']}"
    explained = EXPLAINED_NAME.match(words)
    if explained and not _is_no_name(explained["name"]):
        return explained["name"]
    beginning = BEGINNING.match(words)
    if beginning and not _is_no_name(beginning["name"]):
        return beginning["name"]
    set_off = SET_OFF.search(words)
    if set_off:
        return set_off["name"]
    role = AFTER_ROLE.search(words)
    if role and role["word"] not in FUNCTION_WORDS and len(words.split(role["name"])[0].split()) < 8:
        return role["name"]
    return re.sub(r"^(?:The|An?|Some|Many|Several|His|Her|Their)\s", lambda match: match.group().lower(), words)


def _is_no_name(words: str) -> bool:
    return words.split()[0].lower() in FUNCTION_WORDS or DATED.match(words) is not None


class Story:
    """What a story tells of its persons, and who spoke in its sentences so far."""

    def __init__(self, text: str, sentences: Sequence[Span]) -> None:
        self.text = text
        self.sentences = sentences
        self._full = _full_names(text, {start + shift for start, _ in sentences for shift in (0, 1)})
        self._offices, self._ages = _introductions(text)
        self._speakers: dict[int, str] = {}
        self._called: dict[str, str] = {}  # a name: "he" or "she"

    def speaker(self, source: Span) -> str | None:
        """Return who the words of a source stand for; None where a pronoun is left open."""
        words = self.text[slice(*source)]
        number = max(0, bisect_right(self.sentences, source[0], key=lambda span: span[0]) - 1)
        small = words.lower()
        if small in PERSONAL:
            return self._referent(small, source[0], number)
        if small in ("who", "which", "that"):
            return self._antecedent(source[0], number)
        if small in FUNCTION_WORDS or small in NOBODY:
            return None
        name = self._explained(source, number) or name_in(words)
        return self._known(name) if any(map(str.isalnum, name)) else None

    def _explained(self, source: Span, number: int) -> str | None:
        """Return the name that opens the sentence, if the source is an aside to it: "Falk, until May the mayor, said"."""
        words = self.text[slice(*source)]
        if not words[0].islower() or self.text[source[1] - 1 : source[1] + 1].strip(" ")[-1:] != ",":
            return None
        start = self.sentences[number][0]
        opening = ASIDE_TO.fullmatch(self.text, start, source[0])
        name = opening["name"] if opening else ""
        return name if name and not _is_no_name(name) and not is_usually_small(name.split()[0]) else None

    def remember(self, number: int, speaker: str) -> None:
        """Keep who spoke in a sentence, for whom a pronoun after it stands."""
        self._speakers[number] = speaker

    def _known(self, words: str) -> str:
        """Return the full name of a person who is named in part or by what he is, else the words."""
        office, age = OFFICE.match(words), AGE.match(words)
        if office or age:
            known = self._ages.get(age["age"]) if age else self._offices.get(office["office"]) if office else None
            return known or words
        parts = words.split()
        rest = [part for part in parts if not HONORIFIC.match(part) and part.lower() not in OFFICES]
        if len(rest) == 1 and re.fullmatch(CAPITAL, rest[0]):
            return self._full.get(rest[0], words)
        return words

    def _referent(self, pronoun: str, at: int, number: int) -> str | None:
        """Return whom "he" stands for: the speaker, or else the subject, of the nearest sentence that names one.

        A subject of one word may be a place ("Moscow followed"): it counts if the story names somebody in full by it.
        """
        for earlier in range(number, max(-1, number - REACH - 1), -1):
            named = self._speakers.get(earlier) if earlier < number else None
            subject = named is None
            if named is None:
                named = self._subject(earlier, at)
            if named is None or self._called.get(named, pronoun) != pronoun:
                continue
            if named[0].islower() and not _is_person(named) and not SEVERAL.search(named):
                continue
            several = SEVERAL.search(named) is not None
            if several != (pronoun == "they") or (subject and " " not in named and not several):
                return None
            if pronoun != "they":
                self._called[named] = pronoun
            return named
        return None

    def _subject(self, number: int, before: int) -> str | None:
        """Return the name that opens a sentence, or both of two, if it stands before an offset."""
        start, end = self.sentences[number]
        found = OPENING.match(self.text, start, min(end, before))
        if found is None or _is_no_name(found["name"]):
            return None
        if found["both"]:
            return found.group()
        parts = found["name"].split()
        return self._known(" ".join(parts[1:] if len(parts) > 1 and is_usually_small(parts[0]) else parts))

    def _antecedent(self, at: int, number: int) -> str | None:
        """Return the name right before "who", if there is one."""
        names = list(NAMES.finditer(self.text, self.sentences[number][0], at))
        near = bool(names) and self.text[names[-1].end() : at].strip(" ,") == ""
        return self._known(names[-1].group()) if near and not _is_no_name(names[-1].group()) else None


def _is_person(role: str) -> bool:
    """Tell whether a role is surely one person's: "the minister", "the 79-year-old"; not "the report"."""
    last = role.split()[-1]
    return AGE.match(role) is not None or last in OFFICES or PERSON.search(last) is not None


def _full_names(text: str, openings: Container[int]) -> dict[str, str]:
    """Return for each last name the one full name that the text has, or has far more often than any other.

    `openings` are where sentences open: "Later Brenner" is no name there.
    """
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for match in NAMES.finditer(text):
        parts = match.group().split()
        if match.start() in openings and is_usually_small(parts[0]):
            parts.pop(0)
        while parts and (_is_no_name(parts[0]) or HONORIFIC.match(parts[0]) or parts[0].lower() in OFFICES):
            parts.pop(0)
        if 2 <= len(parts) <= 4:
            last = re.sub(r"['’]s?$", "", parts[-1])
            names[last][" ".join([*parts[:-1], last])] += 1
    found = {}
    for last, counts in names.items():
        (name, most), *others = counts.most_common()
        if not others or most >= CLEARLY * others[0][1]:
            found[last] = name
    return found


def _introductions(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return who alone is called by an office ("minister"), and who has an age ("79")."""
    offices: dict[str, set[str]] = defaultdict(set)
    for match in (*INTRODUCED.finditer(text), *EXPLAINED.finditer(text)):
        if match["office"] not in FUNCTION_WORDS:
            offices[match["office"]].add(_bare(match["name"]))
    for match in NAMES.finditer(text):  # "Foreign Minister Ada Kern"
        parts = match.group().split()
        for office in (part.lower() for part in parts[:-2] if part.lower() in OFFICES):
            offices[office].add(_bare(match.group()))
    ages: dict[str, set[str]] = defaultdict(set)
    for match in AGED.finditer(text):
        ages[match["age"]].add(_bare(match["name"]))
    return _only(offices), _only(ages)


def _bare(name: str) -> str:
    """Return a name without the offices before it and the "'s" after it."""
    parts = re.sub(r"['’]s?$", "", name).split()
    titles = [i for i, part in enumerate(parts[:-1]) if part.lower() in OFFICES or HONORIFIC.match(part)]
    return " ".join(parts[titles[-1] + 1 :] if titles else parts)


def _only(found: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {key: next(iter(names)) for key, names in found.items() if len(set(names)) == 1}
