"""The page of what answers, how the library is, and what can be set while the server runs.

What is set here holds for everybody's next questions and until the server stops; it is written nowhere. Of a secret the
page is told only whether it is set.
"""

import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING

from assistant.settings import QUOTE, Setting, Settings, changed, stated
from corpus.errors import LibraryDamagedError, OnRecordError
from ui.web.naming import count, day, failed_notice
from ui.web.parts import CRASHED, QUIET, STATUS, Site, columns, heading, html, sidebar

if TYPE_CHECKING:
    import gradio as gr

    from index.doctor import Check

__all__ = ["fill"]

PARTS = ("onrecord", "gradio", "chromadb", "tantivy", "openvino", "sentence-transformers", "llama-index-core")
SIGNS = {"ok": "✓ Sound", "note": "· Note", "problem": "! Problem"}
CHECKING = (
    '<p class="quiet searching" role="status">Looking at every document and index. With many this takes minutes.</p>'
)
UNTIL = "It holds for everybody's next questions, until the server stops. To keep it, write it into onrecord.toml."


def fill(site: Site, blocks: "gr.Blocks") -> None:
    """Put the page together."""
    import gradio as gr

    started = site.assistant.settings
    with sidebar(STATUS):
        pass
    with columns(STATUS):
        heading(STATUS)
        engine = html("engine")
        with gr.Row(elem_classes="fields"):
            name = gr.Dropdown([QUOTE], label="Engine", allow_custom_value=True, elem_id="set-engine")
            k = gr.Number(label="Passages looked at", precision=0, minimum=1, maximum=100)
            strictness = gr.Number(label="Strictness, 0 to 1", minimum=0, maximum=1, step=0.01)
        with gr.Row(elem_classes="fields"):
            use = gr.Button("Use these", variant="primary", elem_classes="do")
            look = gr.Button("Which models are there?", elem_classes="small")
        told = html("told")
        library = html("library-health")
        check = gr.Button("Check the library", elem_classes="small", elem_id="check-library")
        health = html("health")
        settings = html("settings")
        html("versions", _versions(site))
    state = [engine, library, settings, name, k, strictness]
    shown = _shown(site, started)
    events = [
        blocks.load(shown, outputs=state, **QUIET),
        use.click(_setter(site, shown), [name, k, strictness], [told, *state], **QUIET),
        look.click(_looker(site), outputs=[told, name], **QUIET),
        check.click(_checker(site), outputs=health, concurrency_limit=1, **QUIET),
    ]
    for event in events:
        event.failure(lambda: CRASHED, outputs=told, **QUIET)


def _shown(site: Site, started: Settings) -> Callable[[], list[object]]:
    """Return what shows the present state."""
    import gradio as gr

    def show() -> list[object]:
        now = site.assistant.settings
        choices = list(dict.fromkeys([QUOTE, now.engine]))
        return [
            _engine(now),
            _library(site),
            _settings(now, started),
            gr.Dropdown(choices, value=now.engine),
            now.k,
            now.strictness,
        ]

    return show


def _setter(site: Site, shown: Callable[[], list[object]]) -> Callable[..., list[object]]:
    """Return the handler that changes the settings."""

    def use(engine: object, k: object, strictness: object) -> list[object]:
        try:
            given = {"engine": str(engine or "").strip(), "k": k, "strictness": strictness}
            new = changed(site.assistant.settings, **given)
            if new.engine not in (QUOTE, site.assistant.settings.engine):
                _reachable(new)
            site.assistant.settings = new
        except OnRecordError as error:
            return [failed_notice(error), *shown()]
        return [f'<p class="notice" role="status">Set. {UNTIL}</p>', *shown()]

    return use


def _reachable(settings: Settings) -> None:
    """Raise SettingsError or ModelError if the engine's model cannot be had."""
    from assistant.endpoint import endpoint, offered  # here, since quoting needs no HTTP
    from corpus.errors import SettingsError

    endpoint(settings)
    address, names = offered(settings)
    if settings.engine not in names and f"{settings.engine}:latest" not in names:
        raise SettingsError(f"engine {settings.engine!r}: {address} offers no such model. It has: {', '.join(names)}.")


