"""The conversations at the side of the page where questions are asked: found again by day or by words, renamed, deleted.

Each has an address, /?conversation=ID, and is opened by a link to it: so what is asked in one never runs into another, and
the browser's way back works. Days are those of the server's own clock. A visitor's conversations are theirs alone (see
`parts.owner`): what an address or a click names is looked up among them, and what is another's is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from assistant.answer import day
from corpus.conversations import Conversations, Summary
from corpus.errors import NotFoundError, OnRecordError
from ui.web.keeping import place, rate, reopened
from ui.web.packs import taking
from ui.web.parts import ASK, CRASHED, QUIET, Site, acting, alert, did, html, owner
from ui.web.render import Turn, conversation
from ui.web.thumbs import DEEDS

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["Past", "past"]

SHOWN_AT_FIRST = 100
LONGEST_TITLE = 200
# Shown on a phone alone. Gradio's accordion does not make what is in it before it is open, which on a wide screen it always is.
UNFOLD = '<label><input type="checkbox">Conversations</label>'
NONE_YET = "What you ask is kept here."
NONE_FOUND = "No conversation has these words."
GONE = "There is no such conversation. It may have been deleted."

EACH: dict[str, Any] = {
    "trigger_mode": "multiple"
}  # else a click is dropped while the one before it is being dealt with

Shown = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the list shows: so many of those with these words; one of them being renamed, one that was just deleted."""

    words: str = ""
    most: int = SHOWN_AT_FIRST
    edited: str | None = None
    deleted: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """The parts at the side, and what becomes of them. `turns` are those of the conversation that is open."""

    site: Site
    turns: "gr.State"
    view: "gr.State"
    words: "gr.Textbox"
    listing: "gr.HTML"
    taking: "gr.HTML"

    def wire(self, blocks: "gr.Blocks", log: "gr.HTML", offered: "gr.Column", told: "gr.HTML") -> None:
        """Let the conversation that the address names be open, and the list be searched and changed."""
        import gradio as gr

        def opened(request: gr.Request) -> Shown:
            return self._opened(owner(request), request.query_params.get("conversation"))

        def searched(request: gr.Request, words: str, view: View, turns: list[Turn]) -> Shown:
            view = View(words)
            return self._listed(owner(request), view, turns), view

        def clicked(request: gr.Request, event: gr.EventData, view: View, turns: list[Turn]) -> Shown:
            return self._done(owner(request), did(event), view, turns)

        def thumbed(request: gr.Request, event: gr.EventData, turns: list[Turn]) -> Shown:
            done = did(event)
            if done.get("do") not in DEEDS:
                return gr.skip(), gr.skip()
            told = rate(self.site.assistant.library.catalog, owner(request), turns, done)
            # while a question is being answered the log is drawn anew anyway, from the same turns
            is_asking = self.site.asking.is_of(request.session_hash or "")
            return gr.skip() if is_asking else conversation(turns), told

        here = [self.turns, log, offered, self.taking]
        changed = [self.listing, self.view]
        events = [
            blocks.load(opened, outputs=[*changed, *here, told], **QUIET),
            self.words.change(
                searched, [self.words, self.view, self.turns], changed, trigger_mode="always_last", **QUIET
            ),
            self.listing.click(clicked, [self.view, self.turns], [*changed, *here], **EACH, **QUIET),
            log.click(thumbed, self.turns, [log, told], **EACH, **QUIET),
        ]
        for event in events:
            event.failure(lambda: CRASHED, outputs=self.listing, **QUIET)

    def follow(self, events: Iterable["gr.events.Dependency"]) -> None:
        """Show in the list what has become of the open conversation after each of these events."""
        import gradio as gr

        def followed(request: gr.Request, view: View, turns: list[Turn]) -> Shown:
            view = replace(view, deleted=None)
            # a title that is being typed is not to be lost
            return gr.skip() if view.edited else self._listed(owner(request), view, turns), view, taking(turns)

        for event in events:
            shown = event.then(followed, [self.view, self.turns], [self.listing, self.view, self.taking], **QUIET)
            shown.failure(lambda: CRASHED, outputs=self.listing, **QUIET)

    def _listed(self, name: str, view: View, turns: Sequence[Turn]) -> str:
        found = self._of(name).list(view.words, view.most + 1)
        return listed(found, view, place(turns), date.today())

    def _of(self, name: str) -> Conversations:
        return Conversations(self.site.assistant.library.catalog, name)

    def _opened(self, name: str, id: str | None) -> Shown:
        """Return what is shown as the page is opened, for the outputs of `wire`."""
        import gradio as gr

        turns, told = [], ""
        try:
            turns = reopened(self.site.assistant.library.catalog, name, id) if id else []
        except NotFoundError:
            told = alert(GONE)
        log = conversation(turns) if turns else gr.skip()
        offered = gr.Column(visible=not turns)
        return self._listed(name, View(), turns), View(), turns, log, offered, taking(turns), told

    def _done(self, name: str, done: Mapping[str, str], view: View, turns: list[Turn]) -> Shown:
        """Do what was clicked, and return what is shown then."""
        import gradio as gr

        view, trouble = replace(view, edited=None, deleted=None), ""
        try:
            view = self._changed(self._of(name), done, view)
        except NotFoundError:
            trouble = GONE
        except OnRecordError as error:
            trouble = str(error)
        told = alert(trouble) if trouble else ""
        here: Shown = (gr.skip(),) * 4
        if view.deleted and view.deleted == place(turns):
            turns = []
            here = turns, "", gr.Column(visible=True), ""
        return told + self._listed(name, view, turns), view, *here

    def _changed(self, kept: Conversations, done: Mapping[str, str], view: View) -> View:
        """Do what was clicked; return what the list shows then. Raises OnRecordError."""
        id = done.get("id", "")
        match done.get("do"):
            case "edit":
                return replace(view, edited=id)
            case "more":
                return replace(view, most=view.most + SHOWN_AT_FIRST)
            case "rename":
                kept.rename(id, done.get("title", ""))
            case "delete":
                kept.discard(id)
                return replace(view, deleted=id)
            case "restore":
                kept.restore(id)
        return view


