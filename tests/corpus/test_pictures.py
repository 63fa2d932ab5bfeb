"""A page of a PDF as a picture: bounded in pixels, with the words outlined where they stand on the page."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.papers import written_pdf
from corpus.errors import SourceError
from corpus.pictures import INK, MOST_PIXELS, WIDTH, PageAsked, drawn, is_pdf

LINES = [
    "The harbour bridge was closed on Monday.",
    "",
    "Repairs will cost 40 million dol-",
    "lars, the city said.",
    "",
]


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return written_pdf(tmp_path / "a.pdf", [LINES * 2, ["It was opened again. " * 3]])


def picture(asked: PageAsked) -> "Image.Image":
    (found,) = drawn(asked)
    return Image.open(BytesIO(found))


def outlined(image: "Image.Image") -> tuple[float, float] | None:
    """Return between which shares of the height there is ink of the outline, None where there is none."""
    near = [
        number // image.width
        for number, pixel in enumerate(image.convert("RGB").get_flattened_data())
        if all(abs(a - b) < 40 for a, b in zip(pixel, INK, strict=False))
    ]
    return (near[0] / image.height, near[-1] / image.height) if near else None


def test_the_words_are_outlined_where_they_stand_though_they_run_over_lines(paper: Path) -> None:
    assert outlined(picture(PageAsked(paper, 1))) is None
    first = outlined(picture(PageAsked(paper, 1, "cost 40 million dollars, the city")))
    again = outlined(picture(PageAsked(paper, 1, "cost 40 million dollars, the city", after=1)))
    assert first is not None and again is not None
    assert 0.11 < first[0] < 0.13 and 0.145 < first[1] < 0.16  # lines 3 and 4: baselines at 110 and 124 points of 842
    assert again[0] - first[0] == pytest.approx(5 * 14 / 842, abs=0.005)


def test_words_that_go_on_on_the_next_page_are_outlined_as_far_as_they_stand_there(paper: Path) -> None:
    over = "lars, the city said. It was opened again. It was"
    assert outlined(picture(PageAsked(paper, 1, over))) is not None
    assert outlined(picture(PageAsked(paper, 2, over))) is not None
    assert outlined(picture(PageAsked(paper, 2, "Words of nobody at all, on no page"))) is None


def test_a_page_that_is_turned_is_outlined_where_it_is_read(tmp_path: Path) -> None:
    turned = picture(PageAsked(written_pdf(tmp_path / "t.pdf", [LINES], rotated=90), 1, "The harbour bridge"))
    assert turned.width > turned.height
    ink = outlined(turned)
    assert ink is not None and ink[0] < 0.2 < ink[1]  # it runs down the page


@pytest.mark.parametrize("size", ["595 842", "20 14400", "14400 20", "14400 14400", "1 1"])
def test_no_page_becomes_more_pixels_than_the_bound(tmp_path: Path, paper: Path, size: str) -> None:
    sized = tmp_path / "sized.pdf"
    sized.write_bytes(paper.read_bytes().replace(b"/MediaBox [0 0 595 842]", f"/MediaBox [0 0 {size}]".encode()))
    image = picture(PageAsked(sized, 1))
    assert image.width * image.height <= MOST_PIXELS * 1.01
    assert image.width <= WIDTH + 1


def test_what_cannot_be_drawn_is_said_why(tmp_path: Path, paper: Path) -> None:
    with pytest.raises(SourceError, match="no page 3"):
        picture(PageAsked(paper, 3))
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind")
    with pytest.raises(SourceError, match="damaged"):
        picture(PageAsked(tmp_path / "broken.pdf", 1))
    assert is_pdf(paper) and not is_pdf(tmp_path / "none.pdf") and not is_pdf(Path(__file__))
