"""REST: documents added by upload, by address or as text, each as a job; listed, read, edited, removed and brought back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from corpus.errors import DiskError
from corpus.listing import Listing
from corpus.types import Document, file_name
from corpus.versions import history
from corpus.views import View
from ui.api import examples
from ui.api.bodies import KIND, JsonRoute, read_json
from ui.api.description import replied, shown
from ui.api.desk import Desk
from ui.api.holdings import (
    LONGEST_TAGS,
    Addresses,
    DocumentId,
    DocumentReply,
    DocumentsReply,
    Edit,
    JobReply,
    Listed,
    Of,
    Pasted,
    Span,
    TextReply,
    VersionsReply,
)
from ui.api.jobs import JOBS, job_json
from ui.api.problems import Problem, declared
from ui.api.receiving import FILES, MOST_FILES, MULTIPART, TAGS, received
from ui.tokens import Caller
from ui.web import begin
from ui.web.jobs import Job
from ui.web.quota import Room
from ui.web.uploads import MAX_UPLOAD, UPLOADS

__all__ = ["documents"]

DOCUMENTS = "/api/v1/documents"
ROWS = 50  # where no limit is given
AT_ONCE = 2**16  # bytes of an original that are read together
SEALED = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
Id = Annotated[DocumentId, Path(description="The document's id.")]
Number = Annotated[str, Path(pattern="^[1-9][0-9]{0,14}$", description="The version's number.", examples=["1"])]
T = TypeVar("T")


def documents(desk: Desk) -> APIRouter:
    """Return the doors below /documents."""
    router = APIRouter(prefix=DOCUMENTS, tags=["documents"], route_class=JsonRoute)
    _add_adding(router, desk)
    _add_reading(router, desk)
    _add_changing(router, desk)
    return router


def _add_adding(router: APIRouter, desk: Desk) -> None:
    room = desk.room or Room(
        (desk.assistant.library.home / UPLOADS, desk.assistant.library.home / "arriving"),
        desk.assistant.settings.upload_quota,
    )

    @router.post(
        "",
        operation_id="addDocuments",
        summary="Add documents",
        status_code=202,
        responses=declared(400, 408, 413, 415, 507) | _begun(),
        openapi_extra={"requestBody": _ways()},
    )
    async def add(request: Request, caller: Annotated[Caller, Depends(desk.writer())]) -> Response:
        """Add files, what addresses lead to, or text. It is done as a job, which `Location` names: follow that to its end.

        A file of the same name as before is a new version of it. One that cannot be added costs itself alone; of a request
        that breaks off nothing is added.
        """
        try:
            job = await _job_of(request, desk, room)
        except ClientDisconnect as error:
            raise Problem(400, "The request broke off. Nothing was added.") from error
        return JSONResponse(job_json(job), 202, {"Location": f"{JOBS}/{job.id}"})


async def _job_of(request: Request, desk: Desk, room: Room) -> Job:
    """Begin to add what a request holds. Raises Problem, RequestValidationError and OnRecordError."""
    kind = request.headers.get("content-type", "").strip()
    desk.adding.check_room()
    if kind.partition(";")[0].strip().lower() == MULTIPART:
        async with received(request, desk.assistant.library.home / "arriving", room) as (uploads, given):
            return await run_in_threadpool(_kept, begin.add_files, desk, uploads, begin.tags_in(given))
    if not KIND.fullmatch(kind):
        raise HTTPException(415, f"Send JSON, or files as {MULTIPART}.")
    return await run_in_threadpool(_from_json, desk, read_json(await request.body()))


def _from_json(desk: Desk, body: object) -> Job:
    model = Pasted if isinstance(body, dict) and "text" in body else Addresses
    given = _fit(lambda: model.model_validate(body))
    if isinstance(given, Pasted):
        return begin.add_text(desk, given.title or "", given.text, _tags(given.tags))
    return begin.add_addresses(desk, "\n".join(given.urls), _tags(given.tags), given.follow)


def _kept(work: Callable[..., Job], *given: object) -> Job:
    try:
        return work(*given)
    except OSError as error:
        raise DiskError("The library", error.strerror) from error


def _fit(check: Callable[[], T]) -> T:
    """Return what fits its description. Raises RequestValidationError as of a body that FastAPI has read."""
    try:
        return check()
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error


def _tags(given: Sequence[str]) -> list[str]:
    return [*dict.fromkeys(begin.plain(tag) for tag in given)]


def _add_reading(router: APIRouter, desk: Desk) -> None:
    Reader = Annotated[Caller, Depends(desk.reader())]
    library = desk.assistant.library
    listing = Listing(library.catalog)

    @router.get(
        "",
        operation_id="listDocuments",
        summary="List documents",
        responses=declared() | replied(DocumentsReply, examples.DOCUMENTS),
    )
    def list_(about: Annotated[Listed, Query()], caller: Reader) -> Response:
        """List documents, a part of them at a time."""
        offset = about.offset or 0
        rows, total = listing.part(_view(about), offset, about.limit or ROWS)
        return JSONResponse({"total": total, "offset": offset, "documents": [asdict(row) for row in rows]})

    @router.get(
        "/{id}",
        operation_id="getDocument",
        summary="Get what is known of a document",
        responses=declared(404) | replied(DocumentReply, examples.DOCUMENT),
    )
    def get(id: Id, caller: Reader) -> Response:
        """Get what is known of the newest version of a document, without its text."""
        return JSONResponse(_known(_document(desk, id)))

    @router.get(
        "/{id}/text",
        operation_id="getText",
        summary="Get a document's text",
        responses=declared(404)
        | {
            200: {
                "model": TextReply,
                "content": {
                    "application/json": {"example": shown(examples.TEXT)},
                    "text/plain": {"schema": {"type": "string"}, "example": examples.TEXT["text"]},
                },
            }
        },
    )
    def text(request: Request, id: Id, about: Annotated[Span, Query()], caller: Reader) -> Response:
        """Get the text of a version, or a part of it; plain where `Accept` asks for text/plain."""
        document = _document(desk, id, about.version)
        length = len(document.text)
        start = min(about.start or 0, length)
        end = max(start, length if about.end is None else min(about.end, length))
        part = document.text[start:end]
        if request.headers.get("accept", "").lower().startswith("text/plain"):
            return PlainTextResponse(part, headers=SEALED)
        told = {"id": id, "version": document.version, "start": start, "end": end, "length": length, "text": part}
        return JSONResponse(told)

    @router.get(
        "/{id}/versions",
        operation_id="listVersions",
        summary="List a document's versions",
        responses=declared(404) | replied(VersionsReply, examples.VERSIONS),
    )
    def versions(id: Id, caller: Reader) -> Response:
        """List the versions of a document, the oldest first, and what each changed."""
        every = library.catalog.every_version(id)
        if not every or library.catalog.removed_at(id):
            raise _unknown(id)
        return JSONResponse({"id": id, "versions": [asdict(version) for version in history(every)]})

    @router.get(
        "/{id}/versions/{number}",
        operation_id="getVersion",
        summary="Get what is known of a version",
        responses=declared(404) | replied(DocumentReply, examples.DOCUMENT),
    )
    def version(id: Id, number: Number, caller: Reader) -> Response:
        """Get what is known of one version of a document, without its text."""
        return JSONResponse(_known(_document(desk, id, int(number))))

    @router.get(
        "/{id}/original",
        operation_id="getOriginal",
        summary="Get the file that a document came from",
        response_class=StreamingResponse,
        responses=declared(404)
        | {
            200: {
                "description": "Its bytes as they were added; of a document in a file of several, the whole file.",
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    )
    def original(id: Id, about: Annotated[Of, Query()], caller: Reader) -> Response:
        """Get the file that a version came from, to be saved: never trust what stands in it."""
        document = _document(desk, id, about.version)
        name = library.catalog.original_of(id, document.version)
        path = library.original(name) if name else None
        if path is None or not path.is_file():
            raise Problem(404, f"{id}: the file that it came from is not kept. Its text is: GET {DOCUMENTS}/{id}/text")
        headers = {**SEALED, "Content-Length": str(path.stat().st_size), "Content-Disposition": _attached(document)}
        return StreamingResponse(_bytes(path), 200, headers, "application/octet-stream")


def _add_changing(router: APIRouter, desk: Desk) -> None:
    Writer = Annotated[Caller, Depends(desk.writer())]
    library = desk.assistant.library

    @router.patch(
        "/{id}",
        operation_id="editDocument",
        summary="Edit what is known of a document",
        responses=declared(404, 409, 415, 507) | replied(DocumentReply, examples.DOCUMENT),
    )
    def edit(id: Id, body: Annotated[Edit, Body(openapi_examples=shown(examples.EDITED))], caller: Writer) -> Response:
        """State what a document's source says wrongly, or does not say. Its text never changes."""
        _document(desk, id)
        return JSONResponse(_known(library.edit(id, body.stated())))

    @router.delete(
        "/{id}",
        operation_id="removeDocument",
        summary="Remove a document",
        status_code=204,
        responses=declared(404, 409, 507),
    )
    def remove(id: Id, caller: Writer) -> Response:
        """Let nobody find a document any more, in any version. For a day it can be restored; then it is gone for good."""
        _document(desk, id)
        library.put_aside([id])
        return Response(status_code=204)

    @router.post(
        "/{id}",
        operation_id="restoreDocument",
        summary="Restore a document",
        responses=declared(404, 409, 507) | replied(DocumentReply, examples.DOCUMENT),
    )
    def restore(id: Id, caller: Writer) -> Response:
        """Bring back a document that was removed less than a day ago."""
        library.bring_back([id])
        return JSONResponse(_known(library.catalog.document(id)))


