"""Conversations over REST: listed, read, renamed, deleted and restored by whom they belong to, and by nobody else."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from corpus.conversations import Conversations
from ui.api.desk import Desk

ALL = "/api/v1/conversations"
PROBLEM = "application/problem+json"
QUESTION = "When was the harbour bridge closed?"
Headers = dict[str, dict[str, str]]


@pytest.fixture
def id(desk: Desk) -> Iterator[str]:
    """Return a conversation of Mara's."""
    kept = Conversations(desk.assistant.library.catalog, "mara")
    id, _ = kept.keep(None, QUESTION, {"text": "On 3 March 2021.", "statements": [], "citations": []})
    yield id
    if any(one.id == id for one in kept.list()):
        kept.delete(id)


def test_a_list_has_the_callers_own_alone(closed: TestClient, bearer: Headers, id: str) -> None:
    listed = closed.get(ALL, headers=bearer["mara"]).json()
    assert [one["id"] for one in listed["conversations"]] == [id]
    assert (listed["count"], listed["conversations"][0]["turns"]) == (1, 1)
    assert closed.get(ALL, headers=bearer["ned"]).json() == {"count": 0, "conversations": []}
    for words, count in (("bridge marc", 1), ("ferry", 0)):
        assert closed.get(ALL, params={"search": words}, headers=bearer["mara"]).json()["count"] == count


def test_a_conversation_is_read_with_its_answers(closed: TestClient, bearer: Headers, id: str) -> None:
    read = closed.get(f"{ALL}/{id}", headers=bearer["mara"]).json()
    assert (read["title"], read["turns"][0]["question"]) == (QUESTION, QUESTION)
    assert read["turns"][0]["answer"]["text"] == "On 3 March 2021."


def test_a_conversation_is_renamed(closed: TestClient, bearer: Headers, id: str) -> None:
    renamed = closed.patch(f"{ALL}/{id}", json={"title": " The\tbridge "}, headers=bearer["mara"])
    assert (renamed.status_code, renamed.json()["title"], renamed.json()["turns"]) == (200, "The bridge", 1)
    for title in ("", " \x1c", "\x85"):
        refused = closed.patch(f"{ALL}/{id}", json={"title": title}, headers=bearer["mara"])
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/title")


def test_what_was_deleted_can_be_restored(closed: TestClient, bearer: Headers, id: str) -> None:
    mara = bearer["mara"]
    deleted = closed.delete(f"{ALL}/{id}", headers=mara)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert closed.get(f"{ALL}/{id}", headers=mara).status_code == 404
    assert closed.delete(f"{ALL}/{id}", headers=mara).status_code == 404
    assert closed.post(f"{ALL}/{id}", headers=bearer["ned"]).status_code == 404
    assert closed.post(f"{ALL}/{id}", headers=mara).json()["id"] == id
    assert closed.post(f"{ALL}/{id}", headers=mara).status_code == 404


def test_anothers_conversation_is_not_there(closed: TestClient, bearer: Headers, id: str) -> None:
    tried = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", ""), ("GET", "/pack")]
    missing = {}
    for of, name in ((id, "ned"), ("0" * 12, "mara")):
        for method, rest in tried:
            body = {"json": {"title": "Mine"}} if method == "PATCH" else {}
            headers = bearer[name] | {"X-Request-ID": "1"}
            refused = closed.request(method, f"{ALL}/{of}{rest}", headers=headers, **body)  # type: ignore[arg-type]
            assert (refused.status_code, refused.headers["content-type"]) == (404, PROBLEM)
            missing.setdefault((method, rest), set()).add(refused.text.replace(of, "ID"))
    assert all(len(told) == 1 for told in missing.values())  # nobody learns that it is there


@pytest.mark.parametrize(
    "forged", ["mara", "D88F8EA9C8FD", "0" * 11, "0" * 13, "%00" * 12, "..%2f..", "0" * 11 + "%0a"]
)
def test_a_forged_id_is_refused(client: TestClient, forged: str) -> None:
    refused = client.get(f"{ALL}/{forged}")
    assert refused.status_code in (404, 422)
    assert refused.headers["content-type"] == PROBLEM


def test_a_list_is_bounded_and_takes_nothing_unknown(client: TestClient) -> None:
    for asked in ({"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"owner": "mara"}):
        refused = client.get(ALL, params=asked)
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, next(iter(asked)))
