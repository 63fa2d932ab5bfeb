"""The page that checks a draft, sentence by sentence."""

from typing import TYPE_CHECKING

from ui.web.parts import CHECK, Site, columns, heading, sidebar

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    with sidebar(CHECK):
        pass
    with columns(CHECK):
        heading(CHECK)
