"""The pages of the documents: a source with the cited words marked, who says them, its versions.

They are plain pages without a script, so that the text of a document can do nothing, whatever it holds. They stand in the
frame beside a page of the site, or by themselves under the same address.
"""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote, urlencode

from corpus.catalog import Entry
from corpus.languages import name_of
from corpus.types import Span
from ui.web.naming import byline, count, day
from ui.web.opening import NOWHERE, Edition, Opened
from ui.web.parts import ASK, LIBRARY, alert
from ui.web.text import Marks, body, neighbourhood
from ui.web.voices import voices

__all__ = ["address", "message_page", "plain_page", "removed_page", "source_page"]

MOST_STORIES = 20
CHANGED = {"published": "date", "media_type": "kind"}


def address(id: str, version: int, path: str = "", anchor: str = "", **query: object) -> str:
    """Return the address, below the site's own, of a version of a document or of what belongs to it."""
    given = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    return f"/source/{quote(id, safe='')}/{version}{path}{'?' if given else ''}{given}{anchor}"


def source_page(opened: Opened, site: str, alone: bool) -> str:
    """Return the page of a document; the first of the cited words is `#cited`.

    `site` is the address of the site, for the one that the reader may copy; `alone` tells that it is not in the frame.
    """
    document = opened.document
    shown = neighbourhood(document.text, opened.at)
    turned = opened.page if opened.page and opened.at not in (opened.cited[0],) else None
    at = document.pages[opened.page - 1] if opened.page and (turned or opened.cited == NOWHERE) else opened.cited[1] - 1
    text = body(document, shown, Marks(opened.cited, opened.answer, at), _picture(opened))
    language = f' lang="{escape(document.language)}"' if document.language else ""
    return plain_page(
        document.name,
        f"<h1>{escape(document.name)}</h1>{_facts(opened)}{_notices(opened)}{_more(opened, site, alone)}{voices(opened)}"
        f'{_leaf(opened, shown, earlier=True)}<div class="text"{language}>{text}</div>{_leaf(opened, shown, earlier=False)}',
        alone,
    )


def removed_page(opened: Opened, alone: bool = False) -> str:
    """Return the page of a document that was removed: what is known of it, without its text."""
    document = opened.document
    when = f" on {escape(day((opened.removed_at or '')[:10]))}" if opened.removed_at else ""
    return plain_page(
        document.name,
        f'<h1>{escape(document.name)}</h1>{_facts(opened)}<p class="notice failed">This document was removed from the library'
        f"{when}. What an answer quoted of it stays with that answer.</p>",
        alone,
    )


def message_page(message: str, alone: bool = False, title: str = "Not found") -> str:
    """Return the page that says why something cannot be shown."""
    return plain_page(title, f"<h1>{escape(title)}</h1>{alert(message)}", alone)


def plain_page(title: str, content: str, alone: bool) -> str:
    """Return a page without scripts; one that stands alone leads to the site."""
    head = ""
    if alone:
        ways = "".join(f'<a href="{page.path}">{escape(page.name)}</a>' for page in (ASK, LIBRARY))
        head = f'<header class="home"><nav aria-label="Site"><a class="brand" href="{ASK.path}">OnRecord</a>{ways}</nav></header>'
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · OnRecord</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/source.css"></head>'
        f'<body class="source{" alone" if alone else ""}">{head}<main>{content}</main></body></html>'
    )


def _facts(opened: Opened) -> str:
    """Return what is known of a document, as one quiet line."""
    document, several = opened.document, len(opened.editions) > 1
    page = document.page_of(opened.cited[0]) if opened.cited != NOWHERE else opened.page
    facts = [
        escape(byline(document)),
        escape(f"by {', '.join(document.authors)}") if document.authors else "",
        escape(f"updated {day(document.updated)}") if document.updated else "",
        escape(name_of(document.language)) if document.language else "",
        f"version {document.version}{f' of {opened.editions[-1].number}' if several else ''}",
        f"page {page} of {len(document.pages)}" if page else "",
        _origin(document.url or document.source),
    ]
    return f'<p class="said">{" · ".join(filter(None, facts))}</p>'


def _origin(source: str) -> str:
    """Return a link to a source on the web, or the name of a file without the folders of this machine."""
    if source.startswith(("http://", "https://")):
        site = source.split("/")[2]
        return f'<a href="{escape(source)}" target="_blank" rel="noopener noreferrer">{escape(site)}</a>'
    return escape(source.rpartition("/")[2])


def _notices(opened: Opened) -> str:
    """Say that there is a newer version, and whether it has the words; that searches no longer find the document."""
    document, newest = opened.document, opened.editions[-1]
    said = []
    if newest.number > document.version:
        link = escape(_at(document.id, newest.number, opened.same_words or NOWHERE))
        lead = f'A newer version of this document is in the library: <a href="{link}">version {newest.number}</a>'
        lost = opened.cited != NOWHERE and opened.same_words is None
        same = ", which no longer has these words in this form" if lost else ", which has these words too"
        said.append(f"{lead}{same if opened.cited != NOWHERE else ''}.")
    if not newest.live:
        said.append("Searches no longer find this document: its file is gone from its folder.")
    return "".join(f'<p class="notice">{text}</p>' for text in said) + (
        f'<p class="quiet">{escape(opened.no_picture)}</p>' if opened.no_picture else ""
    )


