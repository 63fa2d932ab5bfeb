"""The routes beside Gradio's: a source, its pages as pictures, what changed in it, the stylesheet, the script."""

import textwrap
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.assistant import checked_question
from assistant.coverage import coverage
from corpus.errors import NotFoundError, OnRecordError, SourceError
from corpus.filters import filters_of
from index.library import Library
from index.pictures import Pictures, why
from ui.web.changes import changes_page
from ui.web.guard import FRAMED
from ui.web.opening import UNKNOWN, opened, page_asked, the_document
from ui.web.overtime import COVERAGE, covered
from ui.web.source import message_page, removed_page, source_page

if TYPE_CHECKING:
    from fastapi import FastAPI, Request
    from fastapi.responses import Response

__all__ = ["add_pages"]

FOLDER = Path(__file__).parent
LINE = 56  # letters of a line in a picture of words
BRIEFLY = {"Cache-Control": "max-age=300"}  # seconds: a source that is opened does not ask for the styles anew
AT_ONCE = 4  # pictures that are waited for, of all readers


def add_pages(site: "FastAPI", library: Library) -> None:
    """Add the routes to a site, before Gradio takes the remaining paths."""
    from fastapi import Request
    from fastapi.responses import FileResponse, HTMLResponse

    _add_sources(site, library)
    _add_pictures(site, library)

    @site.get(COVERAGE)
    def subject(request: Request) -> HTMLResponse:
        try:
            asked = {key: request.query_params.getlist(key) for key in request.query_params}
            days = {key: values[0] for key, values in asked.items() if key in ("as_of", "from", "to")}
            filters = filters_of({**asked, **days})
            query = checked_question(request.query_params.get("query", ""))
            return HTMLResponse(covered(coverage(query, filters, library), filters), headers=FRAMED)
        except OnRecordError as error:
            return HTMLResponse(f"<p>{escape(str(error))}</p>", 400, FRAMED)

    @site.get("/style.css")
    def style() -> FileResponse:
        return FileResponse(FOLDER / "style.css", headers=BRIEFLY)

    @site.get("/source.css")
    def source_style() -> FileResponse:
        return FileResponse(FOLDER / "source.css", headers=BRIEFLY)

    @site.get("/page.js")
    def script() -> FileResponse:
        return FileResponse(FOLDER / "page.js")


def _add_sources(site: "FastAPI", library: Library) -> None:
    from fastapi import Request
    from fastapi.responses import Response

    @site.get("/source/{id}/{version}")
    def source(request: Request, id: str, version: str) -> Response:
        def page(alone: bool) -> tuple[str, int]:
            found = opened(library, id, version, request.query_params)
            if found.removed_at:
                return removed_page(found, alone), 410
            return source_page(found, str(request.base_url).rstrip("/"), alone), 200

        return _answered(request, page)

    @site.get("/source/{id}/{version}/since/{before}")
    def changes(request: Request, id: str, version: str, before: str) -> Response:
        def page(alone: bool) -> tuple[str, int]:
            old, new = (the_document(library.catalog, id, one, removed=False) for one in (before, version))
            return changes_page(old, new, alone), 200

        return _answered(request, page)


def _add_pictures(site: "FastAPI", library: Library) -> None:
    from anyio import CapacityLimiter
    from anyio.to_thread import run_sync
    from fastapi import Request
    from fastapi.responses import Response

    pictures = Pictures(library.home)
    limits: list[CapacityLimiter] = []  # one, made where the loop runs

    @site.get("/source/{id}/{version}/pages/{page}.jpg")
    async def picture(request: Request, id: str, version: str, page: str) -> Response:
        limits[:] = limits or [CapacityLimiter(AT_ONCE)]  # so that who waits for pictures holds up nobody else

        def drawn() -> Response:
            try:
                asked = page_asked(library, id, version, page, request.query_params)
                return Response(pictures.page(asked), media_type="image/jpeg")
            except OnRecordError as error:
                return Response(_said(error), 404, media_type="image/svg+xml")

        return await run_sync(drawn, limiter=limits[0])

    @site.get("/source/{rest:path}")
    def nothing(request: Request, rest: str) -> Response:
        def page(alone: bool) -> tuple[str, int]:
            raise NotFoundError(UNKNOWN)

        return _answered(request, page)


def _answered(request: "Request", page: Callable[[bool], tuple[str, int]]) -> "Response":
    """Return a page, which is told whether it stands alone, not in a frame; an error is a page too."""
    from fastapi.responses import HTMLResponse

    alone = request.headers.get("sec-fetch-dest") not in ("iframe", "frame")
    try:
        content, status = page(alone)
    except NotFoundError as error:
        content, status = message_page(str(error), alone), 404
    except OnRecordError as error:
        content, status = message_page(str(error), alone, "The library cannot be read"), 503
    return HTMLResponse(content, status, {**FRAMED, "Vary": "Sec-Fetch-Dest"})


def _said(error: OnRecordError) -> str:
    """Return a picture that says why there is none: it is shown where the picture would be."""
    reason = why(error) if isinstance(error, SourceError) else str(error)
    lines = textwrap.wrap(f"This page cannot be shown: {reason.rstrip('.')}", LINE)
    spans = "".join(f'<tspan x="40" dy="48">{escape(line)}</tspan>' for line in lines)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="300"><rect width="1000" height="300" fill="#eee"/>'
        f'<text y="40" font-family="sans-serif" font-size="32" fill="#333">{spans}</text></svg>'
    )
