"""The routes beside Gradio's: a source, the list of the library, the stylesheet, the script; and the headers."""

from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import NotFoundError
from index.library import Library
from ui.web.guard import FRAMED, Guard
from ui.web.source import missing_page, source_page

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["add_pages"]

MOST_VERSIONS = 2**31
FOLDER = Path(__file__).parent


def add_pages(site: "FastAPI", library: Library, hosts: frozenset[str] | None) -> None:
    """Add the routes and the guard to a site that answers to `hosts`, before Gradio takes the remaining paths."""
    from fastapi.responses import FileResponse, HTMLResponse

    @site.get("/source/{id}/{version}")
    def source(id: str, version: int, start: int = 0, end: int = 0) -> HTMLResponse:
        try:
            if not 0 < version < MOST_VERSIONS:
                raise NotFoundError(f"{id}: no version {version}.")
            document = library.catalog.document(id, version)
        except NotFoundError as error:
            return HTMLResponse(missing_page(str(error)), 404, FRAMED)
        latest = library.catalog.latest(id) or document
        return HTMLResponse(source_page(document, (start, end), latest.version), headers=FRAMED)

    @site.get("/style.css")
    def style() -> FileResponse:
        return FileResponse(FOLDER / "style.css")

    @site.get("/page.js")
    def script() -> FileResponse:
        return FileResponse(FOLDER / "page.js")

    site.add_middleware(Guard, hosts=hosts)
