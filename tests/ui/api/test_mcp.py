"""The official client of the Model Context Protocol, over a real process and a real server."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from listening import listening
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent
from scripted import Exchange, chunk, serving
from starlette.testclient import TestClient

from assistant.settings import Settings
from corpus.conversations import Conversations
from index.library import Library
from ui.api.answering import Answering
from ui.api.app import doors
from ui.api.desk import Desk
from ui.api.tools import MOST_READ, QUOTED
from ui.tokens import Tokens
from ui.web.guard import Guard

ROOT = Path(__file__).parents[3]
TAXES = "What did Councillor Abara say about taxes?"
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
Use = Callable[[Client], Awaitable[Any]]


@pytest.fixture(scope="module")
def url(desk: Desk) -> Iterator[str]:
    with listening(Guard(doors(desk))) as url:
        yield f"{url}/mcp"


@pytest.fixture(scope="module")
def closed_url(desk: Desk, tokens: tuple[Path, dict[str, str]]) -> Iterator[str]:
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False)
    with listening(Guard(doors(behind), hosts=None)) as url:
        yield f"{url}/mcp"


def using(url: str, use: Use, token: str = "") -> Any:
    """Return what `use` does with a client that has entered."""

    async def done() -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            return await use(client)

    return anyio.run(done)


def call(url: str, name: str, **arguments: Any) -> CallToolResult:
    return using(url, lambda client: client.call_tool(name, arguments))


def command(home: Path) -> StdioServerParameters:
    """Return the command as an agent starts it."""
    return StdioServerParameters(
        command=sys.executable, args=["-m", "ui.cli", "--home", str(home), "mcp"], env={"PYTHONPATH": str(ROOT)}
    )


def innermost(error: BaseException) -> BaseException:
    """Return the one error in groups of groups."""
    return innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


def words(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_the_tools_say_that_they_only_read_and_what_they_give(url: str) -> None:
    tools = using(url, lambda client: client.list_tools()).tools
    assert [tool.name for tool in tools] == ["search", "ask", "read_document"]
    assert all(tool.annotations.read_only_hint and tool.output_schema and tool.description for tool in tools)


def test_an_answer_comes_as_text_and_as_json_with_its_place(url: str, desk: Desk) -> None:
    result = call(url, "ask", question=TAXES)
    answer = result.structured_content
    assert (result.is_error, answer["status"]) == (False, "answered")
    (citation,) = answer["citations"]
    place = citation["quoted"]
    document = desk.assistant.library.show(place["document_id"], place["version"])
    assert document.text[place["start"] : place["end"]] == place["text"]
    assert (citation["speaker"], place["outlet"], place["published"]) == (
        "Councillor Abara",
        "Harbour Post",
        "2021-05-04",
    )
    assert words(result).startswith(QUOTED)
    assert '> "We will not raise taxes for it," said Councillor Abara. [1]' in words(result).splitlines()


def test_where_the_library_is_silent_the_nearest_passages_are_named(url: str) -> None:
    answer = call(url, "ask", question="Who won the chess championship?").structured_content
    assert (answer["status"], answer["statements"], answer["citations"]) == ("abstained", [], [])
    assert "does not answer this" in answer["reason"]
    near = answer["nearest"][0]
    page = call(url, "read_document", id=near["document_id"], start=near["start"], end=near["end"]).structured_content
    assert page["quoted"]["text"] == near["text"]


def test_a_search_is_limited_and_leads_on_to_its_documents(url: str) -> None:
    found = call(
        url, "search", query="storm", k=1, **{"from": "2021-11", "outlets": ["Harbour Post"]}
    ).structured_content
    assert (found["searched"], len(found["passages"])) == (1, 1)
    page = call(url, "read_document", id=found["passages"][0]["document_id"]).structured_content
    assert "sea wall had failed" in page["quoted"]["text"]
    assert (page["length"], page["next_start"]) == (len(page["quoted"]["text"]), None)


def test_every_word_of_a_document_stands_on_a_line_that_is_marked_as_quoted(url: str, desk: Desk) -> None:
    id = call(url, "search", query="ferry", k=1).structured_content["passages"][0]["document_id"]
    for result in (call(url, "read_document", id=id), call(url, "search", query="ferry")):
        own = [line for line in words(result).splitlines() if not line.startswith(">")]
        assert own and not any("ferry" in line.lower() or "Traffic" in line for line in own)
        assert result.structured_content["note"] == QUOTED


def test_a_long_document_is_read_in_parts(desk: Desk, url: str, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("The council met again in the old hall. " * 1_500)
    (outcome,) = desk.assistant.library.add([tmp_path / "long.txt"])
    try:
        read, start = "", 0
        while start is not None:
            page = call(url, "read_document", id=outcome.document_id, start=start).structured_content
            assert len(page["quoted"]["text"]) <= MOST_READ
            read, start = read + page["quoted"]["text"], page["next_start"]
        assert read == desk.assistant.library.show(outcome.document_id or "").text
    finally:
        desk.assistant.library.remove([outcome.document_id or ""])


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("read_document", {"id": "ffffffffffff"}, "no such document"),
        ("read_document", {"id": "../../etc/passwd"}, "no such document"),
        ("read_document", {"id": "' OR 1=1 --"}, "no such document"),
        ("read_document", {"id": "f" * 65}, "id: String should have at most 64 characters"),
        ("read_document", {"id": ""}, "no such document"),
        ("search", {"query": ""}, "query: "),
        ("search", {"query": "storm", "k": 1_000}, "k: Input should be less than or equal to 20"),
        ("search", {"query": "storm", "as_of": "soon"}, "'soon' is no date"),
        ("search", {"query": "storm", "colour": "red"}, "colour: nothing of this name is known here"),
        ("ask", {}, "question: it is missing"),
        ("ask", {"question": "x" * 2_001}, "question: String should have at most 2000"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(url: str, name: str, arguments: dict[str, Any], told: str) -> None:
    result = call(url, name, **arguments)
    assert result.is_error
    assert told in words(result)


def test_a_part_that_is_not_there_is_told(url: str) -> None:
    id = call(url, "search", query="ferry", k=1).structured_content["passages"][0]["document_id"]
    for arguments in ({"start": 10_000_000}, {"start": 5, "end": 5}, {"version": 99}):
        assert call(url, "read_document", id=id, **arguments).is_error


def trickling(exchange: Exchange) -> None:
    """Reply a word at a time for ten seconds."""
    exchange.start()
    for _ in range(200):
        exchange.send(chunk("word "))
        time.sleep(0.05)


def test_an_agent_that_gives_up_is_worked_for_no_longer(desk: Desk) -> None:
    async def give_up(client: Client) -> None:
        with anyio.move_on_after(1):
            await client.call_tool("ask", {"question": TAXES})

    with serving(trickling) as provider:
        assistant = copy(desk.assistant)
        assistant.settings = Settings(home=assistant.settings.home, engine="scripted", model_url=provider.url)
        with listening(Guard(doors(replace(desk, assistant=assistant, answering=Answering())))) as url:
            using(f"{url}/mcp", give_up)
            assert provider.hung_up.wait(15)


def test_there_is_no_other_tool(url: str) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        call(url, "remove_document", id="x")
    assert "There is no tool 'remove_document'" in str(innermost(raised.value))


def test_no_tool_writes(url: str, desk: Desk) -> None:
    catalog = desk.assistant.library.catalog
    before = catalog.generation(), catalog.count(), Conversations(catalog).list()
    id = call(url, "search", query="ferry").structured_content["passages"][0]["document_id"]
    call(url, "ask", question=TAXES)
    call(url, "read_document", id=id)
    assert (catalog.generation(), catalog.count(), Conversations(catalog).list()) == before


def test_a_token_lets_in_and_no_other(closed_url: str, closed: TestClient, tokens: tuple[Path, dict[str, str]]) -> None:
    answer = using(closed_url, lambda client: client.call_tool("ask", {"question": TAXES}), tokens[1]["ned"])
    assert answer.structured_content["status"] == "answered"
    with pytest.raises(ExceptionGroup) as raised:
        using(closed_url, lambda client: client.list_tools(), "onrecord_forged")
    assert isinstance(innermost(raised.value), MCPError)
    for token, status in ((None, 401), ("onrecord_forged", 401), (tokens[1]["wim"], 403)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = closed.post("/mcp", json=PING, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_what_is_no_message_of_the_protocol_is_refused(client: TestClient) -> None:
    for method in ("GET", "DELETE"):
        assert client.request(method, "/mcp").status_code == 405
    assert client.post("/mcp", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert client.post("/mcp", json=PING, headers=headers).status_code == 403


def test_an_agent_starts_the_command_and_is_answered_over_its_streams(library: Library, articles: Path) -> None:
    library.add([articles])
    before = library.catalog.generation()

    async def use() -> tuple[CallToolResult, CallToolResult]:
        with tempfile.TemporaryFile("w+") as errors:
            async with Client(stdio_client(command(library.home), errlog=errors)) as client:
                asked = await client.call_tool("ask", {"question": TAXES})
                forged = await client.call_tool("read_document", {"id": "f" * 12})
            errors.seek(0)
            assert errors.read() == ""
            return asked, forged

    asked, forged = anyio.run(use)
    assert asked.structured_content["citations"][0]["speaker"] == "Councillor Abara"
    assert (forged.is_error, "no such document" in words(forged)) == (True, True)
    assert library.catalog.generation() == before


def test_the_command_ends_with_its_input_and_says_nothing_but_the_protocol(library: Library) -> None:
    given = command(library.home)
    with subprocess.Popen(
        [given.command, *given.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **(given.env or {})},
    ) as process:
        told, _ = process.communicate(b"no message\n" + json.dumps(PING).encode() + b"\n", 60)
    assert process.returncode == 0
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in told.splitlines())


def test_without_a_library_the_command_says_so(tmp_path: Path) -> None:
    given = command(tmp_path)
    done = subprocess.run([given.command, *given.args], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no library" in done.stderr
