"""The doors for programs over a small library, without the pages."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from articles import write_articles
from starlette.testclient import TestClient

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder
from ui.api.app import doors
from ui.api.desk import Desk
from ui.api.metrics import Metrics
from ui.api.requests import Requests
from ui.tokens import Tokens, new_token, write_tokens
from ui.web.guard import Guard
from ui.web.jobs import Jobs

URL = "http://127.0.0.1:7860"
SCOPES = {"mara": ["read", "write"], "ned": ["read"], "wim": ["write"]}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Desk]:
    """Return the desk of a server that asks nobody who they are, over a library of three articles."""
    folder = tmp_path_factory.mktemp("doors")
    with closing(Assistant(Settings(home=folder / "home"), encoder)) as assistant:
        assistant.library.add([write_articles(folder / "articles")])
        jobs = Jobs()
        yield Desk(assistant, jobs)
        jobs.close()


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[TestClient]:
    """Return a client of the open server."""
    with TestClient(Requests(Guard(doors(desk)), desk.metrics), base_url=URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return a token file and the tokens in it, by the name of their users (see SCOPES)."""
    made = {name: new_token(name, scopes) for name, scopes in SCOPES.items()}
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    write_tokens(file, {digest: caller for _, digest, caller in made.values()})
    return file, {name: token for name, (token, _, _) in made.items()}


@pytest.fixture(scope="module")
def closed(desk: Desk, tokens: tuple[Path, dict[str, str]]) -> Iterator[TestClient]:
    """Return a client of a server over the same library that asks for tokens."""
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False, metrics=Metrics())
    with TestClient(
        Requests(Guard(doors(behind), hosts=None), behind.metrics), base_url=URL, raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture(scope="module")
def bearer(tokens: tuple[Path, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return the headers of each user."""
    return {name: {"Authorization": f"Bearer {token}"} for name, token in tokens[1].items()}
