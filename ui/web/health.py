"""How the library and the server are, as HTML: what is installed, what is counted, what the doctor found."""

import platform
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from html import escape
from importlib.metadata import version
from pathlib import Path

from assistant.settings import Settings, settings_shown
from corpus.errors import OnRecordError
from index.doctor import Check, examine
from index.library import Library
from index.server import VectorServer
from ui.web.jobs import Job
from ui.web.parts import alert
from ui.web.quota import bytes_below

__all__ = ["examined", "findings", "library_facts", "set_table", "versions"]

PACKAGES = ("onrecord", "gradio", "chromadb", "openvino", "tantivy")
SIGNS = {"ok": "+", "note": "~", "problem": "!"}
STATES = {"waiting": "The examination waits until others are done.", "running": "The library is being examined…"}


def examined(tell: Callable[[object], None], home: Path, server: tuple[str, str]) -> None:
    """Examine the library of a home, whose vectors are on a server (its address, "" for none, and token); tell each check."""
    library = Library(home, server=VectorServer(*server) if server[0] else None)
    try:
        for check in examine(library):
            tell(check)
    finally:
        library.close()


def library_facts(library: Library) -> str:
    """Return what is in the library, how much room it takes, and who is writing."""
    documents, passages = library.catalog.count()
    disk = shutil.disk_usage(library.home)
    used = bytes_below((library.home,))
    rows = {
        "Documents": f"{documents:,}",
        "Passages": f"{passages:,}",
        "Room taken": f"{used / 1e6:,.1f} MB; {disk.free / 1e9:,.1f} GB are free",
        "Vectors": library.shelf.server.told() if library.shelf.server else "in the library's folder",
        "Changes so far": f"{library.catalog.generation():,}",
        "Being written by": library.writer() or "nobody",
    }
    return _facts(rows.items())


def versions(library: Library, started: float) -> str:
    """Return what is installed, which encoder is used, and since when the server runs (`started`, of time.monotonic)."""
    rows = {name: version(name) for name in PACKAGES} | {"python": platform.python_version()}
    try:
        info = library.encoder().info
        rows["encoder"] = f"{info.model}, {info.dimension} dimensions, weights {info.weights_sha256}"
    except OnRecordError as error:
        rows["encoder"] = str(error)
    rows["running for"] = str(timedelta(seconds=round(time.monotonic() - started)))
    return _facts(rows.items())


def set_table(settings: Settings) -> str:
    """Return every setting with its value and where that comes from."""
    rows = "".join(
        f'<tr><th scope="row">{escape(row.name)}<span class="quiet">{escape(row.meaning)}</span></th>'
        f"<td>{escape(row.value) or '<span class=quiet>empty</span>'}</td><td>{escape(row.origin)}</td></tr>"
        for row in settings_shown(settings)
    )
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Settings"><table class="facts"><thead><tr><th scope="col">Setting</th>'
        f'<th scope="col">Value</th><th scope="col">From</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def findings(job: Job | None) -> str:
    """Return what the doctor has found, or how far he is; nothing where he was not asked."""
    if job is None:
        return ""
    if job.state in STATES:
        return f'<p class="quiet" role="status">{STATES[job.state]}</p>'
    if job.error:
        return alert(job.error)
    checks: Sequence[Check] = [told for told in job.told if isinstance(told, Check)]
    bad = sum(check.state == "problem" for check in checks)
    lead = f"{bad} problem{'s'[: bad != 1]} found." if bad else "The library is sound."
    rows = "".join(map(_check, sorted(checks, key=lambda check: check.state != "problem")))
    return f'<p role="status"><strong>{lead}</strong></p><ul class="findings">{rows}</ul>'


def _check(check: Check) -> str:
    remedy = f'<br><span class="quiet">{escape(check.remedy)}</span>' if check.remedy else ""
    return (
        f'<li class="{check.state}"><span class="state"><b aria-hidden="true">{SIGNS[check.state]}</b> {check.state}</span>'
        f"<span><b>{escape(check.check)}</b> {escape(check.found)}{remedy}</span></li>"
    )


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    return (
        f'<dl class="facts">{"".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)}</dl>'
    )
