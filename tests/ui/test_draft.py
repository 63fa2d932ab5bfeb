"""A draft, sentence by sentence, through the command."""

import json
from pathlib import Path

import pytest

from index.library import Library
from tests.ui.test_cli import onrecord

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
    assert found["citations"][0]["quote"] == "Traffic is led over the old ferry."


def test_a_draft_that_cannot_be_checked_says_why(filled: Path, tmp_path: Path) -> None:
    empty = onrecord(filled, "check", "-", given="Yes.")
    assert (empty.returncode, "no sentences in it to check" in empty.stderr) == (1, True)
    missing = onrecord(filled, "check", str(tmp_path / "none.md"))
    assert missing.returncode == 1
    assert "none.md" in missing.stderr
    assert len(missing.stderr.splitlines()) == 1
