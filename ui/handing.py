"""What is added while a server serves the same library is handed to it: it has the library open, and shows it on its page.

A server leaves a note in the home, server.json, that only its user may read: where it listens, and a secret that lets in at
`PATH` for as long as it runs. There, and nowhere else, files of this machine can be named. The command sends what is to be
added as JSON, and is sent an event a line until it is over; whoever hangs up stops the job.
"""

import json
import os
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.errors import OnRecordError
from ui.terminal import INTERRUPTED, Adding, problem

if TYPE_CHECKING:
    import httpx

    from index.ingest import Outcome
    from ui.output import AddReport

__all__ = ["PATH", "SCHEME", "Server", "announced", "handed", "server_of"]

NOTE = "server.json"
PATH = "/api/handing"
SCHEME = "Handing"  # of the header Authorization, before the secret
PROTOCOL = 1  # goes up with what is sent either way
ANSWERS_S = 30.0  # of silence, after which a server is taken for dead; it sends a line a second


@dataclass(frozen=True, slots=True)
class Server:
    """A server as its note has it. `encoder` is the one that it was asked to use."""

    url: str
    secret: str
    encoder: str
    pid: int
    host: str
    version: str

    @classmethod
    def here(cls, url: str, secret: str, encoder: str) -> "Server":
        """Return this process as a server."""
        return cls(url, secret, encoder, os.getpid(), socket.gethostname(), _version())


@contextmanager
def announced(home: Path, server: Server) -> Iterator[None]:
    """Leave the note of a server in the home while the block lasts; where it cannot be written, none is left."""
    note, draft = home / NOTE, home / f".{NOTE}.{server.pid}"
    with suppress(OSError):
        draft.unlink(missing_ok=True)
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(server), file)
        draft.replace(note)
    try:
        yield
    finally:
        if _read(note) == server:  # else another has been started since
            with suppress(OSError):
                note.unlink()


def server_of(home: Path, encoder: str) -> Server | None:
    """Return the server of a home that can be handed something: on this machine, alive, of this version and encoder."""
    server = _read(home / NOTE)
    if server is None or (server.version, server.encoder, server.host) != (_version(), encoder, socket.gethostname()):
        return None
    try:
        os.kill(server.pid, 0)
    except OSError:  # dead, or another user's
        return None
    return server


def handed(
    server: Server, given: Adding, addresses: Sequence[str], follow: bool, as_json: bool
) -> "list[Outcome] | None":
    """Let a server add something, saying what comes of each; return that, or None where it does not take anything.

    Raises what adding raises, and OnRecordError where the server ends before it is done.
    """
    import httpx  # here, for those who add where nobody serves

    from ui.output import AddReport

    body = {
        "paths": [str(path.absolute()) for path in given.paths],
        "pages": [[page.place, str(page.path)] for page in given.pages],
        "addresses": [*addresses],
        "follow": follow,
        "tags": [*given.tags],
        "ignored": [*given.ignored],
        "prune": given.prune,
    }
    headers = {"Authorization": f"{SCHEME} {server.secret}", "Accept-Encoding": "identity"}
    client = httpx.Client(base_url=server.url, headers=headers, timeout=ANSWERS_S, trust_env=False)
    try:
        with client, client.stream("POST", PATH, content=json.dumps(body)) as response:
            if response.status_code == 503:
                raise OnRecordError(response.read() and response.json()["detail"])
            if response.status_code != 200:
                return None
            problem(f"{server.url} serves this library, and adds it.")
            with AddReport(as_json) as report:
                return _reported(response, report)
    except httpx.ConnectError:
        return None
    except httpx.HTTPError as error:
        raise OnRecordError(
            f"{server.url}: the server ended or fell silent before all was added ({type(error).__name__}). What was added "
            "until then is kept; run the same command again to go on."
        ) from error


def _reported(response: "httpx.Response", report: "AddReport") -> "list[Outcome]":
    """Pass on what a server tells until it is done; return the outcomes. Raises OnRecordError as the job did."""
    from index.ingest import Outcome
    from index.reading import Progress
    from index.sources import Note

    outcomes: list[Outcome] = []
    expected = 0
    for line in response.iter_lines():
        event: dict[str, Any] = json.loads(line) if line.strip() else {}
        match event.pop("event", None):
            case "outcome":
                outcomes.append(Outcome(**event))
                report.outcome(outcomes[-1])
            case "note":
                report.note(Note(**event))
            case "expected":
                report.expect(event["number"] - expected)
                expected = event["number"]
            case "progress":
                report.progress(Progress(**event))
            case "waiting":
                problem("it waits for what is being added there before it.")
            case "end":
                return _ended(event, outcomes)
    raise OnRecordError("the server ended before all was added. Run the same command again to go on.")


def _ended(event: dict[str, Any], outcomes: "list[Outcome]") -> "list[Outcome]":
    if event["state"] == "done":
        assert Counter(outcome.status for outcome in outcomes) == event["counts"], "an event was lost"
        return outcomes
    stopped = "it was stopped at the server. What was added until then is kept; run the same command again to go on."
    error = OnRecordError(event["error"] or stopped)
    error.exit_code = event["exit_code"] if event["state"] == "failed" else INTERRUPTED
    raise error


def _read(note: Path) -> Server | None:
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        return Server(**told)
    except (OSError, ValueError, TypeError):
        return None


def _version() -> str:
    return f"{version('onrecord')}/{PROTOCOL}"