def _at(
    id: str,
    version: int,
    span: Span,
    anchor: str = "#cited",
    at: int | None = None,
    page: int | None = None,
    answer: Span = NOWHERE,
) -> str:
    """Return the address of a version at some words, or of all of it where the span is empty."""
    start, end = (None, None) if span == NOWHERE else span
    if span == NOWHERE and anchor == "#cited":
        anchor = ""
    answering = None if answer == NOWHERE else f"{answer[0]}-{answer[1]}"
    return address(id, version, anchor=anchor, start=start, end=end, answer=answering, at=at, page=page)


def _more(opened: Opened, site: str, alone: bool) -> str:
    """Return what unfolds below the title: the page's address, the versions, who tells the same story."""
    parts = [_link(opened, site, alone)]
    if len(opened.editions) > 1:
        lines = "".join(_edition(opened, edition) for edition in reversed(opened.editions))
        parts.append(_unfolding(count(len(opened.editions), "version"), f"<ol reversed>{lines}</ol>"))
    if opened.same_story:
        lines = "".join(map(_told, opened.same_story[:MOST_STORIES]))
        left = len(opened.same_story) - MOST_STORIES
        rest = f"<li>and {left:,} more</li>" if left > 0 else ""
        title = f"The same story in {count(len(opened.same_story), 'other document')}"
        parts.append(_unfolding(title, f"<ul>{lines}{rest}</ul>"))
    return f'<div class="unfold">{"".join(parts)}</div>'


def _link(opened: Opened, site: str, alone: bool) -> str:
    """Return the address that always leads to the words, to be copied."""
    whole = escape(f"{site}{_at(opened.document.id, opened.document.version, opened.cited, answer=opened.answer)}")
    own = "" if alone else f' <a href="{whole}" target="_blank" rel="noopener">Open it by itself</a>'
    what = "these words" if opened.cited != NOWHERE else "this version"
    field = f'<input readonly value="{whole}" aria-label="The address of {what}">'
    return _unfolding("Copy link", f'<p class="quiet">This address always leads to {what}.{own}</p>{field}')


def _unfolding(title: str, content: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{content}</details>"


def _edition(opened: Opened, edition: Edition) -> str:
    """Return the line of a version: when it was added, what it changed, the way to it and to the difference."""
    id, here = opened.document.id, edition.number == opened.document.version
    name = f"Version {edition.number}"
    name = f"<b>{name}</b>, shown here" if here else f'<a href="{escape(address(id, edition.number))}">{name}</a>'
    parts = [name, f"added {escape(day(edition.added_at[:10]))}", *_changes(edition)]
    before = [other.number for other in opened.editions if other.number < edition.number]
    if before:
        link = escape(address(id, edition.number, f"/since/{before[-1]}"))
        parts.append(f'<a href="{link}">what changed</a>')
    return f"<li>{' · '.join(parts)}</li>"


def _changes(edition: Edition) -> Iterable[str]:
    if edition.changes is None:
        return
    changes = edition.changes
    yield f"{changes.words:,} words"
    if changes.words_new or changes.words_gone:
        yield f"{changes.words_new:,} new, {changes.words_gone:,} gone"
    if changes.changed:
        yield escape(f"other {', '.join(CHANGED.get(name, name) for name in changes.changed)}")


def _told(entry: Entry) -> str:
    facts = " · ".join(filter(None, (entry.outlet, day(entry.published))))
    link = escape(address(entry.id, entry.version))
    return f'<li><a href="{link}">{escape(entry.name)}</a> <span class="said">{escape(facts)}</span></li>'


def _leaf(opened: Opened, shown: Span, earlier: bool) -> str:
    """Return the links to the parts of a long text that are not shown, before or behind it."""
    document, (start, end) = opened.document, shown
    length = len(document.text)
    if (start == 0) if earlier else (end == length):
        return ""

    def link(at: int, anchor: str, words: str) -> str:
        return f'<a href="{escape(_at(document.id, document.version, opened.cited, anchor, at=at))}">{words}</a>'

    ways = [link(0, "#top", "Beginning"), link(max(0, start - 1), "#end", "Earlier part")] if earlier else []
    ways += [] if earlier else [link(end, "#top", "Later part"), link(length, "#end", "End")]
    if not start <= opened.cited[0] < end and opened.cited != NOWHERE:
        ways.append(f'<a href="{escape(_at(document.id, document.version, opened.cited))}">To the cited words</a>')
    share = f"Characters {start:,} to {end:,} of {length:,}"
    name = "top" if earlier else "end"
    return f'<nav class="leaf" id="{name}" aria-label="{"Before" if earlier else "After"} this part"><span>{share}</span>{"".join(ways)}</nav>'


def _picture(opened: Opened) -> str:
    """Return the picture of a page, with the ways to the pages before and after it."""
    document, page = opened.document, opened.page
    if page is None:
        return ""
    cited = opened.cited if opened.cited != NOWHERE else (None, None)
    image = escape(address(document.id, document.version, f"/pages/{page}.jpg", start=cited[0], end=cited[1]))

    def turn(to: int, words: str) -> str:
        if not 0 < to <= len(document.pages):
            return "<span></span>"
        return f'<a href="{escape(_at(document.id, document.version, opened.cited, "#page", page=to))}">{words}</a>'

    ways = f"{turn(page - 1, 'Page before')}<span>Page {page} of {len(document.pages)}</span>{turn(page + 1, 'Page after')}"
    return (
        f'<div id="page"><figure><figcaption>{ways}</figcaption><a href="{image}" target="_blank" rel="noopener">'
        f'<img src="{image}" loading="lazy" width="1000" height="1414" alt="Page {page} as it was printed"></a></figure></div>'
    )
