"""The library's page in a real browser: some hundred documents sorted, searched, paged, edited, removed and brought back."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving
from chaos import in_turn
from filelock import FileLock

from assistant.assistant import Assistant
from index.encoder import Encoder
from index.library import Library

if TYPE_CHECKING:
    from playwright.sync_api import Page

ATTACK = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>${ran}{{ran}}'
COUNT = 70  # two pages


def article(number: int) -> str:
    outlet, day = ("Harbour Post", "Inland Wire", "Coast Daily")[number % 3], 1 + number % 28
    month = 1 + number % 12
    return (
        f"---\ntitle: Notice {number:03} of the harbour\noutlet: {outlet}\npublished: 2021-{month:02}-{day:02}\n---\n"
        f"The harbour master told of vessel number {number} and of its cargo{number} of grain.\n"
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[tuple[str, Assistant]]:
    """Return the address of a server of a library of 70 notices and one document of markup, and its assistant."""
    folder = tmp_path_factory.mktemp("notices")
    for number in range(COUNT):
        (folder / f"{number:03}.md").write_text(article(number))
    (folder / "markup.md").write_text(
        f"---\ntitle: 'Zebra {ATTACK}'\noutlet: 'A {ATTACK}'\n---\nA lighthouse of stripes.\n"
    )
    with closing(new_assistant()) as assistant:
        assistant.library.add([folder], work=in_turn)
        with serving(assistant) as url:
            yield url, assistant


@pytest.fixture
def page(open_page: OpenPage, served: tuple[str, Assistant]) -> "Page":
    opened = open_page(f"{served[0]}/library")
    opened.set_default_timeout(10_000)
    opened.locator(".documents tbody tr").first.wait_for()
    return opened


def titles(page: "Page") -> list[str]:
    return page.locator(".documents tbody th").all_inner_texts()


def told(page: "Page", words: str) -> None:
    page.locator("#table [role=status]", has_text=re.compile(rf"(^| of ){words}")).wait_for()


def test_it_is_sorted_paged_and_searched_and_the_address_leads_back(page: "Page", open_page: OpenPage) -> None:
    told(page, "71 documents$")
    page.get_by_role("link", name="Title", exact=True).click()
    page.locator('[aria-sort="ascending"]', has_text="Title").wait_for()
    assert titles(page)[:2] == ["Notice 000 of the harbour", "Notice 001 of the harbour"]
    page.get_by_role("link", name="Last", exact=True).click()
    page.get_by_text("Page 2 of 2").wait_for()
    assert titles(page)[-1].startswith("Zebra <img") and page.url.endswith("?page=2&sort=title")
    expected = [f"Notice {n:03} of the harbour" for n in range(COUNT) if n % 3 == 1 and n // 10 == 1]
    page.get_by_label("Search").fill("inland /01")
    told(page, f"{len(expected)} documents")
    assert page.url.endswith("/library?q=inland+%2F01&sort=title")
    assert titles(page) == expected
    again = open_page(page.url)
    again.locator(".documents tbody tr").first.wait_for()
    assert titles(again) == titles(page) and again.get_by_label("Search").input_value() == "inland /01"
    page.get_by_role("link", name="Show all").click()
    told(page, "71 documents$")
    page.go_back()
    told(page, f"{len(expected)} documents")
    assert page.get_by_label("Search").input_value() == "inland /01"
    page.get_by_label("From").fill("soon")
    page.get_by_role("alert").get_by_text("from: 'soon' is not a date").wait_for()


def test_a_month_of_the_plot_leads_to_its_documents(page: "Page") -> None:
    page.get_by_role("button", name="By month and outlet").click()
    page.locator("#plot svg a").nth(2).click()
    told(page, f"{sum(n % 12 == 2 for n in range(COUNT))} documents")
    assert page.get_by_label("From").input_value() == page.get_by_label("To", exact=True).input_value() == "2021-03"
    page.get_by_text("The numbers").click()
    page.get_by_role("link", name="May 2021", exact=True).press("Enter")
    told(page, f"{sum(n % 12 == 4 for n in range(COUNT))} documents")


def test_markup_in_titles_and_outlets_shows_as_text(page: "Page") -> None:
    page.get_by_label("Search").fill("zebra")
    told(page, "1 document")
    assert ATTACK in titles(page)[0] and ATTACK in page.locator("td.outlet").inner_text()
    page.get_by_role("button", name="Edit Zebra").click()
    assert ATTACK in page.locator("#edit h2").inner_text()
    page.keyboard.press("Escape")
    page.locator("#edit").wait_for(state="detached")
    page.get_by_role("button", name="Remove Zebra").click()
    page.get_by_text("Removed “Zebra").wait_for()
    assert ATTACK in page.locator("#said").inner_text()
    page.get_by_role("button", name="Undo").click()
    told(page, "1 document")
    assert page.locator("#main img, #main script").count() == 0 and page.evaluate("window.ran") is None


def test_what_is_wrong_with_an_edit_is_told_at_its_field_and_nothing_is_lost(
    page: "Page", served: tuple[str, Assistant]
) -> None:
    page.get_by_label("Search").fill("/007")
    told(page, "1 document")
    page.get_by_role("button", name="Edit Notice 007").click()
    page.get_by_label("Published").fill("next week")
    page.get_by_label("Tags").fill("grain\nships, and more")
    page.get_by_role("button", name="Save").click()
    page.locator("#wrong-published").get_by_text("'next week' is not a date").wait_for()
    page.get_by_label("Title", exact=True).fill("x" * 5_000)
    page.get_by_label("Published").fill("2022-02")
    page.get_by_role("button", name="Save").click()
    page.locator("#wrong-title").get_by_text("has 5,000 characters").wait_for()
    page.get_by_label("Title", exact=True).fill("Notice 007 of the pier")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Notice 007 of the pier", exact=True).wait_for()
    (row,) = [e for e in served[1].library.list() if e.title == "Notice 007 of the pier"]
    assert (row.published, row.tags, row.outlet) == ("2022-02", ("grain", "ships, and more"), "Inland Wire")
    assert set(served[1].library.catalog.stated(row.id)) == {"title", "published", "tags"}


def test_several_are_edited_removed_and_brought_back_by_keyboard_alone(
    page: "Page", served: tuple[str, Assistant]
) -> None:
    library = served[1].library
    page.get_by_label("Search").fill("/05")
    told(page, "10 documents")
    page.get_by_label("Choose every row of this page").press("Space")
    page.get_by_role("button", name="Edit tags and outlet").press("Enter")
    page.wait_for_function("document.activeElement.closest('#edit')")
    page.keyboard.type("Pier Post")
    page.get_by_label("Tags to add").fill("chosen")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("10 documents changed").wait_for()
    assert {e.outlet for e in library.list() if "chosen" in e.tags} == {"Pier Post"}
    page.get_by_role("button", name="Remove", exact=True).press("Enter")
    told(page, "0 documents")
    assert "Notice 050 of the harbour" not in {e.title for e in library.list()} and len(library.list()) == COUNT - 9
    page.wait_for_function("document.activeElement.innerText === 'Undo'")
    page.keyboard.press("Enter")
    told(page, "10 documents")
    assert len(library.list()) == COUNT + 1


def test_chosen_documents_are_asked(page: "Page") -> None:
    page.get_by_label("Choose Notice 023").check()
    page.get_by_label("Choose Notice 047").check()
    page.get_by_role("button", name="Ask these").click()
    page.wait_for_url("**/?documents=*%2C*")


def test_a_row_that_is_gone_and_a_library_that_is_locked_are_told(page: "Page", served: tuple[str, Assistant]) -> None:
    library = served[1].library
    page.get_by_label("Search").fill("/069")
    told(page, "1 document")
    (id,) = [e.id for e in library.list() if e.title.startswith("Notice 069")]
    with FileLock(library.home / "writer.lock"):
        page.get_by_role("button", name="Remove Notice 069").click()
        page.get_by_role("alert").get_by_text("the library is being written by").wait_for()
    library.put_aside([id])
    page.get_by_role("button", name="Remove Notice 069").click()
    page.get_by_role("alert").get_by_text("no such document").wait_for()
    told(page, "0 documents")
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("button", name="Remove Notice").first.evaluate(
        "part => { part.dataset.id = '../../x,' + 'y,'.repeat(9) }"
    )
    page.get_by_role("button", name="Remove Notice").first.click()
    page.get_by_role("alert").get_by_text("../../x: no such document").wait_for()
    page.goto(f"{served[0]}/library?only=removed")
    page.get_by_role("button", name="Bring back Notice 069").click()
    page.get_by_text("1 document brought back").wait_for()
    assert id in {e.id for e in library.list()}


def test_what_somebody_else_adds_shows_up_unless_the_reader_is_choosing(
    page: "Page", served: tuple[str, Assistant], encoder: Encoder, tmp_path: Path
) -> None:
    def add(name: str) -> None:
        (tmp_path / name).write_text(f"Arrival {name}\n\nThe vessel {name} arrived at the harbour of the north.\n")
        with closing(Library(served[1].settings.home, encoder=encoder)) as other:
            other.add([tmp_path / name], work=in_turn)

    add("alpha.txt")
    told(page, "72")
    page.get_by_label("Choose Notice 047").check()
    add("beta.txt")
    page.get_by_text("The library has changed.").wait_for()
    told(page, "72")
    assert page.get_by_label("Choose Notice 047").is_checked()
    page.get_by_role("button", name="Show the changes").click()
    told(page, "73")
    assert page.get_by_label("Choose Notice 047").is_checked()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "dark")])
def test_it_can_be_read_by_everybody_at_any_width(
    open_page: OpenPage, served: tuple[str, Assistant], grave: Callable[["Page"], list[str]], width: int, scheme: str
) -> None:
    page = open_page(f"{served[0]}/library?q=/00&sort=title", width=width, color_scheme=scheme)
    page.get_by_label("Choose Notice 000").check()
    page.get_by_role("button", name="By month and outlet").click()
    page.get_by_role("group", name="Documents by month").wait_for()
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Edit Notice 001").click()
    page.get_by_label("Published").wait_for()
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
