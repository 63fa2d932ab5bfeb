"""The page where questions are asked: the conversation, the box to ask in with what limits it, the examples.

`turns` holds the turns that are over; one becomes such in `_Page.answered` alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from assistant.assistant import LONGEST_QUESTION, checked_question
from corpus.errors import OnRecordError
from ui.web.arriving import arriving, told, until_stopped
from ui.web.filters import Chosen, FilterParts, active, addressed, filters_given, filters_parts
from ui.web.history import past
from ui.web.keeping import kept
from ui.web.parts import ASK, CRASHED, QUIET, Site, acting, alert, columns, did, html, owner, sidebar
from ui.web.render import Turn, conversation
from ui.web.welcome import welcome

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]

# Answers are let begin by ui.web.asking, which says so where there are too many: nothing waits unseen in Gradio's queue.
UNLIMITED: dict[str, Any] = {"concurrency_limit": None, "concurrency_id": "asking"}
# What was pressed may be gone by now, an example or the stop button, and the keyboard with it.
FOCUS = "() => { if (document.activeElement === document.body) document.querySelector('#question textarea').focus(); }"

SEND, STOP = "Ask", "Stop"  # in words: Gradio's icons have no name that is read out

Shown = tuple[object, ...]  # for the outputs of _Page, in their order


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    turns = gr.State([])
    with sidebar(ASK):
        new = gr.Button("New conversation", elem_id="new")
        talks = past(site, turns)
    with columns(ASK):
        begin = welcome(site, blocks)
        log = acting("log")
        status = gr.HTML(elem_id="told", apply_default_css=False, js_on_load="element.setAttribute('role', 'status')")
        with gr.Column(elem_id="composer"):
            notice = html("notice")
            line = acting("filters")
            question = _question()
            limits = filters_parts(site.assistant.library, line)
    page = _Page(site, turns, log, status, notice, limits, question, begin.offered)
    talks.follow(page.wire(begin.examples, new))
    talks.wire(blocks, log, begin.offered, notice)
    addressed = blocks.load(page.addressed(), outputs=[question, *limits.given, limits.line], **QUIET)
    addressed.failure(lambda: CRASHED, outputs=notice, **QUIET)


def _question() -> "gr.Textbox":
    import gradio as gr

    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask what your sources say",
        lines=1,
        max_lines=4,
        submit_btn=SEND,
        autofocus=True,
        elem_id="question",
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """The parts of the page, and what becomes of them when something is asked."""

    site: Site
    turns: "gr.State"
    log: "gr.HTML"
    status: "gr.HTML"
    notice: "gr.HTML"
    limits: FilterParts
    question: "gr.Textbox"
    offered: "gr.Column"

    @property
    def outputs(self) -> "list[gr.Component]":
        return [self.log, self.turns, self.question, self.offered, self.notice, self.status]

    def wire(self, examples: "list[gr.Button]", new: "gr.Button") -> "list[gr.events.Dependency]":
        """Let a question be typed, pressed, put in other words or stopped, and a new conversation begin.

        Return the events after which the turns are others.
        """
        import gradio as gr

        given = [*self.limits.given, self.turns]

        def typed(request: gr.Request, question: str, *given: Any) -> Iterator[Shown]:
            yield from self._asked(request, question, *given, box="")

        def pressed(request: gr.Request, question: str, *given: Any) -> Iterator[Shown]:
            yield from self._asked(request, question, *given)

        def put_right(request: gr.Request, event: gr.EventData, *given: Any) -> Iterator[Shown]:
            done, turns = did(event), given[-1]
            if done.get("do") == "ask-as" and turns:
                yield from self._asked(request, turns[-1].question, *given, query=done.get("query"))

        def stop(request: gr.Request) -> None:
            self.site.asking.stop(request.session_hash or "")

        asked = [self.question.submit(typed, [self.question, *given], self.outputs, **UNLIMITED, **QUIET)]
        asked += [one.click(pressed, [one, *given], self.outputs, **UNLIMITED, **QUIET) for one in examples]
        asked.append(self.log.click(put_right, given, self.outputs, **UNLIMITED, **QUIET))
        for event in asked:
            event.then(None, js=FOCUS)
            event.failure(self._crashed, self.turns, self.outputs, **QUIET)
        self.question.stop(stop, concurrency_limit=None, **QUIET)
        begun = new.click(self._emptied, outputs=self.outputs, cancels=asked, **QUIET)
        begun.then(None, js=FOCUS)
        return [*asked, begun]

    def _asked(
        self,
        request: "gr.Request",
        question: str,
        as_of: str,
        first: str,
        last: str,
        chosen: Chosen,
        before: list[Turn],
        *,
        query: str | None = None,
        box: str | None = None,
    ) -> Iterator[Shown]:
        """Yield what is shown as a question of a visitor is answered, `before` being the turns it follows.

        What cannot be asked is told at the box, which keeps it then; else the box is set to `box`, if that is given.
        """
        import gradio as gr

        try:
            question = checked_question(question)
            query = query if query is None else checked_question(query)
            filters = filters_given(as_of, first, last, chosen)
            with self.site.asking.admitted(request.session_hash or "") as run:
                arrives = arriving(self.site.assistant, question, filters, before, query)
                yield from self._answered(before, question, until_stopped(arrives, run), box, owner(request))
        except OnRecordError as error:
            yield *[gr.skip()] * 4, alert(error), ""

    def _answered(
        self, before: list[Turn], question: str, arriving: Iterator[Turn], box: str | None, name: str
    ) -> Iterator[Shown]:
        """Yield what is shown as the turn of a question arrives; the last has it among the turns, kept for its owner."""
        import gradio as gr

        skip, turn = gr.skip(), Turn(question)
        emptied = {} if box is None else {"value": box}
        waiting = gr.Textbox(submit_btn=False, stop_btn=STOP, **emptied)
        yield conversation([*before, turn]), skip, waiting, gr.Column(visible=False), "", told(turn)
        for arrived in arriving:
            if arrived is turn:  # nothing new: only that the reader is still there is to be seen
                yield (skip,) * 6
            elif not arrived.is_over:
                yield conversation([*before, arrived]), *[skip] * 4, told(arrived)
            turn = arrived
        turn, notice = kept(self.site.assistant.library.catalog, name, before, turn)
        turns = [*before, turn]
        ready = gr.Textbox(submit_btn=SEND, stop_btn=False)
        yield conversation(turns), turns, ready, skip, notice, told(turn)

    def _emptied(self) -> Shown:
        import gradio as gr

        return "", [], gr.Textbox(value="", submit_btn=SEND, stop_btn=False), gr.Column(visible=True), "", ""

    def _crashed(self, before: list[Turn]) -> Shown:
        import gradio as gr

        ready = gr.Textbox(submit_btn=SEND, stop_btn=False)
        return conversation(before), gr.skip(), ready, gr.skip(), CRASHED, ""

    def addressed(self) -> Callable[..., Shown]:
        """Return what puts the question and the limits of an address into the page, for the outputs that `fill` names."""
        import gradio as gr

        def put(request: gr.Request) -> Shown:
            query = parse_qs(urlsplit(str(request.url)).query)
            dates, chosen = addressed(query)
            asked = (query.get("q") or [""])[0][:LONGEST_QUESTION]
            return asked or gr.skip(), *dates, chosen, active(self.site.assistant.library, *dates, chosen)

        return put
