"""The official client of OpenAI asks OnRecord as it would ask a model, over a real server."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from listening import listening
from openai import OpenAI
from scripted import Exchange, Provider, chunk, offered_numbers, serving, slowly
from scripted import said as write
from starlette.testclient import TestClient

from assistant.answer import as_json
from assistant.endpoint import offered
from assistant.settings import Settings
from corpus.conversations import Conversations
from ui.api.answering import Answering
from ui.api.app import doors
from ui.api.desk import Desk
from ui.tokens import Tokens
from ui.web.guard import Guard

TAXES = "What did Councillor Abara say about taxes?"
WALL = "What did Ines Falk tell Radio Nord about the sea wall?"


@pytest.fixture(scope="module")
def url(desk: Desk) -> Iterator[str]:
    with listening(Guard(doors(desk))) as url:
        yield f"{url}/v1"


@pytest.fixture(scope="module")
def model(url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def closed_url(desk: Desk, tokens: tuple[Path, dict[str, str]]) -> Iterator[str]:
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False)
    with listening(Guard(doors(behind), hosts=None)) as url:
        yield f"{url}/v1"


def said(question: str, *before: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "onrecord", "messages": [*before, {"role": "user", "content": question}], **more}


def test_an_answer_has_its_sources_as_text_and_whole_as_json(model: OpenAI, desk: Desk) -> None:
    done = model.chat.completions.create(**said(TAXES, {"role": "system", "content": "Be brief."}, temperature=0.2))
    message = done.choices[0].message
    assert (message.role, done.choices[0].finish_reason, done.model) == ("assistant", "stop", "onrecord")
    assert (message.content or "").split("\n\n") == [
        '"We will not raise taxes for it," said Councillor Abara. [1]',
        "Sources:",
        "- [1] Councillor Abara (said) - Harbour Post, 4 May 2021, A new school: "
        '"We will not raise taxes for it," said Councillor Abara.',
    ]
    asked = as_json(desk.assistant.ask(TAXES))
    answer = message.model_extra["onrecord"]  # type: ignore[index]
    untimed = {name: value for name, value in answer.items() if name != "timings"}
    assert untimed == json.loads(json.dumps({name: asked[name] for name in untimed}))
    assert done.usage and done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens


def test_a_stream_says_the_same_statement_by_statement(model: OpenAI) -> None:
    whole = model.chat.completions.create(**said(TAXES)).choices[0].message
    chunks = [*model.chat.completions.create(**said(TAXES), stream=True, stream_options={"include_usage": True})]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole.content
    *_, last, used = chunks
    assert last.choices[0].finish_reason == "stop"
    assert last.choices[0].delta.model_extra["onrecord"]["text"] == whole.model_extra["onrecord"]["text"]  # type: ignore[index]
    assert [chunk.usage is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert used.usage and used.usage.completion_tokens > 0


def test_the_clients_own_gathering_of_a_stream_keeps_the_answer(model: OpenAI) -> None:
    with model.chat.completions.stream(**said(TAXES)) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.model_extra["onrecord"]["status"] == "answered"  # type: ignore[index]


def test_a_follow_up_leans_on_the_messages_that_are_sent_again(model: OpenAI) -> None:
    first = model.chat.completions.create(**said(WALL)).choices[0].message
    before = [{"role": "user", "content": WALL}, first.model_dump()]
    then = model.chat.completions.create(**said("And when did she say that?", *before)).choices[0].message
    answer = then.model_extra["onrecord"]  # type: ignore[index]
    assert "Ines Falk" in answer["query"]
    assert f"(asked as: {answer['query']})" in (then.content or "")


def test_a_question_that_is_put_right_is_asked_as_it_stands(model: OpenAI) -> None:
    before = [{"role": "user", "content": WALL}, {"role": "assistant", "content": "It had failed. [1]"}]
    for question in ("And the ferry?", "= And the ferry?"):
        message = model.chat.completions.create(**said(question, *before)).choices[0].message
        answer = message.model_extra["onrecord"]  # type: ignore[index]
        assert answer["question"] == "And the ferry?"
        assert (answer["query"] == "And the ferry?") == question.startswith("=")


@pytest.mark.parametrize(
    ("given", "status", "kind", "told"),
    [
        ({"model": "gpt-5"}, 404, openai.NotFoundError, "There is no model 'gpt-5'"),
        ({"messages": []}, 400, openai.BadRequestError, "#/messages"),
        ({"messages": [{"role": "assistant", "content": "Yes."}]}, 400, openai.BadRequestError, "has to be user"),
        ({"messages": [{"role": "user", "content": " "}]}, 400, openai.BadRequestError, "the question is empty"),
        ({"messages": [{"role": "user", "content": "x" * 2001}]}, 400, openai.BadRequestError, "Ask it shorter"),
        ({"n": 2}, 400, openai.BadRequestError, "#/n:"),
        ({"extra_body": {"onrecord": {"colour": "red"}}}, 400, openai.BadRequestError, "#/onrecord/colour"),
        ({"extra_body": {"onrecord": {"as_of": "soon"}}}, 400, openai.BadRequestError, "'soon' is no date"),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_what_cannot_be_answered_is_the_error_that_the_client_knows(
    model: OpenAI, streams: bool, given: dict[str, Any], status: int, kind: type[openai.APIStatusError], told: str
) -> None:
    with pytest.raises(kind, match=re.escape(told)) as raised:
        model.chat.completions.create(**{**said(TAXES), **given}, stream=streams)
    assert raised.value.status_code == status
    assert raised.value.type == "invalid_request_error"
    problem = raised.value.response.json()
    assert (problem["status"], raised.value.response.headers["content-type"]) == (status, "application/problem+json")


def test_what_is_not_text_is_refused_and_pieces_of_text_are_joined(model: OpenAI) -> None:
    parts = [{"type": "text", "text": "What did Councillor Abara say"}, {"type": "text", "text": "about taxes?"}]
    message = model.chat.completions.create(**said(parts)).choices[0].message  # type: ignore[arg-type]
    assert message.model_extra["onrecord"]["question"] == TAXES  # type: ignore[index]
    picture = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]
    with pytest.raises(openai.BadRequestError, match="#/messages/0/content: only text is read here"):
        model.chat.completions.create(**said(picture))  # type: ignore[arg-type]


def test_a_question_is_limited_by_the_filters_that_are_sent(model: OpenAI) -> None:
    limits = {"onrecord": {"to": "2021-06", "outlets": ["Harbour Post"]}}
    answer = model.chat.completions.create(**said("What did the storm flood?"), extra_body=limits).choices[0].message
    told = answer.model_extra["onrecord"]  # type: ignore[index]
    assert (told["status"], told["filters"]["to"], told["searched"]) == ("abstained", "2021-06-30", 1)


def test_the_models_are_listed(model: OpenAI) -> None:
    assert [found.id for found in model.models.list()] == ["onrecord", "onrecord-quote"]
    assert model.models.retrieve("onrecord-quote").owned_by == "onrecord"
    with pytest.raises(openai.NotFoundError, match="There is no model"):
        model.models.retrieve("gpt-5")


def test_a_token_is_the_clients_key(closed_url: str, tokens: tuple[Path, dict[str, str]]) -> None:
    def client(key: str) -> OpenAI:
        return OpenAI(base_url=closed_url, api_key=key, max_retries=0)

    assert client(tokens[1]["ned"]).models.list().data
    with pytest.raises(openai.AuthenticationError, match="not one of the server's"):
        client("onrecord_forged").chat.completions.create(**said(TAXES))
    with pytest.raises(openai.PermissionDeniedError, match="may not read"):
        client(tokens[1]["wim"]).chat.completions.create(**said(TAXES))


def test_too_many_at_once_is_the_error_that_is_tried_again(desk: Desk) -> None:
    full = replace(desk, answering=Answering(most=0))
    with TestClient(Guard(doors(full)), base_url="http://127.0.0.1:7860") as client:
        for streams in (False, True):
            refused = client.post("/v1/chat/completions", json=said(TAXES, stream=streams))
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert refused.json()["error"]["type"] == "server_error"


def test_what_is_too_long_or_too_often_is_the_error_that_the_client_knows(
    model: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(openai.APIStatusError, match="body is too long") as raised:
        model.chat.completions.create(**said("x" * 10**6))
    assert raised.value.status_code == 413
    monkeypatch.setattr("ui.api.limits.EACH", 0)
    with pytest.raises(openai.RateLimitError, match="your requests are under way"):
        model.models.list()


def test_elsewhere_a_problem_has_no_error_of_openai(client: TestClient) -> None:
    assert "error" not in client.get("/api/v1/nothing").json()
    assert client.get("/v1/embeddings").json()["error"]["message"] == "Not Found"


def test_this_door_keeps_nothing(model: OpenAI, desk: Desk) -> None:
    before = desk.assistant.library.catalog.generation()
    model.chat.completions.create(**said(TAXES))
    assert Conversations(desk.assistant.library.catalog).list() == []
    assert desk.assistant.library.catalog.generation() == before


def test_another_client_finds_the_models(url: str) -> None:
    assert offered(Settings(model_url=url)) == (url, ["onrecord", "onrecord-quote"])


def test_the_client_for_event_loops_is_answered(url: str) -> None:
    async def ask() -> list[str | None]:
        async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:
            stream = await client.chat.completions.create(**said(TAXES), stream=True)
            return [chunk.choices[0].delta.content async for chunk in stream]

    assert "We will not raise taxes" in "".join(filter(None, asyncio.run(ask())))


@contextmanager
def written_by(desk: Desk, provider: Provider) -> Iterator[OpenAI]:
    """Give a client of a door whose answers a language model writes."""
    assistant = copy(desk.assistant)
    assistant.settings = Settings(home=assistant.settings.home, engine="scripted", model_url=provider.url)
    with listening(Guard(doors(replace(desk, assistant=assistant, answering=Answering())))) as url:
        yield OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def cited(exchange: Exchange) -> str:
    """Write of the first sentence offered that speaks of taxes, and of prison, which none does."""
    number = next(number for number, text in offered_numbers(exchange.prompt).items() if "taxes" in text)
    return f"Councillor Abara said taxes will not be raised. [{number}] He went to prison. [{number}]"


def test_what_a_model_writes_is_told_with_what_its_sources_lack(desk: Desk) -> None:
    with serving(write(cited)) as provider, written_by(desk, provider) as client:
        message = client.chat.completions.create(**said(TAXES)).choices[0].message
        chunks = client.chat.completions.create(**said(TAXES), stream=True)
        content = "".join(one.choices[0].delta.content or "" for one in chunks)
    answer = message.model_extra["onrecord"]  # type: ignore[index]
    assert (answer["engine"], answer["model"], answer["usage"]["prompt_tokens"]) == ("write", "scripted", 321)
    assert "He went to prison. [1]\n(not supported: " in (message.content or "")
    assert content == message.content


def test_where_the_model_fails_the_sources_answer_and_the_reason_is_told(desk: Desk) -> None:
    with serving(write("Nothing is cited here.")) as provider, written_by(desk, provider) as client:
        message = client.chat.completions.create(**said(TAXES)).choices[0].message
        told = [*client.chat.completions.create(**said(TAXES), stream=True)]
        quoted = client.chat.completions.create(**{**said(TAXES), "model": "onrecord-quote"}).choices[0].message
    assert message.model_extra["onrecord"]["status"] == "failed"  # type: ignore[index]
    assert (message.content or "").startswith("The language model failed. ")
    assert "In the sources' own words:\n\n\"We will not raise taxes" in (message.content or "")
    assert quoted.model_extra["onrecord"]["status"] == "answered"  # type: ignore[index]
    assert len(provider.asked) == 2  # onrecord-quote asks no model
    streamed = "".join(one.choices[0].delta.content or "" for one in told)
    assert streamed == f"Nothing is cited here.\n(not supported: it cites no sentence)\n\n{message.content}"


def trickling(exchange: Exchange) -> None:
    """Reply a word at a time for ten seconds."""
    exchange.start()
    for _ in range(200):
        exchange.send(chunk("word "))
        time.sleep(0.05)


@pytest.mark.parametrize("streams", [True, False])
def test_whoever_hangs_up_is_worked_for_no_longer(desk: Desk, streams: bool) -> None:
    with serving(trickling) as provider, written_by(desk, provider) as client:
        if streams:
            stream = client.chat.completions.create(**said(TAXES), stream=True)
            assert next(iter(stream)).choices[0].delta.role == "assistant"
            stream.close()
        else:
            with pytest.raises(openai.APITimeoutError):
                client.chat.completions.create(**said(TAXES), timeout=1)
        assert provider.hung_up.wait(15)


def test_while_a_model_is_silent_the_line_is_kept_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.api.chat.KEEP_ALIVE_S", 0.05)
    with serving(slowly(0.5)) as provider, written_by(desk, provider) as client:
        sent = httpx.post(f"{client.base_url}chat/completions", json=said(TAXES, stream=True), timeout=30).text
    events = sent.strip().split("\n\n")
    assert events.count(": still at work") >= 2
    assert events[-1] == "data: [DONE]"
    assert all(event.startswith(("data: ", ": ")) for event in events)


@pytest.mark.parametrize("content", ["A", ["A"], 5, {"a": [None]}, "\ud800", None, True, [[]], "\x00"])
def test_what_is_sent_instead_of_messages_is_refused_and_breaks_nothing(client: TestClient, content: object) -> None:
    for sent in (
        content,
        {"model": content, "messages": content},
        {"model": "onrecord", "messages": [{"role": "user", "content": content}], "stream": content},
        {"model": "onrecord", "messages": [{"role": "user", "content": TAXES}], "onrecord": {"tags": {"a": content}}},
    ):
        answer = client.post(
            "/v1/chat/completions", content=json.dumps(sent), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
