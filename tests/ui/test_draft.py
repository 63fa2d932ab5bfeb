"""A draft, sentence by sentence, through the command."""

import json
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.sandbox import Limits, Sandbox
from index.library import Library
from tests.corpus.misbehaving import act
from tests.ui.test_cli import onrecord
from ui import draft

DRAFT = (
    "---\ntitle: Draft\n---\n# Draft\n\nThe mayor, Ines Falk, said that the sea wall had failed. "
    "The striker Tom Berger scored twice against Lisbon.\n\nTraffic is led over the old ferry.\n"
)


@pytest.fixture
def filled(home: Path, library: Library, articles: Path) -> Path:
    library.add([articles])
    return home


def test_each_sentence_of_a_draft_has_a_verdict_and_the_words_that_speak_for_it(filled: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(DRAFT)
    done = onrecord(filled, "check", str(draft))
    assert done.returncode == 0, done.stderr
    assert "[+] The mayor, Ines Falk, said that the sea wall had failed.\n    supported\n" in done.stdout
    assert (
        "[-] The striker Tom Berger scored twice against Lisbon.\n    not found: Tom Berger and Lisbon are not"
        in done.stdout
    )
    assert "Harbour Post, 2021-11-20: Storm floods the old town" in done.stdout
    assert "3 sentences: 2 supported, 1 not found." in done.stderr


def test_the_json_of_a_check_is_that_of_an_answer_a_line_a_sentence(filled: Path) -> None:
    done = onrecord(filled, "check", "-", "--json", given="Traffic is led over the old ferry. Yes.")
    (line,) = done.stdout.splitlines()
    found = json.loads(line)
    assert (found["schema"], found["id"], found["question"]) == (1, "1", "Traffic is led over the old ferry.")
    assert found["statements"][0]["support"] == "supported"
    assert found["draft"] == {"start": 0, "end": 34}
    assert found["citations"][0]["quote"] == "Traffic is led over the old ferry."


def test_a_draft_that_cannot_be_checked_says_why(filled: Path, tmp_path: Path) -> None:
    empty = onrecord(filled, "check", "-", given="Yes.")
    assert (empty.returncode, "no sentences in it to check" in empty.stderr) == (1, True)
    missing = onrecord(filled, "check", str(tmp_path / "none.md"))
    assert missing.returncode == 1
    assert "none.md" in missing.stderr
    assert len(missing.stderr.splitlines()) == 1


def test_who_he_is_comes_from_the_sentence_before_in_the_same_paragraph(filled: Path) -> None:
    done = onrecord(
        filled,
        "check",
        "-",
        given="Ines Falk is the mayor.\n\nThe mayor Ines Falk spoke. She said the sea wall would be rebuilt.",
    )
    assert "read as: Ines Falk said the sea wall would be rebuilt." in done.stdout
    alone = onrecord(filled, "check", "-", given="Ines Falk is the mayor.\n\nShe said the sea wall would be rebuilt.")
    assert "read as" not in alone.stdout


def test_what_differs_is_shown_with_the_words_that_tell_it(filled: Path) -> None:
    done = onrecord(filled, "check", "-", given="The ferry carries 700 cars a day.")
    told = '    contradicted: the source says 900, the sentence 700\n    "The ferry carries 900 cars a day."'
    assert told in done.stdout
    assert "1 sentence: 1 contradicted." in done.stderr


def test_a_sentence_that_is_too_long_is_said_to_be_and_the_rest_is_checked(filled: Path) -> None:
    long = " ".join(["a" * 55] * 60) + "."
    done = onrecord(filled, "check", "-", given=f"Traffic is led over the old ferry.\n\n{long}")
    assert done.returncode == 3, done.stderr
    assert "[+] Traffic is led over the old ferry." in done.stdout
    assert "not checked: the sentence has" in done.stdout


@pytest.mark.parametrize("given", ["", "  \n", "Yes. No, never."])
def test_an_empty_draft_is_said_to_be_empty(filled: Path, given: str) -> None:
    done = onrecord(filled, "check", "-", given=given)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "standard input" in done.stderr


def test_a_binary_file_is_refused_with_its_name(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.txt").write_bytes(bytes(range(256)) * 8)
    done = onrecord(filled, "check", str(tmp_path / "photo.txt"))
    assert (done.returncode, "photo.txt" in done.stderr, len(done.stderr.splitlines())) == (1, True, 1)


def test_a_draft_that_kills_its_reader_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "reading", lambda: Sandbox(act, Limits()))
    (tmp_path / "segfault.txt").touch()
    with pytest.raises(SourceError, match=r"segfault\.txt: reading it broke off \(SIGSEGV\)"):
        draft.sentences(tmp_path / "segfault.txt")
