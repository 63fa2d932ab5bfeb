"""What the Ask page opens with: what the library holds, the examples; where it is empty, an invitation to fill it."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from corpus.catalog import Catalog
from ui.web.examples import EXAMPLES, Examples
from ui.web.invitation import invite
from ui.web.naming import count, day
from ui.web.parts import ASK, LIBRARY, QUIET, Site, html

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["Welcome", "welcome"]


@dataclass(frozen=True, slots=True)
class Welcome:
    """The parts; `offered` has the examples and goes once something is asked."""

    header: "gr.HTML"
    offered: "gr.Column"
    examples: "list[gr.Button]"


def welcome(site: Site, blocks: "gr.Blocks") -> Welcome:
    """Put the parts together, and let them be filled as the page is opened."""
    import gradio as gr

    header = html("header")
    invited = invite(site, blocks)
    with gr.Column(elem_id="examples") as offered:
        buttons = [gr.Button(visible=False, elem_classes="example") for _ in range(EXAMPLES)]
    found = Examples(site.assistant)

    def opened() -> str:
        return _header(site.assistant.library.catalog)

    def exampled() -> list[object]:
        questions = [gr.Button(question, visible=True) for question in found.questions()]
        return [*questions, *[gr.Button(visible=False)] * (EXAMPLES - len(questions))]

    blocks.load(opened, outputs=header, **QUIET)
    blocks.load(exampled, outputs=buttons, **QUIET)  # apart: in a large library they take seconds to find
    invited.change(opened, outputs=header, **QUIET).then(exampled, outputs=buttons, **QUIET)
    return Welcome(header, offered, buttons)


def _header(catalog: Catalog) -> str:
    newest = catalog.newest()
    facts = count(catalog.count()[0], "document") + (f" · newest {day(newest)}" if newest else "")
    return (
        f"<h1>{escape(ASK.name)}</h1><p>{escape(ASK.purpose)}</p>"
        f'<p class="count"><a href="{LIBRARY.path}">{facts}</a></p>'
    )
