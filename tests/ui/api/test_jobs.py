"""Jobs over REST: seen by whoever may do something, followed from any event on, stopped and dismissed."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.ingest import Outcome
from index.reading import Progress
from index.sources import Note
from ui.api.desk import Desk
from ui.web import additions
from ui.web.additions import Addition
from ui.web.jobs import Job

JOBS = "/api/v1/jobs"
PROBLEM = "application/problem+json"
PATIENCE_S = 20
Headers = dict[str, dict[str, str]]


class Held:
    """A job of the desk's that goes on until it is let go, and what it is about."""

    def __init__(self, desk: Desk) -> None:
        self.addition = Addition("Two ships", {"/home/ines/one.txt": "one.txt"})
        self.go, self.begun = threading.Event(), threading.Event()
        self.job = desk.adding.start("Two ships", self._work, self.addition)
        assert self.begun.wait(PATIENCE_S)

    def _work(self, job: Job) -> None:
        with self.addition.going(job.heed):
            self.begun.set()
            while not self.go.wait(0.01):
                job.heed()

    @property
    def path(self) -> str:
        return f"{JOBS}/{self.job.id}"


@pytest.fixture
def held(desk: Desk) -> Iterator[Held]:
    made = Held(desk)
    yield made
    made.go.set()


def events(client: TestClient, path: str, **headers: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the events of a job to its end: their id, name and data."""
    answer = client.get(f"{path}/events", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for each in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in each.split("\n"))
        found.append((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
    return found


def test_a_job_tells_how_far_it_is(client: TestClient, held: Held) -> None:
    held.addition.progress(Progress("/home/ines/one.txt", 0.25, 0.5))
    held.addition.outcome(Outcome("/home/ines/one.txt#7", "added", "f98882c50512", "Ship", 3))
    told = client.get(held.path).json()
    assert (told["state"], told["share"], told["documents"], told["passages"]) == ("running", 0.25, 1, 3)
    assert told["outcomes"][0] == {
        "name": "one.txt#7",
        "status": "added",
        "document_id": "f98882c50512",
        "title": "Ship",
        "passages": 3,
        "message": None,
        "note": None,
    }
    assert client.get(JOBS).json()["jobs"][0]["job"] == held.job.id


def test_a_job_is_followed_from_any_event_on(client: TestClient, held: Held) -> None:
    held.addition.outcome(Outcome("/home/ines/one.txt", "failed", message="/home/ines/one.txt: it is empty."))
    held.addition.note(Note("https://a.example: the site has a feed.", "https://a.example/feed"))
    threading.Timer(0.5, held.go.set).start()
    told = events(client, held.path)
    assert [(id, name) for id, name, _ in told if id] == [("1", "outcome"), ("2", "note")]
    assert told[0][2]["message"] == "it is empty."
    assert (told[-1][1], told[-1][2]["state"]) == ("end", "done")
    again = events(client, held.path, **{"Last-Event-ID": "1"})  # it is over by now
    assert [name for _, name, _ in again] == ["note", "end"]


def test_what_is_told_no_more_is_said_to_be_missed(
    client: TestClient, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(additions, "KEPT", 3)
    for number in range(10):
        held.addition.outcome(Outcome(f"/home/ines/{number}.txt", "added", "f98882c50512"))
    held.go.set()
    told = events(client, held.path)
    assert told[0][1:] == ("missed", {"number": 7})
    assert [data["name"] for _, name, data in told if name == "outcome"] == ["7.txt", "8.txt", "9.txt"]
    assert told[-1][2]["counts"] == {"added": 10}


def test_who_is_to_miss_nothing_holds_what_was_not_taken(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(additions, "KEPT", 3)
    held.addition.taken = 0
    for number in range(10):
        held.addition.outcome(Outcome(f"/{number}.txt", "added"))
    assert len(held.addition.told(0)) == 10
    held.addition.taken = 10
    held.addition.outcome(Outcome("/10.txt", "added"))
    assert [number for number, _ in held.addition.told(0)] == [9, 10, 11]


def test_a_job_is_stopped_and_still_told_of(client: TestClient, held: Held) -> None:
    assert client.post(f"{held.path}/stop").status_code == 200
    assert events(client, held.path)[-1][2]["state"] == "stopped"
    assert client.get(held.path).json()["state"] == "stopped"


def test_a_job_that_is_deleted_stops_and_is_told_of_no_more(client: TestClient, desk: Desk, held: Held) -> None:
    assert (client.delete(held.path).status_code, client.get(held.path).status_code) == (204, 404)
    assert client.delete(held.path).status_code == 404
    assert held.job.id not in client.get(JOBS).text
    assert held.job.is_stopping or held.job.is_over


@pytest.mark.parametrize("id", ["0" * 16, "x", "%00", "y" * 3000])
def test_an_id_that_is_none_is_not_found(client: TestClient, id: str) -> None:
    for answer in (client.get(f"{JOBS}/{id}"), client.get(f"{JOBS}/{id}/events"), client.delete(f"{JOBS}/{id}")):
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


def test_whoever_may_do_something_sees_jobs_and_only_who_may_write_stops_them(
    closed: TestClient, bearer: Headers, held: Held
) -> None:
    for who in ("mara", "ned", "wim"):
        assert closed.get(held.path, headers=bearer[who]).status_code == 200
    assert closed.get(held.path).status_code == 401
    assert closed.delete(held.path, headers=bearer["ned"]).status_code == 403
    assert closed.delete(held.path, headers=bearer["wim"]).status_code == 204
