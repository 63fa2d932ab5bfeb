import pytest
from starlette.testclient import TestClient

from ui.api.app import is_door

PROBLEM = "application/problem+json"


def test_health_needs_no_token(client: TestClient, closed: TestClient) -> None:
    for each in (client, closed):
        answer = each.get("/health")
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("GET", "/v1", 404), ("DELETE", "/health", 405)]
)
def test_what_is_not_there_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status


def test_a_page_of_another_site_may_not_call(client: TestClient) -> None:
    answer = client.get("/health", headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)


def test_a_name_that_was_pointed_at_this_machine_is_refused(client: TestClient) -> None:
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 403


def test_only_whole_names_are_doors() -> None:
    assert [
        path for path in ("/v1", "/v1/models", "/v10", "/api", "/apis", "/", "/mcp", "/library") if is_door(path)
    ] == [
        "/v1",
        "/v1/models",
        "/api",
        "/mcp",
    ]
