"""The page of the documents: how some are added, the table of all, what can be done with them.

What the command line changes shows up by itself, unless the reader is in the table, has chosen rows or is editing: then it is
offered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from corpus.errors import OnRecordError, QuestionError
from corpus.listing import Listing
from corpus.views import View
from ui.web.adding import add_part
from ui.web.editing import Form, edit_form
from ui.web.filtering import filter_row, narrowed, settings
from ui.web.months import plot, plot_part
from ui.web.naming import count
from ui.web.parts import CRASHED, LIBRARY, QUIET, Site, acting, alert, columns, did, heading, sidebar
from ui.web.table import REFOCUS, ROWS, shown, table_part, view_of

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["chosen", "fill"]

LOOK_EVERY_S = 4
LONGEST_QUERY = 2000  # characters
MOST_CHOSEN = 1000  # documents at once: a page of the table has fewer
NEWS = (
    '<p class="notice" role="status">The library has changed. '
    '<button type="button" data-do="refresh">Show the changes</button></p>'
)
REFRESH = """() => {
  const table = document.getElementById('table');
  if (document.querySelector('#edit') || table.querySelector(':checked') || table.contains(document.activeElement)) return;
  document.querySelector('#news [data-do]')?.click();
}"""
FOCUS = "() => document.querySelector('#edit input:not([type=checkbox]), #edit textarea, #said [data-do]')?.focus()"
Changes = dict[object, object]  # by part what it shows now


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    with sidebar(LIBRARY):
        pass
    with columns(LIBRARY):
        heading(LIBRARY)
        added = add_part(site, blocks)
        page = _Page(
            site, Listing(site.assistant.library.catalog), filter_row(), plot_part(), acting("said"), acting("news"), edit_form(),
            table_part(), gr.State(View()), gr.State(-1),
        )  # fmt: skip

    def loaded(request: gr.Request) -> Changes:
        return page.viewed(view_of(request.query_params), anew=True)

    def narrow(view: View, *given: object) -> Changes:
        wanted = narrowed(view, given)
        return {page.view: view} if wanted == view else page.viewed(wanted, filters=False)

    def clicked(view: View, event: gr.EventData) -> Changes:
        return page.acted(view, did(event))

    def saved(view: View, *given: object) -> Changes:
        return page.saved(view, given)

    for event in (
        blocks.load(loaded, outputs=page.parts, **QUIET),
        added.then(page.refreshed, page.view, page.parts, **QUIET),
    ):
        event.failure(lambda: CRASHED, outputs=page.said, **QUIET)
    for part in page.filters:
        event = part.change(narrow, [page.view, *page.filters], page.parts, trigger_mode="always_last", **QUIET)
        event.failure(lambda: CRASHED, outputs=page.said, **QUIET)
    for part in (page.table, page.plot, page.said, page.news):
        # By itself Gradio passes over what is clicked while an earlier click is still answered.
        event = part.click(clicked, page.view, page.parts, trigger_mode="multiple", **QUIET)
        event.failure(lambda: CRASHED, outputs=page.said, **QUIET)
        event.then(None, js=FOCUS)
    event = page.form.save.click(saved, [page.view, *page.form.inputs], page.parts, **QUIET)
    event.failure(lambda: CRASHED, outputs=page.said, **QUIET)
    event.then(None, js=REFOCUS)
    page.form.cancel.click(page.form.closed, outputs=page.form.parts, **QUIET).then(None, js=REFOCUS)
    event = gr.Timer(LOOK_EVERY_S).tick(page.looked, page.seen, page.news, **QUIET)
    event.failure(lambda: CRASHED, outputs=page.news, **QUIET)
    event.then(None, js=REFRESH)


@dataclass(frozen=True, slots=True)
class _Page:
    """The parts of a page, and what they show after an event. `view` is what is listed, `seen` the generation it is of."""

    site: Site
    listing: Listing
    filters: "list[gr.components.Component]"
    plot: "gr.HTML"
    said: "gr.HTML"
    news: "gr.HTML"
    form: Form
    table: "gr.HTML"
    view: "gr.State"
    seen: "gr.State"

    @property
    def parts(self) -> list[object]:
        return [*self.filters, self.plot, self.said, self.news, *self.form.parts, self.table, self.view, self.seen]

    def viewed(self, view: View, *, before: View | None = None, anew: bool = False, filters: bool = True) -> Changes:
        """Show a view; with the `filters` as it has them, and what they offer `anew`.

        The plot stays where the view `before` was of the same documents.
        """
        changes: Changes = {self.view: view, self.news: "", self.seen: self.site.assistant.library.catalog.generation()}
        try:
            changes[self.table] = shown(self.listing.page(view, ROWS), view)
            if before is None or _plain(before) != _plain(view):
                years = replace(view, first=view.first[:4], last=view.last[:4])  # the months beside those listed
                changes[self.plot] = plot(self.listing.by_month(years), view)
            choices = self.listing.choices() if anew else None
        except OnRecordError as error:  # a date that is none, say
            return changes | {self.said: alert(error)}
        if filters:
            changes |= dict(zip(self.filters, settings(view, choices), strict=True))
        return changes

    def refreshed(self, view: View) -> Changes:
        """Show a view again, as the library is now."""
        return self.viewed(view, anew=True)

    def looked(self, seen: int) -> str:
        """Say whether there is more to see than was shown."""
        return NEWS if seen not in (-1, self.site.assistant.library.catalog.generation()) else ""

    def acted(self, view: View, given: dict[str, str]) -> Changes:
        """Do what was clicked."""
        library, what = self.site.assistant.library, given.get("do")
        try:
            if what == "view":
                query = dict(parse_qsl(given.get("view", "")[1:LONGEST_QUERY], keep_blank_values=True))
                return {self.said: ""} | self.viewed(view_of(query), before=view)
            if what == "refresh":
                return self.refreshed(view)
            if what == "edit":
                return {self.said: ""} | self.form.opened(library, chosen(given))
            if what == "remove":
                return self.done(view, self._removed(chosen(given)))
            if what == "restore":
                ids = chosen(given)
                library.bring_back(ids)
                return self.done(view, _told(f"{count(len(ids), 'document')} brought back."))
        except OnRecordError as error:
            return self.viewed(view) | {self.said: alert(error)}
        return {self.view: view}

    def saved(self, view: View, given: Sequence[object]) -> Changes:
        """Save what is in the form."""
        try:
            changes, told = self.form.saved(self.site.assistant.library, given)
        except OnRecordError as error:
            return {self.said: alert(error)}
        return changes if told is None else changes | self.done(view, _told(told))

    def done(self, view: View, told: str) -> Changes:
        """Show a view after a change of the library, and say what was done."""
        return self.viewed(view, anew=True) | {self.said: told}

    def _removed(self, ids: Sequence[str]) -> str:
        library = self.site.assistant.library
        name = f"“{library.show(ids[0]).name}”" if len(ids) == 1 else count(len(ids), "document")
        library.put_aside(ids)
        undo = f'<button type="button" data-do="restore" data-id="{escape(",".join(ids))}">Undo</button>'
        link = f'<a href="{LIBRARY.path}?only=removed">see what was removed</a>'
        return _told(f"Removed {name}. ", f"{undo} For a day you can also {link} and bring it back.")


def _plain(view: View) -> View:
    """Return the view of the same documents, on the first page and in the plain order."""
    return replace(view, sort=View().sort, descending=View().descending, page=1)


def chosen(given: dict[str, str]) -> list[str]:
    """Return the ids of the documents that something is to be done with. Raises QuestionError if there are none, or too many."""
    ids = list(dict.fromkeys(filter(None, (given.get("id") or given.get("chosen") or "").split(","))))
    if not ids:
        raise QuestionError("No document is chosen. Choose some first.")
    if len(ids) > MOST_CHOSEN:
        raise QuestionError(f"{len(ids):,} documents are chosen; at most {MOST_CHOSEN:,} can be at once. Choose fewer.")
    return ids


def _told(text: str, more: str = "") -> str:
    """Return a notice; `more` is HTML."""
    return f'<p class="notice" role="status">{escape(text)}{more}</p>'
