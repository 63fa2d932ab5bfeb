"""Pictures are drawn once, in another process, and kept within a bound."""

from pathlib import Path

import pytest

from benchmarks.papers import written_pdf
from corpus.errors import SourceError
from corpus.pictures import PageAsked
from index.pictures import PICTURES, Pictures, why


def test_a_picture_is_drawn_once_and_the_oldest_ones_go_at_the_bound(tmp_path: Path) -> None:
    paper = written_pdf(tmp_path / "paper", [[f"Page {number}"] for number in range(4)])
    size = len(Pictures(tmp_path).page(PageAsked(paper, 1)))
    pictures = Pictures(tmp_path, most_bytes=int(2.5 * size))
    second = pictures.page(PageAsked(paper, 2))
    first = pictures.page(PageAsked(paper, 1))  # looked at again, so the second is the oldest
    pictures.page(PageAsked(paper, 3))
    content = paper.read_bytes()
    paper.write_bytes(b"gone")
    assert pictures.page(PageAsked(paper, 1)) == first
    with pytest.raises(SourceError, match="damaged"):
        pictures.page(PageAsked(paper, 2))
    paper.write_bytes(content)
    assert pictures.page(PageAsked(paper, 2)) == second
    assert len(list((tmp_path / PICTURES).iterdir())) == 2


def test_a_picture_that_cannot_be_kept_is_shown_all_the_same(tmp_path: Path) -> None:
    paper = written_pdf(tmp_path / "paper", [["Words"]])
    (tmp_path / PICTURES).write_text("in the way")
    assert Pictures(tmp_path).page(PageAsked(paper, 1)).startswith(b"\xff\xd8")


def test_a_damaged_file_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "paper").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(SourceError) as failed:
        Pictures(tmp_path).page(PageAsked(tmp_path / "paper", 1))
    assert why(failed.value).startswith("the file is damaged")
