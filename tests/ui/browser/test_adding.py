"""Adding documents on the page, as a journalist does it: dropped, chosen, pasted, stopped, come back to."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving
from served import fetcher, served

from assistant.assistant import Assistant

if TYPE_CHECKING:
    from playwright.sync_api import Page

ATTACK = "<img src=x onerror=top.ran=1>.txt"
Served = tuple[str, Assistant]
Grave = Callable[["Page"], list[str]]


@pytest.fixture(scope="module")
def site(new_assistant: NewAssistant) -> Iterator[Served]:
    """Return the address of a server, and the assistant of its library."""
    with closing(new_assistant()) as assistant, serving(assistant) as url:
        yield url, assistant


def opened(open_page: OpenPage, url: str, **how: int | str) -> "Page":
    """Return the library's page with the part that adds documents open."""
    page = open_page(f"{url}/library", **how)
    page.locator("#ways, .addition, .problems, .followed").first.wait_for()
    if not page.locator("#ways").is_visible():
        page.get_by_role("button", name="Add documents").click()
    page.locator("#files input[type=file]").wait_for(state="attached")
    return page


def drop(page: "Page", *paths: Path) -> None:
    """Drop files and folders on the page as a hand does: with the browser's own event, which has the real folders."""
    box = page.locator("#files").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [*map(str, paths)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 150, "y": box["y"] + 50, "data": data})


def ended(page: "Page", told: str) -> None:
    """Wait until the newest addition has ended, saying this."""
    page.locator(".addition").first.locator("[role=status]").get_by_text(re.compile(told)).wait_for(timeout=60_000)


def story(number: int) -> str:
    return f"Ship {number} came in\n\nShip {number} of the line came in on Monday with {number * 7} crates, its captain said.\n"


def test_of_thirty_files_the_three_bad_ones_are_named_with_their_reasons(
    open_page: OpenPage, site: Served, tmp_path: Path, grave: Grave
) -> None:
    for number in range(27):
        (tmp_path / f"ship-{number}.txt").write_text(story(number))
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nno more than this")
    page = opened(open_page, site[0])
    page.get_by_label("Tags for what is added").fill("ships, harbour")
    page.locator("#files input[type=file]").set_input_files(sorted(tmp_path.iterdir()))
    page.locator(".addition progress").first.wait_for()
    assert grave(page) == []
    ended(page, "Done: 27 added, 3 not added")
    page.locator(".problems li").nth(2).wait_for()
    told = page.locator(".problems").inner_text()
    assert "empty.txt the file is empty" in told
    assert "noise.bin" in told and "broken.pdf" in told and "Problems (3)" in told
    page.get_by_text("File by file").click()
    assert page.locator(".files .bad").count() == 3 and page.locator(".files .ok").count() == 27
    assert {entry.tags for entry in site[1].library.list()} == {("ships", "harbour")}
    assert [path.name for path in site[1].library.home.glob("arriving/*/*")] == []
    assert grave(page) == []
    page.get_by_role("button", name=re.compile("Dismiss: empty.txt")).click()
    page.get_by_text("Problems (2)").wait_for()
    page.reload()
    page.get_by_text("Problems (2)").wait_for()
    page.get_by_role("button", name="Dismiss all: everything in this list").click()
    page.locator(".problems").wait_for(state="detached")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_a_dropped_folder_keeps_its_paths(open_page: OpenPage, site: Served, tmp_path: Path) -> None:
    for number, name in enumerate(["north", "south/deep", "south"]):
        (tmp_path / "piers" / name).mkdir(parents=True, exist_ok=True)
        text = f"<html><head><title>Pier {number}</title></head><body><article><p>{story(100 + number)}</p></article></body></html>"
        (tmp_path / "piers" / name / "index.html").write_text(text)
    (tmp_path / "piers" / ".hidden").write_text(story(200))
    (tmp_path / "piers" / ATTACK).write_text("")
    (tmp_path / "loose.txt").write_text(story(201))
    page = opened(open_page, site[0])
    drop(page, tmp_path / "piers", tmp_path / "loose.txt")
    ended(page, "Done: 4 added, 1 not added")
    uploads = site[1].library.home.resolve() / "uploads"
    sources = {entry.source.removeprefix(f"{uploads}/") for entry in site[1].library.list()}
    assert sources >= {"piers/north/index.html", "piers/south/deep/index.html", "piers/south/index.html", "loose.txt"}
    assert f"piers/{ATTACK} the file is empty" in page.locator(".problems").inner_text()
    assert page.locator(".problems img, .addition img").count() == 0 and page.evaluate("window.ran") is None
    drop(page, tmp_path / "piers")
    ended(page, "Done: 3 already there, 1 not added")


