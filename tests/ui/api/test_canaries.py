"""Two users at once over every door and on the pages, a word of each one's own in all that they ask; 1,000 requests of it
are `python -m benchmarks.crossings`."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from articles import write_articles
from browsing import serving

from assistant.assistant import Assistant
from assistant.settings import Settings
from benchmarks.crossings import PASSWORD, WORDS, crossed, let_in
from index.encoder import Encoder
from ui.logs import log_to
from ui.tokens import Tokens
from ui.web.accounts import Accounts

KEY = "canary-model-key-9917"
DOORS = {
    "ask",
    "stream",
    "converse",
    "conversation",
    "pack",
    "chat",
    "mcp",
    "page",
    "pack on the page",
    "another's pack",
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("onrecord")
    kept = root.handlers[:], root.level, ours.level, logging.raiseExceptions
    stream = io.StringIO()
    log_to(stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:], root.level, ours.level, logging.raiseExceptions = kept


def test_nothing_of_one_user_reaches_the_other_or_the_log(tmp_path: Path, encoder: Encoder, log: io.StringIO) -> None:
    tokens = let_in(tmp_path)
    settings = Settings(home=tmp_path / "home", model_key=KEY)  # type: ignore[arg-type]
    with closing(Assistant(settings, encoder)) as assistant:
        assistant.library.add([write_articles(tmp_path / "articles")])
        with serving(assistant, accounts=Accounts(tmp_path / "users"), tokens=Tokens(tmp_path / "tokens")) as url:
            crossings = crossed(url, tokens, 1)  # every way once
        passages = [entry.title for entry in assistant.library.list()]
    assert crossings.found == []
    assert crossings.asked.keys() >= DOORS
    for door in ("converse", "conversation", "pack", "pack on the page"):
        assert crossings.own[door] > 0, door  # so the other's would have been seen
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {line["event"] for line in lines} >= {"request", "question"}
    for canary in (*WORDS.values(), *tokens.values(), PASSWORD, KEY, *passages):
        assert canary not in log.getvalue()
