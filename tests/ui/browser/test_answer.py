"""How an answer looks and what can be done with it, in a real browser: tips, positions, silence, plots, copying."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import scripted
from browsing import NewAssistant, OpenPage, serving

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MILL = (
    '"The harbour mill will be closed," said Ines Falk, the mayor, on Tuesday. The mill has stood beside the harbour for '
    "ninety years. Its forty workers were told in a letter, and the council is to vote on what becomes of the site."
)
OWNER = '"The harbour mill will not be closed," said Ada Moor, its owner. She spoke to reporters at the gate.'
COST = "Repairs of the harbour bridge will cost {} million dollars, the city said."
ARTICLES = (
    ("The mill", "Harbour Post", "2021-05-04", MILL),
    ("The mill, again", "Evening Wire", "2021-05-05", MILL),
    ("What the owner says", "Coast Daily", "2021-06-10", OWNER),
    ("Bridge closed", "Harbour Post", "2021-03-03", COST.format(40)),
    ("Bridge dearer", "Coast Daily", "2021-09-01", COST.format(52)),
)
CLOSED = "Will the harbour mill be closed?"
CHESS = "Who won the chess championship in Reykjavik?"
COSTS = "How much will the repairs of the harbour bridge cost?"
# Whether the window shows the whole tip, with nothing above it.
WHOLE = """tip => {
  const { left, top, right, bottom } = tip.getBoundingClientRect();
  const seen = (x, y) => tip.contains(document.elementFromPoint(x, y));
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight
    && seen(left + 9, top + 9) && seen(right - 9, top + 9) && seen(left + 9, bottom - 9) && seen(right - 9, bottom - 9);
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[str]:
    """Return the address of a server of a library in which two disagree, one is retold, and a figure changes."""
    with closing(new_assistant()) as assistant:
        assistant.library.add([written(tmp_path_factory.mktemp("articles"))])
        with serving(assistant) as address:
            yield address


def written(folder: Path) -> Path:
    for number, (title, outlet, published, text) in enumerate(ARTICLES):
        head = f"---\ntitle: {title}\noutlet: {outlet}\npublished: {published}\n---\n# {title}\n\n"
        (folder / f"{number}.md").write_text(f"{head}{text}\n")
    return folder


def asked(page: "Page", question: str) -> "Locator":
    """Ask, and return the turn once it has been answered."""
    number = page.locator(".turn").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(number)
    turn.locator(".overtime").wait_for()
    return turn


def cited_words(page: "Page") -> "Locator":
    return page.frame_locator("iframe[name=source]").locator("#cited")


def test_pointing_at_a_chip_shows_the_quotation_and_a_click_opens_its_source(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    turn = asked(page, CLOSED)
    chip, tip = turn.locator(".chip").first, page.locator(".tip:popover-open")
    turn.locator(".card .chip").first.hover()
    tip.wait_for()
    told = (
        '"The harbour mill will be closed," said Ines Falk',
        "Ines Falk said",
        "Harbour Post, 4 May 2021",
        "The mill",
    )
    text = tip.inner_text()
    assert [words for words in told if words not in text] == []
    tip.get_by_role("link", name="Permanent link").hover()  # moving into it keeps it
    page.wait_for_timeout(400)
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    chip.click()
    cited_words(page).wait_for()
    assert "The harbour mill will be closed" in cited_words(page).inner_text()
    page.get_by_label("Your question").hover()
    page.wait_for_function("() => !document.querySelector('.tip:popover-open')")


@pytest.mark.parametrize("width", [390, 1440])
def test_a_tip_is_never_cut_off(open_page: OpenPage, url: str, width: int) -> None:
    page = open_page(url, width, 700)
    turn = asked(page, CLOSED)
    turn.locator(".card .chip").first.click()  # the panel is open from here on
    cited_words(page).wait_for()
    for chip in turn.locator(".card .chip").all():
        for block in ("start", "end"):
            chip.evaluate(f"chip => chip.scrollIntoView({{ block: '{block}' }})")
            chip.dispatch_event("pointerover", {"bubbles": True, "pointerType": "mouse"})
            tip = page.locator(".tip:popover-open")
            tip.wait_for()
            assert tip.evaluate(WHOLE), (width, block, tip.bounding_box())


def test_the_keyboard_shows_a_tip_reaches_its_link_and_closes_it(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    chip = asked(page, CLOSED).locator(".card .chip").first
    chip.click()
    cited_words(page).wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    tip = page.locator(".tip:popover-open")
    tip.wait_for()
    described = page.evaluate(
        "document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent"
    )
    assert "Ines Falk said" in described and "Permanent link" not in described
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Permanent link" and tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    assert page.locator("iframe[name=source]").is_visible()  # the first Escape is the tip's, the second the panel's
    page.keyboard.press("Escape")
    assert not page.locator("iframe[name=source]").is_visible()


def test_those_who_disagree_stand_side_by_side_by_date(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    turn = asked(page, CLOSED)
    told = turn.locator(".conflict").inner_text()
    assert re.search(r"The sources differ\s+yes, Ines Falk \(Harbour Post, 4 May 2021\) – no, Ada Moor", told)
    cards = turn.locator(".card")
    heads = [head.replace("\n", " ") for head in cards.locator("h3").all_inner_texts()]
    assert (heads[0], heads[-1]) == ("Ines Falk + For", "Ada Moor − Against")
    left, right = (cards.nth(number).bounding_box() for number in (0, 1))
    assert left and right and left["y"] == right["y"] and left["x"] < right["x"]
    assert "Verbatim" in cards.first.inner_text()
    page.set_viewport_size({"width": 390, "height": 844})
    above, below = (cards.nth(number).bounding_box() for number in (0, 1))
    assert above and below and above["x"] == below["x"] and above["y"] < below["y"]


def test_the_other_outlets_of_a_report_are_listed_and_open(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    turn = asked(page, CLOSED)
    turn.get_by_text("The same report in 2 outlets").first.click()
    turn.locator(".retold a").first.click()
    page.frame_locator("iframe[name=source]").get_by_role("heading", name="The mill, again").first.wait_for()


def test_silence_says_what_was_looked_for_and_where_and_opens_what_is_nearest(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("textbox", name="As of").fill("2021-06-30")
    page.keyboard.press("Tab")
    page.get_by_text("As of 30 June 2021").wait_for()
    turn = asked(page, CHESS)
    looked = turn.locator(".looked").inner_text()
    assert re.search(r"chess\s+championship\s+Reykjavik", looked)
    assert "4 documents" in looked and "published by 30 June 2021" in looked
    turn.locator(".hit").first.click()
    cited_words(page).wait_for()


def test_what_is_copied_has_links_that_lead_to_the_words(open_page: OpenPage, url: str) -> None:
    page = open_page(url, permissions=["clipboard-read", "clipboard-write"])
    turn = asked(page, COSTS)
    turn.get_by_role("button", name="Copy with sources").click()
    turn.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(
        f"{COSTS}\n\n“Repairs of the harbour bridge will cost 52 million dollars, the city said.” [1]"
    )
    assert "[1] the city (said), Coast Daily, 1 September 2021, Bridge dearer\nhttp://127.0.0.1" in copied
    link = re.search(r"\[2\].*\n(http\S+)", copied)
    assert link is not None
    turn.get_by_role("button", name="Copy as Markdown").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('**How much')")
    assert f"<{link[1]}>" in page.evaluate("navigator.clipboard.readText()")
    page.goto(link[1])
    assert "40 million" in page.locator("#cited").inner_text()


def test_a_quotation_is_copied_where_the_browser_has_no_clipboard_for_scripts(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    turn = asked(page, COSTS)
    turn.locator(".statement").first.hover()
    turn.locator(".statement .act").first.click()
    turn.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    page.get_by_label("Your question").focus()
    page.keyboard.press("Control+V")
    assert "40 million" in page.get_by_label("Your question").input_value()


def test_time_is_drawn_when_it_is_asked_for(open_page: OpenPage, url: str) -> None:
    page = open_page(url)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    turn = asked(page, COSTS)
    assert not [one for one in fetched if "/coverage" in one]
    turn.get_by_text("Over time").click()
    marks = turn.locator(".timeline .mark")
    names = [mark.get_attribute("aria-label") or "" for mark in marks.all()]
    assert [name.partition(":")[0] for name in names] == ["3 March 2021", "1 September 2021"]
    turn.get_by_text(
        re.compile(r"Counted: 2 documents with at least 3 of the words repairs, harbour, bridge, cost")
    ).wait_for()
    turn.get_by_text("Documents by month and outlet, March 2021 to September 2021: 2 in all").first.wait_for()
    marks.first.hover()
    page.locator(".tip:popover-open").get_by_text("40 million").wait_for()
    marks.first.click()
    cited_words(page).wait_for()
    assert "40 million" in cited_words(page).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_about_an_answer_hinders_a_reader(
    open_page: OpenPage, url: str, grave: Callable[["Page"], list[str]], scheme: str
) -> None:
    page = open_page(url, color_scheme=scheme)
    for question in (CHESS, COSTS, CLOSED):
        turn = asked(page, question)
        turn.get_by_text("Over time").click()
        turn.get_by_text("Counted:").wait_for()
    turn.get_by_text("The same report in 2 outlets").first.click()
    turn.locator(".card .chip").first.hover()
    page.locator(".tip:popover-open").wait_for()
    assert grave(page) == []


def test_what_a_model_says_without_support_stands_out(
    open_page: OpenPage, new_assistant: NewAssistant, tmp_path: Path, grave: Callable[["Page"], list[str]]
) -> None:
    def words(exchange: scripted.Exchange) -> str:
        offered = scripted.offered_numbers(exchange.prompt).items()
        number = next(number for number, text in offered if "mill will be closed" in text)
        return f"Ines Falk, the mayor, said the harbour mill will be closed. [{number}]\nNorway will buy it for 9 francs.\n"

    with (
        scripted.serving(scripted.said(words)) as provider,
        closing(new_assistant(engine="m", model_url=provider.url)) as assistant,
    ):
        assistant.library.add([written(tmp_path)])
        with serving(assistant) as address:
            page = open_page(address)
            turn = asked(page, CLOSED)
            turn.get_by_text("Written by m").wait_for()
            turn.locator(".statement.unsupported .doubt").get_by_text("Not supported by the sources").wait_for()
            assert grave(page) == []
