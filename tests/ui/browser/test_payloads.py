"""Forty payloads on every surface of the site, in a real browser: nothing runs, nothing is asked of another server.

One library carries them in every field, as file names and as speakers; a scripted model says them; they are asked as
questions and stand in addresses. Each must be seen as text.
"""

import json
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from browsing import NewAssistant, serving
from payloads import INERT, PAYLOADS, SINK
from playwright.sync_api import Error
from scripted import Exchange, offered_numbers, said
from scripted import serving as provider

from ui.web.parts import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page, Route

SPEAKERS = "UPDATE attributions SET speaker = (SELECT title FROM documents WHERE id = document_id AND state = 'live')"
MUCH = {"model_context": 30_000, "model_max_tokens": 20_000}
ALL = "\n\n".join(PAYLOADS)
# What markup would have made, in the parts that are ours; and every attribute that runs a script.
STRANGE = """() => {
  const roots = [...document.querySelectorAll('#side, #columns, body.source, body.login')];
  const parts = roots.flatMap((root) => [root, ...root.querySelectorAll('*')]);
  const tags = 'SCRIPT OBJECT EMBED BASE META AUDIO VIDEO SOURCE TEMPLATE SLOT NOSCRIPT STYLE LINK math'.split(' ');
  const isStrange = (part) => tags.includes(part.tagName) || part.shadowRoot
    || part.tagName === 'IFRAME' && part.name !== 'source'
    || part.tagName === 'FORM' && part.hasAttribute('action') && part.getAttribute('action') !== '/logout'
    || [...part.attributes].some(({name, value}) => /^(on|ping$|srcset$|srcdoc$)/.test(name)
      || /^(href|src|action|xlink:href)$/.test(name) && !/^(\\/|#|$|http)/.test(value) && !value.startsWith('blob:')
      || name === 'src' && value.includes('sink.example') || name === 'style' && /url|expression/.test(value));
  return parts.filter(isStrange).map((part) => part.outerHTML.slice(0, 200));
}"""


RAN = "() => { try { return window.ran || top.ran } catch { return false } }"  # a frame of another origin has none


class Watched:
    """A page of a browser, and what it did that no page of ours may do."""

    def __init__(self, browser: "Browser", origin: str) -> None:
        self.origin = origin
        self.seen: list[str] = []
        self.context = browser.new_context()
        self.context.route(lambda url: not url.startswith(f"{origin}/"), lambda route: route.fulfill(body=""))
        self.context.on("request", lambda request: self._asked(request.url))
        self.context.on("page", lambda page: self._watch(page))
        self.page = self.context.new_page()
        self.page.set_default_timeout(40_000)

    def _watch(self, page: "Page") -> None:
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: self._told(message.text))

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.origin}/", "data:", "blob:", "about:")):
            self.seen.append(f"request {url}")

    def _told(self, text: str) -> None:
        if "Content Security Policy" in text or "Refused to" in text or "Error evaluating template" in text:
            self.seen.append(f"attempt {text}")

    def harm(self) -> list[str]:
        """Return what ran, was asked for or tried since the page was loaded."""
        ran = [f"ran in {frame.url}" for frame in self.page.frames if frame.evaluate(RAN)]
        return ran + self.seen


def plain(text: str) -> str:
    """Return a text without spaces and what cannot be seen, in which two renderings may differ."""
    return "".join(
        letter for letter in text if not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc")
    )


def missing(shown: str) -> list[str]:
    """Return the payloads that are not seen, letter by letter."""
    return [payload for payload in PAYLOADS if plain(payload) not in plain(shown)]


