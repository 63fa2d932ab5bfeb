"""The page of the documents: the table of them, and how some are added."""

from typing import TYPE_CHECKING

from ui.web.adding import add_part
from ui.web.parts import LIBRARY, QUIET, Site, columns, heading, html, sidebar
from ui.web.source import listed

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    with sidebar(LIBRARY):
        pass
    with columns(LIBRARY):
        heading(LIBRARY)
        added = add_part(site)
        table = html("table")
    blocks.load(lambda: listed(site.assistant.library.list()), outputs=table, **QUIET)
    added.then(lambda: listed(site.assistant.library.list()), outputs=table, **QUIET)