def past(site: Site, turns: "gr.State") -> Past:
    """Put the parts together, at the side."""
    import gradio as gr

    html("unfold", UNFOLD)
    with gr.Column(elem_id="past"):
        taking = html("taking")
        words = gr.Textbox(
            label="Search conversations",
            show_label=False,
            placeholder="Search conversations",
            max_lines=1,
            max_length=LONGEST_TITLE,
            elem_id="search",
        )
        listing = acting("listing")
    return Past(site, turns, gr.State(View()), words, listing, taking)


def listed(found: Sequence[Summary], view: View, current: str | None, today: date) -> str:
    """Return the list as HTML, under a heading for each day; `found` may hold one more than the view shows.

    `current` is the conversation that is open; its address is noted for the script, which keeps it in the browser's bar.
    """
    shown = found[: view.most]
    address = f"{ASK.path}?conversation={current}" if current else ASK.path
    parts = [f'<div data-address="{escape(address)}"></div>']
    undo = f'Deleted. <button type="button" data-do="restore" data-id="{escape(view.deleted or "")}">Undo</button>'
    parts.append(f'<p class="undo" role="status">{undo if view.deleted else ""}</p>')
    if not shown:
        parts.append(f'<p class="quiet">{NONE_FOUND if view.words.strip() else NONE_YET}</p>')
    for name, group in groupby(shown, lambda one: _day(one.updated_at, today)):
        rows = "".join(_row(one, view, current) for one in group)
        parts.append(f"<h2>{escape(name)}</h2><ul>{rows}</ul>")
    if len(found) > view.most:
        parts.append('<button type="button" class="more" data-do="more">More</button>')
    return "".join(parts)


def _day(time: str, today: date) -> str:
    """Return the day of a time in UTC as the server's clock has it."""
    when = datetime.fromisoformat(time).astimezone().date()
    known = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return known.get(when) or day(when.isoformat())


def _row(one: Summary, view: View, current: str | None) -> str:
    id, title = escape(one.id), escape(one.title)
    if one.id == view.edited:
        return (
            f'<li><form data-do="rename" data-id="{id}"><input name="title" aria-label="Title" autocomplete="off" '
            f'maxlength="{LONGEST_TITLE}" value="{title}" data-focus><span class="bar">'
            f'<button type="button" class="bad" data-do="delete" data-id="{id}">Delete</button>'
            '<button type="button" data-do="close">Cancel</button><button type="submit">Rename</button></span></form></li>'
        )
    mark = ' aria-current="page"' if one.id == current else ""
    return (
        f'<li><a href="{ASK.path}?conversation={id}"{mark} title="{title}">{title}</a><button type="button" data-do="edit" '
        f'data-id="{id}" aria-label="Rename or delete: {title}" title="Rename or delete">⋯</button></li>'
    )