def _ways() -> dict[str, Any]:
    """Return how the description of the API has what can be sent to add documents."""
    form = {
        "type": "object",
        "required": [FILES],
        "additionalProperties": False,
        "properties": {
            FILES: {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "minItems": 1,
                "maxItems": MOST_FILES,
                "description": f"At most {MAX_UPLOAD // 2**20} MB each. A name may have folders in it.",
            },
            # No type: in a form all is text, a number too.
            TAGS: {"maxLength": LONGEST_TAGS, "description": "A text, with commas between them."},
        },
    }
    described = [model.model_json_schema() for model in (Addresses, Pasted)]
    ways = {
        "application/json": {"schema": {"oneOf": described}, "examples": shown(examples.ADDED)},
        MULTIPART: {"schema": form},
    }
    return {"required": True, "content": ways}


def _begun() -> dict[int | str, dict[str, Any]]:
    described = replied(JobReply, examples.JOB, 202)
    described[202]["headers"] = {"Location": {"description": "The job.", "schema": {"type": "string"}}}
    return described


def _view(about: Listed) -> View:
    return View(
        words=about.search,
        outlet=about.outlet,
        tag=about.tag,
        first=about.from_ or "",
        last=about.to or "",
        only="removed" if about.removed else "",
        sort=about.sort,
        descending=about.order == "desc",
    )


def _document(desk: Desk, id: str, version: int | None = None) -> Document:
    """Return a version of a document, the live one where none is named. Raises Problem 404."""
    catalog = desk.assistant.library.catalog
    states = catalog.states(id)
    live = next((number for number, (state, _) in states.items() if state == "live"), None)
    wanted = live if version is None else version
    if wanted is None or not states or catalog.removed_at(id):
        raise _unknown(id)
    if wanted not in states:
        raise Problem(
            404, f"{id}: it has no version {version}. GET {DOCUMENTS}/{id}/versions has those that there are."
        )
    return catalog.document(id, wanted)


def _unknown(id: str) -> Problem:
    return Problem(404, f"{id[:40]}: no such document in the library. GET {DOCUMENTS} lists those that there are.")


def _known(document: Document) -> dict[str, Any]:
    """Return what is known of a document as a DocumentReply has it."""
    known = asdict(document)
    length = len(known.pop("text"))
    return {**known, "length": length}


def _attached(document: Document) -> str:
    from starlette.responses import FileResponse

    name = file_name(document.source).partition("#")[0] or document.id
    return FileResponse("", filename=name).headers["content-disposition"]


def _bytes(path: FilePath) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(AT_ONCE):
            yield part
