"""Work behind the pages: its order, how it stops and fails, what is kept of it."""

import threading
from collections.abc import Iterator

import pytest

from corpus.errors import SourceError
from ui.web.jobs import KEPT, KEPT_TOLD, Job, Jobs

PATIENCE_S = 20


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()


def ended(job: Job) -> Job:
    """Return a job once it is over."""
    over = threading.Event()
    for _ in range(PATIENCE_S * 200):
        if job.is_over:
            return job
        over.wait(0.005)
    raise AssertionError(f"{job.name} is still {job.state}")


def fail(error: Exception) -> None:
    raise error


def test_jobs_are_done_one_at_a_time_in_the_order_they_came(jobs: Jobs) -> None:
    begun: list[str] = []
    let_go = threading.Event()

    def work(job: Job) -> None:
        begun.append(job.name)
        let_go.wait(PATIENCE_S)
        job.tell(f"{job.name} done")

    first, second, third = (jobs.start(name, work) for name in ("first", "second", "third"))
    assert [job.name for job in jobs.list()] == ["third", "second", "first"]
    assert second.state == third.state == "waiting"
    let_go.set()
    assert [ended(job).told for job in (first, second, third)] == [("first done",), ("second done",), ("third done",)]
    assert begun == ["first", "second", "third"]


def test_a_job_stops_where_it_next_tells_and_keeps_what_it_told(jobs: Jobs) -> None:
    told, go_on = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        job.tell("one")
        told.set()
        go_on.wait(PATIENCE_S)
        job.tell("two")
        raise AssertionError("it went on")

    running, waiting = jobs.start("running", work), jobs.start("waiting", work)
    assert told.wait(PATIENCE_S)
    running.stop()
    waiting.stop()
    assert running.is_stopping
    go_on.set()
    assert (ended(running).state, running.told, running.is_stopping) == ("stopped", ("one",), False)
    assert (ended(waiting).state, waiting.told) == ("stopped", ())


def test_a_failure_is_told_and_the_next_job_is_done(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    user = ended(jobs.start("a", lambda job: fail(SourceError("a.txt: it is empty."))))
    assert (user.state, user.error) == ("failed", "a.txt: it is empty.")
    mistake = ended(jobs.start("b", lambda job: fail(KeyError("secret"))))
    assert mistake.state == "failed" and "secret" not in (mistake.error or "")
    assert f"job {mistake.id} failed" in caplog.text and "secret" in caplog.text
    assert ended(jobs.start("c", lambda job: None)).state == "done"


def test_only_the_last_jobs_that_ended_are_kept_and_those_that_have_not(jobs: Jobs) -> None:
    every = [ended(jobs.start(str(n), lambda job: None)) for n in range(KEPT + 5)]
    assert [job.name for job in jobs.list()] == [job.name for job in every[::-1][:KEPT]]
    assert jobs.get(every[0].id) is None and jobs.get(every[-1].id) is every[-1]
    jobs.forget(every[-1].id)
    assert jobs.get(every[-1].id) is None
    let_go = threading.Event()
    going = [jobs.start("going", lambda job: let_go.wait(PATIENCE_S) and None) for _ in range(KEPT + 5)]
    jobs.forget(going[0].id)
    assert all(jobs.get(job.id) is job for job in going)
    let_go.set()
    ended(going[-1])


def test_what_a_job_tells_does_not_grow_without_bound(jobs: Jobs) -> None:
    job = ended(jobs.start("long", lambda job: [job.tell(n) for n in range(10 * KEPT_TOLD)] and None))
    assert job.told == tuple(range(9 * KEPT_TOLD, 10 * KEPT_TOLD))


def test_closing_stops_what_runs_and_waits_no_longer_than_it_is_told(jobs: Jobs) -> None:
    let_go, begun = threading.Event(), threading.Event()

    def deaf(job: Job) -> None:
        begun.set()
        let_go.wait(PATIENCE_S)
        job.heed()

    job, after = jobs.start("deaf", deaf), jobs.start("after", deaf)
    assert begun.wait(PATIENCE_S)
    jobs.close(within_s=0.05)
    assert job.is_stopping
    let_go.set()
    assert ended(job).state == ended(after).state == "stopped"
