"""A source in a real browser: asked, hovered, clicked, highlighted, in several formats; a page of a PDF beside its text."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import NewAssistant, OpenPage, serving

from assistant.assistant import Assistant
from benchmarks.papers import written_docx, written_pdf

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page

FILLER = "The council of the town met again and talked of other things for a long while."
HARBOURS = {"txt": "Vardom", "html": "Kelsund", "docx": "Orrim", "pdf": "Tessaly"}
ATTACK = '<img src=x onerror="window.top.ran=1"><script>window.top.ran=1</script>'


def cost(harbour: str) -> str:
    return f"The lighthouse of {harbour} cost 47 million crowns, the harbour master said."


def written(folder: Path) -> None:
    """Write a document in each format, the words that answer far down in it."""
    talk = [f"{FILLER} It was its meeting number {number} in that year." for number in range(120)]
    for kind, harbour in HARBOURS.items():
        path, paragraphs = folder / f"{harbour.lower()}.{kind}", [*talk[:60], cost(harbour), *talk[60:]]
        if kind == "txt":
            path.write_text("\n\n".join(paragraphs))
        elif kind == "html":
            body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
            path.write_text(
                f"<!doctype html><html><head><title>{harbour}</title></head><body><article>{body}</article></body></html>"
            )
        elif kind == "docx":
            written_docx(path, paragraphs)
        else:
            pages = [[FILLER, ""] * 20, [FILLER, "", *cost(harbour).rsplit(" ", 5), "", FILLER], [FILLER, ""] * 20]
            written_pdf(path, pages)
    (folder / "hostile.txt").write_text(
        f"Heron {ATTACK}\n\nThe heron {ATTACK} belongs to Mara Quill, the register says.\n"
    )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, new_assistant: NewAssistant) -> Iterator[tuple[str, Assistant]]:
    folder = tmp_path_factory.mktemp("papers")
    written(folder)
    with closing(new_assistant()) as assistant:
        assistant.library.add([folder])
        (folder / "vardom.txt").write_text((folder / "vardom.txt").read_text() + "\n\nA line that is new.")
        assistant.library.add([folder])
        with serving(assistant) as url:
            yield url, assistant


def opened(page: "Page", question: str) -> "FrameLocator":
    """Ask, point at the first chip or passage, click it; return the frame of its source."""
    page.get_by_label("Your question").first.fill(question)
    page.keyboard.press("Enter")
    chip = page.locator(".turn .chip, .turn .hit").first
    chip.wait_for()
    if "chip" in (chip.get_attribute("class") or ""):
        chip.hover()
        assert "47 million" in page.locator(".tip:visible").first.inner_text()
    chip.click()
    frame = page.frame_locator("iframe[name=source]")
    frame.locator("#cited").wait_for()
    return frame


@pytest.mark.parametrize("kind", HARBOURS)
def test_a_chip_opens_a_source_of_any_format_at_the_highlighted_words(
    kind: str, served: tuple[str, Assistant], open_page: OpenPage
) -> None:
    page = open_page(served[0])
    cited = opened(page, f"What did the lighthouse of {HARBOURS[kind]} cost?").locator("#cited")
    assert cited.inner_text() == cost(HARBOURS[kind])
    box = cited.bounding_box()
    assert box is not None and box["y"] > 0 and box["y"] + box["height"] < 900


def test_the_page_of_a_pdf_is_shown_with_its_number_and_leafed_through(
    served: tuple[str, Assistant], open_page: OpenPage
) -> None:
    page = open_page(served[0])
    frame = opened(page, "What did the lighthouse of Tessaly cost?")
    assert "page 2" in frame.locator(".voices").inner_text()
    assert frame.locator("figcaption").inner_text().split("\n")[1:2] == ["Page 2 of 3"]
    _wait_for_picture(frame)
    frame.get_by_role("link", name="Page after").click()
    frame.get_by_text("Page 3 of 3", exact=True).wait_for()
    _wait_for_picture(frame)
    frame.get_by_role("link", name="To the cited words").or_(
        frame.get_by_role("link", name="Page before")
    ).first.click()
    frame.get_by_text("Page 2 of 3", exact=True).wait_for()


def _wait_for_picture(frame: "FrameLocator | Page") -> None:
    frame.locator("#page img").scroll_into_view_if_needed()  # it is not asked for before
    frame.locator("#page img").evaluate("(image) => image.decode()")
    width, height = frame.locator("#page img").evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert (width, height) == (1000, 1416)


def test_a_link_opened_by_itself_is_a_page_that_leads_on(
    served: tuple[str, Assistant], open_page: OpenPage, grave: Callable[["Page"], list[str]]
) -> None:
    url, assistant = served
    ferry = next(entry for entry in assistant.library.list() if entry.source.endswith("vardom.txt"))
    start = assistant.library.catalog.document(ferry.id, 1).text.index(cost("Vardom"))
    page = open_page(
        f"{url}/source/{ferry.id}/1?start={start}&end={start + 80}#cited", bypass_csp=True
    )  # for axe to run
    assert page.locator("#cited").inner_text() == cost("Vardom")[:80]
    assert page.locator("#cited").is_visible()
    assert grave(page) == []
    page.get_by_text("2 versions").click()
    page.get_by_role("link", name="what changed").click()
    assert "A line that is new." in page.locator("ins").inner_text()
    assert grave(page) == []
    page.get_by_role("link", name="Ask").click()
    page.get_by_label("Your question").first.wait_for()


def test_a_hostile_document_shows_as_text_in_the_frame_and_by_itself(
    served: tuple[str, Assistant], open_page: OpenPage
) -> None:
    page = open_page(served[0])
    frame = opened(page, "Who does the heron belong to?")
    assert frame.locator("img, script").count() == 0
    assert "<script>window.top.ran=1</script>" in frame.locator("body").inner_text()
    page.goto(served[0] + (page.locator(".turn .chip, .turn .hit").first.get_attribute("href") or ""))
    assert page.locator("img, script").count() == 0
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize(("scheme", "asked"), [("null", "dark"), ("null", "light"), ("dark", None)])
def test_the_frame_is_dark_where_the_site_is(
    scheme: str, asked: str | None, served: tuple[str, Assistant], open_page: OpenPage
) -> None:
    page = open_page(f"{served[0]}/{f'?__theme={asked}' if asked else ''}", color_scheme=scheme)
    frame = opened(page, "What did the lighthouse of Kelsund cost?")
    shown = frame.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert shown == ("rgb(31, 34, 36)" if (asked or scheme) == "dark" else "rgb(255, 255, 255)")


def test_a_source_fits_a_phone_and_large_letters(
    served: tuple[str, Assistant], open_page: OpenPage, grave: Callable[["Page"], list[str]]
) -> None:
    url, assistant = served
    paper = next(entry for entry in assistant.library.list() if entry.source.endswith(".pdf"))
    page = open_page(
        f"{url}/source/{paper.id}/1?start=0&end=40", width=390, height=844, color_scheme="dark", bypass_csp=True
    )
    _wait_for_picture(page)
    assert grave(page) == []
    for size in ("100%", "200%"):
        page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
