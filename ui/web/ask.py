"""The page where questions are asked: the conversation, the box to ask in, the examples."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from html import escape
from typing import TYPE_CHECKING

from assistant.answer import Answer, Looking, Statement
from assistant.assistant import Assistant
from assistant.settings import QUOTE
from corpus.catalog import Entry
from corpus.errors import OnRecordError
from corpus.filters import filters_of
from ui.web.examples import EXAMPLES, examples
from ui.web.parts import ASK, CRASHED, LIBRARY, QUIET, Site, columns, html, sidebar
from ui.web.render import Turn, conversation, count, day

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["arriving", "fill"]

EMPTY = f'The library is empty. <a href="{LIBRARY.path}">Add documents</a>, then ask about them.'


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    turns = gr.State([])
    with sidebar(ASK):
        new = gr.Button("New conversation", elem_id="new")
    with columns(ASK):
        header = html("header")
        with gr.Column(elem_id="examples") as offered:
            buttons = [gr.Button(visible=False, elem_classes="example") for _ in range(EXAMPLES)]
        log = html("log")
        with gr.Column(elem_id="composer"):
            question = _question()
            with gr.Row(elem_id="tools"):
                as_of = gr.Textbox(label="As of", placeholder="YYYY-MM-DD", max_lines=1, elem_id="as-of")
    blocks.load(lambda: _library(site.assistant), outputs=[header, *buttons], **QUIET)
    _wire_questions(site.assistant, question, buttons, as_of, new, turns, [log, turns, question, offered])


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
    """Yield the turn as its answer arrives: where it is looked, what a model has written so far, then the whole, or the error instead."""
    history: list[Answer] = [turn.answer for turn in turns if turn.answer]
    arrived: list[Statement] = []
    try:
        with closing(assistant.stream(question, history, filters_of({"as_of": as_of.strip()}))) as parts:
            for part in parts:
                if isinstance(part, Looking):
                    yield Turn(question, looking=part)
                elif isinstance(part, Answer):
                    yield Turn(question, part)
                elif assistant.settings.engine != QUOTE:  # quotations are there all at once
                    arrived.append(part)
                    yield Turn(question, Answer(question, question, "answered", 0.0, tuple(arrived)))
    except OnRecordError as error:
        yield Turn(question, error=str(error))


def _library(assistant: Assistant) -> list[object]:
    """Return the header and the example questions."""
    import gradio as gr

    entries = assistant.library.list()
    offered = examples(entries)
    missing = [gr.Button(visible=False)] * (EXAMPLES - len(offered))
    return [_header(entries), *(gr.Button(question, visible=True) for question in offered), *missing]


def _header(entries: Sequence[Entry]) -> str:
    newest = max((entry.published for entry in entries if entry.published), default=None)
    facts = count(len(entries), "document") + (f" · newest {day(newest)}" if newest else "")
    empty = f'<p class="notice">{EMPTY}</p>' if not entries else ""
    return (
        f"<h1>{escape(ASK.name)}</h1><p>{escape(ASK.purpose)}</p>"
        f'<p class="count"><a href="{LIBRARY.path}">{facts}</a></p>{empty}'
    )
