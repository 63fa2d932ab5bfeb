"""The page of who said what: a speaker, a subject, dates."""

from typing import TYPE_CHECKING

from ui.web.parts import QUOTES, Site, columns, heading, sidebar

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    with sidebar(QUOTES):
        pass
    with columns(QUOTES):
        heading(QUOTES)