def _looker(site: Site) -> Callable[[], list[object]]:
    """Return the handler that asks the endpoint for its models."""
    import gradio as gr

    def look() -> list[object]:
        from assistant.endpoint import offered  # here, since quoting needs no HTTP

        try:
            address, names = offered(site.assistant.settings)
        except OnRecordError as error:
            return [failed_notice(error), gr.skip()]
        told = f"{address} offers {count(len(names), 'model')}. Choose one as the engine."
        return [f'<p class="notice" role="status">{escape(told)}</p>', gr.Dropdown([QUOTE, *names])]

    return look


def _checker(site: Site) -> Callable[[], Iterator[str]]:
    """Return the handler that has the library examined: nothing is changed."""

    def check() -> Iterator[str]:
        from index.doctor import examine, unreadable

        yield CHECKING
        try:
            yield _checks(examine(site.assistant.library))
        except LibraryDamagedError as error:
            yield _checks([unreadable(error)])
        except OnRecordError as error:
            yield failed_notice(error)

    return check


def _engine(settings: Settings) -> str:
    if settings.engine == QUOTE:
        return '<p class="notice"><strong>Answers are quotations.</strong> No language model is asked, nothing leaves this machine.</p>'
    where = settings.model_url or "an Ollama on this machine"
    return (
        f'<p class="notice"><strong>Answers are written by {escape(settings.engine)}</strong>, at {escape(where)}.</p>'
    )


def _library(site: Site) -> str:
    library, catalog = site.assistant.library, site.assistant.library.catalog
    documents, passages = catalog.count()
    oldest, newest = catalog.oldest(), catalog.newest()
    free = shutil.disk_usage(library.home).free
    rows = {
        "Documents": f"{documents:,}",
        "Passages": f"{passages:,}",
        "Published": f"{day(oldest)} to {day(newest)}" if newest else "no dates known",
        "Conversations kept": f"{catalog.conversations():,}",
        "Changes so far": f"{catalog.generation():,}",
        "Room left on the disk": f"{free / 1e9:,.1f} GB",
    }
    return f"<h2>Library</h2>{_table(rows)}"


def _checks(checks: "Sequence[Check]") -> str:
    sound = all(check.state != "problem" for check in checks)
    lead = "The library is sound." if sound else "The library has damage. What to do stands below."
    rows = "".join(
        f'<tr class="{escape(check.state)}"><th scope="row">{escape(check.check)}</th><td>{SIGNS[check.state]}</td>'
        f"<td>{escape(check.found)}{f'<br>{escape(check.remedy)}' if check.remedy else ''}</td></tr>"
        for check in checks
    )
    kind = "notice" if sound else "notice failed"
    return f'<p class="{kind}" role="status">{lead}</p><table class="facts">{rows}</table>'


def _settings(now: Settings, started: Settings) -> str:
    rows = "".join(_setting(each, now, started) for each in stated(now, {}) if each.name != "home")
    head = '<tr><th scope="col">Setting</th><th scope="col">Value</th><th scope="col">Set by</th></tr>'
    return f'<h2>Settings</h2><div class="wide"><table class="facts">{head}{rows}</table></div>'


def _setting(setting: Setting, now: Settings, started: Settings) -> str:
    given = type(now).model_fields[setting.name].get_default(call_default_factory=True)
    if getattr(now, setting.name) != getattr(started, setting.name):
        origin = "this page"
    elif setting.origin == "default" and getattr(now, setting.name) != given:
        origin = "flag"
    else:
        origin = "file" if setting.origin.endswith(".toml") else setting.origin
    name = f'{escape(setting.name)}<br><span class="said">{escape(setting.description)}</span>'
    return f'<tr><th scope="row">{name}</th><td>{escape(setting.value) or "empty"}</td><td>{escape(origin)}</td></tr>'


def _versions(site: Site) -> str:
    rows = {"Python": platform.python_version(), **{name: version(name) for name in PARTS}}
    rows["Encoder"] = site.assistant.library.model()
    return f"<h2>Versions</h2>{_table(rows)}"


def _table(rows: dict[str, str]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows.items()
    )
    return f'<table class="facts">{body}</table>'
