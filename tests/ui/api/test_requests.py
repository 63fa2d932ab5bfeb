import json
import logging

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from ui.api.metrics import Metrics
from ui.api.problems import told_as_problems
from ui.api.requests import Requests
from ui.logs import FIELDS

URL = "http://127.0.0.1:7860"


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [getattr(record, FIELDS) for record in caplog.records if record.getMessage() == "request"]


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "onrecord")


@pytest.mark.parametrize("given", ["abc-1.2:3_X", "x" * 64])
def test_an_id_that_is_sane_is_taken_and_sent_back(client: TestClient, given: str) -> None:
    answer = client.get("/api/v1/nothing", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", '{"x":1}', "ä"])
def test_any_other_request_is_given_one(client: TestClient, given: str) -> None:
    ids = {client.get("/health", headers={"X-Request-ID": given.encode()}).headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2 and given not in ids


def test_a_refusal_has_an_id_too(client: TestClient) -> None:
    answer = client.get("/health", headers={"Origin": "http://evil.example"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_a_request_is_told_by_its_route_and_its_user(
    closed: TestClient, bearer: dict[str, dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    closed.get("/api/v1/search?query=canary", headers=bearer["ned"])
    closed.get("/api/v1/documents/canary/none/of/these")
    first, second = told(caplog)
    assert {**first, "ms": 0, "bytes": 0} == {
        "method": "GET",
        "route": "/api/v1/search",
        "status": 200,
        "ms": 0,
        "bytes": 0,
        "user": "ned",
    }
    assert (second["route"], second["status"], second["user"]) == ("-", 404, None)
    assert "canary" not in json.dumps([first, second])


def test_a_crash_is_told_with_the_id_that_the_program_gets(caplog: pytest.LogCaptureFixture) -> None:
    async def crash(request: Request) -> Response:
        raise ZeroDivisionError

    app = FastAPI()
    app.add_route("/v1/x", crash)
    told_as_problems(app)
    with TestClient(Requests(app, Metrics()), base_url=URL, raise_server_exceptions=False) as client:
        answer = client.get("/v1/x")
    assert (answer.status_code, answer.json()["request_id"]) == (500, answer.headers["x-request-id"])
    assert told(caplog)[0]["status"] == 500
