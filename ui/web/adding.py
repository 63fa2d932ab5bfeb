"""The part of the library page that adds documents."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ui.web.parts import CRASHED, QUIET, Site, html
from ui.web.render import count, outcomes
from ui.web.uploads import add_uploads

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["add_part"]


def add_part(site: Site) -> "gr.events.Dependency":
    """Put the part together; return the event after which the library holds what was added."""
    import gradio as gr

    with gr.Accordion("Add documents", open=False, elem_id="add"):
        files = gr.File(label="Files", file_count="multiple", show_label=False, height=120, elem_id="files")
        added = html("added")
    # One at a time: the library has one writer.
    upload = files.upload(_adder(site), files, [files, added], concurrency_limit=1, **QUIET)
    upload.failure(lambda: (None, CRASHED), outputs=[files, added], **QUIET)
    return upload


def _adder(site: Site) -> Callable[[list[str]], Iterator[tuple[object, str]]]:
    """Return the handler of an upload: it yields what has come of the files so far."""
    import gradio as gr

    def add(paths: list[str]) -> Iterator[tuple[object, str]]:
        yield gr.skip(), f'<p class="quiet">Adding {count(len(paths), "file")}…</p>'
        for found in add_uploads(site.assistant.library, paths):
            yield gr.skip(), outcomes(found)
        yield None, outcomes(found)

    return add
