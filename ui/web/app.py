"""The web chat: Gradio's parts put together, mounted beside the pages of the sources, and served.

Left out on purpose: accounts. Whoever reaches the port may ask, read and add.
"""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from assistant.answer import Answer, Statement
from assistant.assistant import Assistant
from assistant.settings import QUOTE
from corpus.catalog import Entry
from corpus.errors import OnRecordError
from corpus.filters import filters_of
from ui.web.examples import EXAMPLES, examples
from ui.web.guard import LOOPBACK
from ui.web.pages import add_pages
from ui.web.render import FRAME, Turn, conversation, count, day, outcomes
from ui.web.uploads import MAX_UPLOAD, add_uploads

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

__all__ = ["arriving", "build", "serve"]

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
CRASHED = (
    '<p class="notice failed" role="alert">Something went wrong here. What it was stands in the log of the server.</p>'
)
EMPTY = "The library is empty. Add documents below, then ask about them."
STOP_WITHIN_S = 2  # open pages hold a connection each; do not wait for them
HEAD = '<link rel="stylesheet" href="style.css"><script src="page.js" defer></script>'
FRAME_HTML = (
    '<div class="bar"><button type="button" data-close>Close</button></div>'
    # Without scripts, and as an origin of its own: a document can do nothing to the page around it.
    f'<iframe name="{FRAME}" src="library?{{generation}}" title="The sources" sandbox="allow-popups"></iframe>'
)


def build(assistant: Assistant) -> "gr.Blocks":
    """Return the page. What it shows of the library is read anew each time it is loaded."""
    import gradio as gr  # here, since it takes seconds to import

    with gr.Blocks(title="OnRecord", analytics_enabled=False, fill_width=True, delete_cache=(3600, 3600)) as page:
        turns = gr.State([])
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="chat"):
                header = _html("header")
                with gr.Accordion("Add documents", open=False, elem_id="add") as adding:
                    files = gr.File(label="Files", file_count="multiple", show_label=False, height=120, elem_id="files")
                    added = _html("added")
                with gr.Column(elem_id="examples") as offered:
                    buttons = [gr.Button(visible=False, elem_classes="example") for _ in range(EXAMPLES)]
                log = _html("log")
                with gr.Column(elem_id="composer"):
                    question = _question()
                    with gr.Row(elem_id="tools"):
                        as_of = gr.Textbox(label="As of", placeholder="YYYY-MM-DD", max_lines=1, elem_id="as-of")
                        new = gr.Button("New conversation", elem_id="new")
            with gr.Column(elem_id="panel"):
                frame = _html("frame")
        _wire_library(assistant, page, files, added, [header, frame, adding, *buttons])
        _wire_questions(assistant, question, buttons, as_of, new, turns, [log, turns, question, offered])
    return page


def _wire_library(
    assistant: Assistant, page: "gr.Blocks", files: "gr.File", added: "gr.HTML", shown: list["gr.Component"]
) -> None:
    """Let the page show the library when it is loaded, and again after an upload."""
    page.load(lambda: _library(assistant), outputs=shown, **QUIET)
    # One at a time: the library has one writer.
    upload = files.upload(_adder(assistant), files, [files, added], concurrency_limit=1, **QUIET)
    upload.then(lambda: _library(assistant), outputs=shown, **QUIET)
    upload.failure(lambda: (None, CRASHED), outputs=[files, added], **QUIET)


def _wire_questions(
    assistant: Assistant,
    question: "gr.Textbox",
    buttons: list["gr.Button"],
    as_of: "gr.Textbox",
    new: "gr.Button",
    turns: "gr.State",
    shown: list["gr.Component"],
) -> None:
    """Let a typed question or an example be answered, and a new conversation begin."""
    import gradio as gr

    for source, event in [(question, question.submit), *((button, button.click) for button in buttons)]:
        asked = event(_asker(assistant), [source, as_of, turns], shown, **QUIET)
        asked.failure(lambda before: conversation(before) + CRASHED, turns, shown[:1], **QUIET)
    new.click(lambda: ("", [], "", gr.Column(visible=True)), outputs=shown, **QUIET)


def _html(elem_id: str) -> "gr.HTML":
    import gradio as gr

    return gr.HTML(elem_id=elem_id, apply_default_css=False)


def _question() -> "gr.Textbox":
    import gradio as gr

    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask what your sources say",
        lines=1,
        max_lines=4,
        submit_btn=True,
        autofocus=True,
        elem_id="question",
    )


