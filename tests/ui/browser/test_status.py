"""The page of the status: what answers, what is set and from where, and no secret in any byte of it."""

import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from assistant.settings import changed, load_settings, settings_shown
from corpus.errors import SettingsError

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEY = "sk-very-secret"


def test_the_status_is_shown_and_what_is_set_holds_for_the_next_question(
    open_page: OpenPage, new_assistant: NewAssistant, grave: Callable[["Page"], list[str]]
) -> None:
    with closing(new_assistant(model_key=KEY)) as assistant, serving(assistant) as url:
        page = open_page(f"{url}/status")
        page.get_by_role("rowheader", name="model_key").wait_for()
        assert page.get_by_role("row").filter(has_text="model_key").inner_text().split("\t")[1] == "set"
        assert grave(page) == []
        page.get_by_label("Strictness, 0 to 1").fill("7")
        page.get_by_role("button", name="Apply").click()
        page.locator(".notice.failed").get_by_text("strictness").wait_for()
        assert assistant.settings.strictness == 0.22
        page.get_by_label("Strictness, 0 to 1").fill("0.5")
        page.get_by_role("button", name="Apply").click()
        page.get_by_text("Applied").wait_for()
        assert assistant.settings.strictness == 0.5
        page.get_by_role("button", name="Examine it").click()
        page.get_by_text("The library is sound.").wait_for()
        assert KEY not in page.content()
        assert KEY not in urllib.request.urlopen(f"{url}/status").read().decode()


def test_each_setting_says_where_its_value_comes_from_and_no_secret_is_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "onrecord.toml").write_text("k = 20\nstrictness = 0.4\n")
    monkeypatch.setenv("ONRECORD_STRICTNESS", "0.3")
    monkeypatch.setenv("ONRECORD_MODEL_KEY", KEY)
    monkeypatch.setenv("ONRECORD_MODEL_URL", "http://token@model.example/v1?key=abc")
    shown = {row.name: (row.value, row.origin) for row in settings_shown(load_settings(home=home, engine="m"))}
    assert shown["k"] == ("20", "file onrecord.toml")
    assert shown["strictness"] == ("0.3", "environment ONRECORD_STRICTNESS")
    assert shown["engine"] == ("m", "flag")
    assert shown["encoder"][1] == "default"
    assert shown["model_key"] == ("set", "environment ONRECORD_MODEL_KEY")
    assert shown["model_url"][0] == "http://model.example/v1?***"


def test_a_changed_setting_is_checked_and_the_rest_is_kept(home: Path) -> None:
    before = load_settings(home=home, k=20)
    after = changed(before, "the page", strictness=0.5)
    assert (after.k, after.strictness, before.strictness) == (20, 0.5, 0.22)
    assert {row.name: row.origin for row in settings_shown(after)}["strictness"] == "the page"
    for wrong in ({"k": 0}, {"k": None}, {"strictness": 2}, {"engine": ""}):
        with pytest.raises(SettingsError, match="Nothing was changed"):
            changed(before, "the page", **wrong)