def test_a_chosen_folder_keeps_its_paths_and_a_large_file_is_only_named(
    open_page: OpenPage, site: Served, tmp_path: Path
) -> None:
    (tmp_path / "box" / "in").mkdir(parents=True)
    (tmp_path / "box" / "in" / "note.txt").write_text(story(300))
    with (tmp_path / "box" / "film.txt").open("wb") as film:
        film.truncate(101 * 2**20)
    page = opened(open_page, site[0])
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Choose a folder").click()
    chosen.value.set_files(tmp_path / "box")
    ended(page, "Done: 1 added, 1 not added")
    page.get_by_text("File by file").first.click()
    told = page.locator(".files").first.inner_text()
    assert "box/in/note.txt added, 1 passage" in told and "box/film.txt not added: it is larger than 100 MB" in told


def test_an_address_that_is_private_is_a_problem_and_a_feed_is_followed(
    open_page: OpenPage, site: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(open_page, site[0])
    page.get_by_role("tab", name="Addresses").click()
    page.get_by_label("Addresses of pages and feeds").fill("http://127.0.0.1/secret")
    page.get_by_role("button", name="Add the addresses").click()
    page.locator(".problems").get_by_text("is no public address (loopback)").wait_for()
    with served() as web:
        monkeypatch.setattr("corpus.web.Fetcher", lambda sleep: fetcher(web))
        web.pages["/1"] = (
            f"<html><head><title>Tide</title></head><body><article><p>{story(400)}</p></article></body></html>"
        )
        web.pages["/feed"] = (
            "<rss version='2.0'><channel><item><link>http://news.example/1</link></item></channel></rss>"
        )
        page.get_by_label("Addresses of pages and feeds").fill("http://news.example/feed")
        page.get_by_label("Follow them").check()
        page.get_by_role("button", name="Add the addresses").click()
        ended(page, "Done: 1 added")
        page.get_by_text("Followed (1)").click()
        page.get_by_role("button", name="Sync now").click()
        ended(page, "Done: 1 already there")
        page.get_by_role("button", name="Unfollow http://news.example/feed").click()
        page.get_by_text("Followed (1)").wait_for(state="detached")


def test_pasted_text_is_added_and_what_is_missing_is_said(open_page: OpenPage, site: Served, grave: Grave) -> None:
    page = opened(open_page, site[0], width=390, height=844, color_scheme="dark")
    page.get_by_role("tab", name="Text").click()
    page.get_by_role("button", name="Add the text").click()
    page.get_by_role("alert").get_by_text("there is no text. Paste some.").wait_for()
    page.get_by_label("Title").fill("My notes")
    page.get_by_label("Text", exact=True).fill(story(500))
    page.get_by_role("button", name="Add the text").click()
    page.get_by_role("region", name="My notes").get_by_text("Done: 1 added").wait_for()
    assert page.get_by_label("Text", exact=True).input_value() == ""
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_addition_goes_on_while_nobody_looks_and_can_be_stopped(
    open_page: OpenPage, new_assistant: NewAssistant, tmp_path: Path
) -> None:
    rows = ({"id": n, "text": f"Ship {n} came in. The harbour master noted number {n * 7}."} for n in range(2600))
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with closing(new_assistant()) as assistant, serving(assistant) as url:
        page = opened(open_page, url)
        page.locator("#files input[type=file]").set_input_files(tmp_path / "log.jsonl")
        page.locator(".addition").wait_for()
        page.goto(f"{url}/quotes")
        page.goto(f"{url}/library")
        second = open_page(f"{url}/library")
        second.get_by_text(re.compile(r"[1-9][\d,]* documents · ")).first.wait_for(timeout=60_000)
        second.get_by_role("button", name="Stop: log.jsonl").click()
        for each in (page, second):
            ended(each, r"Stopped: [\d,]+ added")
        page.locator(".problems").get_by_text("it has not been added yet").wait_for()
        live = assistant.library.catalog.count()[0]
        assert 0 < live < 2600


def test_the_first_minute_loads_the_samples_and_says_what_to_ask(
    open_page: OpenPage, new_assistant: NewAssistant, grave: Grave
) -> None:
    with closing(new_assistant()) as assistant, serving(assistant) as url:
        page = open_page(url)
        page.get_by_role("heading", name="The library is empty").wait_for()
        assert grave(page) == []
        page.get_by_role("button", name="Load the samples").click()
        page.locator(".addition progress").first.wait_for()
        library = open_page(f"{url}/library")
        library.get_by_role("button", name="Stop: The samples").wait_for()
        page.get_by_text("The samples are in.").wait_for(timeout=90_000)
        ended(library, "Done: 20 added")
        page.get_by_role("link", name=re.compile("^How many cargo ships")).click()
        page.wait_for_url(re.compile("q=How"))
        page.wait_for_function("document.querySelector('#question textarea')?.value.includes('cargo ships')")