def _asker(assistant: Assistant) -> Callable[..., Iterator[tuple[object, ...]]]:
    """Return the handler of a question: it yields the conversation as the answer arrives."""
    import gradio as gr

    def ask(question: str, as_of: str, turns: list[Turn]) -> Iterator[tuple[object, ...]]:
        yield conversation([*turns, Turn(question)]), turns, "", gr.Column(visible=False)
        turn = Turn(question)
        for turn in arriving(assistant, question, as_of, turns):
            yield conversation([*turns, turn]), turns, gr.skip(), gr.skip()
        turns = [*turns, turn]
        yield conversation(turns), turns, gr.skip(), gr.skip()

    return ask


def arriving(assistant: Assistant, question: str, as_of: str, turns: Sequence[Turn]) -> Iterator[Turn]:
    """Yield the turn as its answer arrives: what a model has written so far, then the whole, or the error instead."""
    history: list[Answer] = [turn.answer for turn in turns if turn.answer]
    arrived: list[Statement] = []
    try:
        with closing(assistant.stream(question, history, filters_of({"as_of": as_of.strip()}))) as parts:
            for part in parts:
                if isinstance(part, Answer):
                    yield Turn(question, part)
                elif assistant.settings.engine != QUOTE:  # quotations are there all at once
                    arrived.append(part)
                    yield Turn(question, Answer(question, question, "answered", 0.0, tuple(arrived)))
    except OnRecordError as error:
        yield Turn(question, error=str(error))


def _adder(assistant: Assistant) -> Callable[[list[str]], Iterator[tuple[object, str]]]:
    """Return the handler of an upload: it yields what has come of the files so far."""
    import gradio as gr

    def add(paths: list[str]) -> Iterator[tuple[object, str]]:
        yield gr.skip(), f'<p class="quiet">Adding {count(len(paths), "file")}…</p>'
        for found in add_uploads(assistant.library, paths):
            yield gr.skip(), outcomes(found)
        yield None, outcomes(found)

    return add


def _library(assistant: Assistant) -> list[object]:
    """Return the header, the frame with the list of documents, the box to add some, and the example questions."""
    import gradio as gr

    entries = assistant.library.list()
    offered = examples(entries)
    missing = [gr.Button(visible=False)] * (EXAMPLES - len(offered))
    frame = FRAME_HTML.format(generation=assistant.library.catalog.generation())
    adding = gr.skip() if entries else gr.Accordion(open=True)
    return [_header(entries), frame, adding, *(gr.Button(question, visible=True) for question in offered), *missing]


def _header(entries: Sequence[Entry]) -> str:
    newest = max((entry.published for entry in entries if entry.published), default=None)
    facts = count(len(entries), "document") + (f" · newest {day(newest)}" if newest else "")
    empty = f'<p class="notice">{EMPTY}</p>' if not entries else ""
    return (
        "<h1>OnRecord</h1><p>Answers in the exact words of your sources, with who said it and when.</p>"
        f'<p class="count"><a href="library" target="{FRAME}">{facts}</a></p>{empty}'
    )


def _application(assistant: Assistant, host: str) -> "FastAPI":
    """Return the whole site: the chat, the pages of the sources, the guard."""
    import gradio as gr
    from fastapi import FastAPI

    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    is_local = host in LOOPBACK or host == "::1"
    add_pages(site, assistant.library, LOOPBACK if is_local else None)
    page = build(assistant)
    # Gradio checks that an uploaded file is one of its own only once launched, which mounting does not count as:
    # without this a request could name any file of the machine as its upload.
    page.has_launched = True
    # Fonts of the system: the theme's own would be fetched.
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    gr.mount_gradio_app(
        site,
        page,
        path="/",
        theme=theme,
        head=HEAD,
        max_file_size=MAX_UPLOAD,
        ssr_mode=False,
        footer_links=[],
    )
    return site


def serve(assistant: Assistant, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve the chat until interrupted; call `ready` with its address once it listens. Port 0 is any free one.

    Raises OnRecordError if the port cannot be had.
    """
    import uvicorn

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(url)

    listener = _listener(host, port)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(_application(assistant, host), log_level="warning", timeout_graceful_shutdown=STOP_WITHIN_S)
    with listener, suppress(KeyboardInterrupt):
        Announcing(config).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OnRecordError(f"{host}:{port}: cannot be listened on: {reason}. Name another with --port.") from error
