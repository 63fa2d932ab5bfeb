"""Evidence packs over REST: what is taken away is what the command exports, and can be taken in again."""

import copy
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from corpus.conversations import Conversations
from ui.api.desk import Desk
from ui.api.examples import PACK
from ui.markdown import conversation_markdown

PACKS, CONVERSATIONS = "/api/v1/packs", "/api/v1/conversations"
Headers = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def id(closed: TestClient, bearer: Headers) -> str:
    """Return a conversation of Mara's."""
    asked = {"question": "When was the harbour bridge closed?", "conversation": "new"}
    return str(closed.post("/api/v1/ask", json=asked, headers=bearer["mara"]).json()["conversation"])


def taken(client: TestClient, id: str, headers: dict[str, str], format: str = "json") -> Any:
    return client.get(f"{CONVERSATIONS}/{id}/pack", params={"format": format}, headers=headers)


def test_a_pack_is_markdown_to_read_or_json_to_take_in(
    closed: TestClient, bearer: Headers, desk: Desk, id: str
) -> None:
    catalog = desk.assistant.library.catalog
    whole = conversation_markdown(Conversations(catalog, "mara").read(id), catalog).rstrip("\n") + "\n"
    assert taken(closed, id, bearer["mara"], "markdown").text == whole
    as_json = taken(closed, id, bearer["mara"])
    assert as_json.headers["content-disposition"] == f'attachment; filename="onrecord-{id}.json"'
    assert as_json.json()["onrecord"] == "conversation"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("text/markdown", "text/markdown; charset=utf-8"),
        ("text/html, */*;q=0.8", "text/markdown; charset=utf-8"),
        ("image/png", "application/problem+json"),
        ("*/*;q=0", "application/problem+json"),
    ],
)
def test_the_accept_header_chooses(closed: TestClient, bearer: Headers, id: str, accept: str, kind: str) -> None:
    found = closed.get(f"{CONVERSATIONS}/{id}/pack", headers=bearer["mara"] | {"Accept": accept})
    assert found.headers["content-type"] == kind
    assert found.status_code == (406 if "problem" in kind else 200)


def test_a_pack_that_is_taken_in_belongs_to_who_sent_it(closed: TestClient, bearer: Headers, id: str) -> None:
    pack = taken(closed, id, bearer["mara"]).json()
    again = closed.post(PACKS, json=pack, headers=bearer["mara"])
    assert (again.status_code, again.json()["id"], again.json()["new"]) == (200, id, False)
    assert again.json()["quotations"] == again.json()["standing"] > 0
    neds = closed.post(PACKS, json=pack, headers=bearer["ned"])
    assert (neds.status_code, neds.json()["new"], neds.json()["id"] == id) == (201, True, False)
    assert taken(closed, neds.json()["id"], bearer["ned"]).json()["turns"] == pack["turns"]
    assert taken(closed, neds.json()["id"], bearer["mara"]).status_code == 404


def test_quotations_that_do_not_stand_here_are_named(closed: TestClient, bearer: Headers) -> None:
    told = closed.post(PACKS, json=PACK, headers=bearer["ned"]).json()
    assert (told["quotations"], told["standing"], [one["title"] for one in told["missing"]]) == (1, 0, ["A new school"])


def test_what_is_no_pack_is_refused_as_a_whole(closed: TestClient, bearer: Headers) -> None:
    def changed(**values: object) -> dict[str, Any]:
        return copy.deepcopy(PACK) | values

    broken: dict[str, object] = changed()
    broken["turns"][0]["answer"]["citations"][0]["start"] = -1  # type: ignore[index]
    before = closed.get(CONVERSATIONS, headers=bearer["ned"]).json()
    for body, said in (
        ([], "#"),
        ({}, "no evidence pack"),
        (changed(schema=2), "its schema is 2"),
        (changed(id="../../etc"), "12 hexadecimal digits"),
        (changed(turns=[]), "no turn"),
        (changed(created_at="yesterday"), "no time in UTC"),
        (broken, ".turns[0].answer.citations[0].start is no number from 0 up"),
    ):
        refused = closed.post(PACKS, json=body, headers=bearer["ned"])
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        assert said in refused.json()["detail"]
    assert closed.get(CONVERSATIONS, headers=bearer["ned"]).json() == before


def test_whole_numbers_may_be_written_with_a_point(closed: TestClient, bearer: Headers) -> None:
    text = json.dumps(PACK).replace('"start": 76', '"start": 76.0').replace("d88f8ea9c8fd", "0123456789ab")
    headers = bearer["mara"] | {"Content-Type": "application/json"}
    assert closed.post(PACKS, content=text, headers=headers).status_code == 201


def test_a_pack_may_be_longer_than_other_bodies_but_is_bounded(closed: TestClient, bearer: Headers) -> None:
    headers = bearer["mara"] | {"Content-Type": "application/json"}
    for path, length, status in ((PACKS, 2 * 10**6, 400), (PACKS, 10**7 + 1, 413), ("/api/v1/ask", 2 * 10**6, 413)):
        assert closed.post(path, content=b"[" * length, headers=headers).status_code == status
