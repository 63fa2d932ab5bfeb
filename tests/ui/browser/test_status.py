"""The pages of the status and of the evaluation: what is set, how the library is, runs and their comparison."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import scripted
from browsing import NewAssistant, OpenPage, serving

from assistant.assistant import Assistant
from assistant.settings import changed

if TYPE_CHECKING:
    from playwright.sync_api import Page

Grave = Callable[["Page"], list[str]]
KEY = "sk-a-key-of-nobody"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[tuple[str, Assistant]]:
    articles = tmp_path_factory.mktemp("articles")
    (articles / "ferry.txt").write_text("The ferry\n\nThe ferry carries 900 cars a day, its owner Ada Moor said.\n")
    with scripted.serving(scripted.said("Nothing.")) as provider, closing(new_assistant()) as assistant:
        assistant.library.add([articles])
        assistant.settings = changed(assistant.settings, model_url=provider.url, model_key=KEY)
        runs = assistant.settings.home / "runs"
        runs.mkdir()
        for name, found in (("one", 1.0), ("two", 0.0)):
            lines = [
                {"run": 2, "suite": "drafts", "system": "onrecord", "settings_hash": "", "commit": name},
                *(
                    {
                        "id": str(n),
                        "turns": [f"Question {n} <b>?"],
                        "labels": {"support": "supported"},
                        "error": "It was not there.",
                    }
                    for n in range(2)
                ),
                {"end": "drafts", "seconds": found},
            ]
            (runs / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        (runs / "torn.jsonl").write_text("{")
        with serving(assistant) as url:
            yield url, assistant


def test_the_status_tells_what_answers_and_lets_it_be_set(
    open_page: OpenPage, served: tuple[str, Assistant], grave: Grave
) -> None:
    url, assistant = served
    page = open_page(f"{url}/status")
    page.get_by_text("Answers are quotations.").wait_for()
    assert grave(page) == []
    page.get_by_role("button", name="Which models are there?").click()
    page.get_by_text("offers 1 model").wait_for()
    page.get_by_label("Engine").fill("nobody")
    page.get_by_role("button", name="Use these").click()
    page.get_by_role("alert").get_by_text("offers no such model").wait_for()
    assert assistant.settings.engine == "quote"
    page.get_by_label("Engine").fill("scripted")
    page.get_by_label("Passages looked at").fill("7")
    page.get_by_role("button", name="Use these").click()
    page.get_by_text("Answers are written by scripted").wait_for()
    assert (assistant.settings.engine, assistant.settings.k) == ("scripted", 7)
    page.get_by_role("cell", name="this page").first.wait_for()
    assistant.settings = changed(assistant.settings, engine="quote", k=10)


def test_the_library_is_checked_and_no_secret_is_told(open_page: OpenPage, served: tuple[str, Assistant]) -> None:
    page = open_page(served[0])
    told: list[str] = []
    page.on(
        "response",
        lambda response: told.append(response.text()) if "event-stream" not in str(response.headers) else None,
    )
    page.goto(f"{served[0]}/status")
    page.get_by_role("button", name="Check the library").click()
    page.get_by_text("The library is sound.").wait_for()
    assert page.locator("#settings").get_by_text("model_key").count() == 1
    assert KEY not in "".join(told) + page.content()


def test_runs_are_listed_opened_and_compared(open_page: OpenPage, served: tuple[str, Assistant], grave: Grave) -> None:
    page = open_page(f"{served[0]}/evaluation")
    page.get_by_role("rowheader", name="one").wait_for()
    assert "torn.jsonl" in page.locator(".doubt").inner_text()
    assert grave(page) == []
    page.get_by_role("row").filter(has_text="one").get_by_role("link", name="Open").click()
    page.frame_locator("iframe[name=source]").get_by_role("heading", name="drafts").wait_for()
    for label in ("Compare", "with"):
        page.get_by_label(label, exact=True).click()
        page.get_by_role("option").filter(has_text="one" if label == "Compare" else "two").click()
    page.get_by_role("button", name="Compare").click()
    page.locator("#differences .notice").wait_for()


def test_a_suite_is_started_and_stopped(open_page: OpenPage, served: tuple[str, Assistant]) -> None:
    page = open_page(f"{served[0]}/evaluation")
    page.get_by_role("button", name="Run it").click()
    page.get_by_text("samples running").wait_for()
    page.locator("#jobs").get_by_role("button", name="Stop").click()
    page.get_by_text("samples stopped").wait_for()


@pytest.mark.parametrize("id", ["nothing", "..%2f..%2fcatalog.sqlite3", "0" * 16])
def test_only_what_is_listed_can_be_opened(open_page: OpenPage, served: tuple[str, Assistant], id: str) -> None:
    page = open_page(f"{served[0]}/evaluation")
    response = page.request.get(f"{served[0]}/evaluation/{id}")
    assert response.status == 404
