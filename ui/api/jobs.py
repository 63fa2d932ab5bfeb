"""REST: the jobs that add documents, followed to their end or stopped. They are the page's too, and those of the command line.

Paths of this machine are not told: an upload is called by its name, and of other files there is the name alone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import WithJsonSchema

from corpus.types import PASTED
from index.ingest import Outcome
from index.sources import Note
from ui.api import examples
from ui.api.bodies import JsonRoute
from ui.api.description import replied
from ui.api.desk import Desk
from ui.api.events import AS_IT_COMES, EVENTS, as_event
from ui.api.holdings import MOST_TOLD, JobId, JobReply, JobsReply
from ui.api.problems import Problem, declared, without_folders
from ui.tokens import Caller
from ui.web.additions import Addition
from ui.web.jobs import Job

__all__ = ["JOBS", "job_json", "jobs", "looks"]

JOBS = "/api/v1/jobs"
LOOK_S = 0.2  # between two looks at how far a job is
ALIVE = 50  # looks without news, after which a comment is sent: who has hung up is noticed by it
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "The event's number; Last-Event-ID goes on after it."},
        "event": {"type": "string", "enum": ["outcome", "note", "progress", "missed", "end"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["event", "data"],
}
Told = Sequence[tuple[int, Outcome | Note]]
Id = Annotated[JobId, Path(description="The job's id.")]


def jobs(desk: Desk) -> APIRouter:
    """Return the doors below /jobs."""
    router = APIRouter(prefix=JOBS, tags=["jobs"], route_class=JsonRoute)
    Anybody = Annotated[Caller, Depends(desk.anybody())]
    Writer = Annotated[Caller, Depends(desk.writer())]

    @router.get(
        "", operation_id="listJobs", summary="List jobs", responses=declared() | replied(JobsReply, examples.JOBS)
    )
    def list_(caller: Anybody) -> Response:
        """List the jobs that add documents: those under way, and the last that ended; the newest first."""
        return JSONResponse({"jobs": [job_json(job) for job in desk.adding.list() if _is_known(job)]})

    @router.get(
        "/{job}",
        operation_id="getJob",
        summary="Get a job",
        responses=declared(404) | replied(JobReply, examples.JOB),
    )
    def get(job: Id, caller: Anybody) -> Response:
        """Get how far a job is, and what came of each file."""
        return JSONResponse(job_json(_job(desk, job)))

    @router.get(
        "/{job}/events",
        operation_id="followJob",
        summary="Follow a job",
        response_class=StreamingResponse,
        responses=declared(404)
        | {
            200: {
                "description": "Events until the job ends; the last is `end`, with the job.",
                "content": {EVENTS: {"schema": EVENT_SCHEMA, "example": examples.FOLLOWED}},
            }
        },
    )
    async def follow(
        job: Id,
        caller: Anybody,
        last: Annotated[
            str | None,
            Header(alias="Last-Event-ID", pattern="^[0-9]{1,15}$", description="Go on after the event of this number."),
            WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,15}$"}),
        ] = None,
    ) -> Response:
        """Be told what comes of each file as it does (`outcome`), of what may be of use (`note`), and how far it is (`progress`).

        All is told from the beginning, or after `Last-Event-ID`; of 10,000 outcomes and more the first may be `missed`.
        """
        return StreamingResponse(_events(_job(desk, job), int(last or 0)), 200, AS_IT_COMES, EVENTS)

    @router.delete(
        "/{job}",
        operation_id="deleteJob",
        summary="Stop a job and dismiss it",
        status_code=204,
        responses=declared(404),
    )
    def delete(job: Id, caller: Writer) -> Response:
        """Stop a job, if it is under way, and let it be forgotten."""
        found = _job(desk, job)
        found.stop()
        found.is_dismissed = True
        desk.adding.forget(job)
        return Response(status_code=204)

    @router.post(
        "/{job}/stop",
        operation_id="stopJob",
        summary="Stop a job",
        responses=declared(404) | replied(JobReply, examples.JOB),
    )
    def stop(job: Id, caller: Writer) -> Response:
        """Let a job stop as soon as it can. What it added until then stays; the rest can be tried again on the page."""
        found = _job(desk, job)
        found.stop()
        return JSONResponse(job_json(found))

    return router


def job_json(job: Job) -> dict[str, Any]:
    """Return a job as a JobReply has it."""
    addition = _addition(job)
    tally = addition.tally
    is_begun = job.state != "waiting"
    told = [what for _, what in addition.told(0) if isinstance(what, Outcome)]
    return {
        "job": job.id,
        "title": addition.title,
        "state": job.state,
        "stopping": job.is_stopping,
        "share": 1.0 if job.state == "done" else round(tally.share, 4),
        "documents": tally.documents,
        "passages": tally.passages,
        "counts": dict(tally.counts),
        "seconds": round(tally.seconds, 1) if is_begun else 0.0,
        "seconds_left": tally.seconds_left if is_begun and not job.is_over else None,
        "error": without_folders(job.error) if job.error else None,
        "outcomes": [_outcome(addition, outcome) for outcome in told[-MOST_TOLD:]],
        "events": f"{JOBS}/{job.id}/events",
    }


async def looks(job: Job, after: int = 0) -> AsyncIterator[tuple[Told, bool]]:
    """Yield, again and again until a job is over, what it has told after this number since the last time, and whether it is."""
    addition = _addition(job)
    while True:
        is_over = job.is_over  # before what it told is taken: nothing comes after it
        told = addition.told(after)
        after = told[-1][0] if told else after
        yield told, is_over
        if is_over:
            return
        await asyncio.sleep(LOOK_S)


async def _events(job: Job, after: int) -> AsyncIterator[bytes]:
    addition = _addition(job)
    before: dict[str, Any] = {}
    silent = 0
    async for told, is_over in looks(job, after):
        if told and told[0][0] > after + 1:
            yield as_event("missed", {"number": told[0][0] - after - 1})
        for number, what in told:
            after = number
            if isinstance(what, Outcome):
                yield as_event("outcome", _outcome(addition, what), number)
            else:
                yield as_event("note", {"message": without_folders(what.message), "feed": what.feed}, number)
        progress = _progress(job, addition)
        silent = 0 if told or progress != before else silent + 1
        if is_over:
            yield as_event("end", job_json(job))
        elif progress != before:
            yield as_event("progress", progress)
        elif silent % ALIVE == ALIVE - 1:
            yield b": still there\n\n"
        before = progress


def _progress(job: Job, addition: Addition) -> dict[str, Any]:
    tally = addition.tally
    return {
        "state": job.state,
        "share": round(tally.share, 4),
        "reading": addition.name(tally.read.reading) if tally.read else None,
        "documents": tally.documents,
        "passages": tally.passages,
    }


def _outcome(addition: Addition, outcome: Outcome) -> dict[str, Any]:
    """Return what came of a document as an OutcomeReply has it."""
    place = addition.place(outcome.source)
    name = addition.name(place) + outcome.source.removeprefix(place)
    message = outcome.message or ""
    for told in (outcome.source, place):
        message = message.removeprefix(f"{told}: ")
    return {
        "name": name if not name.startswith(PASTED) else "Pasted text",
        "status": outcome.status,
        "document_id": outcome.document_id,
        "title": outcome.title,
        "passages": outcome.passages,
        "message": without_folders(message) or None,
        "note": outcome.note,
    }


def _is_known(job: Job) -> bool:
    return isinstance(job.about, Addition) and not job.is_dismissed


def _addition(job: Job) -> Addition:
    assert isinstance(job.about, Addition)
    return job.about


def _job(desk: Desk, id: str) -> Job:
    job = desk.adding.get(id)
    if job is None or not _is_known(job):
        raise Problem(404, f"{id[:40]}: no such job. It may have ended long ago. GET {JOBS} has those that are known.")
    return job
