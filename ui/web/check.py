"""The page that checks a draft, sentence by sentence."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import OnRecordError
from corpus.filters import Filters, filters_of
from ui.web.checked import progress, shown, why
from ui.web.checking import PAGE, Checking, read_draft
from ui.web.parts import CHECK, CRASHED, QUIET, Site, acting, alert, columns, did, heading, html, sidebar

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]

AT_ONCE = 2  # drafts checked; a further one waits its turn
TELL_S = 0.5  # between two looks at how far it is
TO_CHOSEN = """() => document.querySelector(".claim[aria-current]")?.scrollIntoView({ block: "center" })"""


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    state = gr.State()
    with sidebar(CHECK):
        pass
    with columns(CHECK):
        heading(CHECK)
        with gr.Row(elem_classes="fields"):
            text = gr.Textbox(label="Your draft", lines=6, max_lines=14, placeholder="Paste it here", elem_id="draft")
        with gr.Row(elem_classes="fields"):
            as_of = gr.Textbox(label="As of", placeholder="any date", max_lines=1)
            outlets = gr.Textbox(label="Outlets", placeholder="any; a, b", max_lines=1)
            tags = gr.Textbox(label="Tags", placeholder="any; a, b", max_lines=1)
            upload = gr.UploadButton("Choose a file", file_count="single")
            start = gr.Button("Check", elem_classes="do")
            stop = gr.Button("Stop", visible=False, elem_classes="do")
        told = acting("checked")
        with gr.Row(elem_id="sheet"):
            draft = acting("sentences")
            reasons = html("why")
    looks = [told, draft, reasons]
    shown = [*looks, state, start, stop, upload]
    limits = [as_of, outlets, tags]
    for event, source in ((start.click, text), (upload.upload, upload)):
        waiting = event(_wait, outputs=shown, concurrency_limit=None, **QUIET)
        checked = waiting.then(
            _checker(site, source is upload), [source, *limits], shown, concurrency_limit=AT_ONCE, concurrency_id="check", **QUIET
        )  # fmt: skip
        checked.failure(lambda: [CRASHED, *_idle()], outputs=[told, start, stop, upload], **QUIET)
    stop.click(_stop, state, concurrency_limit=None, **QUIET)
    for part in (told, draft):
        chosen = part.click(_chooser(), state, looks, **QUIET)
        chosen.then(None, js=TO_CHOSEN, **QUIET)
        chosen.failure(lambda: CRASHED, outputs=told, **QUIET)


def _wait() -> list[object]:
    import gradio as gr

    busy = gr.Button(interactive=False), gr.Button(visible=True), gr.UploadButton(interactive=False)
    return ['<p class="quiet" role="status">Waiting for its turn…</p>', "", "", None, *busy]


def _idle() -> list[object]:
    import gradio as gr

    return [gr.Button(interactive=True), gr.Button(visible=False), gr.UploadButton(interactive=True)]


def _checker(site: Site, is_file: bool) -> Callable[..., Iterator[list[object]]]:
    """Return the handler of a draft: it yields how far the check is. When the tab is closed it is asked no further."""
    import gradio as gr

    def check(given: str | None, as_of: str, outlets: str, tags: str) -> Iterator[list[object]]:
        keep = [gr.skip()] * 3
        yield ['<p class="quiet" role="status">Reading the draft…</p>', "", "", None, *keep]
        try:
            filters = filters_of({"as_of": as_of.strip(), "outlets": _parted(outlets), "tags": _parted(tags)})
            checking = read_draft(None, Path(given)) if is_file and given else read_draft(given, None)
            yield [progress(checking, False), shown(checking), "", checking, *keep]
            for looked in _looks(site, checking, filters):
                yield [*looked, gr.skip(), gr.skip(), *keep]
        except OnRecordError as error:
            yield [alert(error), gr.skip(), gr.skip(), gr.skip(), *_idle()]
        else:
            yield [progress(checking, True), shown(checking), gr.skip(), gr.skip(), *_idle()]

    return check


def _parted(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _looks(site: Site, checking: Checking, filters: Filters) -> Iterator[tuple[str, object]]:
    """Yield how far the check is, now and then, and the page that is looked at where that has changed."""
    import gradio as gr

    seen, last = -1, time.monotonic()
    for done in checking.run(site.assistant, filters):
        if time.monotonic() - last < TELL_S:
            continue
        reached = min(max(0, done - checking.page * PAGE), PAGE)
        yield progress(checking, False), gr.skip() if reached == seen else shown(checking)
        seen, last = reached, time.monotonic()


def _stop(checking: Checking | None) -> None:
    if checking is not None:
        checking.stopped = True


def _chooser() -> Callable[..., list[object]]:
    """Return the handler of a click in the draft or on a count."""
    import gradio as gr

    def choose(checking: Checking | None, event: gr.EventData) -> list[object]:
        if checking is None:
            return [gr.skip()] * 3
        data = did(event)
        if data.get("do") == "why" and data.get("n", "").isdecimal():
            checking.choose(int(data["n"][:6]))
        elif data.get("do") == "page" and data.get("page", "").isdecimal():
            checking.turn(int(data["page"][:6]))
        elif data.get("do") == "next":
            checking.next(data.get("told", ""))
        return [gr.skip(), shown(checking), why(checking)]

    choose.__annotations__["event"] = gr.EventData
    return choose
