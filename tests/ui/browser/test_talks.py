"""Conversations in a real browser: found by day, by words and by address, renamed, deleted and brought back, rated, taken away."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from assistant.assistant import Assistant
from corpus.conversations import Conversation, Conversations, Exchange
from corpus.ratings import Rating, Ratings
from ui.passwords import hashed, write_passwords
from ui.web.accounts import Accounts

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[3]
ARTICLES = {
    "bridge.txt": "Bridge closed\n\nThe harbour bridge was closed on 3 March 2021. Repairs will cost 40 million dollars, the "
    "city said.\n",
    "ferry.txt": "The ferry\n\nThe ferry carries 900 cars a day, its owner Ada Moor said.\n",
}
CLOSED = "When was the harbour bridge closed?"
CARS = "How many cars does the ferry carry?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Path:
    articles = tmp_path_factory.mktemp("articles")
    for name, text in ARTICLES.items():
        (articles / name).write_text(text)
    with closing(new_assistant()) as assistant:
        assistant.library.add([articles])
        return assistant.settings.home


@pytest.fixture(scope="module")
def assistant(home: Path, new_assistant: NewAssistant) -> Iterator[Assistant]:
    with closing(new_assistant(home)) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def url(assistant: Assistant) -> Iterator[str]:
    with serving(assistant) as url:
        yield url


@pytest.fixture
def kept(assistant: Assistant) -> Iterator[Conversations]:
    """Return the conversations of the library, which has none before and after."""
    conversations = Conversations(assistant.library.catalog)
    yield conversations
    for one in conversations.list():
        conversations.delete(one.id)


def ask(page: "Page", question: str) -> None:
    """Ask, and wait until the answer is kept and listed."""
    answers = page.locator(".rating").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".rating").nth(answers).wait_for()
    page.locator("#listing [aria-current]").wait_for()


def titles(page: "Page") -> list[str]:
    return page.locator("#listing li a").all_inner_texts()


def onrecord(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)


def test_conversations_are_found_renamed_deleted_and_outlive_the_server(
    home: Path, new_assistant: NewAssistant, open_page: OpenPage, tmp_path: Path
) -> None:
    with closing(new_assistant(home)) as assistant, serving(assistant) as url:
        for one in Conversations(assistant.library.catalog).list():  # of a first try
            Conversations(assistant.library.catalog).delete(one.id)
        page = open_page(url)
        ask(page, CLOSED)
        page.wait_for_url("**/?conversation=*")
        first = page.url
        ask(page, "How much will its repairs cost?")
        assert page.url == first
        page.get_by_role("button", name="New conversation").click()
        page.wait_for_url(f"{url}/")
        ask(page, CARS)
        page.wait_for_url("**/?conversation=*")
        assert page.url != first
        assert page.get_by_role("heading", name="Today").count() == 1
        assert titles(page) == [CARS, CLOSED]
        page.get_by_label("Search conversations").fill("much repair")  # in a later question
        page.locator("#listing li").nth(1).wait_for(state="detached")
        assert titles(page) == [CLOSED]
        page.get_by_label("Search conversations").fill("")
        page.locator("#listing li").nth(1).wait_for()
        page.get_by_role("button", name=f"Rename or delete: {CLOSED}").click()
        page.get_by_label("Title").fill("The bridge <b>")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="The bridge <b>").wait_for()
        page.get_by_role("button", name="Rename or delete: The bridge <b>").press("Enter")
        assert page.get_by_label("Title").evaluate("one => one === document.activeElement")
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Undo").wait_for()
        assert titles(page) == [CARS]
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("link", name="The bridge <b>").wait_for()
        assert page.get_by_role("button", name="Undo").count() == 0
    with closing(new_assistant(home)) as assistant, serving(assistant) as url:
        page = open_page(url)
        page.get_by_role("link", name="The bridge <b>").click()
        page.locator(".turn").nth(1).wait_for()
        assert page.locator(".question").all_inner_texts() == [CLOSED, "How much will its repairs cost?"]
        ask(page, "Who said that?")
        assert "city" in page.locator(".turn").nth(2).inner_text()
        assert titles(page) == ["The bridge <b>", CARS]
        for one in Conversations(assistant.library.catalog).list():
            Conversations(assistant.library.catalog).delete(one.id)


def test_an_old_conversation_stands_under_its_day(kept: Conversations, url: str, open_page: OpenPage) -> None:
    then = "2021-05-04T12:00:00+00:00"
    answer = {"text": "", "query": "Old?", "citations": [], "statements": []}
    kept.take(Conversation("0" * 12, "Old", then, then, (Exchange("Old?", answer, then),)))
    page = open_page(url)
    ask(page, CARS)
    assert page.locator("#listing h2").all_inner_texts() == ["Today", "4 May 2021"]


def test_thumbs_are_kept_with_a_reason(
    kept: Conversations, assistant: Assistant, url: str, open_page: OpenPage
) -> None:
    page = open_page(url)
    ask(page, CARS)
    page.get_by_role("button", name="Bad answer").press("Enter")
    page.get_by_role("button", name="Old").click()
    page.get_by_role("button", name="Old", pressed=True).wait_for()  # the form is drawn anew with it
    page.get_by_label("Why, in your own words").fill("There is a <new> ferry")
    page.keyboard.press("Enter")
    page.get_by_text("Kept: old · There is a <new> ferry").wait_for()
    (one,) = kept.list()
    ratings = Ratings(assistant.library.catalog)
    assert ratings.of(one.id) == {0: Rating(False, ("old",), "There is a <new> ferry")}
    page.reload()
    page.get_by_role("button", name="Bad answer", pressed=True).wait_for()
    assert page.get_by_label("Why, in your own words").input_value() == "There is a <new> ferry"
    page.get_by_role("button", name="Good answer").click()
    page.get_by_role("button", name="Good answer", pressed=True).wait_for()
    assert ratings.of(one.id) == {0: Rating(True, (), "There is a <new> ferry")}


def test_a_pack_is_taken_and_imported_elsewhere(
    kept: Conversations, url: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(url)
    ask(page, CARS)
    page.get_by_text("Evidence pack").click()
    page.get_by_text("1 question with its answer as given, and").wait_for()
    with page.expect_download() as taken:
        page.get_by_role("link", name="JSON").click()
    taken.value.save_as(tmp_path / "pack.json")
    (one,) = kept.list()
    assert (
        f"imported as {one.id}"
        in onrecord(tmp_path / "other", "conversations", "import", str(tmp_path / "pack.json")).stderr
    )
    with page.expect_download() as taken:
        page.get_by_role("link", name="Markdown").click()
    assert "> The ferry carries 900 cars a day" in Path(taken.value.path()).read_text()


def test_going_on_with_what_was_deleted_in_another_tab_loses_nothing(
    kept: Conversations, url: str, open_page: OpenPage
) -> None:
    page = open_page(url)
    ask(page, CLOSED)
    page.wait_for_url("**/?conversation=*")
    begun = page.url
    other = open_page(begun)
    other.get_by_role("button", name=f"Rename or delete: {CLOSED}").click()
    other.get_by_role("button", name="Delete", exact=True).click()
    other.get_by_role("button", name="Undo").wait_for()
    assert other.locator(".turn").count() == 0 and other.url == f"{url}/"
    page.get_by_label("Your question").fill(CARS)
    page.keyboard.press("Enter")
    page.get_by_text("This conversation was deleted meanwhile").wait_for()
    page.wait_for_function("begun => location.href !== begun", arg=begun)
    assert [one.title for one in kept.list()] == [CARS]
    other.get_by_role("button", name="Undo").click()
    other.get_by_role("link", name=CLOSED).wait_for()
    gone = open_page(f"{url}/?conversation=%3Cscript%3E")
    gone.get_by_text("There is no such conversation.").wait_for()
    gone.locator(".example").first.wait_for()


def test_a_title_that_is_far_too_long_is_cut(kept: Conversations, url: str, open_page: OpenPage) -> None:
    page = open_page(url)
    ask(page, CARS)
    page.get_by_role("button", name="Rename or delete").click()
    page.get_by_label("Title").evaluate("one => { one.removeAttribute('maxlength'); one.value = 'x'.repeat(900000); }")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_role("link", name="x" * 200, exact=True).wait_for()
    assert [len(one.title) for one in kept.list()] == [200]


def test_nobody_sees_the_conversations_of_another(
    assistant: Assistant, kept: Conversations, open_page: OpenPage, tmp_path: Path
) -> None:
    users = {name: hashed(f"the password of {name}", ln=4) for name in ("mara", "ines")}
    write_passwords(tmp_path / "users", users)

    def signed_in(url: str, name: str) -> "Page":
        page = open_page(f"{url}/login")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(f"the password of {name}")
        page.get_by_role("button", name="Sign in").click()
        page.locator(".example").first.wait_for()
        return page

    with serving(assistant, accounts=Accounts(tmp_path / "users")) as url:
        mara = signed_in(url, "mara")
        ask(mara, CARS)
        mara.wait_for_url("**/?conversation=*")
        ines = signed_in(url, "ines")
        assert titles(ines) == []
        ines.goto(mara.url)
        ines.get_by_text("There is no such conversation.").wait_for()
        assert ines.locator(".turn").count() == 0
        id = mara.url.rpartition("=")[2]
        assert [one.request.get(f"{url}/pack/{id}.md").status for one in (mara, ines)] == [200, 404]
    assert kept.list() == []
    Conversations(assistant.library.catalog, "mara").delete(id)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_side_is_sound_to_axe_at_any_width(
    kept: Conversations, url: str, open_page: OpenPage, grave: Callable[["Page"], list[str]], width: int, scheme: str
) -> None:
    page = open_page(url, width=width, color_scheme=scheme)
    page.get_by_label("Your question").fill(CARS)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Bad answer").click()
    page.get_by_role("button", name="Missing a side").click()
    if width == 390:
        assert not page.locator("#listing").is_visible()
        page.get_by_label("Conversations", exact=True).check()
    page.get_by_text("Evidence pack").click()
    page.get_by_role("button", name="Rename or delete").click()
    page.get_by_label("Title").wait_for()
    assert grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
