"""Who said what, from the attributions that the record keeps."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.errors import QuestionError
from corpus.filters import Filters
from corpus.schema import SCHEMA
from index.encoder import Encoder
from index.library import Library

FALK = Filters(speakers=("falk",))


@pytest.fixture
def assistant(home: Path, encoder: Encoder, articles: Path) -> Iterator[Assistant]:
    (articles / "later.md").write_text(
        "---\noutlet: Harbour Post\npublished: 2021-12-02\n---\n# The wall again\n\n"
        '"The wall will be a metre higher," said Ines Falk. She said that the state would pay for it.\n'
    )
    opened = Assistant(Settings(home=home), encoder)
    opened.library.add([articles])
    yield opened
    opened.close()


def test_quotations_of_a_speaker_stand_in_date_order_verbatim(assistant: Assistant) -> None:
    found = assistant.quotes(FALK)
    assert [c.document.published for c in found] == ["2021-11-20", "2021-11-20", "2021-12-02", "2021-12-02"]
    assert {c.speaker for c in found} == {"Ines Falk"}
    assert [c.marker for c in found] == [1, 2, 3, 4]
    for citation in found:
        assert citation.quote == citation.document.text[citation.start : citation.end]
    assert found[2].speech == "direct"
    assert found[2].document.text[slice(*(found[2].content or (0, 0)))] == "The wall will be a metre higher,"


def test_a_subject_leaves_only_what_is_on_it(assistant: Assistant) -> None:
    assert [c.quote for c in assistant.quotes(FALK, "who pays")] == ["She said that the state would pay for it."]
    assert assistant.quotes(FALK, "chess") == []


def test_filters_hold_for_quotations(assistant: Assistant) -> None:
    assert len(assistant.quotes(Filters(speakers=("Falk",), as_of="2021-11-30"))) == 2
    assert assistant.quotes(Filters(speakers=("Falk",), outlets=("Other",))) == []


def test_accents_and_case_of_a_name_do_not_matter(home: Path, encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "visit.txt"
    path.write_text("The visit\n\nMinister Jörg Bäcker said that the visit was over.")
    assistant = Assistant(Settings(home=home), encoder)
    assistant.library.add([path])
    assert len(assistant.quotes(Filters(speakers=("backer",)))) == 1
    assistant.close()


@pytest.mark.parametrize("speakers", [(), ("  ",)])
def test_somebody_must_be_named(assistant: Assistant, speakers: tuple[str, ...]) -> None:
    with pytest.raises(QuestionError, match="no speaker is named"):
        assistant.quotes(Filters(speakers=speakers))


def test_a_removed_document_takes_its_quotations_along(assistant: Assistant) -> None:
    storm = next(entry for entry in assistant.library.list() if "Storm" in entry.title)
    assistant.library.remove([storm.id])
    assert [c.document.published for c in assistant.quotes(FALK)] == ["2021-12-02", "2021-12-02"]


def test_a_library_of_the_first_schema_is_read_for_who_says_what(home: Path, encoder: Encoder, articles: Path) -> None:
    library = Library(home, encoder=encoder)
    library.add([articles])
    library.close()
    (home / "catalog.sqlite3").rename(home / "later.sqlite3")
    with sqlite3.connect(home / "catalog.sqlite3") as record:  # as the first schema had it
        record.executescript(SCHEMA)
        record.execute("PRAGMA user_version = 1")
        record.execute("ATTACH ? AS later", (str(home / "later.sqlite3"),))
        for table in ("documents", "passages"):
            columns = ", ".join(row[1] for row in record.execute(f"PRAGMA main.table_info({table})"))
            record.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM later.{table}")
    record.close()
    assistant = Assistant(Settings(home=home), encoder)
    assert assistant.library.catalog.unattributed()
    assert [c.speaker for c in assistant.quotes(FALK)] == ["Ines Falk"] * 2
    assert not assistant.library.catalog.unattributed()
    assistant.close()
