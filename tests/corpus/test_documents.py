"""Office files, books and tables that others made, where the folder that has them is there: text, or one clear error."""

import random
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers import read
from corpus.types import Extract

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "documents"
OFFICE = (".docx", ".pptx", ".xlsx", ".csv", ".tsv", ".odt", ".rtf", ".epub", ".doc", ".ppt", ".xls", ".msg")
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in OFFICE)
SMALL = [path for path in FILES if path.stat().st_size < 60_000]
CODE = (": None", "fldChar", "HYPERLINK", "\u00ad", "\u00a0", "<w:", "\\par", "&nbsp;", "\ue000")
WAYS = ("docx", "pptx", "encrypted", "no text")  # what an error of a whole, undamaged file may be about

pytestmark = pytest.mark.skipif(not FILES, reason="needs ../shared/data/documents")


def outcome(path: Path) -> list[Extract | SourceError]:
    try:
        return list(read(path))
    except SourceError as error:
        return [error]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_gives_text_without_code_or_one_error_that_says_why(path: Path) -> None:
    found = outcome(path)
    assert found
    for document in found:
        if isinstance(document, SourceError):
            assert str(path) in str(document) and any(way in str(document) for way in WAYS)
            assert len(found) == 1
        else:
            assert document.text.strip() and document.title.strip()
            assert not [code for code in CODE if code in document.text]
            assert "\n\n\n" not in document.text
            for start, end in document.headings:
                assert document.text[start:end].strip() == document.text[start:end] != ""
            assert all(0 <= start <= len(document.text) for start in document.pages)


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".odt", ".rtf", ".epub", ".msg", ".csv"])
def test_a_file_that_was_cut_off_or_changed_ends_in_text_or_one_error(tmp_path: Path, suffix: str) -> None:
    dice = random.Random(suffix)
    files = [path for path in SMALL if path.suffix == suffix] or [path for path in FILES if path.suffix == suffix]
    for _ in range(12):
        data = bytearray(dice.choice(files).read_bytes())
        if dice.random() < 0.5:
            del data[dice.randrange(1, len(data)) :]
        else:
            for _ in range(dice.randrange(1, 20)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        path = tmp_path / f"a{suffix}"
        path.write_bytes(data)
        assert outcome(path)


def same_words(one: Path, other: Path) -> bool:
    """Tell whether two files have the same words, marks of lists aside."""
    texts = [
        " ".join(found.text.replace("•", "").split())
        for path in (one, other)
        for found in read(path)
        if isinstance(found, Extract)
    ]
    return len(texts) == 2 and texts[0] == texts[1]


@pytest.mark.parametrize("suffix", [".odt", ".rtf"])
def test_a_text_saved_in_two_formats_has_the_same_words(suffix: str) -> None:
    folder = FOLDER / "unstructured" / "language-docs"
    assert same_words(folder / "eng_spa_mult.docx", folder / f"eng_spa_mult{suffix}")


def test_a_table_saved_as_sheet_and_as_values_has_the_same_rows() -> None:
    folder = FOLDER / "unstructured"
    (values,) = read(folder / "stanley-cups.csv")
    (sheet,) = read(folder / "stanley-cups.xlsx")
    assert isinstance(values, Extract) and isinstance(sheet, Extract)
    assert values.text in sheet.text
