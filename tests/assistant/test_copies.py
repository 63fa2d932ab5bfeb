"""A wire story in five papers is one voice: cited once, counted once, said to be in five, and nothing else crowded out."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import Answer, Citation, Statement, as_json
from assistant.assistant import Assistant
from assistant.copies import distinct
from assistant.positions import laid_out
from assistant.question import read_question
from assistant.settings import load_settings
from corpus.filters import Filters
from corpus.types import Document, Passage
from index.encoder import Encoder
from index.retriever import Hit

STORY = (
    "The harbour council of Vall will close the old lighthouse in March, the harbour master said on Tuesday. The lamp has "
    "burnt since 1883 and costs 40,000 crowns a year. A mast with a light on a battery will stand in its place. Fishermen "
    "in the town have asked for the tower to be kept as a museum, and a petition with 2,100 names was handed to the "
    "council last week. The council will support the museum with money from the port fees."
)
OTHER = (
    "---\noutlet: Coast Radio\npublished: 2021-02-20\ntitle: Shipping light\n---\n"
    "The pilots of Vall are against closing the lighthouse. They told the council that the mast cannot be seen in fog."
)
PAPERS = {"Wire": "2021-01-12", "Post": "2021-01-13", "Herald": "2021-01-13", "Gazette": "2021-01-14", "Echo": ""}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path, encoder: Encoder) -> Assistant:
    home = tmp_path_factory.mktemp("copies")
    (home / "encoder").symlink_to(encoder_folder)
    papers = home / "papers"
    papers.mkdir()
    for outlet in reversed(PAPERS):  # the earliest comes last
        published = f"published: {PAPERS[outlet]}\n" if PAPERS[outlet] else ""
        front = f"---\noutlet: {outlet}\n{published}title: Lighthouse, says the {outlet}\n---\n"
        (papers / f"{outlet}.md").write_text(f"{front}{STORY} Subscribe to the {outlet}.")
    (papers / "other.md").write_text(OTHER)
    opened = Assistant(load_settings(home=home, k=2), encoder)
    opened.library.add([papers])
    return opened


def test_the_earliest_is_cited_alone_and_the_others_are_counted(assistant: Assistant) -> None:
    answer = assistant.ask("How much does the lamp of the lighthouse cost a year?")
    assert [citation.document.outlet for citation in answer.citations] == ["Wire"]
    assert {entry.outlet for entry in answer.citations[0].retold} == set(PAPERS) - {"Wire"}
    told = as_json(answer)
    assert told["independent_sources"] == 1
    assert str(told["text"]).endswith("\n[1] is the same report in 5 outlets.")
    group = {entry.id: entry.duplicate_group for entry in assistant.library.list()}
    (cited,) = told["citations"]  # type: ignore[misc]
    assert cited["document"]["duplicate_group"] == group[cited["document"]["id"]] is not None
    assert sorted(cited["retold"]) == sorted(id for id, g in group.items() if g and id != cited["document"]["id"])


def test_as_of_a_day_later_copies_are_not_told_of(assistant: Assistant) -> None:
    answer = assistant.ask("How much does the lamp cost a year?", filters=Filters(as_of="2021-01-13"))
    assert "[1] is the same report in 3 outlets." in answer.text
    alone = assistant.ask("How much does the lamp cost a year?", filters=Filters(as_of="2021-01-12"))
    assert "same report" not in alone.text


def test_a_filter_for_one_paper_cites_that_paper(assistant: Assistant) -> None:
    answer = assistant.ask("How much does the lamp cost a year?", filters=Filters(outlets=("Gazette",)))
    assert [citation.document.outlet for citation in answer.citations] == ["Gazette"]
    assert "same report" not in answer.text


def test_copies_do_not_crowd_out_another_source(assistant: Assistant) -> None:
    answer = assistant.ask("Will the lighthouse be closed?")
    found = {answer.documents[f"{hit.passage.document_id}@{hit.passage.version}"].outlet for hit in answer.hits}
    assert "Coast Radio" in found  # with k = 2


def test_papers_that_print_one_story_are_no_voices_that_agree(assistant: Assistant) -> None:
    answer = assistant.ask("Will the council support the museum?")
    assert answer.statements
    assert len({position.speaker for position in answer.positions} & set(PAPERS)) <= 1
    of_the_story = [citation for citation in answer.citations if citation.quote in STORY]
    assert {citation.document.outlet for citation in of_the_story} == {"Wire"}


def test_a_side_that_two_papers_take_in_one_story_is_taken_by_one_voice() -> None:
    def told(groups: tuple[str | None, str | None]) -> list[str]:
        texts = ("The council will support the museum.", "Yes, the council will support the museum of Vall.")
        cited = tuple(
            Citation(n, replace(document(f"paper {n}", text), duplicate_group=group), 0, len(text))
            for n, (text, group) in enumerate(zip(texts, groups, strict=True), 1)
        )
        statements = tuple(Statement(c.quote, (c.marker,)) for c in cited)
        answer = Answer("", "", "answered", 1.0, statements=statements, citations=cited)
        return [p.speaker for p in laid_out(read_question("Will the council support the museum?"), answer).positions]

    assert told((None, None)) == ["paper 1", "paper 2"]
    assert told(("wire", "wire")) == []  # one position is none


def document(id: str, text: str) -> Document:
    return Document(id, 1, f"/{id}", "", text, None, None, (), id, (), None, "text/plain", id, (), (), "")


def hit(id: str, text: str) -> Hit:
    spans, at = [], 0
    for sentence in text.split(". "):
        spans.append((at, at + len(sentence)))
        at += len(sentence) + 2
    return Hit(Passage(f"{id}/0", id, 1, 0, 0, len(text), text, tuple(spans)), 0.0, {})


def test_hits_are_taken_until_as_many_are_no_copies() -> None:
    hits = [
        hit("a", "One. Two"),
        hit("b", "Two. One. Ad"),
        hit("c", "One. Three and four"),
        hit("d", "One. Two"),
        hit("e", "Four"),
    ]
    stories = {"a@1": "a", "b@1": "a", "c@1": "a"}
    assert [found.passage.document_id for found in distinct(hits, stories, 3)] == ["a", "b", "c", "d"]
    assert [found.passage.document_id for found in distinct(hits, {}, 3)] == ["a", "b", "c"]
    assert distinct(hits[:2], stories, 3) == hits[:2]
