"""Errors as programs get them: the status, the words without folders, and what of them is logged."""

import json
import logging

import pytest

from corpus.errors import BusyError, NotFoundError, OnRecordError, SettingsError
from ui.api.problems import problem_of


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFoundError("d88f: no such document."), 404), (BusyError("later."), 503), (SettingsError("wrong."), 500)],
)
def test_an_error_has_the_status_that_says_whose_fault_it_is(
    error: OnRecordError, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    told = problem_of(error, "GET /here")
    assert (told.status_code, json.loads(bytes(told.body))["detail"]) == (status, str(error))
    assert [record.getMessage() for record in caplog.records] == ["GET /here failed"] * (status == 500)


def test_folders_of_the_machine_are_not_told() -> None:
    told = problem_of(
        SettingsError("/home/mara/my files/onrecord.toml: no such setting. See https://a.example/b/c."), ""
    )
    assert json.loads(bytes(told.body))["detail"] == "onrecord.toml: no such setting. See https://a.example/b/c."


def test_what_is_no_error_for_users_is_told_without_its_words() -> None:
    told = problem_of(KeyError("secret"), "GET /here")
    assert (told.status_code, b"secret" in told.body) == (500, False)