def well(watched: Watched, place: "Page | Frame | None" = None) -> str:
    """Return the words that are shown, after making sure that nothing else came of them."""
    place = place or watched.page
    assert place.evaluate(STRANGE) == []
    assert watched.harm() == []
    # What lies below the window is not laid out in a source, and so no inner text.
    return str(place.evaluate("document.body.matches('.source') ? document.body.textContent : document.body.innerText"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 41 documents: one payload in each field of each and as its name, and all in the text of one."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, payload in enumerate(PAYLOADS, 1):
        row = {
            "title": payload,
            "outlet": f"{payload} Post",
            "authors": [f"{payload} Moor"],
            "tags": [payload],
            "published": f"2021-03-{1 + number % 28:02}",
            "text": f"The ferry of pier {number} carries {900 + number} cars a day {payload} as the harbour council said.\n\n"
            f'"The ferry {payload} of pier {number} is late," Ada Moor said.',
        }
        (folder / f"{number} {payload.replace(chr(47), chr(0x2215))}.json").write_text(json.dumps(row))
    (folder / "all.json").write_text(json.dumps({"title": "All of them", "text": f"The ferries\n\n{ALL}"}))
    return folder


@pytest.fixture(scope="module")
def site(new_assistant: NewAssistant, folder: Path) -> Iterator[str]:
    """Return the address of a site over that library; its model says every payload, citing all that it was offered."""

    offered = json.dumps({"data": [{"id": payload} for payload in PAYLOADS]})
    with provider(said(hostile), refusing, models=offered) as model:
        settings = {"engine": "scripted", "model_url": model.url, "k": 40} | MUCH
        with closing(new_assistant(**settings)) as assistant:
            assistant.library.add([folder])
            (folder / "all.json").write_text(json.dumps({"title": "All of them", "text": f"The ferries now\n\n{ALL}"}))
            assistant.library.add([folder / "all.json"])  # a second version
            with closing(sqlite3.connect(assistant.settings.home / "catalog.sqlite3")) as record, record:
                record.execute(SPEAKERS)
            put_runs(assistant.settings.home / "runs")
            with serving(assistant) as url:
                yield url


def put_runs(folder: Path) -> None:
    """Put three runs there, a payload as the name of each and in each of its fields."""
    folder.mkdir()
    for payload in (PAYLOADS[2], PAYLOADS[3], PAYLOADS[37]):
        row = {"id": payload, "turns": [payload], "labels": {"support": payload}, "error": payload}
        head = {"run": 2, "suite": "drafts", "system": payload, "settings_hash": payload, "commit": payload}
        rows = [head, row, {"end": "drafts", "seconds": 1.0}]
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{payload.replace('/', chr(0x2215))}.jsonl").write_text(lines)


def hostile(exchange: Exchange) -> str:
    """Say every payload, four in a statement (there may be 20), each cited from two sentences that were offered."""
    offered = list(offered_numbers(exchange.prompt))
    said = [" ".join(PAYLOADS[at : at + 4]) for at in range(0, len(PAYLOADS), 4)]
    return "\n".join(
        f"The ferry is late {words} [{offered[2 * n]}][{offered[2 * n + 1]}]." for n, words in enumerate(said)
    )


def refusing(exchange: Exchange) -> None:
    """Refuse, with every payload in the reason."""
    exchange.start(400, "application/json")
    exchange.send(json.dumps({"error": {"message": ALL}}))


@pytest.fixture
def watched(browser: "Browser", site: str) -> Iterator[Watched]:
    opened = Watched(browser, site)
    yield opened
    opened.context.close()


def bared(payload: str, route: "Route") -> None:
    route.fulfill(body=f"<!doctype html><title>Bare</title><body>{payload}", content_type="text/html")


def test_each_payload_does_harm_where_nothing_is_in_its_way(browser: "Browser") -> None:
    harmless = []
    watched = Watched(browser, "http://bare.example")
    for number in sorted(set(range(len(PAYLOADS))) - {number - 1 for number in INERT}):
        watched.seen.clear()
        watched.context.route("http://bare.example/**", partial(bared, PAYLOADS[number]))
        watched.page.goto(f"http://bare.example/{number}")
        if "click" in PAYLOADS[number]:
            watched.page.get_by_text("click").click()
        for _ in range(80):
            with suppress(Error):  # the page is on its way elsewhere
                if watched.harm():
                    break
            watched.page.wait_for_timeout(25)
        else:
            harmless.append(PAYLOADS[number])
    watched.context.close()
    assert harmless == []


def ask(page: "Page", question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def test_what_a_model_says_and_what_is_asked_shows_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(site)
    page.locator(".example").first.wait_for()
    for number, half in enumerate((PAYLOADS[:20], PAYLOADS[20:])):  # a question has at most 2,000 characters
        ask(page, f"Which ferry is late? {' '.join(half)}")
        turn = page.locator(".turn").nth(number)
        turn.locator(".chip, .hit").first.wait_for()
        assert all(plain(payload) in plain(turn.inner_text()) for payload in half)
        well(watched)
    for chip in page.locator(".chip").all()[::5]:
        chip.hover()
        chip.click()
        frame = page.frame(name="source")
        assert frame
        frame.locator("#cited").wait_for()
        well(watched, frame)
    ask(page, f"Is the ferry late? {ALL}")  # too long
    page.locator("#notice .failed").wait_for()
    assert missing(well(watched)) == []


def test_conversations_and_what_is_thought_of_an_answer_show_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(site)
    title = "".join(PAYLOADS[2:6])[:180]
    ask(page, f"Which ferry is late? {title}")
    page.locator("#listing li").first.wait_for()
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_label("Why, in your own words").fill(ALL[:480])
    page.keyboard.press("Enter")
    page.get_by_text("Kept:").wait_for()
    well(watched)
    page.locator("#listing [data-do=edit]").first.click()
    well(watched)
    page.get_by_label("Title").fill(title)
    page.keyboard.press("Enter")
    page.locator("#listing li a").filter(has_text=title).first.wait_for()
    page.reload()
    page.locator("#listing li a").filter(has_text=title).first.wait_for()
    page.get_by_label("Why, in your own words").wait_for()
    page.get_by_label("Search conversations").fill("onerror")
    page.get_by_role("button", name="Rename or delete").first.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Undo").wait_for()
    well(watched)


def test_a_draft_shows_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/check")
    page.get_by_label("Your draft").fill("\n\n".join(f"The ferry {payload} is late." for payload in PAYLOADS))
    page.get_by_label("Outlets").fill(PAYLOADS[2])  # no such outlet: each sentence is not found
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("button", name="Stop").wait_for()
    page.get_by_role("button", name="Stop").wait_for(state="hidden", timeout=120_000)
    assert len(missing(well(watched))) < len(PAYLOADS) / 2  # of a draft's markup some is not kept as it was typed
    page.locator(".claim").first.click()
    well(watched)


def test_models_and_runs_show_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/status")
    page.get_by_text("a language model writes").wait_for()
    page.get_by_role("button", name="Look for models").click()
    page.get_by_text("answers, and offers").wait_for()
    page.get_by_label("Engine").click()
    page.get_by_role("option").filter(has_text="svg onload").wait_for()
    well(watched)
    page.goto(f"{site}/evaluation")
    page.get_by_role("rowheader").filter(has_text="onerror").first.wait_for()
    well(watched)
    page.get_by_role("link", name="Open").first.click()
    page.frame_locator("iframe[name=source]").get_by_role("heading").first.wait_for()
    well(watched)
    for label in ("Compare", "with"):
        page.get_by_label(label, exact=True).click()
        page.get_by_role("option").filter(has_text="onerror").first.click()
    page.get_by_role("button", name="Compare").click()
    page.locator("#differences .notice, #differences table").first.wait_for()
    well(watched)


def test_the_filters_of_a_question_show_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(site)
    page.get_by_text("Filters").first.click()
    for typed in ("Post", "Moor", "click"):
        page.get_by_label("Outlet, author, tag or document").fill(typed)
        page.locator("button.pick").filter(has_text=typed).first.click()
        well(watched)
    assert page.locator("[data-do=drop]").count() > 0


def test_the_library_shows_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/library")
    page.locator('a[href^="/source/"]').first.wait_for()
    assert missing(well(watched)) == []
    for label in ("Outlet", "Tag"):
        page.get_by_label(label, exact=True).first.click()
        page.get_by_role("option").nth(2).wait_for()
        well(watched)
        page.keyboard.press("Escape")
    for name in ("svg onload", "script>top", "${top.ran"):
        row = page.get_by_role("row").filter(has_text=name).first
        row.locator("[data-do=edit]").click()
        page.locator("#edit h2, #edit h3").get_by_text(name).wait_for()
        well(watched)
        page.locator("#cancel").click()
        page.locator("#edit h2").wait_for(state="hidden")
        row.locator("[data-do=remove]").click()
        page.get_by_text("Undo").click()
        page.get_by_text("1 document brought back").wait_for()  # else rows move from under the next click
    page.get_by_label("Search").fill(ALL[:900])
    page.keyboard.press("Enter")
    page.get_by_role("row").nth(1).wait_for(state="detached")
    well(watched)


def test_each_document_shows_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/library")
    page.locator('a[href^="/source/"]').first.wait_for()
    links = {link.inner_text(): link.get_attribute("href") for link in page.locator('a[href^="/source/"]').all()}
    page.goto(f"{site}{links['All of them']}?start=20&end=900")
    assert missing(well(watched)) == []
    page.goto(f"{site}{links['All of them']}/since/1")
    well(watched)
    for title in PAYLOADS[::8]:
        page.goto(f"{site}{next(path for name, path in links.items() if plain(title) == plain(name))}")
        assert plain(well(watched)).count(plain(title)) >= 3  # title, text, name


def test_who_said_what_shows_as_text(watched: Watched, site: str) -> None:
    for payload in PAYLOADS[::5]:
        watched.page.goto(f"{site}/quotes?speaker={quote(payload, safe='')}")
        watched.page.locator("#quotations .chip").first.wait_for()
        assert plain(payload) in plain(well(watched))


@pytest.mark.parametrize("path", [*(page.path for page in PAGES), "/source/{all}/{all}", "/source/x/1", "/none/{all}"])
def test_what_stands_in_an_address_comes_to_nothing(watched: Watched, site: str, path: str) -> None:
    every = quote(ALL, safe="")
    query = "&".join(
        f"{name}={every}" for name in ("q", "question", "c", "conversation", "start", "view", "__theme", "id")
    )
    watched.page.goto(f"{site}{path.format(all=every[:3000])}?{query[:30000]}#{every}")
    watched.page.locator("#side nav, body.source, pre").first.wait_for()
    well(watched)


def test_what_is_added_shows_as_text(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(f"{site}/library")
    page.get_by_text("Add documents").click()
    names = [payload.replace("/", "\u2215")[:80] for payload in PAYLOADS[:30]]
    files = [{"name": f"{name}.txt", "mimeType": "text/plain", "buffer": b""} for name in names]
    page.locator("#files input[type=file]").set_input_files(files)
    page.locator(".addition").get_by_text("30").first.wait_for()
    page.get_by_text("onerror=top.ran=1>.txt").first.wait_for()
    well(watched)


def test_a_frame_leads_out_only_into_a_window_that_knows_nothing_of_ours(watched: Watched, site: str) -> None:
    page = watched.page
    page.goto(site)
    ask(page, "Which ferry is late?")
    page.locator(".chip, .hit").first.click()
    frame = page.frame(name="source")
    assert frame
    frame.locator("#cited").wait_for()
    for target in ("_top", "_parent", "_self", "_blank"):  # as if a document could write a link
        link = f'<p><a href="{SINK}" target="{target}">leave {target}</a></p>'
        frame.evaluate("(link) => document.body.insertAdjacentHTML('afterbegin', link)", link)
    for target in ("_top", "_parent"):
        frame.get_by_text(f"leave {target}").click()
        page.wait_for_timeout(200)
        assert page.url.startswith(f"{site}/") and [one for one in watched.seen if one.startswith("request")] == []
    with watched.context.expect_page() as opened:
        frame.get_by_text("leave _blank").click()
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]
    frame.get_by_text("leave _self").click()
    page.wait_for_timeout(200)
    assert page.url.startswith(f"{site}/") and SINK not in frame.url
