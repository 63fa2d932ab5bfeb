"""The table of the documents as HTML, and its view as the query of an address: it can be linked, and the back button works.

What is clicked carries `data-do`; a link also leads where it says when it is opened in another tab.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from html import escape
from typing import TYPE_CHECKING, get_args
from urllib.parse import quote, urlencode

from corpus.listing import Listed, Shown
from corpus.views import COLUMNS, Only, View
from ui.web.naming import count, day
from ui.web.parts import ASK, FRAME, LIBRARY

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["REFOCUS", "ROWS", "address", "shown", "table_part", "view_of"]

ROWS = 50  # a page
LONGEST = 300  # characters of a value in an address
HEADS = {
    "title": "Title",
    "outlet": "Outlet",
    "published": "Date",
    "kind": "Kind",
    "passages": "Passages",
    "state": "State",
    "added": "Added",
}
NAMES = {"words": "q", "first": "from", "last": "to"}  # of a view's fields in an address, where they are others
DOWNWARDS = ("published", "passages", "added")  # what is sorted by at first with the greatest on top
# A click tells which rows are chosen, and a view its address. In a new table what had the focus has it again, and the rows
# that were chosen are chosen still where they are in it.
ACTING = """
let chosen = [], focused = '';
const go = (view) => trigger('click', { do: 'view', view });
const boxes = () => [...element.querySelectorAll('tbody input')];
element.addEventListener('click', (event) => {
  const part = event.target.closest('[data-do]');
  if (!part || event.ctrlKey || event.metaKey || event.shiftKey) return;
  focused = document.body.dataset.opener = part.id;
  if (part.href) {
    event.preventDefault();
    history.pushState(null, '', part.href);
    return go(part.search);
  }
  if (part.dataset.do === 'ask') return location.assign('/?documents=' + encodeURIComponent(chosen));
  trigger('click', { ...part.dataset, chosen: chosen.join() });
});
element.addEventListener('change', (event) => {
  if (event.target.matches('thead input')) boxes().forEach((box) => { box.checked = event.target.checked; });
  chosen = boxes().filter((box) => box.checked).map((box) => box.value);
});
window.addEventListener('popstate', () => go(location.search));
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') document.getElementById('cancel')?.click(); });
new MutationObserver(() => {
  const shown = element.querySelector('[data-view]');
  if (shown && shown.dataset.view !== location.search)
    history.replaceState(null, '', location.pathname + shown.dataset.view);
  boxes().forEach((box) => { box.checked = chosen.includes(box.value); });
  chosen = boxes().filter((box) => box.checked).map((box) => box.value);
  const every = element.querySelector('thead input');
  if (every) every.checked = chosen.length > 0 && chosen.length === boxes().length;
  if (focused) document.getElementById(focused)?.focus();
  focused = '';
}).observe(element, { childList: true, subtree: true, attributeFilter: ['data-view', 'value'] });
"""
REFOCUS = "() => document.getElementById(document.body.dataset.opener)?.focus()"


def table_part() -> "gr.HTML":
    """Return the part that shows the table; a click is its event "click" (see `did`), with the ids of the chosen rows."""
    import gradio as gr

    return gr.HTML("", elem_id="table", apply_default_css=False, js_on_load=ACTING)


def view_of(query: Mapping[str, str]) -> View:
    """Return the view that an address names; what it names wrongly is passed over."""
    view = View()
    given = {field.name: query.get(NAMES.get(field.name, field.name), "")[:LONGEST].strip() for field in fields(View)}
    texts = {name: given[name] for name in ("words", "outlet", "kind", "tag", "first", "last", "story")}
    sort = given["sort"].removeprefix("-")
    if sort in COLUMNS:
        view = replace(view, sort=sort, descending=given["sort"].startswith("-"))
    if given["only"] in get_args(Only):
        view = replace(view, only=given["only"])  # type: ignore[arg-type]
    page = given["page"]
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 10 else 1
    return replace(view, **texts, page=max(1, number))  # type: ignore[arg-type]


def address(view: View) -> str:
    """Return the query of a view: "" for the plain one, else "?sort=title&page=2"."""
    plain, given = View(), {}
    for name in ("words", "outlet", "kind", "tag", "first", "last", "only", "story", "page"):
        if getattr(view, name) != getattr(plain, name):
            given[NAMES.get(name, name)] = str(getattr(view, name))
    if (view.sort, view.descending) != (plain.sort, plain.descending):
        given["sort"] = f"{'-' if view.descending else ''}{view.sort}"
    return f"?{urlencode(given)}" if given else ""


def shown(page: Shown, view: View) -> str:
    """Return the table with what leads through it."""
    view = replace(view, page=page.page)
    start = (page.page - 1) * ROWS
    counted = f"{start + 1:,}–{start + len(page.rows):,} of {count(page.total, 'document')}"
    told = counted if page.total > ROWS else count(page.total, "document")
    story = " that tell the same story" if view.story else ""
    plain = f" · {_link('Show all', View(), 'all')}" if address(replace(view, page=1)) else ""
    rows = "".join(_row(row, view) for row in page.rows)
    table = f'<table class="documents"><caption>Documents</caption>{_head(view)}<tbody>{rows}</tbody></table>'
    return (
        f'<div data-view="{escape(address(view))}"><p class="quiet" role="status">{told}{story}{plain}</p>'
        f"{table if rows else _nothing(view)}{_pages(page, view)}{_chosen(view) if rows else ''}</div>"
    )


def _nothing(view: View) -> str:
    if view.only == "removed":
        return '<p class="notice">Nothing was removed within a day.</p>'
    if address(replace(view, page=1, sort="published", descending=True)):
        return '<p class="notice">No document fits. Search for other words, or show all.</p>'
    return '<p class="notice">The library is empty. Add documents above; they appear here when they can be found.</p>'


def _head(view: View) -> str:
    cells = "".join(_sorter(column, view) for column in COLUMNS)
    every = '<th scope="col" class="box"><input type="checkbox" aria-label="Choose every row of this page"></th>'
    return f'<thead><tr>{every}{cells}<th scope="col"><span class="unseen">Actions</span></th></tr></thead>'


def _sorter(column: str, view: View) -> str:
    is_sorted = view.sort == column
    descending = not view.descending if is_sorted else column in DOWNWARDS
    state, sign = ("descending", " ↓") if view.descending else ("ascending", " ↑")
    there = replace(view, sort=column, descending=descending, page=1)
    arrow = f'<span aria-hidden="true">{sign}</span>' if is_sorted else ""
    link = _link(f"{HEADS[column]}{arrow}", there, f"sort-{column}")
    return f'<th scope="col" class="{column}" aria-sort="{state if is_sorted else "none"}">{link}</th>'


def _link(words: str, view: View, id: str, more: str = "") -> str:
    """Return a link to a view; `words` are HTML."""
    return f'<a id="{id}" href="{LIBRARY.path}{escape(address(view))}" data-do="view"{more}>{words}</a>'


def _row(row: Listed, view: View) -> str:
    name, id = escape(row.name), escape(row.id)
    url = f"/source/{quote(row.id, safe='')}/{row.version}"
    cells = {
        "outlet": escape(row.outlet or ""),
        "published": escape(_short(row.published)) if row.published else '<span class="quiet">no date</span>',
        "kind": escape(row.kind),
        "passages": f"{row.passages:,}",
        "state": _state(row, view),
        "added": escape(_short(row.added_at[:10])),
    }
    data = "".join(f'<td class="{column}">{cell}</td>' for column, cell in cells.items())
    return (
        f'<tr><td class="box"><input type="checkbox" value="{id}" aria-label="Choose {name}"></td>'
        f'<th scope="row" class="title"><a href="{escape(url)}" target="{FRAME}">{name}</a></th>{data}'
        f'<td class="acts">{_acts(row)}</td></tr>'
    )


def _short(date: str) -> str:
    """Return "30 Aug 2022" for "2022-08-30"."""
    return " ".join(word[:3] if word.isalpha() else word for word in day(date).split())


def _state(row: Listed, view: View) -> str:
    if row.removed_at:
        return "Removed"
    parts = [f'<span class="doubt" title="{escape(row.problem)}">▲ {escape(row.problem)}</span>'] if row.problem else []
    if row.duplicate_group and not view.story:
        there = View(story=row.duplicate_group)
        parts.append(_link("Same story", there, f"story-{escape(row.id)}", ' title="Show all that tell it"'))
    return "<br>".join(parts) or "Live"


def _acts(row: Listed) -> str:
    name, id = escape(row.name), escape(row.id)

    def button(what: str, word: str) -> str:
        return f'<button type="button" id="{what}-{id}" data-do="{what}" data-id="{id}" aria-label="{word} {name}">{word}</button>'

    if row.removed_at:
        return button("restore", "Bring back")
    ask = f'<a href="{ASK.path}?documents={quote(row.id, safe="")}" aria-label="Ask {name}">Ask</a>'
    return f"{ask} {button('edit', 'Edit')} {button('remove', 'Remove')}"


def _pages(page: Shown, view: View) -> str:
    last = -(-page.total // ROWS)
    if last < 2:
        return ""
    steps = (("First", 1), ("Previous", page.page - 1), ("Next", page.page + 1), ("Last", last))
    links = [
        _link(word, replace(view, page=number), f"page-{word.lower()}")
        if 0 < number <= last and number != page.page
        else f'<span class="quiet">{word}</span>'
        for word, number in steps
    ]
    at = f"<span>Page {page.page:,} of {last:,}</span>"
    return f'<nav class="pages" aria-label="Pages of the table">{"".join([*links[:2], at, *links[2:]])}</nav>'


def _chosen(view: View) -> str:
    """Return what can be done with the chosen rows; the stylesheet shows it once there are some, and counts them."""
    acts = (
        (("restore", "Bring back"),)
        if view.only == "removed"
        else (("ask", "Ask these"), ("edit", "Edit tags and outlet"), ("remove", "Remove"))
    )
    buttons = "".join(
        f'<button type="button" id="{what}-chosen" data-do="{what}">{word}</button>' for what, word in acts
    )
    return f'<div class="chosen" role="group" aria-label="The chosen documents"><span class="number"></span>{buttons}</div>'
