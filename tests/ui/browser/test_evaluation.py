"""The page of the evaluation: runs listed, opened and compared, a suite started and stopped."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from assistant.assistant import Assistant

if TYPE_CHECKING:
    from playwright.sync_api import Page

Grave = Callable[["Page"], list[str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[tuple[str, Assistant]]:
    articles = tmp_path_factory.mktemp("articles")
    (articles / "ferry.txt").write_text("The ferry\n\nThe ferry carries 900 cars a day, its owner Ada Moor said.\n")
    with closing(new_assistant()) as assistant:
        assistant.library.add([articles])
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
        page.get_by_role("option").first.wait_for(
            state="detached"
        )  # they fade, and the next ones would stand beside them
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
