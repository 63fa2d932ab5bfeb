"""reStructuredText gives its words and headings, states metadata, and opens no file that it names."""

from pathlib import Path

from corpus.readers import read
from corpus.types import Extract

SOURCE = """
==========
Grain deal
==========
:Author: Ines Falk
:Date: 2022-08-23
:Outlet: Harbour Post

.. include:: {secret}

.. literalinclude:: {secret}

.. raw:: html
   :file: {secret}

.. a remark

.. |thing| replace:: named thing

A *first* paragraph with ``code``, a `link <https://example.org>`_, a |thing| and :unknown:`role`. See [1]_.

Ships
-----

- one ship

======  =====
Port    Ships
======  =====
Odessa  33
======  =====

+---------+
| badly drawn |
+---------+

.. csv-table::
   :file: {secret}

.. [1] A footnote.
"""


def one(folder: Path, source: str) -> Extract:
    path = folder / "a.rst"
    path.write_text(source)
    (found,) = read(path)
    assert isinstance(found, Extract)
    return found


def test_words_headings_and_rows_of_tables_are_kept(tmp_path: Path) -> None:
    found = one(tmp_path, SOURCE)
    assert [found.text[start:end] for start, end in found.headings] == ["Grain deal", "Ships"]
    assert "A first paragraph with code, a link, a named thing and :unknown:`role`. See [1]." in found.text
    assert "\n\nPort: Odessa; Ships: 33\n\n" in found.text
    assert "badly drawn" in found.text and "A footnote." in found.text
    assert "remark" not in found.text and "Unknown" not in found.text


def test_the_field_list_states_metadata(tmp_path: Path) -> None:
    found = one(tmp_path, SOURCE)
    assert (found.title, found.authors, found.published) == ("Grain deal", ("Ines Falk",), "2022-08-23")
    assert found.outlet == "Harbour Post"
    assert one(tmp_path, SOURCE.replace("2022-08-23", "Tuesday")).published is None


def test_front_matter_stands_above_the_field_list(tmp_path: Path) -> None:
    assert one(tmp_path, f"---\ndate: 2022-09\n---\n{SOURCE}").published == "2022-09"


def test_a_long_line_is_kept(tmp_path: Path) -> None:
    assert one(tmp_path, "  " + "words of it " * 5000).text == ("words of it " * 5000).strip()


def test_substitutions_that_grow_without_end_are_bounded(tmp_path: Path) -> None:
    laughs = "".join(f".. |a{n}| replace:: |a{n + 1}| |a{n + 1}|\n" for n in range(40))
    assert len(one(tmp_path, f"{laughs}.. |a40| replace:: ha\n\n|a0| Words.").text) < 100_000


def test_no_file_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words\n")
    assert "secret words" not in one(tmp_path, SOURCE.replace("{secret}", str(secret))).text
