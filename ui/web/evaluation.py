"""The page of the evaluation: runs and their reports, two of them compared, a suite set going.

Only suites that need no data of others are started here; the rest are run by the command, where the folder of their data
is named, and listed here all the same.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from corpus.conversations import LOCAL
from corpus.errors import OnRecordError
from ui.web.jobs import Job
from ui.web.parts import CRASHED, EVALUATION, QUIET, Site, acting, alert, columns, did, heading, html, owner, sidebar
from ui.web.runs import compared, listed, run_suite, runs_in, tabled

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]

SUITES = {
    "samples": "samples: questions about the sample corpus, with what answers them",
    "drafts": "drafts: sentences to check against the sample corpus",
    "ratings": "ratings: the questions whose answers were rated here, asked again",
}
NOTE = (
    '<p class="quiet">The public sets need their data: run them with <code>onrecord eval run</code>, '
    "and what they found is listed here. So does who signs in with what they have rated.</p>"
)
LOOK_EVERY_S = 1.0


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    home = site.assistant.library.home
    with sidebar(EVALUATION):
        pass
    with columns(EVALUATION):
        heading(EVALUATION)
        with gr.Row(elem_classes="fields"):
            choices = [(label, name) for name, label in SUITES.items()]
            suite = gr.Dropdown(choices, value="samples", label="Suite", elem_id="suite")
            start = gr.Button("Run it", variant="primary", elem_classes="do")
        html("note", NOTE)
        jobs = acting("jobs")
        runs = html("runs")
        with gr.Row(elem_classes="fields"):
            before = gr.Dropdown([], label="Compare", elem_id="before")
            after = gr.Dropdown([], label="with", elem_id="after")
            compare = gr.Button("Compare", elem_classes="small")
        differences = html("differences")
        timer = gr.Timer(LOOK_EVERY_S, active=False)

    def shown() -> list[object]:
        named = [(f"{run.name}, {run.when}", run.id) for run in runs_in(home)]
        mine = [job for job in site.measuring.list() if job.name in SUITES]
        active = any(not job.is_over for job in mine)
        return [tabled(mine), listed(home), gr.Dropdown(named), gr.Dropdown(named), gr.Timer(active=active)]

    parts = [jobs, runs, before, after, timer]
    events = [
        blocks.load(shown, outputs=parts, **QUIET),
        start.click(_starter(site, shown), suite, parts, **QUIET),
        jobs.click(_stopper(site, shown), outputs=parts, **QUIET),
        timer.tick(_watcher(site, shown), outputs=parts, **QUIET),
        compare.click(_comparer(site), [before, after], differences, **QUIET),
    ]
    for event in events:
        event.failure(lambda: CRASHED, outputs=differences, **QUIET)


def _starter(site: Site, shown: Callable[[], list[object]]) -> "Callable[[object, gr.Request], list[object]]":
    """Return the handler that sets a suite going."""
    import gradio as gr

    home = site.assistant.library.home

    def start(suite: object, request: gr.Request) -> list[object]:
        # A run is for all to see, and what somebody who signed in has rated is not.
        if suite in SUITES and (suite != "ratings" or owner(request) == LOCAL):

            def work(job: Job) -> None:
                run_suite(job, home, str(suite))

            site.measuring.start(str(suite), work)
        return shown()

    start.__annotations__["request"] = gr.Request  # by which Gradio knows what to hand in
    return start


def _stopper(site: Site, shown: Callable[[], list[object]]) -> "Callable[[gr.EventData], list[object]]":
    """Return the handler of Stop."""
    import gradio as gr

    def stop(event: gr.EventData) -> list[object]:
        job = site.measuring.get(did(event).get("id", ""))
        if job is not None:
            job.stop()
        return shown()

    stop.__annotations__["event"] = gr.EventData  # by which Gradio knows what to hand in
    return stop


def _watcher(site: Site, shown: Callable[[], list[object]]) -> Callable[[], list[object]]:
    """Return the handler of the timer: while a suite runs, only how far it is changes."""
    import gradio as gr

    def watch() -> list[object]:
        mine = [job for job in site.measuring.list() if job.name in SUITES]
        if any(not job.is_over for job in mine):
            return [tabled(mine), gr.skip(), gr.skip(), gr.skip(), gr.skip()]
        return shown()

    return watch


def _comparer(site: Site) -> Callable[[object, object], str]:
    """Return the handler that compares two runs."""

    def compare(before: object, after: object) -> str:
        try:
            return compared(site.assistant.library.home, str(before or ""), str(after or ""))
        except OnRecordError as error:
            return alert(error)

    return compare
