"""The suite of marked articles, over two made-up ones in the set's form, with values worked out by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.settings import load_settings
from corpus.errors import SourceError
from evals.records import Record
from evals.suite import figures
from evals.suites.polnear import SUITE, same_speaker, source_kind
from index.encoder import Encoder

HARBOUR = (
    "Storm plans made by sailors\n\n"
    "The harbour will close on Monday, Ada Fixture said.\n\n"
    '"We are ready," she said. "The boats are in."\n\n'
    "Sailors circle the plan, though experts praise it.\n\n"
    "It was widely feared that the old wall would break."
)
SCHOOL = "A new school\n\nThe town needs a school, according to Bo Example."
# (source, cue, the pieces of the content), each in its order in the text
HARBOUR_MARKS = [
    ("Ada Fixture", "said", ["The harbour will close on Monday"]),
    ("she", "said", ['"We are ready,"', '"The boats are in."']),
    ("Sailors", "circle", ["the plan"]),
    ("", "feared", ["that the old wall would break"]),
]
SCHOOL_MARKS = [("Bo Example", "according to", ["The town needs a school"])]


def annotation(text: str, marks: list[tuple[str, str, list[str]]]) -> str:
    """Return the marks in brat's form, each event before what it names, as some files have it."""
    lines = []
    for number, (source, cue, content) in enumerate(marks, 1):
        paragraph = text.rindex("\n", 0, text.index(content[0])) + 1

        def span(words: str, start: int = paragraph) -> str:
            at = text.index(words, start)
            return f"{at} {at + len(words)}"

        event = f"Attribution:T{number}2 Content:T{number}1 Cue:T{number}2" + (f" Source:T{number}3" if source else "")
        lines += [
            f"E{number}\t{event}",
            f"T{number}1\tContent {';'.join(map(span, content))}\t{' '.join(content)}",
            f"T{number}2\tCue {span(cue)}\t{cue}",
        ]
        lines += [f"T{number}3\tSource {span(source)}\t{source}"] if source else []
    return "\n".join(lines) + "\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a folder like a copy of the set: two articles, one of them marked by two annotators."""
    dev = tmp_path / "polnear" / "data" / "dev"
    (dev / "text").mkdir(parents=True)
    (dev / "attributions").mkdir()
    (dev / "text" / "harbour_2031-01-01.txt").write_text(HARBOUR)
    (dev / "text" / "school_2031-01-02.txt").write_text(SCHOOL)
    (dev / "attributions" / "harbour_2031-01-01_1a1a.ann").write_text(annotation(HARBOUR, HARBOUR_MARKS))
    (dev / "attributions" / "harbour_2031-01-01_2b2b.ann").write_text(annotation(HARBOUR, HARBOUR_MARKS[:1]))
    (dev / "attributions" / "school_2031-01-02_1a1a.ann").write_text(annotation(SCHOOL, SCHOOL_MARKS))
    return tmp_path / "polnear"


@pytest.fixture
def assistant(home: Path, encoder: Encoder) -> Iterator[Assistant]:
    opened = Assistant(load_settings(home=home), encoder)
    yield opened
    opened.close()


def run(assistant: Assistant, data: Path) -> list[Record]:
    assert SUITE.run is not None
    return list(SUITE.run(assistant, data))


def test_marks_and_questions_are_scored_as_by_hand(copy: Path, assistant: Assistant) -> None:
    records = run(assistant, copy)
    found = {figure.name: (figure.value, figure.n) for figure in figures(records, SUITE.measures)}
    assert found["speaker right"] == pytest.approx((2 / 3, 3))  # Fixture and Example, not the circling sailors
    assert found["speaker right where one is named"] == pytest.approx((2 / 3, 3))
    assert found["speaker right: of said, told, according to"] == (1.0, 2)
    assert found["speaker right: a role"] == (0.0, 1)
    assert found["he, she, they: given to a pronoun"] == (1.0, 1)
    assert found["no source: somebody named"] == (0.0, 1)
    assert found["no mark in the sentence: somebody named"] == (0.0, 2)  # of the titles
    assert found["who said: content cited, with its speaker"] == (1.0, 2)
    assert found["who said: abstained"] == (0.0, 2)


def test_a_span_in_pieces_is_scored_over_all_its_sentences(copy: Path, assistant: Assistant) -> None:
    she = next(record for record in run(assistant, copy) if record.labels["speaker"] == "she")
    assert [place.quote for piece in she.evidence for place in piece] == ['"We are ready,"', '"The boats are in."']
    assert all(HARBOUR[p.start : p.end] == p.quote for piece in she.evidence for p in piece)
    assert (she.values["sentences"], she.labels["found"], she.labels["quoted"]) == (2.0, "Ada Fixture", "part")
    # all but the marks of the 15 and 19 characters; all of the 7 words found; 7 of the 9 words of both sentences
    assert (she.values["characters covered"], she.values["characters"]) == (30.0, 34.0)
    assert she.values["F1"] == 1.0
    assert she.values["F1, whole sentences"] == pytest.approx(2 * 7 / (9 + 7))


def test_questions_are_asked_of_names_and_sayings_alone(copy: Path, assistant: Assistant) -> None:
    asked = [record.question for record in run(assistant, copy) if record.part == "who said"]
    assert sorted(asked) == [
        "Who said that The harbour will close on Monday?",
        "Who said that The town needs a school?",
    ]


@pytest.mark.parametrize(
    ("gold", "found", "same"),
    [
        ("House Speaker Al Fixture (X-Pla.)", "Fixture", True),
        ("the Rev. Ada Wherry, of Dunn", "Wherry", True),
        ("the mayor, Ines Falk,", "Ines Falk", True),
        ("officials at the ministry", "officials", True),
        ("Fixture’s", "Al Fixture Jr.", True),
        ("the Fixture campaign", "Fixture", False),
        ("attorneys for the family", "the family", False),
    ],
)
def test_speakers_are_compared_by_their_head_words(gold: str, found: str, same: bool) -> None:
    assert same_speaker(gold, found) is same


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("Ada Fixture, the mayor", "name"),
        ("Experts", "role"),  # "experts" stands in the text too
        ("the mayor", "role"),
        ("They", "he, she, they"),
        ("who", "other"),
        ("", "none"),
    ],
)
def test_sources_are_told_apart(source: str, kind: str) -> None:
    assert source_kind(source, HARBOUR) == kind


def test_the_test_part_is_never_read(copy: Path, assistant: Assistant) -> None:
    (copy / "data" / "dev").rename(copy / "data" / "test")
    with pytest.raises(SourceError, match="no dev/text"):
        run(assistant, copy)


def test_a_wrong_folder_is_told_what_to_name(tmp_path: Path, assistant: Assistant) -> None:
    with pytest.raises(SourceError, match=r"nowhere: no dev/text .* Name a copy of github.com/networkdynamics/PolNeAR"):
        run(assistant, tmp_path / "nowhere")


def test_marks_of_another_text_are_refused(copy: Path, assistant: Assistant) -> None:
    (copy / "data" / "dev" / "text" / "school_2031-01-02.txt").write_text("Shifted. " + SCHOOL)
    with pytest.raises(SourceError, match=r"school_2031-01-02_1a1a\.ann: T11 is no mark of its article's text"):
        run(assistant, copy)
