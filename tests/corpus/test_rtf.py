"""RTF gives its words without its code."""

from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers.rtf import read_rtf
from corpus.types import Extract


def one(path: Path, code: str | bytes) -> Extract:
    path.write_bytes(code if isinstance(code, bytes) else code.encode("latin-1"))
    (extract,) = read_rtf(path)
    return extract


def test_words_headings_tables_and_metadata(tmp_path: Path) -> None:
    found = one(
        tmp_path / "a.rtf",
        r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\stylesheet{\s0 Normal;}{\s1\b heading 1;}}
{\info{\title Gr\'e4in leaves}{\author Jane Doe; R. Roe}{\creatim\yr2024\mo5\dy15}}
{\header\pard Running head\par}
{\pard\s1\b The harbour\par}
{\pard\outlinelevel1 Ships\par}
{\pard The Pr\'e4sident said \u8220?it is so\u8221? \u-10179?\u-8694?.{\deleted Never.}{\v Secret.}\par}
{\pard{\listtext\'b7\tab}A {\field{\*\fldinst{HYPERLINK "http://example.org/x"}}{\fldrslt{link}}} in it.\par}
{\trowd\cellx3000\cellx6000\pard\intbl Port\cell Ships\cell\row\pard\intbl Odessa\cell 33\cell\row}
{\pict\pngblip """
        + "89504e470d0a1a0a" * 100
        + r"""}
}""",
    )
    assert found.text.split("\n\n") == [
        "The harbour",
        "Ships",
        "The Präsident said “it is so” 😊.",
        "A link in it.",
        "Port: Odessa; Ships: 33",
    ]
    assert [found.text[slice(*span)] for span in found.headings] == ["The harbour", "Ships"]
    assert (found.title, found.authors, found.published) == ("Gräin leaves", ("Jane Doe", "R. Roe"), None)


def test_another_code_page_is_read(tmp_path: Path) -> None:
    code = b"{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2 " + "мир".encode("cp1251") + b"}"
    assert one(tmp_path / "a.rtf", code).text == "Привет мир"


def test_what_is_cut_off_gives_what_there_is(tmp_path: Path) -> None:
    assert one(tmp_path / "a.rtf", r"{\rtf1 Three ships sailed.\par A four").text == "Three ships sailed.\n\nA four"


@pytest.mark.parametrize(
    "code", ["{\\rtf1 \\u99999999999 x}", "{\\rtf1\\ansicpg99999 x}", "{\\rtf1\\bin }\\pict", "{\\rtf1" + "{" * 5000]
)
def test_broken_code_ends_in_text_or_one_error(tmp_path: Path, code: str) -> None:
    try:
        one(tmp_path / "a.rtf", code)
    except SourceError as error:
        assert "not readable RTF" in str(error)


def test_what_is_no_rtf_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="this is no RTF"):
        one(tmp_path / "a.rtf", "words")


def test_the_head_of_the_text_tells_its_author_and_day(tmp_path: Path) -> None:
    code = r"{\rtf1\ansi{\info{\author Typing Pool}}{\pard By Ada Wherry\par}{\pard Published: 14 March 2023\par}{\pard It leaks.\par}}"
    found = one(tmp_path / "a.rtf", code)
    assert (found.published, found.authors) == ("2023-03-14", ("Ada Wherry",))
