"""Signing in with a real browser: the way in, the way out, what ends a session, and who sees what."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from ui.passwords import hashed, write_passwords
from ui.web.accounts import Accounts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORDS = {"mara": "nine grey gulls sleep", "ned": "six brown hens do not"}
ARTICLE = "The ferry\n\nThe ferry carries 900 cars a day, its owner Ada Moor said.\n"


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("users") / "users"
    write_passwords(file, {name: hashed(password, 4) for name, password in PASSWORDS.items()})
    return file


@pytest.fixture(scope="module")
def url(users: Path, tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[str]:
    """Return the address of a server with two users."""
    article = tmp_path_factory.mktemp("articles") / "ferry.txt"
    article.write_text(ARTICLE)
    with closing(new_assistant()) as assistant:
        assistant.library.add([article])
        with serving(assistant, accounts=Accounts(users)) as address:
            yield address


def sign_in(page: "Page", name: str = "mara", password: str | None = None) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password or PASSWORDS[name])
    page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_in_goes_by_keyboard_and_leads_to_what_was_asked_for(
    open_page: OpenPage, url: str, grave: Callable[["Page"], list[str]], scheme: str
) -> None:
    page = open_page(f"{url}/library?only=problems", 390, 844, color_scheme=scheme)
    page.get_by_label("Name").wait_for()
    assert page.url.startswith(f"{url}/login") and grave(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Tab")
    page.keyboard.type("mara")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("do not belong together").wait_for()
    assert grave(page) == [] and page.get_by_label("Name").input_value() == "mara"
    page.get_by_label("Password").fill(PASSWORDS["mara"])
    page.get_by_label("Password").press("Enter")
    page.wait_for_url(f"{url}/library?only=problems")
    page.get_by_role("button", name="Sign out").wait_for()
    assert "mara" in page.locator("#account").inner_text()


def test_who_has_signed_in_works_with_the_whole_page_and_leaves(open_page: OpenPage, url: str, tmp_path: Path) -> None:
    page = open_page(url)
    sign_in(page)
    page.get_by_label("Your question").fill("How many cars does the ferry carry?")
    page.keyboard.press("Enter")
    page.locator(".chip").first.click()
    page.frame_locator("iframe[name=source]").locator("#cited").get_by_text("900 cars").wait_for()
    source = f"{url}{page.locator('.chip').first.get_attribute('href')}"
    page.goto(f"{url}/library")
    (tmp_path / "tram.txt").write_text("The tram\n\nThe tram goes to the harbour every ten minutes, the city said.\n")
    page.get_by_text("Add documents").click()
    page.locator("#files input[type=file]").set_input_files(tmp_path / "tram.txt")
    page.get_by_role("link", name="The tram", exact=True).wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{url}/login")
    page.goto(source)
    page.get_by_label("Name").wait_for()
    assert "900 cars" not in page.content()
    sign_in(page, "ned")
    page.locator("#cited").get_by_text("900 cars").wait_for()


def test_a_link_on_another_site_leads_in_where_somebody_has_signed_in(browser: "Browser", url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    sign_in(page)
    page.get_by_label("Your question").wait_for()
    # The browser leaves a SameSite=Strict cookie out of this request, and the page leads on all the same.
    context.route("http://elsewhere.example/", lambda route: route.fulfill(content_type="text/html", body=LINK % url))
    page.goto("http://elsewhere.example/")
    page.get_by_text("there").click()
    page.wait_for_url(f"{url}/library")
    page.locator("#table").wait_for()
    context.close()


LINK = '<!doctype html><title>Elsewhere</title><a href="%s/library">there</a>'


def test_a_session_that_ends_under_an_open_page_is_told_of_and_nothing_typed_is_lost(
    browser: "Browser", url: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    sign_in(page)
    question = page.get_by_label("Your question")
    question.fill("How many cars does the ferry carry?")
    page.locator(".example").first.wait_for()
    context.clear_cookies()
    page.keyboard.press("Enter")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again").click()
    sign_in(opened.value)
    opened.value.get_by_label("Your question").wait_for()
    page.bring_to_front()
    assert question.input_value() == "How many cars does the ferry carry?"
    question.press("Enter")
    page.locator(".chip").first.wait_for()
    assert page.get_by_role("link", name="Sign in again").count() == 0
    context.close()
