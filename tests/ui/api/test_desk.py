from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from starlette.testclient import TestClient

from ui.api.desk import Desk
from ui.api.problems import Problem, told_as_problems
from ui.tokens import HERE, Caller, Tokens

URL = "http://127.0.0.1:7860"


@pytest.fixture
def doors(desk: Desk, tokens: tuple[Path, dict[str, str]]) -> TestClient:
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False)
    api = FastAPI()
    told_as_problems(api)

    @api.get("/read")
    def read(caller: Annotated[Caller, Depends(behind.reader())]) -> str:
        return caller.name

    @api.get("/write")
    def write(caller: Annotated[Caller, Depends(behind.writer())]) -> str:
        return caller.name

    return TestClient(api, base_url=URL)


def test_a_token_is_let_in_for_its_user(doors: TestClient, bearer: dict[str, dict[str, str]]) -> None:
    assert doors.get("/read", headers=bearer["ned"]).json() == "ned"
    assert doors.get("/write", headers=bearer["mara"]).json() == "mara"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "Bearer"),
        ({"Authorization": "Bearer onrecord_nobody"}, 'Bearer error="invalid_token"'),
        ({"Authorization": "Basic bWFyYTp4"}, "Bearer"),
        ({"Authorization": "Bearer"}, "Bearer"),
    ],
)
def test_without_a_token_of_the_file_nobody_is_let_in(doors: TestClient, headers: dict[str, str], told: str) -> None:
    answer = doors.get("/read", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, told)
    assert "onrecord token" in answer.json()["detail"]


def test_a_token_may_do_what_its_scopes_say(doors: TestClient, bearer: dict[str, dict[str, str]]) -> None:
    for name, path in (("ned", "/write"), ("wim", "/read")):
        answer = doors.get(path, headers=bearer[name])
        assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")


def test_a_server_that_asks_nobody_takes_anybody(desk: Desk) -> None:
    assert desk.caller(None) == HERE


def test_a_page_with_passwords_and_no_tokens_lets_no_program_in(desk: Desk) -> None:
    with pytest.raises(Problem, match="takes no tokens"):
        replace(desk, is_open=False).caller("Bearer x")
