"""How soon readers who ask at the same moment see something: the first words streamed, and the first of the answer.

    python benchmarks/asking.py [PASSAGES [USERS]]

A library of drawn documents (`evals.drawn`; 100,000 passages and 20 users if not told otherwise) is served by `onrecord
serve` in a process of its own. Each user is an HTTP client that loads the page's config, joins the queue as the page does
when Enter is pressed, and reads the events; each asks a question of their own, all at once, ROUNDS times. Times are
from sending the question. "first" is when the page says that it searches, "looking" when it names the passages and documents
that are being read, "answer" when a first statement with its chips, or that the library is silent, has come. The baseline is
one user alone in the same run.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import httpx
import numpy as np

from evals.drawn import DrawnEncoder, drawn_documents, drawn_queries
from index.encoder import DEFAULT_MODEL, load_encoder
from index.library import Library

PASSAGES, USERS, ROUNDS = 100_000, 20, 5
KINDS = ("Who said {}?", "How many {}?", "When did {}?", "Why did {}?", "What did {}?", "Which {}?")
LOOKING = re.compile(r"Reading [\d,]+ passages?")
ANSWER = re.compile(r"class=\\?\"chip|notice abstained|notice partial")
CONFIG = re.compile(r"window\.gradio_config = (.*?);</script>")
TIMEOUT_S = 120


def library(home: Path, passages: int) -> None:
    """Add drawn documents to a new library, with drawn vectors of the default encoder's name: encoding takes an hour."""
    model = load_encoder(DEFAULT_MODEL, home / "encoder")
    encoder = DrawnEncoder(model)
    encoder.info = model.info
    opened = Library(home, encoder=encoder)
    rows = home / "drawn.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in drawn_documents(passages)), encoding="utf-8")
    opened.add([rows])
    opened.close()


class User:
    """A browser's part of asking: what the page's own script sends and reads."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        written = CONFIG.search(self.client.get("/").text)
        assert written is not None
        self.config = json.loads(written[1])
        box = next(c["id"] for c in self.config["components"] if c["props"].get("elem_id") == "question")
        self.asking = next(d for d in self.config["dependencies"] if [box, "submit"] in [list(t) for t in d["targets"]])
        self.box = box

    def _shown(self, id: int) -> object:
        """Return what a part holds when the page is opened; the server keeps what a state holds."""
        part = next(c for c in self.config["components"] if c["id"] == id)
        return "" if part["type"] == "textbox" else part["props"].get("value")

    def ask(self, question: str) -> dict[str, float]:
        """Return the seconds until the page said where it looks, until it had a first statement, and until the end."""
        data = [question if id == self.box else self._shown(id) for id in self.asking["inputs"]]
        session = os.urandom(6).hex()
        body = {"data": data, "fn_index": self.asking["id"], "session_hash": session, "trigger_id": self.box}
        seen: dict[str, float] = {}
        started = perf_counter()
        self.client.post("/gradio_api/queue/join", json=body).raise_for_status()
        with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
            for line in events.iter_lines():
                now = perf_counter() - started
                if "Searching" in line:
                    seen.setdefault("first", now)
                if LOOKING.search(line):
                    seen.setdefault("looking", now)
                if ANSWER.search(line):
                    seen.setdefault("answer", now)
                message = json.loads(line[5:])["msg"] if line.startswith("data:") else ""
                if message == "process_completed":
                    if not json.loads(line[5:])["success"]:
                        raise RuntimeError(f"{question}: {line[:500]}")
                    seen["end"] = now
                if message == "close_stream":
                    break
        return seen


def asked(users: list[User], questions: list[str]) -> list[dict[str, float]]:
    """Let each user ask a question, all at the same moment."""
    gate = threading.Barrier(len(users))

    def one(user: User, question: str) -> dict[str, float]:
        gate.wait()
        return user.ask(question)

    with ThreadPoolExecutor(len(users)) as pool:
        return [*pool.map(one, users, questions)]


def tell(name: str, found: list[dict[str, float]]) -> None:
    for what in ("first", "looking", "answer", "end"):
        seconds = [each[what] for each in found if what in each]
        p50, p95 = np.percentile(seconds, [50, 95]) if seconds else (float("nan"), float("nan"))
        print(f"{name:10} {what:8} p50 {p50:6.2f} s   p95 {p95:6.2f} s   n {len(seconds)} of {len(found)}")


def measure(home: Path, count: int) -> None:
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            _measured(server.stdout.readline().split()[-1], count)
        finally:
            server.terminate()


def _measured(url: str, count: int) -> None:
    queries = iter(drawn_queries(2 * ROUNDS * (count + 1) + 40))
    questions = (KINDS[i % len(KINDS)].format(query) for i, query in enumerate(queries))
    users = [User(url) for _ in range(count)]
    users[0].ask(next(questions))  # the first one opens the library
    tell("one user", [users[0].ask(next(questions)) for _ in range(ROUNDS * 4)])
    tell(f"{count} users", [f for _ in range(ROUNDS) for f in asked(users, [next(questions) for _ in users])])


def main() -> None:
    passages, users = (int(given) for given in (*sys.argv[1:], *map(str, (PASSAGES, USERS)[len(sys.argv) - 1 :])))
    given = os.environ.get("ONRECORD_HOME")  # a library made before
    if given:
        measure(Path(given), users)
        return
    with tempfile.TemporaryDirectory() as folder:
        library(Path(folder), passages)
        measure(Path(folder), users)


if __name__ == "__main__":
    main()
