"""The page of what answers, how the library is, and what can be set while the server runs."""

from typing import TYPE_CHECKING

from ui.web.parts import STATUS, Site, columns, heading, sidebar

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    with sidebar(STATUS):
        pass
    with columns(STATUS):
        heading(STATUS)
