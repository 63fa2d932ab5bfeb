"""The page of the evaluation: runs, reports, comparisons, and a suite set going."""

from typing import TYPE_CHECKING

from ui.web.parts import EVALUATION, Site, columns, heading, sidebar

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    with sidebar(EVALUATION):
        pass
    with columns(EVALUATION):
        heading(EVALUATION)
