"""The documentation names what is there: every JSON key, command and exit code, and no file that is missing."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from typer.main import get_command

import corpus.errors
import ui.api.holdings
import ui.api.replies
from assistant.answer import Conflict, Position, Reason, Usage, as_json
from assistant.assistant import Assistant
from assistant.evidence import pack
from assistant.settings import Settings
from corpus.catalog import Entry
from corpus.conversations import Conversations, Summary
from corpus.dates import When
from corpus.filters import FILTER_KEYS, filters_of
from corpus.types import Document
from corpus.versions import Version
from corpus.visits import Followed
from index.doctor import Check
from index.encoder import Encoder
from index.ingest import Outcome
from ui.api.problems import SCHEMA
from ui.cli import INTERRUPTED, PARTIAL, app
from ui.output import AddReport, passages_json

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "evals" / "LOG.md"]
CLI_PAGE = ROOT / "docs" / "cli.md"
JSON_PAGE = (ROOT / "docs" / "json.md").read_text()
KEY_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
CODE_ROW = re.compile(r"^\| (\d+) \|([^|]*)\|", re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def keys_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from keys_in(part)


@pytest.fixture
def printed(
    home: Path, encoder: Encoder, articles: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> set[str]:
    """Return the keys of all JSON that the command prints, from documents added and questions asked."""
    assistant = Assistant(Settings(home=home), encoder)
    try:
        with AddReport(as_json=True) as report:
            monkeypatch.setattr("ui.output.EVENT_S", -1)  # so that progress is told of
            sources = [articles, articles / "missing.txt"]
            assistant.library.add(sources, ("harbour",), report.outcome, progress=report.progress)
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        answer = assistant.ask("What did Councillor Abara say about taxes?")
        assert answer.status == "answered"
        said = When(0, 6, "Monday", "2021-05-03", "2021-05-03")
        dated = replace(answer, citations=(replace(answer.citations[0], said_on=said),))
        given = dict.fromkeys(("as_of", "from", "to"), "2021-06") | {"outlets": ["Nobody"], "speakers": ["Nobody"]}
        silent = assistant.ask("Who won the chess championship?", filters=filters_of(given))
        assert (silent.status, silent.undated) == ("abstained", 1)
        rows = passages_json(assistant.search("bridge"), assistant.library)
        conversations = Conversations(assistant.library.catalog)
        kept = pack(conversations.read(conversations.keep(None, answer.question, as_json(answer))[0]))
    finally:
        assistant.close()
    assert {event["event"] for event in events} == {"document", "progress", "done"}
    statuses = {event.pop("status") for event in events if event["event"] == "document"}
    assert {word for event in events for word in event.pop("counts", {})} == statuses  # counted by status: no keys
    kinds = (Summary, Entry, Document, Followed, Version, Outcome, Position, Conflict, Reason, Usage, Check)
    stated = {field.name for kind in kinds for field in fields(kind)}
    every = vars(ui.api.replies) | vars(ui.api.holdings)
    replies = [reply for name, reply in every.items() if name.endswith("Reply")]
    return {
        *stated,
        *(field.alias or name for reply in replies for name, field in reply.model_fields.items()),
        *SCHEMA["properties"]["errors"]["items"]["properties"],
        *SCHEMA["properties"],
        *keys_in([*events, as_json(answer), as_json(dated), as_json(silent), *rows, kept]),
        "counts",
        "sound",
        "checks",
    }


def test_every_json_key_has_a_row_in_the_page_and_every_row_a_key(printed: set[str]) -> None:
    read = {"question", "turns", *FILTER_KEYS}
    described = set(KEY_ROW.findall(JSON_PAGE))
    assert sorted(printed | read) == sorted(described)


def test_every_example_is_valid_json() -> None:
    examples = re.findall(r"^```json\n(.*?)^```", JSON_PAGE, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 6
    decoder = json.JSONDecoder()
    for example in examples:
        at = 0
        while example[at:].strip():
            at += len(example[at:]) - len(example[at:].lstrip())
            at = decoder.raw_decode(example, at)[1]


def test_every_command_is_in_the_documentation() -> None:
    text = "\n".join(page.read_text() for page in PAGES if page != CLI_PAGE)
    missing = [name for name in _commands(get_command(app), "onrecord") if name not in text]
    assert not missing


def test_the_page_of_the_commands_is_as_it_would_be_written_now() -> None:
    made = subprocess.run([sys.executable, "-m", "docs.cli"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == CLI_PAGE.read_text(), "run: make docs"


def test_every_option_and_argument_says_what_it_is_for() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|(.*)\|$", CLI_PAGE.read_text(), re.MULTILINE)
    assert [name for name, told in rows if not re.sub(r"\[[^]]*\]", "", told).strip()] == []


def _commands(command: object, name: str) -> Iterator[str]:
    inside = getattr(command, "commands", {})
    for word, part in inside.items():
        yield from _commands(part, f"{name} {word}")
    if not inside:
        yield name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_to_a_file(page: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text())]
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_exit_codes_are_those_of_the_errors() -> None:
    stated = {int(code): set(re.findall(r"`(\w+)`", names)) for code, names in CODE_ROW.findall(JSON_PAGE)}
    actual: dict[int, set[str]] = {0: set(), PARTIAL: set(), INTERRUPTED: set()}
    for name in corpus.errors.__all__:
        actual.setdefault(getattr(corpus.errors, name).exit_code, set()).add(name)
    assert stated == actual
    assert {int(code) for code, _ in CODE_ROW.findall((ROOT / "README.md").read_text())} == set(actual)


def test_the_settings_are_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [name for name in Settings.model_fields if f"`{name}` | `ONRECORD_{name.upper()}`" not in readme]
    assert not missing


def test_the_readme_names_the_pytorch_that_is_locked() -> None:
    named = re.search(r"pip install (torch==\S+)", (ROOT / "README.md").read_text())
    assert named and named.group(1) in (ROOT / "requirements.lock").read_text().splitlines()
