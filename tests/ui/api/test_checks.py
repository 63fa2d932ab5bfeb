"""Drafts checked over REST, and who said what, as the command has them."""

import json

from starlette.testclient import TestClient

from assistant.answer import citation_json
from corpus.filters import Filters, filters_of
from ui.api.desk import Desk
from ui.draft import check_draft, draft_json, draft_of

DRAFT = "The harbour bridge was closed on 3 March 2021. Repairs will cost 50 million dollars. So there."


def test_a_draft_is_checked_as_the_command_does_it(client: TestClient, desk: Desk) -> None:
    told = client.post("/api/v1/check", json={"text": DRAFT}).json()
    assert (told["count"], sum(told["verdicts"].values())) == (2, 2)
    expected = check_draft(desk.assistant, draft_of(DRAFT).sentences, Filters())
    for sentence, (place, answer) in zip(told["sentences"], expected, strict=True):
        assert sentence | {"timings": {}} == json.loads(json.dumps(draft_json(place, answer))) | {"timings": {}}
        assert DRAFT[sentence["draft"]["start"] : sentence["draft"]["end"]] == sentence["question"]


def test_a_draft_without_sentences_has_none_to_check(client: TestClient) -> None:
    assert client.post("/api/v1/check", json={"text": "So there."}).json()["count"] == 0
    assert client.post("/api/v1/check", json={"text": "x" * 20_001}).status_code == 422


def test_quotes_are_those_of_the_command(client: TestClient, desk: Desk) -> None:
    told = client.get("/api/v1/quotes", params={"speaker": "Falk", "about": "sea wall"}).json()
    quoted = desk.assistant.quotes(filters_of({"speakers": "Falk"}), "sea wall")
    assert told["count"] == len(quoted) > 0
    assert told["quotes"] == json.loads(json.dumps([*map(citation_json, quoted)]))


def test_where_nobody_of_a_name_speaks_a_similar_one_is_told(client: TestClient) -> None:
    told = client.get("/api/v1/quotes", params={"speaker": "Councillor Abaro"}).json()
    assert (told["count"], told["similar"]) == (0, ["Councillor Abara"])
    assert client.get("/api/v1/quotes", params={"speaker": " "}).json()["errors"][0]["parameter"] == "speaker"
