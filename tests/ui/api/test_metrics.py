"""What Prometheus is told, read by its own parser."""

from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from ui.api.desk import Desk
from ui.api.requests import heard

QUESTION = "What did Councillor Abara say about taxes?"


def scraped(client: TestClient, **given: dict[str, str]) -> dict[tuple[str, ...], float]:
    """Return the value of each sample, by its name and its labels' values."""
    answer = client.get("/metrics", **given)  # type: ignore[arg-type]
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


@pytest.fixture
def counted(desk: Desk) -> Iterator[None]:
    desk.assistant.heard = heard(desk.metrics, log_questions=False)
    yield
    desk.assistant.heard = lambda answer: None


@pytest.mark.usefixtures("counted")
def test_what_was_asked_and_answered_is_counted(client: TestClient) -> None:
    before = scraped(client)
    for _ in range(3):
        client.post("/api/v1/ask", json={"question": QUESTION})
    client.get("/api/v1/conversations/canary-1")
    client.get("/api/v1/canary-2")
    after = scraped(client)

    def more(*named: str) -> float:
        return after[named] - before.get(named, 0)

    asked = ("api", "POST", "/api/v1/ask")
    assert more("onrecord_requests_total", *asked, "200") == more("onrecord_request_seconds_count", *asked) == 3
    assert more("onrecord_questions_total", "answered") == more("onrecord_question_seconds_count") == 3
    assert more("onrecord_requests_total", "api", "GET", "-", "404") == 1
    assert 0 < more("onrecord_question_seconds_sum") < more("onrecord_request_seconds_sum", *asked)
    assert not any("canary" in label for named in after for label in named)


def test_the_state_of_the_library_is_told(client: TestClient, desk: Desk) -> None:
    told = scraped(client)
    catalog = desk.assistant.library.catalog
    assert (told["onrecord_documents",], told["onrecord_passages",]) == catalog.count() == (3, 4)
    assert told["onrecord_generation",] == catalog.generation()
    assert told["onrecord_answering",] == told["onrecord_answering_waiting",] == told["onrecord_jobs", "running"] == 0
    assert told["process_resident_memory_bytes",] > 10**7 and told["process_cpu_seconds_total",] > 0


def test_whoever_may_read_may_watch(closed: TestClient, bearer: dict[str, dict[str, str]]) -> None:
    assert [closed.get("/metrics", headers=bearer.get(name, {})).status_code for name in ("", "wim", "ned")] == [
        401,
        403,
        200,
    ]


def test_a_method_or_path_that_nobody_wrote_makes_no_label(client: TestClient) -> None:
    for path in ("/api/x", "/v1/y", "/mcpz", "/etc/passwd"):
        client.request("CANARY", path)
    requests = [named for named in scraped(client) if named[0] == "onrecord_requests_total" and "other" in named]
    assert {named[1:4] for named in requests} == {(door, "other", "-") for door in ("api", "v1", "page")}
