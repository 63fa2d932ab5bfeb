"""The first minute: an empty library invites to add documents or to load the samples, and then says what to ask."""

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from corpus.errors import OnRecordError
from ui.samples import QUESTION
from ui.web.additions import additions
from ui.web.begin import SAMPLES, load_samples
from ui.web.parts import ASK, CRASHED, LIBRARY, QUIET, Site, acting, alert, did

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["invitation", "invite"]

POLL_S = 1.0
EMPTY = (
    '<section class="invitation" aria-labelledby="empty"><h2 id="empty">The library is empty</h2>'
    "<p>OnRecord answers from your own documents: reports, articles, web pages, feeds, in any usual format. {where}</p>"
    "<p>Or look around first, with twenty short reports on the first landing on the Moon and on the talks about the war in "
    'Ukraine.</p><p><button type="button" class="primary" data-do="samples">Load the samples</button></p></section>'
)
THERE = f'<a href="{LIBRARY.path}">Add documents</a>'
HERE = "Add them below."


def invite(site: Site, blocks: "gr.Blocks") -> "gr.HTML":
    """Put the invitation into a page of its own; it shows itself where the library is empty, or the samples are loading.

    Return the part, whose event "change" tells that the library may be empty no longer.
    """
    import gradio as gr

    part = acting("invitation")
    timer = gr.Timer(POLL_S, active=False)

    def look() -> list[object]:
        jobs = [job for job in site.adding.list() if job.name == SAMPLES]
        going = [job for job in jobs[:1] if job.state != "done"]
        return [invitation(site, THERE) + additions(going), gr.Timer(POLL_S, active=any(not j.is_over for j in going))]

    def do(event: gr.EventData) -> list[object]:
        asked = did(event)
        job = site.adding.get(asked.get("job", ""))
        if asked.get("do") == "samples":
            try:
                load_samples(site)
            except OnRecordError as error:
                return [alert(error), gr.skip()]
        elif asked.get("do") == "stop" and job is not None:
            job.stop()
        elif asked.get("do") == "dismiss" and job is not None:
            site.adding.forget(job.id)
        return look()

    for event in (
        part.click(do, outputs=[part, timer], **QUIET),
        timer.tick(look, outputs=[part, timer], **QUIET),
        blocks.load(look, outputs=[part, timer], **QUIET),
    ):
        event.failure(lambda: CRASHED, outputs=part, **QUIET)
    return part


def invitation(site: Site, where: str = HERE) -> str:
    """Return the invitation of an empty library, or what to ask of the samples once they are in, or nothing."""
    jobs = [job for job in site.adding.list() if job.name == SAMPLES]
    if any(not job.is_over for job in jobs):
        return ""
    if site.assistant.library.catalog.is_empty():
        return EMPTY.format(where=where)
    if jobs and jobs[0].state == "done":
        ask = f'<a href="{ASK.path}?{urlencode({"q": QUESTION})}">{escape(QUESTION)}</a>'
        return (
            f'<p class="notice" role="status">The samples are in. Try asking: {ask} '
            f'<button type="button" data-do="dismiss" data-job="{jobs[0].id}" aria-label="Dismiss the hint">Dismiss</button></p>'
        )
    return ""
