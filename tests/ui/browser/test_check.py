"""A draft checked in a browser: verdicts as words and signs, the words for and against, stop, files, bad input."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from assistant.assistant import Assistant

if TYPE_CHECKING:
    from playwright.sync_api import Page

ATTACK = "<img src=x onerror=window.ran=1>"
DRAFT = f"# Harbour\n\nThe ferry carries 900 cars a day. The striker Tom Berger {ATTACK} scored twice against Lisbon."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[tuple[str, Assistant]]:
    articles = tmp_path_factory.mktemp("articles")
    (articles / "ferry.txt").write_text("The ferry\n\nThe ferry carries 900 cars a day, its owner Ada Moor said.\n")
    with closing(new_assistant()) as assistant:
        assistant.library.add([articles])
        with serving(assistant) as url:
            yield url, assistant


def checked(page: "Page", draft: str) -> None:
    page.get_by_label("Your draft").fill(draft)
    page.get_by_role("button", name="Check", exact=True).click()


def test_each_sentence_has_its_verdict_and_shows_the_words_that_speak_for_it(
    open_page: OpenPage, served: tuple[str, Assistant], grave: Callable[["Page"], list[str]]
) -> None:
    page = open_page(f"{served[0]}/check")
    checked(page, DRAFT)
    page.get_by_text("2 sentences checked.").wait_for()
    claims = page.locator(".claim")
    assert ["supported" in claims.nth(0).inner_text(), "not found" in claims.nth(1).inner_text()] == [True, True]
    assert (
        page.locator(".draft").inner_text().lstrip().startswith("Harbour")
        or "# Harbour" in page.locator(".draft").inner_text()
    )
    claims.nth(0).focus()
    page.keyboard.press("Enter")
    page.locator(".why").get_by_text("For it").wait_for()
    assert grave(page) == []
    page.locator(".why .chip").first.click()
    assert "900 cars" in page.frame_locator("iframe[name=source]").locator("#cited").inner_text()
    page.get_by_role("button", name="1 not found: show the next").click()
    page.locator(".why").get_by_text("Sentence 2").wait_for()
    assert page.locator("#main img").count() == 0
    assert page.evaluate("window.ran") is None
    with page.expect_download() as taken:
        page.get_by_role("link", name="Markdown").click()
    assert "supported" in Path(taken.value.path()).read_text()


def test_a_file_is_checked_and_one_without_sentences_is_refused_by_its_name(
    open_page: OpenPage, served: tuple[str, Assistant], tmp_path: Path, grave: Callable[["Page"], list[str]]
) -> None:
    (tmp_path / "draft.md").write_text(DRAFT)
    (tmp_path / "short.txt").write_text("Yes.")
    page = open_page(f"{served[0]}/check", 390, 844, color_scheme="dark")
    page.locator("input[type=file]").set_input_files(tmp_path / "short.txt")
    page.get_by_text("short.txt: no sentences in it to check").wait_for()
    page.locator("input[type=file]").set_input_files(tmp_path / "draft.md")
    page.get_by_text("2 sentences checked.").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert grave(page) == []


def test_stop_and_a_closed_tab_end_the_work(
    open_page: OpenPage, served: tuple[str, Assistant], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, assistant = served
    sentences: list[str] = []
    check = assistant.check

    def counted(sentence: str, *given: object) -> object:
        sentences.append(sentence)
        return check(sentence, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(assistant, "check", counted)
    draft = " ".join(f"The ferry number {n} carries 900 cars a day." for n in range(1_000))
    page = open_page(f"{url}/check")
    checked(page, draft)
    page.locator(".claim").first.wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("; stopped.").wait_for()
    done = len(sentences)
    assert 0 < done < 1_000
    checked(page, draft)
    page.locator(".claim").first.wait_for()
    page.close()
    other = open_page(f"{url}/check")
    reached = -1
    while len(sentences) > reached:  # it ends where the server has seen that the tab is gone, or with the draft
        reached = len(sentences)
        other.wait_for_timeout(1_500)
    assert reached < done + 1_000


def test_what_came_of_a_draft_cannot_be_had_by_guessing(served: tuple[str, Assistant]) -> None:
    for path in ("/check/none/checked.md", "/check/..%2f..%2fetc/checked.md"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{served[0]}{path}")
