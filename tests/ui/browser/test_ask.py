"""The Ask page in a real browser: stopping, limiting, putting a query right, what fails, by keyboard and on a phone."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
from browsing import NewAssistant, OpenPage
from browsing import serving as site_of
from scripted import Exchange, Provider, chunk, offered_numbers, serving

from assistant.assistant import Assistant
from ui.web import asking
from ui.web.filters import Offered

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARTICLES = {
    "bridge.md": "---\ntitle: Bridge closed\noutlet: Harbour Post\npublished: 2021-03-04\nauthors: [Ada Moor]\n---\n"
    "Repairs of the harbour bridge will cost 40 million dollars, Mayor Ines Falk said on Thursday.\n",
    "later.md": "---\ntitle: Bridge costs rise\noutlet: Radio Nord\npublished: 2022-06-01\n---\n"
    "Repairs of the harbour bridge will cost 55 million dollars, Mayor Ines Falk said on Wednesday.\n",
    "lighthouse.md": "---\ntitle: The lighthouse\noutlet: Harbour Post\npublished: 2022-07-09\n---\n"
    "The lighthouse of the harbour belongs to Mara Quill, the register of the town says.\n",
}
COST = "How much will repairs of the harbour bridge cost?"
OWNER = "Who does the lighthouse belong to?"


@pytest.fixture(scope="module")
def library(new_assistant: NewAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    articles = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (articles / name).write_text(text)
    with closing(new_assistant()) as assistant:
        assistant.library.add([articles], ["harbour"])
        yield assistant


@pytest.fixture(scope="module")
def url(library: Assistant) -> Iterator[str]:
    with site_of(library) as url:
        yield url


class Script:
    """What the model writes next; `goes_on` is called after its first statement."""

    goes_on: Callable[[Exchange], None]

    def reply(self, exchange: Exchange) -> None:
        numbers = [n for n, words in offered_numbers(exchange.prompt).items() if "40 million" in words]
        exchange.start()
        exchange.send(chunk(f"Repairs will cost 40 million dollars. [{numbers[0]}]\n"))
        self.goes_on(exchange)


@pytest.fixture(scope="module")
def written(library: Assistant, new_assistant: NewAssistant) -> Iterator[tuple[str, Provider, Script]]:
    """Return a site whose answers a model writes, the model, and what it goes on with."""
    script = Script()
    with (
        serving(script.reply) as provider,
        closing(new_assistant(library.settings.home, engine="m", model_url=provider.url)) as assistant,
        site_of(assistant) as url,
    ):
        yield url, provider, script


def endless(exchange: Exchange) -> None:
    while True:
        exchange.send(chunk("word "))
        time.sleep(0.02)


def broken(exchange: Exchange) -> None:
    exchange.send("data: {")


def ask(page: "Page", question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.closest('[id]').id"))


def test_an_empty_library_is_filled_with_the_samples_and_asked_within_the_first_minute(
    new_assistant: NewAssistant, open_page: OpenPage, grave: Callable[["Page"], list[str]]
) -> None:
    with closing(new_assistant()) as assistant, site_of(assistant) as url:
        page = open_page(url)
        page.locator("#invitation").get_by_role("link", name="Add documents").wait_for()
        assert grave(page) == []
        page.get_by_role("button", name="Load the samples").click()
        page.locator(".example").first.wait_for(timeout=120_000)
        page.get_by_text("The samples are in.").wait_for()
        page.locator(".example").first.click()
        page.locator(".statement").first.wait_for()


def test_stopping_keeps_what_has_arrived_hangs_up_and_lets_the_box_work_on(
    written: tuple[str, Provider, Script], open_page: OpenPage
) -> None:
    url, provider, script = written
    script.goes_on = endless
    provider.hung_up.clear()
    page = open_page(url)
    ask(page, COST)
    page.locator(".statement .chip").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("You stopped this answer.").wait_for()
    assert provider.hung_up.wait(10)
    assert page.locator(".statement").inner_text().startswith("Repairs will cost 40 million dollars.")
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    script.goes_on = broken
    ask(page, COST)
    page.locator(".turn").nth(1).locator(".notice.failed").wait_for()


def test_a_models_failure_is_told_with_its_reason_and_the_sources_answer_below(
    written: tuple[str, Provider, Script], open_page: OpenPage, grave: Callable[["Page"], list[str]]
) -> None:
    url, _, script = written
    script.goes_on = broken
    page = open_page(url)
    ask(page, COST)
    notice = page.locator(".notice.failed")
    notice.wait_for()
    assert "The language model failed." in notice.inner_text() and "cannot be read" in notice.inner_text()
    assert "40 million dollars" in page.locator(".statement").first.inner_text()
    assert page.locator(".toast-body").count() == 0 and grave(page) == []


def test_a_reader_who_closes_the_tab_stops_the_model(
    written: tuple[str, Provider, Script], open_page: OpenPage
) -> None:
    url, provider, script = written
    script.goes_on = endless
    provider.hung_up.clear()
    page = open_page(url)
    ask(page, COST)
    page.locator(".statement .chip").wait_for()
    page.close()
    assert provider.hung_up.wait(20)


def test_a_client_that_drops_the_connection_stops_the_model(written: tuple[str, Provider, Script]) -> None:
    url, provider, script = written
    script.goes_on = endless
    provider.hung_up.clear()
    with httpx.Client(base_url=url, timeout=60) as client:
        config = json.loads(re.search(r"window.gradio_config = (.*?);</script>", client.get("/").text)[1])  # type: ignore[index]
        (box,) = [c["id"] for c in config["components"] if c["props"].get("elem_id") == "question"]
        (submit,) = [d["id"] for d in config["dependencies"] if [box, "submit"] in d["targets"]]
        data = [COST, "", "", "", None, None]
        client.post("/gradio_api/queue/join", json={"data": data, "fn_index": submit, "session_hash": "dropping"})
        with client.stream("GET", "/gradio_api/queue/data?session_hash=dropping") as events:
            for line in events.iter_lines():
                if "40 million dollars" in json.dumps(json.loads(line[6:] or "null") if line[:5] == "data:" else ""):
                    break
            assert not provider.hung_up.is_set()
    assert provider.hung_up.wait(20)


def test_a_question_is_limited_by_dates_and_names_which_stay_in_sight(
    url: str, open_page: OpenPage, grave: Callable[["Page"], list[str]]
) -> None:
    page = open_page(url)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("textbox", name="As of").fill("someday")
    page.keyboard.press("Tab")
    page.locator(".filters .notice.failed").get_by_text("someday").wait_for()
    ask(page, COST)
    page.locator("#notice .notice.failed").get_by_text("someday").wait_for()
    assert page.get_by_label("Your question").input_value() == COST and page.locator(".turn").count() == 0
    page.get_by_role("textbox", name="As of").fill("2021-12")
    page.keyboard.press("Enter")
    page.get_by_text("As of 31 December 2021").wait_for()
    page.get_by_label("Outlet, author, tag or document").fill("harb")
    page.get_by_role("button", name="Harbour Post").click()
    page.get_by_text("1 of 3 documents is asked").wait_for()
    assert grave(page) == []
    ask(page, COST)
    page.locator(".statement").wait_for()
    assert "40 million" in page.locator("#log").inner_text() and "55 million" not in page.locator("#log").inner_text()
    assert "As of 31 December 2021" in page.locator(".turn").inner_text()
    page.get_by_role("button", name="Remove the filter As of 31 December 2021").click()
    page.get_by_text("2 of 3 documents are asked").wait_for()
    page.get_by_role("button", name="Clear all").click()
    page.locator(".filters").wait_for(state="detached")
    assert page.get_by_role("textbox", name="As of").input_value() == ""
    ask(page, COST)
    page.locator(".turn").nth(1).get_by_text("55 million").first.wait_for()


def test_an_address_brings_a_question_and_its_limits_and_asks_nothing(
    url: str, library: Assistant, open_page: OpenPage
) -> None:
    ids = ",".join(entry.id for entry in library.library.list() if "Bridge" in entry.title)
    page = open_page(f"{url}/?q={COST}&from=2022&outlet=Radio%20Nord&documents={ids}")
    page.get_by_text("From 1 January 2022").wait_for()
    page.get_by_text("1 of 3 documents is asked").wait_for()
    assert page.get_by_label("Your question").input_value() == COST
    assert page.locator(".filter").count() == 4 and page.locator(".turn").count() == 0
    page.get_by_label("Your question").press("Enter")
    page.locator(".statement").get_by_text("55 million").first.wait_for()


def test_how_a_follow_up_was_searched_is_put_right_and_asked_below(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, COST)
    page.locator(".statement").first.wait_for()
    ask(page, "And who owns it?")
    page.locator(".turn").nth(1).locator(".asked-as").wait_for()
    assert page.locator(".asked-as").count() == 1  # of the last turn alone
    page.locator(".asked-as summary").click()
    field = page.get_by_label("Ask the same question as")
    field.fill(OWNER)
    field.press("Enter")
    page.locator(".statement").get_by_text("Mara Quill").first.wait_for()
    assert page.locator(".question").all_inner_texts() == [COST, "And who owns it?", "And who owns it?"]


def test_all_of_asking_goes_by_the_keyboard(url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    page.locator(".example").first.wait_for()
    page.get_by_label("Your question").focus()
    page.keyboard.type("Who does the lighthouse")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("belong to?")
    assert "\n" in page.get_by_label("Your question").input_value()
    page.keyboard.press("Enter")
    page.locator(".statement").get_by_text("Mara Quill").first.wait_for()
    page.get_by_role("status").get_by_text("Answered: 1 statement from 1 source.").wait_for()
    assert focused(page) == "question"
    page.get_by_role("button", name="New conversation").focus()
    page.keyboard.press("Enter")
    page.locator(".turn").wait_for(state="detached")
    page.locator(".example").first.focus()
    page.keyboard.press("Enter")
    page.locator(".statement").first.wait_for()
    page.wait_for_function("document.activeElement.closest('#question')")


def test_two_tabs_are_two_conversations(url: str, open_page: OpenPage) -> None:
    one, other = open_page(url), open_page(url)
    ask(one, COST)
    ask(other, OWNER)
    one.locator(".statement").first.wait_for()
    other.locator(".statement").first.wait_for()
    assert (one.locator(".question").inner_text(), other.locator(".question").inner_text()) == (COST, OWNER)


def test_one_more_than_can_be_answered_is_told_so_and_keeps_the_question(
    url: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking.Asking, "is_full", property(lambda _: True))
    page = open_page(url)
    ask(page, COST)
    page.locator("#notice").get_by_text("Many are asking at the moment").wait_for()
    assert page.get_by_label("Your question").input_value() == COST
    monkeypatch.undo()
    page.get_by_label("Your question").press("Enter")
    page.locator(".statement").first.wait_for()
    assert page.locator("#notice").inner_text() == ""


def test_a_crash_of_ours_is_told_and_the_box_works_on(
    url: str, library: Assistant, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(url)
    monkeypatch.setattr(library, "stream", lambda *_: 1 / 0)
    ask(page, COST)
    page.locator(".turn .notice.failed").get_by_text("Something went wrong").wait_for()
    assert page.locator(".toast-body").count() == 0
    monkeypatch.undo()
    ask(page, COST)
    page.locator(".statement").first.wait_for()


def test_a_crash_beside_the_question_is_told_in_the_page_and_in_no_words_of_the_exception(
    url: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(url)
    monkeypatch.setattr(Offered, "_facets", lambda _: 1 / 0)
    page.get_by_role("button", name="Filters").click()
    page.locator("#matches .notice.failed").get_by_text("Something went wrong").wait_for()
    assert page.locator(".toast-body").count() == 0
    assert page.get_by_text("division by zero").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everything_fits(
    url: str, open_page: OpenPage, grave: Callable[["Page"], list[str]], scheme: str
) -> None:
    page = open_page(f"{url}/?as_of=2022-12&author=Ada%20Moor&tag=harbour", 390, 844, color_scheme=scheme)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="Radio Nord").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 and grave(page) == []
    page.get_by_role("button", name="Filters").click()
    ask(page, COST)
    page.locator(".asked-as summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 and grave(page) == []
