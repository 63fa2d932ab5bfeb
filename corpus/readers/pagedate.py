"""When a page was published: what it declares, then what it shows. Of the library the only file that imports htmldate.

    1. JSON-LD and meta tags that say "published" (corpus/readers/declared.py), with the day in the page's own address
    2. the one date that its microdata, else its <time> elements give; where they differ, nothing
    3. htmldate on what is shown and on the address, then with the meta tags that say "date" and no more
    4. htmldate's search of the whole text, where a line of the page shows the day that it finds, and little else: measured
       right in about four of five; of a copyright line, a name of an image, a month alone or a sentence nothing is made

Never what is declared as a date of change, nor a day after the one on which the page says that it was saved. A page that
shows no day but that of its last change is dated by it: as of an earlier day its words may not have been there.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from corpus.readers.declared import UPDATED, Declared
from corpus.readers.metadata import one_day, read_day

__all__ = ["published", "saved", "updated"]

EARLIEST = "1600-01-01"  # htmldate's own is 1995: archives are older
CHANGED = frozenset(UPDATED) | {
    *("copyrightyear", "modified", "lastmodified", "lastdate", "utime", "updated_time", "og:modified_time"),
    *("revision_date", "bt:moddate", "modified_time", "article:post_modified", "modificationdate", "dateupdate"),
}
VAGUE = frozenset({"date", "dc.date", "dcterms.date", "dc:date", "created", "datecreated", "dc.created", "timestamp"})
UNSEEN = ("script", "style", "template", "noscript", "option")
ASIDE = ("aside", "footer", "nav")
BESIDE = re.compile(r"\b(?:comments?|sidebar|related|teaser|widget|footer|event)\b|\bcomments?[-_]", re.IGNORECASE)
INLINE = frozenset("a abbr b bdi cite em font i mark s small span strong sub sup time u".split())
MOST_WORDS = 5  # beside the date, in a line that shows it
ARTICLE_STARTS = re.compile(r"\W*\s[-–—|·•]\s|\W*[:|]\s|,?\s(?:at|um|@)?\s?\d\d?[:.]\d\d\b")
PUBLICATION = re.compile(r"\b(?:publi|posted|written|veröffentlicht|geschrieben|verfasst|erschien)", re.IGNORECASE)
SENTENCE = re.compile(r"\w\W{1,2}(?:of|since|before|after|until|till|by|from|to)\s(?:the\s)?$")
WORD = re.compile(r"[^\W\d_]+")
CHANGE = re.compile(
    r"\b(?:last (?:revis|updat|modif|chang|edit)|zuletzt\b.*\b(?:geändert|aktualisiert|bearbeitet)|dernière (?:mise|modif))"
    r"|^(?:updated|aktualisiert|stand|actualizado|mis à jour)\b",
    re.IGNORECASE,
)
SAVED = re.compile(
    rb"(?:FILE ARCHIVED ON|saved date:)\s*(?:\d\d:\d\d:\d\d\s)?(?:[A-Z][a-z]{2}\s)?(\w{3,9} \d{1,2},? \d{4})"
)
IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)(?:/(\d\d?)/(\d\d?)(?=/|$)|-?([01]\d)-?([0-3]\d)(?=[/_-]|$))")


def published(tree: Any, page: Declared, latest: str | None = None) -> str | None:
    """Return the day of publication of an lxml tree's page, none after `latest`; None where it is unknown."""
    found = _declared(tree, page) or _microdata(tree, "datepublished") or _one_time(tree) or _found(tree, latest)
    return found if found and (latest is None or found <= latest) else None


def updated(tree: Any, page: Declared, published: str | None) -> str | None:
    """Return the day of the last change, as the page declares it, if it is later than the publication."""
    day = page.updated or _microdata(tree, "datemodified")
    return day if day and day > (published or "") else None


def saved(page: bytes) -> str | None:
    """Return the day on which a comment in a page says that it was saved or archived."""
    match = SAVED.search(page)
    return read_day(match[1].decode("ascii", "replace")) if match else None


def _declared(tree: Any, page: Declared) -> str | None:
    """Return the day that the page declares, as it was at its place, or the day in its address, which is that of the story.

    The earlier one is the first publication. A time in UTC may be of the day before or after, there: it is if the address
    has that day, or if the page shows it, and not the other.
    """
    day = page.published
    match = IN_ADDRESS.search(urlsplit(page.url or "").path)
    there = read_day("/".join(part for part in match.groups() if part)) if match else None
    if day is None or day.count("-") < 2:
        return there or day
    near = _days_around(day, page.utc_hour)
    if there and (there in near or date.fromisoformat(there) < date.fromisoformat(day) - timedelta(days=1)):
        return there
    lines = _lines(tree) if near else []
    if near and not any(map(_shown_as(day).search, lines)):
        return one_day(each for each in near if _dates_page(each, lines, must_show=True)) or day
    return day


def _days_around(day: str, utc_hour: int | None) -> list[str]:
    """Return what else the day may have been at its place, twelve hours behind UTC to fourteen ahead of it."""
    steps = [] if utc_hour is None else [-1] * (utc_hour < 12) + [1] * (utc_hour >= 10)
    return [(date.fromisoformat(day) + timedelta(days=step)).isoformat() for step in steps]


