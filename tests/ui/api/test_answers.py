"""Searching and asking over REST: the JSON of the command, events while it is made, and what is refused."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from assistant.answer import as_json
from corpus.conversations import Conversations
from ui.api.desk import Desk
from ui.output import passages_json

PROBLEM = "application/problem+json"
QUESTION = "When was the harbour bridge closed?"
ASK, SEARCH = "/api/v1/ask", "/api/v1/search"
JSON = {"Content-Type": "application/json"}


def events(text: str) -> list[tuple[str, Any]]:
    """Return the events of a stream, each with its JSON."""
    told = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in told]


def steady(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in ("timings", "conversation")}


def test_an_answer_is_what_the_command_prints(client: TestClient, desk: Desk) -> None:
    answer = client.post(ASK, json={"question": QUESTION})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert steady(answer.json()) == json.loads(json.dumps(steady(as_json(desk.assistant.ask(QUESTION)))))
    assert answer.json()["conversation"] is None


def test_a_search_is_what_the_command_prints(client: TestClient, desk: Desk) -> None:
    found = client.post(SEARCH, json={"query": "harbour bridge", "k": 2}).json()
    rows = passages_json(desk.assistant.retriever.search("harbour bridge", 2), desk.assistant.library)
    assert found == {"query": "harbour bridge", "count": 2, "searched": 3, "undated_left_out": 0, "passages": rows}
    assert client.get(SEARCH, params={"query": "harbour bridge", "k": 2}).json() == found


def test_filters_limit_what_is_searched(client: TestClient) -> None:
    limited = {"query": "school", "from": "2021-05", "outlets": ["Harbour Post"]}
    assert client.post(SEARCH, json=limited | {"to": "2021-05"}).json()["searched"] == 1
    assert client.get(SEARCH, params={"query": "school", "from": "2021-05"}).json()["searched"] == 2
    answer = client.post(ASK, json={"question": QUESTION, "as_of": "2020"}).json()
    assert (answer["status"], answer["reason"]["code"], answer["as_of"]) == ("abstained", "no_documents", "2020-12-31")
    assert answer["filters"] == {"undated_left_out": 1}


def test_settings_of_one_question_are_its_own(client: TestClient, desk: Desk) -> None:
    usual = client.post(ASK, json={"question": QUESTION}).json()
    few = client.post(ASK, json={"question": QUESTION, "k": 1, "strict": True, "engine": "quote"}).json()
    assert (len(usual["passages"]), len(few["passages"])) == (4, 1)
    assert few["settings_hash"] != usual["settings_hash"] == desk.assistant.settings.hash()


def test_a_query_put_right_is_searched_as_it_stands(client: TestClient) -> None:
    answer = client.post(ASK, json={"question": "And its cost?", "query": "What will the repairs cost?"}).json()
    assert (answer["question"], answer["query"]) == ("And its cost?", "What will the repairs cost?")


@pytest.mark.parametrize("how", ["body", "header"])
def test_an_answer_comes_as_events(client: TestClient, how: str) -> None:
    body, headers = {"question": QUESTION}, {}
    if how == "body":
        body |= {"stream": True}
    else:
        headers = {"Accept": "text/event-stream"}
    answer = client.post(ASK, json=body, headers=headers)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    told = events(answer.text)
    names = [name for name, _ in told]
    assert (names[0], names[-1], set(names[1:-1])) == ("looking", "answer", {"statement"})
    assert set(told[0][1]["documents"][0]) == {"id", "title", "source", "outlet", "published"}
    said = [{**data, "citations": data["citations"]} for name, data in told if name == "statement"]
    whole = told[-1][1]
    assert said == [{k: v for k, v in one.items() if k not in ("start", "end")} for one in whole["statements"]]
    assert steady(whole) == steady(client.post(ASK, json={"question": QUESTION, "stream": False}).json())


def test_what_is_refused_is_refused_before_a_stream_begins(client: TestClient, desk: Desk) -> None:
    gone = client.post(ASK, json={"question": QUESTION, "stream": True, "conversation": "0" * 12})
    assert (gone.status_code, gone.headers["content-type"]) == (404, PROBLEM)
    desk.answering.under_way += 100
    try:
        for stream in (True, False):
            full = client.post(ASK, json={"question": QUESTION, "stream": stream})
            assert (full.status_code, full.headers["content-type"]) == (503, PROBLEM)
            assert full.headers["retry-after"] == "5"
    finally:
        desk.answering.under_way -= 100


def test_an_error_within_a_stream_is_its_last_event(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("ui.api.asking._keep", broken)
    told = events(client.post(ASK, json={"question": QUESTION, "stream": True}).text)
    name, problem = told[-1]
    assert (name, problem["status"], "secret" in problem["detail"]) == ("error", 500, False)


def test_a_conversation_is_its_users_and_gives_follow_ups_their_meaning(
    closed: TestClient, bearer: dict[str, dict[str, str]], desk: Desk
) -> None:
    first = closed.post(ASK, json={"question": QUESTION, "conversation": "new"}, headers=bearer["mara"]).json()
    id = first["conversation"]
    asked = {"question": "How much will its repairs cost?", "conversation": id}
    second = events(closed.post(ASK, json=asked | {"stream": True}, headers=bearer["mara"]).text)[-1][1]
    assert second["query"] == "How much will its repairs cost? (harbour bridge closed)"
    assert second["conversation"] == id
    kept = Conversations(desk.assistant.library.catalog, "mara").read(id)
    assert [turn.question for turn in kept.turns] == [QUESTION, asked["question"]]
    assert closed.post(ASK, json=asked, headers=bearer["ned"]).status_code == 404
    assert len(Conversations(desk.assistant.library.catalog, "mara").read(id).turns) == 2


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{", 400, "no JSON"),
        (b"[" * 100_000, 400, "nested too deep"),
        (b'{"question": "Why?", "question": "Who?"}', 400, "stands twice"),
        (b'{"question": "Why?", "k": NaN}', 400, "NaN is no number"),
        (b'{"question": "Why?", "k": 1' + b"0" * 5_000 + b"}", 400, "no JSON"),
        (b'{"question": "\\ud800"}', 400, "surrogate"),
        (b'{"\\ud800": 1}', 400, "surrogate"),
        (b'{"question": "\xff"}', 400, "UTF-8"),
        (b"[]", 422, "#"),
        (b"{}", 422, "#/question: it is missing"),
        (b'{"question": 7}', 422, "#/question: it must be a text"),
        (b'{"question": "?!"}', 422, "no words to look for"),
        (b'{"question": "Why?", "k": 1e400}', 422, "#/k"),
        (b'{"question": "Why?", "k": 101}', 422, "#/k"),
        (b'{"question": "Why?", "k": true}', 422, "#/k"),
        (b'{"question": "Why?", "as_of": "2021-02-30"}', 422, "#/as_of"),
        (b'{"question": "Why?", "as_of": "66"}', 422, "#/as_of"),
        (b'{"question": "Why?", "tags": "harbour"}', 422, "#/tags: it must be a list"),
        (b'{"question": "Why?", "tags": [["x"]]}', 422, "#/tags/0: it must be a text"),
        (b'{"question": "Why?", "a/b": 1}', 422, "#/a~1b: nothing of this name is known here"),
        (b'{"question": "Why?", "conversation": "../etc"}', 422, "#/conversation"),
        (b'{"question": "Why?", "engine": "gpt"}', 422, "#/engine"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(client: TestClient, body: bytes, status: int, told: str) -> None:
    answer = client.post(ASK, content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert told in answer.json()["detail"]


def test_another_kind_of_body_is_refused(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonx"):
        answer = client.post(ASK, content=b'{"question": "Why?"}', headers={"Content-Type": kind})
        assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)


def test_odd_characters_are_asked_as_they_are(client: TestClient) -> None:
    for odd in ("bridge\0", "bridge \U0001f309", "橋", "bridge \u202e"):
        assert client.post(ASK, json={"question": odd}).status_code == 200
