"""What the pages share: their names and addresses, the parts of Gradio as we use them, who is asking.

A page is a function that takes the `Site` and puts its parts into the Blocks that is open. Text that comes from outside
reaches a page through `gr.HTML` alone, escaped by whoever wrote it; what is clicked there carries `data-do`, which comes
back as an event (see `acting` and `did`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from assistant.assistant import Assistant
from corpus.conversations import LOCAL
from corpus.errors import OnRecordError
from ui.web.asking import Asking
from ui.web.jobs import Jobs

if TYPE_CHECKING:
    import gradio as gr

__all__ = [
    "ASK",
    "CHECK",
    "CRASHED",
    "EVALUATION",
    "FRAME",
    "LIBRARY",
    "PAGES",
    "QUIET",
    "QUOTES",
    "STATUS",
    "Page",
    "Site",
    "acting",
    "alert",
    "columns",
    "did",
    "heading",
    "html",
    "owner",
    "sidebar",
]

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
FRAME = "source"  # the name of the frame beside a page


def alert(told: str | OnRecordError) -> str:
    """Return what went wrong as the pages show it."""
    return f'<p class="notice failed" role="alert">{escape(str(told))}</p>'


CRASHED = alert("Something went wrong here. What it was stands in the log of the server.")
# Gradio's own event of an HTML part knows nothing of what in it was clicked.
ACTING = """
element.addEventListener('click', (event) => {
  const part = event.target.closest('[data-do]');
  if (part?.getAttribute('href') === '#') event.preventDefault();
  if (part && part.tagName !== 'FORM') trigger('click', { ...part.dataset });
});
element.addEventListener('submit', (event) => {
  event.preventDefault();
  trigger('click', { ...Object.fromEntries(new FormData(event.target)), ...event.target.dataset });
});
watch('value', () => element.querySelector('[data-focus]')?.focus());
"""
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-downloads"
# Shown by page.js where somebody has signed in; Gradio tells it who.
ACCOUNT = '<form method="post" action="/logout" hidden><span></span> <button>Sign out</button></form>'
PANEL = (
    '<div class="bar"><button type="button" data-close>Close</button></div>'
    # Without scripts, and without a way to the page around it: a document can do nothing. Of our origin all the same,
    # else its pictures would be asked for without the cookie of who signed in.
    f'<iframe name="{FRAME}" title="The source" sandbox="{SANDBOX}"></iframe>'
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site: what it is called, its address, and what it is for."""

    name: str
    path: str
    purpose: str


ASK = Page("Ask", "/", "Answers in the exact words of your sources, with who said it and when.")
LIBRARY = Page("Library", "/library", "The documents that answers are made from.")
CHECK = Page("Check a draft", "/check", "Each sentence of a draft, against the library.")
QUOTES = Page("Who said what", "/quotes", "What a speaker is quoted with, in date order.")
EVALUATION = Page("Evaluation", "/evaluation", "How good the answers are, measured.")
STATUS = Page("Status", "/status", "What answers, the library's health, and what can be set.")
PAGES = (ASK, LIBRARY, CHECK, QUOTES, EVALUATION, STATUS)


@dataclass(frozen=True, slots=True)
class Site:
    """What every page is built from: the assistant, and the work that goes on behind the pages."""

    assistant: Assistant
    adding: Jobs  # one at a time: the library has one writer
    measuring: Jobs
    asking: Asking = field(default_factory=Asking)


def html(elem_id: str, value: str = "") -> "gr.HTML":
    """Return a part that shows HTML of ours."""
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def acting(elem_id: str, value: str = "") -> "gr.HTML":
    """Return a part that shows HTML of ours. A click on an element with `data-do` is its event "click" (see `did`), and so is
    the sending of a form with `data-do`, whose fields come with it.
    """
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=ACTING)


def did(event: "gr.EventData") -> dict[str, str]:
    """Return the data attributes of the element that was clicked, without "data-": {"do": "remove", "id": ...}; of a form
    its fields too.

    They come from the browser, so they may be anything: look up what they name, and never take it for a path.
    """
    data = getattr(event, "_data", None)
    return {str(key): str(value) for key, value in data.items()} if isinstance(data, dict) else {}


def owner(request: "gr.Request") -> str:
    """Return whose conversations a visitor sees: the name they signed in with, or the one user of this machine."""
    return request.username or LOCAL


@contextmanager
def columns(current: Page) -> "Iterator[None]":
    """Lay out a page: the names of the pages at the side, the block's parts in the middle, a source on the right once one
    is opened by a link with target FRAME.
    """
    import gradio as gr

    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="main", elem_classes=f"page-{current.path.strip('/') or 'ask'}"):
            yield
        with gr.Column(elem_id="panel"):
            html("frame", PANEL)


@contextmanager
def sidebar(current: Page) -> "Iterator[None]":
    """Put the names of the pages at the side; the block's parts come below them."""
    import gradio as gr

    with gr.Column(elem_id="side", min_width=0):
        links = "".join(_link(page, current) for page in PAGES)
        html("nav", f'<p class="brand"><a href="/">OnRecord</a></p><nav aria-label="Pages"><ul>{links}</ul></nav>')
        yield
        html("account", ACCOUNT)


def _link(page: Page, current: Page) -> str:
    mark = ' aria-current="page"' if page is current else ""
    return f'<li><a href="{page.path}"{mark}>{escape(page.name)}</a></li>'


def heading(page: Page) -> "gr.HTML":
    """Return the title of a page and what it is for."""
    return html("header", f"<h1>{escape(page.name)}</h1><p>{escape(page.purpose)}</p>")
