"""Who said what, in a browser: a name is offered as it is typed, the quotations stand in date order, all can be taken."""

import csv
import io
import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

MANY = 60
ATTACK = "<img src=x onerror=window.ran=1>"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[str]:
    """Return the address of a server of a library in which Mara Quill speaks often, Ada Moor once."""
    articles = tmp_path_factory.mktemp("articles")
    said = [f"The lamp number {n} of the lighthouse is repaired, Mara Quill said." for n in range(MANY)]
    front = "---\ntitle: Lamps\noutlet: Harbour Post\npublished: 2021-05-04\n---\n"
    (articles / "lamps.md").write_text(f"{front}# Lamps\n\n" + "\n\n".join(said))
    (articles / "later.md").write_text(
        f"---\ntitle: Later {ATTACK}\noutlet: =Evil\npublished: 2021-06-01\n---\n# Later\n\n"
        f'"The ferry {ATTACK} stays," Mara Quill told the Harbour Post. The harbour is closed, Ada Moor said.\n'
    )
    with closing(new_assistant()) as assistant:
        assistant.library.add([articles])
        with serving(assistant) as address:
            yield address


def test_a_name_is_offered_as_it_is_typed_and_its_words_shown(
    open_page: OpenPage, url: str, grave: Callable[["Page"], list[str]]
) -> None:
    page = open_page(f"{url}/quotes")
    page.get_by_label("Speaker").click()
    page.keyboard.type("qui")
    page.get_by_role("option", name="Mara Quill").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".said-by li").first.wait_for()
    page.wait_for_url("**/quotes?speaker=Mara+Quill")
    assert page.locator(".said-by li").count() == 50
    assert grave(page) == []
    page.get_by_role("button", name="Later").click()
    page.wait_for_url("**page=2")
    page.get_by_role("heading", name="June 2021").wait_for()
    last = page.locator(".said-by li").last
    assert "told to Harbour Post" in " ".join(last.inner_text().replace("·", " ").split())
    last.locator(".chip").click()
    assert "stays" in page.frame_locator("iframe[name=source]").locator("#cited").inner_text()
    assert page.locator("#quotations img").count() == 0
    assert page.evaluate("window.ran") is None


def test_an_address_shows_its_quotations_on_a_phone_and_in_the_dark(
    open_page: OpenPage, url: str, grave: Callable[["Page"], list[str]]
) -> None:
    page = open_page(f"{url}/quotes?speaker=moor&from=2021-06", 390, 844, color_scheme="dark")
    page.get_by_text("1 quotation from 1 document").wait_for()
    assert page.get_by_label("From").input_value() == "2021-06"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert grave(page) == []


def test_a_name_that_nobody_has_brings_the_names_like_it(open_page: OpenPage, url: str) -> None:
    page = open_page(f"{url}/quotes?speaker=Mara+Quil")
    page.get_by_text("Nobody called Mara Quil says anything in the library.").wait_for()
    page.locator(".offer", has_text="Mara Quill").click()
    page.locator(".said-by li").first.wait_for()


def test_all_quotations_can_be_taken_as_files(url: str) -> None:
    def taken(form: str) -> str:
        return str(urllib.request.urlopen(f"{url}/quotes/list.{form}?speaker=quill").read().decode())

    assert len(json.loads(taken("json"))) == MANY + 1
    rows = list(csv.DictReader(io.StringIO(taken("csv"))))
    assert len(rows) == MANY + 1
    assert rows[-1]["outlet"] == "'=Evil"
    assert "\\<img" in taken("md")