def _one_time(tree: Any) -> str | None:
    return one_day(read_day(each.get("datetime")) for each in tree.iter("time") if not _is_beside(each))


def _microdata(tree: Any, name: str) -> str | None:
    """Return the one date that elements of this itemprop give."""
    marked = (each for each in _elements(tree) if name in (each.get("itemprop") or "").lower().split())
    marked = (each for each in marked if not _is_beside(each))
    given = (each.get("datetime") or each.get("content") or " ".join(each.itertext()) for each in marked)
    return one_day(map(read_day, given))


def _is_beside(element: Any) -> bool:
    """Tell whether an element stands beside the article: among comments, other articles, at the page's edge."""
    around = [element, *element.iterancestors()]
    return any(each.tag in ASIDE or BESIDE.search(f"{each.get('class')} {each.get('id')}") for each in around)


def _found(tree: Any, latest: str | None) -> str | None:
    """Return what htmldate finds, in the order of the steps 3 and 4."""
    from htmldate import find_date  # here, since it takes 0.3 s to import

    def find(page: Any, extensive: bool, url: str | None = None) -> str | None:
        given = {"extensive_search": extensive, "min_date": EARLIEST, "max_date": latest, "url": url}
        return find_date(page, original_date=True, **given)  # type: ignore[no-any-return]

    declared = _without(tree, lambda each: each.tag in UNSEEN or bool(_names(each) & CHANGED))
    shown = _without(declared, lambda each: bool(_names(each) & VAGUE))
    lines = _lines(tree)
    for page, extensive in ((shown, False), (declared, False), (declared, True)):
        day = find(page, extensive, url="" if page is shown else None)
        if day and (_is_vaguely_declared(day, page) or _dates_page(day, lines, must_show=extensive)):
            return day
    return None


def _is_vaguely_declared(day: str, tree: Any) -> bool:
    return any(_names(each) & VAGUE and read_day(each.get("content")) == day for each in tree.iter("meta"))


def _without(tree: Any, unwanted: Callable[[Any], bool]) -> Any:
    """Return a copy of the tree without the elements and comments that `unwanted` names."""
    copy = deepcopy(tree)
    for each in [each for each in copy.iter() if unwanted(each) and each.getparent() is not None]:
        each.drop_tree()
    return copy


def _names(element: Any) -> set[str]:
    if element.tag != "meta":
        return set()
    return {(element.get(key) or "").lower() for key in ("property", "name", "itemprop", "http-equiv")}


def _elements(tree: Any) -> Iterator[Any]:
    return (each for each in tree.iter() if isinstance(each.tag, str))


def _lines(tree: Any) -> list[str]:
    """Return the words of the page, a line for each that it shows."""
    seen = _without(tree, lambda each: each.tag in (*UNSEEN, "footer"))
    for each in seen.iter():
        edge = "" if each.tag in INLINE else "\n"
        each.text = edge + " ".join((each.text or "").split("\n"))
        each.tail = edge + " ".join((each.tail or "").split("\n"))
    lines = " ".join(seen.itertext()).split("\n")
    return [words for line in lines if (words := " ".join(line.split()))]


def _dates_page(day: str, lines: list[str], must_show: bool) -> bool:
    """Tell whether a line shows a day and little else, or starts with it, or says that it is of the publication or a change.

    A date in a sentence dates no page. One that no line shows, since it stands in the markup, does unless it must be shown.
    """
    shown = [(line, _shown_as(day).split(line, 1)) for line in lines if _shown_as(day).search(line)]
    return any(
        len(WORD.findall(before + after)) <= MOST_WORDS
        or (ARTICLE_STARTS.match(after) and not before.strip())
        or PUBLICATION.search(line)
        or CHANGE.search(line)
        for line, (before, after) in shown
        if not SENTENCE.search(before)
    ) or not (shown or must_show)


def _shown_as(day: str) -> re.Pattern[str]:
    """Return the ways to show a day in full: 2022-01-05, 5.1.22, 1/5/2022, 5 January 2022, January 5th, 2022, any language's."""
    year, month, of_month = (int(part) for part in day.split("-"))
    y, m, d = rf"(?:{year}|{year % 100:02})", f"0?{month}", f"0?{of_month}"
    name, nth = r"[^\W\d_]{3,}(?:\s?/\s?[^\W\d_]{3,})?", r"(?:st|nd|rd|th|\.|º)?,?"
    figures = rf"{year}\s?[-/.|年]\s?{m}\s?[-/.|月]\s?{d}|{d}\s?[-/.|]\s?{m}\s?[-/.|]\s?{y}|{m}/{d}/{y}"
    spelled = rf"{d}{nth}\s(?:\w\w\s)?{name}[.,]?\s(?:\w\w\s)?{year}|\b{name}\.?\s{d}{nth}\s{year}"
    return re.compile(rf"(?<!\d)(?:{figures}|{spelled})(?!\d)")
