"""Evidence packs taken from the page: by whom the conversation belongs to, as the command line has them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from assistant.assistant import Assistant
from assistant.evidence import read_pack
from assistant.settings import Settings
from corpus.conversations import Conversations
from index.encoder import Encoder
from ui.markdown import conversation_markdown
from ui.web.auth import SIGNED_IN
from ui.web.keeping import kept, place
from ui.web.packs import add_packs, taking
from ui.web.render import Turn


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


@pytest.fixture
def client(assistant: Assistant) -> Iterator[TestClient]:
    """Return a client of the routes; it names itself by a header, which stands for the gate."""
    server = FastAPI()
    add_packs(server, assistant.library.catalog)

    @server.middleware("http")
    async def gate(request: Request, call_next):  # type: ignore[no-untyped-def]
        request.scope[SIGNED_IN] = request.headers.get("user")
        return await call_next(request)

    with TestClient(server) as client:
        yield client


def test_a_pack_is_what_the_command_line_exports(assistant: Assistant, client: TestClient, tmp_path: Path) -> None:
    catalog = assistant.library.catalog
    turn, _ = kept(catalog, "local", [], Turn("q", assistant.ask("When was the harbour bridge closed?")))
    id = place([turn]) or ""
    taken = client.get(f"/pack/{id}.json")
    assert taken.headers["content-disposition"] == f'attachment; filename="onrecord-{id}.json"'
    (tmp_path / "pack.json").write_text(taken.text)
    conversation = Conversations(catalog).read(id)
    assert read_pack(tmp_path / "pack.json") == conversation
    assert json.loads(taken.text)["turns"][0]["answer"]["citations"]
    taken = client.get(f"/pack/{id}.md")
    assert taken.text == conversation_markdown(conversation, catalog).rstrip("\n") + "\n"
    assert taken.headers["content-type"] == "text/markdown; charset=utf-8"


def test_a_pack_is_its_owners_alone(assistant: Assistant, client: TestClient) -> None:
    catalog = assistant.library.catalog
    turn, _ = kept(catalog, "mara", [], Turn("q", assistant.ask("When was the harbour bridge closed?")))
    id = place([turn]) or ""
    for kind in ("md", "json"):
        assert client.get(f"/pack/{id}.{kind}", headers={"user": "mara"}).status_code == 200
        for user in ({"user": "ines"}, {}):
            refused = client.get(f"/pack/{id}.{kind}", headers=user)
            assert (refused.status_code, refused.text) == (404, "There is no such conversation.\n")
        for forged in (id[:6], "0" * 12, f"..%2f{id}", f"{id}%00", "%25"):
            assert client.get(f"/pack/{forged}.{kind}", headers={"user": "mara"}).status_code == 404
    Conversations(catalog, "mara").discard(id)
    assert client.get(f"/pack/{id}.md", headers={"user": "mara"}).status_code == 404


def test_what_a_pack_holds_is_told_before_it_is_taken(assistant: Assistant) -> None:
    catalog = assistant.library.catalog
    assert taking([]) == taking([Turn("q", error="No such date.")]) == ""
    turns: list[Turn] = []
    for question in ("When was the harbour bridge closed?", "Who won the chess championship in Reykjavik?"):
        turns.append(kept(catalog, "local", turns, Turn(question, assistant.ask(question)))[0])
    cited = turns[0].answer.citations if turns[0].answer else ()
    said = taking(turns)
    assert f"2 questions with their answers as given, and {len(cited)} quotation" in said
    assert f'href="/pack/{place(turns)}.md"' in said
