"""What the Ask page opens with: what the library holds, the invitation where it is empty, the examples."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from corpus.catalog import Catalog
from ui.web.examples import EXAMPLES, Examples
from ui.web.invitation import invite
from ui.web.naming import count, day
from ui.web.parts import ASK, CRASHED, LIBRARY, QUIET, Site, html

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["Welcome", "welcome"]


@dataclass(frozen=True, slots=True)
class Welcome:
    """The examples, and the part that holds them, which goes once something is asked."""

    offered: "gr.Column"
    examples: "list[gr.Button]"


def welcome(site: Site, blocks: "gr.Blocks") -> Welcome:
    """Put the parts together, and let them be filled as the page is opened, and once an empty library has been filled."""
    import gradio as gr

    header = html("header")
    invitation = invite(site, blocks)
    with gr.Column(elem_id="examples") as offered:
        buttons = [gr.Button(visible=False, elem_classes="example") for _ in range(EXAMPLES)]
    catalog, found = site.assistant.library.catalog, Examples(site.assistant)

    def exampled() -> list[object]:
        if any(not job.is_over for job in site.adding.list()) and not found.has_some:
            return [gr.skip()] * EXAMPLES  # the first documents would be asked at every look at how far the adding is
        questions = [gr.Button(question, visible=True) for question in found.questions()]
        return [*questions, *[gr.Button(visible=False)] * (EXAMPLES - len(questions))]

    for event in (blocks.load, invitation.change):
        event(lambda: _header(catalog), outputs=header, **QUIET).failure(lambda: CRASHED, outputs=header, **QUIET)
        event(exampled, outputs=buttons, **QUIET)  # apart: in a large library they take seconds to find
    return Welcome(offered, buttons)


def _header(catalog: Catalog) -> str:
    newest = catalog.newest()
    facts = count(catalog.count()[0], "document") + (f" · newest {day(newest)}" if newest else "")
    return (
        f"<h1>{escape(ASK.name)}</h1><p>{escape(ASK.purpose)}</p>"
        f'<p class="count"><a href="{LIBRARY.path}">{facts}</a></p>'
    )
