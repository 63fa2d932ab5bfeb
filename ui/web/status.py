"""The page of what answers and how the library is, where some settings can be changed while the server runs."""

import time
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.endpoint import offered
from assistant.settings import QUOTE, changed
from corpus.errors import OnRecordError
from ui.web.apart import apart
from ui.web.health import examined, findings, library_facts, set_table, versions
from ui.web.jobs import Job
from ui.web.parts import CRASHED, QUIET, STATUS, Site, alert, columns, heading, html, sidebar

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]

ORIGIN = "this page, until the server stops"
DOCTOR = "Examination of the library"
TICK_S = 1.0


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    started = time.monotonic()
    with sidebar(STATUS):
        pass
    with columns(STATUS):
        heading(STATUS)
        html("answers-head", "<h2>What answers</h2>")
        answers = html("answers")
        with gr.Row(elem_classes="fields"):
            engine = gr.Dropdown([QUOTE], value=QUOTE, label="Engine", allow_custom_value=True)
            k = gr.Number(label="Passages looked at", precision=0)
            strictness = gr.Number(label="Strictness, 0 to 1", step=0.01)
            apply = gr.Button("Apply", elem_classes="do")
        look = gr.Button("Look for models", elem_classes="small")
        html("library-head", "<h2>The library</h2>")
        facts = html("facts")
        doctor = gr.Button("Examine it", elem_classes="small")
        found = html("findings")
        html("rest-head", "<h2>Settings</h2>")
        table = html("settings")
        html("versions-head", "<h2>Versions</h2>")
        made_of = html("versions")
        timer = gr.Timer(TICK_S, active=False)
    boxes: list[gr.Component] = [engine, k, strictness]
    shown = [answers, table, *boxes]
    events = [
        blocks.load(lambda: _shown(site), outputs=shown, **QUIET),
        blocks.load(lambda: library_facts(site.assistant.library), outputs=facts, **QUIET),
        blocks.load(lambda: versions(site.assistant.library, started), outputs=made_of, **QUIET),
        blocks.load(lambda: _found(site), outputs=[found, timer, doctor], **QUIET),
        apply.click(_applier(site), boxes, shown, **QUIET),
        look.click(_looker(site), outputs=[answers, engine], **QUIET),
        doctor.click(_examiner(site), outputs=[found, timer, doctor], **QUIET),
        timer.tick(lambda: _found(site), outputs=[found, timer, doctor], **QUIET),
    ]
    for event in events:
        event.failure(lambda: CRASHED, outputs=answers, **QUIET)


def _shown(site: Site) -> list[object]:
    """Return what answers, the table of settings, and the boxes as they are set."""
    settings = site.assistant.settings
    return [_engine(site), set_table(settings), settings.engine, settings.k, settings.strictness]


def _engine(site: Site) -> str:
    engine = site.assistant.settings.engine
    if engine == QUOTE:
        return "<p><b>quote</b>: answers are the sources' own words. No language model is asked.</p>"
    return (
        f"<p><b>{escape(engine)}</b>: a language model writes the answers, and each is checked against its sources.</p>"
    )


def _applier(site: Site) -> Callable[..., list[object]]:
    import gradio as gr

    def apply(engine: object, k: object, strictness: object) -> list[object]:
        try:
            given = {"engine": str(engine or "").strip(), "k": k, "strictness": strictness}
            before = site.assistant.settings
            given = {name: value for name, value in given.items() if value != getattr(before, name)}
            site.assistant.settings = changed(before, ORIGIN, **given)
        except OnRecordError as error:
            return [alert(error), *[gr.skip()] * 4]
        told, *rest = _shown(site)
        done = '<p class="notice" role="status">Applied: questions asked from now on are answered so.</p>'
        return [f"{told}{done}", *rest]

    return apply


def _looker(site: Site) -> Callable[[], list[object]]:
    """Return the handler that asks the endpoint of the settings, or an Ollama on this machine, which models it has."""
    import gradio as gr

    def look() -> list[object]:
        try:
            address, names = offered(site.assistant.settings)
        except OnRecordError as error:
            return [_engine(site) + alert(error), gr.skip()]
        told = f"{urlsplit(address).hostname} answers, and offers {len(names)}: {', '.join(names) or 'none'}."
        notice = f'<p class="notice" role="status">{escape(told)}</p>'
        return [_engine(site) + notice, gr.Dropdown([QUOTE, *names], value=site.assistant.settings.engine)]

    return look


def _examiner(site: Site) -> Callable[[], list[object]]:
    def examine() -> list[object]:
        job = _examination(site)
        if job is None or job.is_over:
            home, settings = site.assistant.library.home, site.assistant.settings
            server = settings.chroma_url, settings.chroma_token.get_secret_value()
            site.measuring.start(DOCTOR, lambda job: apart(job, examined, home, server))
        return _found(site)

    return examine


def _examination(site: Site) -> Job | None:
    return next((job for job in site.measuring.list() if job.name == DOCTOR), None)


def _found(site: Site) -> list[object]:
    """Return the doctor's findings, whether to look again soon, and the button."""
    import gradio as gr

    job = _examination(site)
    is_busy = job is not None and not job.is_over
    return [findings(job), gr.Timer(active=is_busy), gr.Button(interactive=not is_busy)]
