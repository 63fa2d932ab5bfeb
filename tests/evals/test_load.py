"""The load suite against a server of a few lines, which answers, refuses and breaks off in turn."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from assistant.settings import Settings
from corpus.errors import OnRecordError, SettingsError, SourceError
from evals.compare import scored
from evals.records import Record, Section, read_run
from evals.run import run_suites
from evals.suite import figures
from evals.suites.load import Load, load_measures

TOKEN = "onrecord_canary"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    turns = count()
    asked: list[str]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["question"]
        self.asked.append(asked)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.answer(401, {})
            return
        turn = next(self.turns) % 5 if asked == "mixed" else 0
        if turn == 4:
            self.close_connection = True
            return
        self.answer(503 if turn == 3 else 200, {"status": "failed" if turn == 2 else "abstained"})

    def answer(self, status: int, body: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def url() -> Iterator[str]:
    Handler.asked, Handler.turns = [], count()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def run(tmp_path: Path, load: Load | None) -> Section:
    (section,) = run_suites(["load"], None, tmp_path / "run.jsonl", Settings(home=tmp_path / "home"), load=load)
    return section


def test_every_outcome_is_counted_and_the_run_can_be_scored_again(tmp_path: Path, url: str) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"question": "mixed"}\n')
    section = run(tmp_path, Load(url, users=3, seconds=1.5, token=TOKEN, questions=questions))
    told = {figure.name: figure for figure in scored(section)}
    requests = len(Handler.asked) - 1  # one is asked before, to see whether anybody may
    errors = [name.removeprefix("errors: ").partition(",")[0] for name in told if name.startswith("errors: ")]
    assert errors == ["503", "RemoteProtocolError", "failed"]
    assert told["errors, share of requests"].n == requests >= 5
    assert told["errors, share of requests"].value == pytest.approx(
        sum(told[f"errors: {e}, share of requests"].value for e in errors)
    )
    assert told["answer p95, ms"].value >= told["answer p50, ms"].value > 0
    assert [*told] == [figure.name for figure in scored(read_run(tmp_path / "run.jsonl")[0])]
    assert not (tmp_path / "home").exists()  # no library is opened, and no model loaded
    assert TOKEN not in (tmp_path / "run.jsonl").read_text()


def test_the_figures_are_those_worked_out_by_hand() -> None:
    def request(number: int, outcome: str, ms: float) -> Record:
        return Record(str(number), ("?",), part="request", labels={"outcome": outcome}, ms=ms)

    records = [request(i, "answered", ms) for i, ms in enumerate((10.0, 20.0, 60.0))] + [request(3, "503", 999.0)]
    records += [Record(f"second {i}", ("",), part="second", values={"answered": n}) for i, n in enumerate((2.0, 1.0))]
    told = {figure.name: (figure.value, figure.n) for figure in figures(records, load_measures(records))}
    assert told == {
        "errors, share of requests": (0.25, 4),
        "errors: 503, share of requests": (0.25, 4),
        "answer p50, ms": (20.0, 3),
        "answer p95, ms": (pytest.approx(56.0), 3),
        "answers a second": (1.5, 2),
    }


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (None, SettingsError, "name the running server"),
        (Load("http://127.0.0.1:9"), SettingsError, "no server answers there"),
        (Load("nonsense"), SettingsError, "no address of a server"),
        (Load("", questions=Path(__file__)), SourceError, "not valid JSON"),
    ],
)
def test_what_cannot_be_asked_is_said_before(
    tmp_path: Path, given: Load | None, error: type[OnRecordError], words: str
) -> None:
    with pytest.raises(error, match=words):
        run(tmp_path, given)


def test_without_the_token_that_it_wants_a_server_is_not_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="wants a token"):
        run(tmp_path, Load(url))
    assert len(Handler.asked) == 1
