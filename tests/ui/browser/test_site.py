"""The page in a real browser: ask, open a source, upload; and nothing in a document runs or leaves the machine."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from corpus.catalog import Catalog

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[3]
ATTACK = '<img src=x onerror="window.top.ran=1"><script>window.top.ran=1</script>${top.ran=1}{{ran}}'
FILLER = "The harbour council met again and talked of other things for a long while.\n\n" * 400
ARTICLES = {
    "bridge.txt": "Bridge closed\n\n"
    + FILLER
    + "Repairs of the harbour bridge will cost 40 million dollars, the city said.\n\n"
    + FILLER,
    "lighthouse.txt": f"Lighthouse {ATTACK}\n\nThe lighthouse belongs to Mara Quill {ATTACK}, the register of the town says.\n",
    "storm.html": "<!doctype html><html><head><title>Storm floods the old town</title></head><body><article>"
    "<h1>Storm floods the old town</h1><p>A storm flooded the old town on Friday night. Four hundred people were brought "
    "to safety in boats, and the sea wall failed.</p></article></body></html>",
}
COST = "How much will repairs of the harbour bridge cost?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[tuple[str, Path]]:
    """Return the address of a server of a library of three articles, and the library's home."""
    articles = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (articles / name).write_text(text)
    with closing(new_assistant()) as assistant:
        assistant.library.add([articles])
        with serving(assistant) as url:
            yield url, assistant.settings.home


@pytest.fixture
def url(served: tuple[str, Path]) -> str:
    return served[0]


@pytest.fixture
def page(open_page: OpenPage, url: str) -> "Page":
    opened = open_page(url)
    opened.wait_for_selector(".example")
    return opened


def ask(page: "Page", question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def test_a_chip_opens_the_source_at_the_quoted_words(page: "Page") -> None:
    ask(page, COST)
    page.locator(".chip").first.click()
    cited = page.frame_locator("iframe[name=source]").locator("#cited")
    cited.wait_for()
    assert "40 million dollars" in cited.inner_text()
    box = cited.bounding_box()
    assert box is not None and box["y"] > 0 and box["y"] + box["height"] < 900
    assert page.locator(".statement mark").first.inner_text() == "40 million"


def test_a_follow_up_is_answered_below(page: "Page") -> None:
    ask(page, COST)
    page.locator(".chip").first.wait_for()
    ask(page, "Who owns the lighthouse?")
    page.locator(".turn").nth(1).locator(".chip, .notice").first.wait_for()
    page.get_by_role("button", name="New conversation").click()
    page.locator(".example").first.wait_for()
    assert page.locator(".turn").count() == 0


def test_an_example_is_asked_with_a_click(page: "Page") -> None:
    example = page.locator(".example").first
    question = example.inner_text()
    example.click()
    page.locator(".turn .chip, .turn .notice").first.wait_for()
    assert page.locator(".question").inner_text() == question


def test_a_document_of_markup_shows_as_text_and_runs_nothing(page: "Page") -> None:
    ask(page, "Who does the lighthouse belong to?")
    page.locator(".chip, .hit").first.click()
    frame = page.frame_locator("iframe[name=source]")
    frame.locator("#cited").wait_for()
    assert "<img src=x" in page.locator("#log").inner_text()
    assert "<script>" in frame.locator("body").inner_text()
    assert page.locator("#log img, #log script").count() == frame.locator("img, script").count() == 0
    assert page.evaluate("window.ran") is None


def test_markup_that_slipped_into_the_page_would_not_run(page: "Page") -> None:
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran=1\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None


def test_the_page_answers_from_what_another_process_has_just_added(
    page: "Page", served: tuple[str, Path], tmp_path: Path
) -> None:
    ask(page, COST)
    page.locator(".chip").first.wait_for()
    (tmp_path / "museum.txt").write_text("The museum\n\nThe museum of clocks keeps 1,250 clocks, its keeper said.\n")
    command = [sys.executable, "-m", "ui.cli", "--home", str(served[1]), "add", str(tmp_path / "museum.txt")]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    ask(page, "How many clocks does the museum keep?")
    turn = page.locator(".turn").nth(1)
    turn.locator(".chip").first.wait_for()
    assert "1,250" in turn.locator("mark").first.inner_text()


def test_a_file_of_the_machine_cannot_be_named_as_an_upload(served: tuple[str, Path], tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret of the house is forty-two, said nobody.")
    url, _ = served
    written = urllib.request.urlopen(f"{url}/library").read().decode()
    config = json.loads(re.search(r"window.gradio_config = (.*?);</script>", written).group(1))  # type: ignore[union-attr]
    files = {c["id"] for c in config["components"] if c["props"].get("elem_id") == "files"}
    (upload,) = [d["id"] for d in config["dependencies"] if files <= set(d["inputs"])]
    given = [[{"path": str(tmp_path / "secret.txt"), "meta": {"_type": "gradio.FileData"}, "orig_name": "x.txt"}], ""]
    body = json.dumps({"data": given, "fn_index": upload, "session_hash": "theft"}).encode()
    request = urllib.request.Request(f"{url}/gradio_api/queue/join", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request).read()
    urllib.request.urlopen(f"{url}/gradio_api/queue/data?session_hash=theft", timeout=15).read()
    with closing(Catalog(served[1] / "catalog.sqlite3")) as catalog:
        assert "x.txt" not in [Path(entry.source).name for entry in catalog.entries()]
        assert "secret" not in "".join(entry.name for entry in catalog.entries())
    assert (tmp_path / "secret.txt").exists()


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_what_another_site_asks_for_is_refused(served: tuple[str, Path], headers: dict[str, str]) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(urllib.request.Request(f"{served[0]}/style.css", headers=headers))


@pytest.mark.parametrize("width", [390, 768, 1600])
def test_no_width_scrolls_sideways(page: "Page", width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    ask(page, COST)
    page.locator(".chip").first.click()
    page.frame_locator("iframe[name=source]").locator("#cited").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
