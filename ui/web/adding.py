"""The part of the library page that adds documents: what is to be added, how far that is, what went wrong, what is followed."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import OnRecordError
from corpus.problems import Problem
from corpus.visits import Followed, Visits
from ui.web import begin
from ui.web.additions import additions
from ui.web.invitation import invitation
from ui.web.naming import count, day
from ui.web.parts import CRASHED, QUIET, Site, acting, alert, did, html
from ui.web.uploads import uploads_in

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["add_part"]

POLL_S = 1.0
NAMED = 5  # files that are named where several have the same problem
MOST_PROBLEMS = 30  # lines
FILES = "Files and folders, of any kind, up to 100 MB a file. One of the same name as before is a new version of it."


def add_part(site: Site, blocks: "gr.Blocks") -> "gr.events.Dependency":
    """Put the part together; return the event after which the library may hold more."""
    import gradio as gr

    invited = acting("invitation")
    with gr.Accordion("Add documents", open=False, elem_id="add") as add:
        tags = gr.Textbox(label="Tags for what is added", placeholder="none; with commas between them", max_lines=1)
        with gr.Tabs(elem_id="ways"):
            files, addresses, follow, add_addresses, title, text, add_text = _ways()
    said = html("adding-said")
    going, wrong, followed = acting("additions"), acting("problems"), acting("followed")
    timer = gr.Timer(POLL_S, active=False)
    shown = [said, invited, going, wrong, followed, timer]

    def loaded() -> list[object]:
        return [gr.Accordion(open=True) if site.assistant.library.catalog.is_empty() else gr.skip(), *_shown(site)]

    events = [
        # Unprocessed, since Gradio's own way to hand over a file drops the name that the browser gave it.
        files.upload(_files(site), [files, tags], [files, *shown], preprocess=False, **QUIET),
        add_addresses.click(_addresses(site), [addresses, follow, tags], [addresses, follow, *shown], **QUIET),
        add_text.click(_text(site), [title, text, tags], [title, text, *shown], **QUIET),
        *(part.click(_doer(site), outputs=shown, **QUIET) for part in (invited, going, wrong, followed)),
        blocks.load(loaded, outputs=[add, *shown], **QUIET),
        timer.tick(lambda: _shown(site)[1:], outputs=shown[1:], **QUIET),
    ]
    for event in events:
        event.failure(lambda: CRASHED, outputs=said, **QUIET)
    return events[-1]


def _ways() -> "list[gr.Component]":
    """Return the parts in which it is said what to add."""
    import gradio as gr

    with gr.Tab("Files"):
        files = gr.File(
            label="Files", file_count="multiple", show_label=False, height=140, interactive=True, elem_id="files"
        )
        html("folder", f'<p class="quiet">{FILES} <button type="button" data-folder>Choose a folder</button></p>')
    with gr.Tab("Addresses"):
        addresses = gr.Textbox(label="Addresses of pages and feeds, one a line", lines=3, max_lines=8)
        follow = gr.Checkbox(label="Follow them: ask again with “Sync now”")
        add_addresses = gr.Button("Add the addresses", elem_classes="act")
    with gr.Tab("Text"):
        title = gr.Textbox(label="Title", max_lines=1)
        text = gr.Textbox(label="Text", lines=6, max_lines=16)
        add_text = gr.Button("Add the text", elem_classes="act")
    return [files, addresses, follow, add_addresses, title, text, add_text]


def _files(site: Site) -> Callable[[object, str], list[object]]:
    from gradio.utils import get_upload_folder

    def add(told: object, tags: str) -> list[object]:
        def start() -> None:
            begin.add_files(site, uploads_in(told, Path(get_upload_folder())), begin.tags_in(tags))

        return [None, *_after(site, start)]

    return add


def _addresses(site: Site) -> Callable[[str, bool, str], list[object]]:
    def add(addresses: str, follow: bool, tags: str) -> list[object]:
        shown = _after(site, lambda: begin.add_addresses(site, addresses, begin.tags_in(tags), follow))
        return [*((addresses, follow) if shown[0] else ("", False)), *shown]

    return add


def _text(site: Site) -> Callable[[str, str, str], list[object]]:
    def add(title: str, text: str, tags: str) -> list[object]:
        shown = _after(site, lambda: begin.add_text(site, title, text, begin.tags_in(tags)))
        return [*((title, text) if shown[0] else ("", "")), *shown]

    return add


def _doer(site: Site) -> "Callable[[gr.EventData], list[object]]":
    """Return what does what was clicked in the lists: it is looked up by name, never taken at its word."""
    import gradio as gr

    def do(event: gr.EventData) -> list[object]:
        return _after(site, lambda: _do(site, did(event)))

    return do


def _do(site: Site, asked: dict[str, str]) -> None:
    what, jobs = asked.get("do"), site.adding
    catalog = site.assistant.library.catalog
    if what == "samples":
        begin.load_samples(site)
    elif what == "stop" and (job := jobs.get(asked.get("job", ""))):
        job.stop()
    elif what == "dismiss":
        jobs.forget(asked.get("job", ""))
    elif what == "follow":
        begin.add_addresses(site, asked.get("feed", ""), (), follow=True)
    elif what == "sync":
        begin.sync(site)
    elif what == "unfollow":
        for each in Visits(catalog).followed():
            if each.source == asked.get("source"):
                Visits(catalog).unfollow(each.source)
    elif what in ("again", "let-be"):
        meant = [each for each in begin.problems_of(site) if asked.get("problem") in ("all", _key(each))]
        begin.try_again(site, meant) if what == "again" else begin.let_be(site, meant)


def _after(site: Site, act: Callable[[], object]) -> list[object]:
    """Do something and return what is then to be shown, first what went wrong with it."""
    said = ""
    try:
        act()
    except OnRecordError as error:
        said = alert(error)
    return [said, *_shown(site)[1:]]


def _shown(site: Site) -> list[object]:
    """Return what is shown: no message, the invitation of an empty library, what is being added, what went wrong, what is followed, whether to look again."""
    import gradio as gr

    jobs = site.adding.list()
    visits = Visits(site.assistant.library.catalog)
    busy = any(not job.is_over for job in jobs)
    wrong = _problems(site, begin.problems_of(site))
    followed = _followed(visits.followed())
    return ["", invitation(site), additions(jobs), wrong, followed, gr.Timer(POLL_S, active=busy)]


def _key(problem: Problem) -> str:
    """Return what problems of one reason have in common."""
    return sha256(f"{problem.kind}\0{problem.reason}".encode()).hexdigest()[:16]


def _problems(site: Site, problems: Sequence[Problem]) -> str:
    """Return the list of what went wrong, a line for each reason."""
    if not problems:
        return ""
    ordered = sorted(problems, key=lambda each: (_key(each), each.place))
    groups = [[*group] for _, group in groupby(ordered, key=_key)]
    groups.sort(key=len, reverse=True)
    lines = "".join(_problem(site, group) for group in groups[:MOST_PROBLEMS])
    more = len(groups) - MOST_PROBLEMS
    rest = f'<li class="quiet">and {count(more, "problem")} more</li>' if more > 0 else ""
    every = _acts("all", "everything in this list", " all") if len(groups) > 1 else ""
    return (
        f'<section class="problems" aria-labelledby="problems-title"><div class="top"><h2 id="problems-title">Problems '
        f"({len(problems):,})</h2>{every}</div><ul>{lines}{rest}</ul></section>"
    )


def _problem(site: Site, group: Sequence[Problem]) -> str:
    names = [begin.name_of(site, each.place) for each in group]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    named = ", ".join(names[:NAMED]) + more
    return (
        f"<li><span><b>{escape(named)}</b> {escape(group[0].reason)}</span>{_acts(_key(group[0]), escape(named))}</li>"
    )


def _acts(key: str, named: str, more: str = "") -> str:
    def button(do: str, label: str) -> str:
        return (
            f'<button type="button" data-do="{do}" data-problem="{key}" aria-label="{label}{more}: {named}">'
            f"{label}{more}</button>"
        )

    return f'<span class="acts">{button("again", "Try again")}{button("let-be", "Dismiss")}</span>'


def _followed(followed: Sequence[Followed]) -> str:
    """Return the list of what is followed."""
    if not followed:
        return ""
    lines = "".join(map(_each_followed, followed))
    return (
        f'<details class="followed"><summary>Followed ({len(followed):,})</summary><p><button type="button" data-do="sync">'
        f'Sync now</button> <span class="quiet">asks each of them for what is new</span></p><ul>{lines}</ul></details>'
    )


def _each_followed(each: Followed) -> str:
    source = escape(each.source)
    facts = [each.kind, f"read {day(each.checked_at[:10])}" if each.checked_at else "not read yet"]
    facts += [f"tags: {', '.join(each.tags)}"] if each.tags else []
    wrong = '<span class="bad">failed when it was last asked</span>' if each.problem else ""
    return (
        f'<li><span><b>{source}</b> <span class="said">{escape(" · ".join(facts))}</span> {wrong}</span><span class="acts">'
        f'<button type="button" data-do="unfollow" data-source="{source}" aria-label="Unfollow {source}">Unfollow</button>'
        "</span></li>"
    )
