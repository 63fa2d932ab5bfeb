"""The page of who said what: the words of a speaker, on a subject if one is named, in date order."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from corpus.errors import OnRecordError
from ui.web.parts import CRASHED, QUIET, QUOTES, Site, acting, alert, columns, did, heading, sidebar
from ui.web.quoted import listed, none_found
from ui.web.quotelists import Asked, said

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["fill"]

OFFERED = 12  # names, as one types
DATES = "any date"
# The address of what is shown, so that it can be kept and sent.
ADDRESS = '(address) => { if (address) history.replaceState(null, "", address); }'
COPY = """async () => {
  const list = await fetch("/quotes/list.md" + location.search);
  await navigator.clipboard.writeText(await list.text());
}"""


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    with sidebar(QUOTES):
        pass
    with columns(QUOTES):
        heading(QUOTES)
        with gr.Row(elem_classes="fields"):
            speaker = gr.Dropdown([], value=None, label="Speaker", allow_custom_value=True, elem_id="speaker")
            about = gr.Textbox(label="On the subject of", placeholder="anything", max_lines=1)
        with gr.Row(elem_classes="fields"):
            first = gr.Textbox(label="From", placeholder=DATES, max_lines=1)
            last = gr.Textbox(label="To", placeholder=DATES, max_lines=1)
            outlet = gr.Textbox(label="Outlet", placeholder="any", max_lines=1)
            show = gr.Button("Show", variant="primary", elem_classes="do")
        found = acting("quotations")
        copy = gr.Button("Copy as Markdown", visible=False, elem_classes="small")
        address = gr.Textbox(visible=False)
    boxes: list[gr.Component] = [speaker, about, first, last, outlet]
    shown = [found, address, copy]
    speaker.key_up(_offering(site), outputs=speaker, trigger_mode="always_last", **QUIET)
    events = [box.submit(_finder(site), boxes, shown, **QUIET) for box in (about, first, last, outlet)]
    events += [event(_finder(site), boxes, shown, **QUIET) for event in (show.click, speaker.input)]
    events.append(found.click(_turner(site), boxes, [*shown, speaker], **QUIET))
    events.append(blocks.load(_arrival(site), outputs=[*boxes, *shown], **QUIET))
    for event in events:
        event.then(None, address, js=ADDRESS, **QUIET)
        event.failure(lambda: CRASHED, outputs=found, **QUIET)
    copied = copy.click(None, js=COPY, **QUIET)
    copied.then(lambda: gr.Button("Copied"), outputs=copy, **QUIET)


def _offering(site: Site) -> "Callable[[gr.KeyUpData], object]":
    """Return the handler of a key in the speaker's box: it offers names of the record that begin so."""
    import gradio as gr

    def offer(key: gr.KeyUpData) -> object:
        return gr.Dropdown(site.assistant.library.catalog.speaking.beginning(str(key.input_value), OFFERED))

    offer.__annotations__["key"] = gr.KeyUpData  # by which Gradio knows what to hand in
    return offer


def _finder(site: Site) -> Callable[..., list[object]]:
    """Return the handler of the boxes."""

    def find(speaker: object, about: str, first: str, last: str, outlet: str) -> list[object]:
        return _shown(site, Asked.of(speaker=speaker, about=about, first=first, last=last, outlet=outlet))

    return find


def _turner(site: Site) -> Callable[..., list[object]]:
    """Return the handler of a click among the quotations: another page, or a speaker of a similar name."""
    import gradio as gr

    def turn(speaker: object, about: str, first: str, last: str, outlet: str, event: gr.EventData) -> list[object]:
        data = did(event)
        name = data.get("name") if data.get("do") == "speaker" else speaker
        page = data.get("page") if data.get("do") == "page" else "1"
        asked = Asked.of(speaker=name, about=about, first=first, last=last, outlet=outlet, page=page)
        return [*_shown(site, asked), _box(asked)]

    turn.__annotations__["event"] = gr.EventData
    return turn


def _arrival(site: Site) -> Callable[..., list[object]]:
    """Return the handler of a visit: it shows what the address names."""
    import gradio as gr

    def arrive(request: gr.Request) -> list[object]:
        asked = Asked.named(dict(request.query_params))
        boxes = [_box(asked), asked.about, asked.first, asked.last, asked.outlet]
        return [*boxes, *(_shown(site, asked) if asked.speaker else ["", "", gr.Button(visible=False)])]

    arrive.__annotations__["request"] = gr.Request
    return arrive


def _box(asked: Asked) -> object:
    import gradio as gr

    return gr.Dropdown([asked.speaker] if asked.speaker else [], value=asked.speaker or None)


def _shown(site: Site, asked: Asked) -> list[object]:
    """Return the quotations, the address that shows them again, and the button that copies them if there are any."""
    import gradio as gr

    try:
        found = said(site.assistant, asked)
    except OnRecordError as error:
        return [alert(error), "", gr.Button(visible=False)]
    if not found:
        similar = site.assistant.library.catalog.speaking.similar((asked.speaker,)) if not asked.is_limited else []
        return [none_found(asked, similar), asked.address, gr.Button(visible=False)]
    return [listed(found, asked), asked.address, gr.Button("Copy as Markdown", visible=True)]
