"""The command as its users run it: a process of its own, its output, its exit code."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from scripted import Exchange, chunk, offered_numbers, said, serving

from index.library import Library


def onrecord(home: Path, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ONRECORD_")}
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), *words]
    return subprocess.run(command, capture_output=True, text=True, input=given, env=environment, timeout=120)


def document_events(printed: str) -> list[dict[str, str]]:
    events = [json.loads(line) for line in printed.splitlines()]
    return [event for event in events if event["event"] == "document"]


@pytest.fixture
def filled(home: Path, library: Library, articles: Path) -> Path:
    library.add([articles])
    return home


def test_add_tells_of_each_document_and_list_and_show_have_it(home: Path, articles: Path) -> None:
    added = onrecord(home, "add", str(articles), "--tag", "harbour")
    assert added.returncode == 0, added.stderr
    assert "3 added" in added.stderr
    entries = json.loads(onrecord(home, "list", "--json").stdout)
    assert {entry["tags"][0] for entry in entries} == {"harbour"}
    shown = onrecord(home, "show", entries[0]["id"][:8])
    assert "Storm floods the old town" in shown.stdout
    again = onrecord(home, "add", str(articles), "--tag", "harbour")
    assert (again.returncode, "3 unchanged" in again.stderr) == (0, True)


def test_edit_states_what_the_source_does_not_and_show_tells_what_is_unknown(filled: Path) -> None:
    entries = json.loads(onrecord(filled, "list", "--json").stdout)
    id = next(entry["id"] for entry in entries if entry["source"].endswith("bridge.txt"))
    unknown = onrecord(filled, "show", id).stdout
    for line in (
        "outlet     unknown",
        "published  date unknown",
        "updated    unknown",
        "authors    unknown",
        "url        unknown",
    ):
        assert f"  {line}\n" in unknown
    words = ("--published", "2021-03-02", "--author", "Ada Wherry", "--author", "Otto Lund", "--tag", "ferry", "--json")
    edited = json.loads(onrecord(filled, "edit", id[:6], *words).stdout)
    assert edited == json.loads(onrecord(filled, "show", id, "--json").stdout)
    assert (edited["published"], edited["authors"], edited["tags"]) == (
        "2021-03-02",
        ["Ada Wherry", "Otto Lund"],
        ["ferry"],
    )
    assert "  authors    Ada Wherry, Otto Lund\n" in onrecord(filled, "edit", id, "--published", "").stdout
    asked = onrecord(filled, "ask", "When was the harbour bridge closed?", "--as-of", "2021-03-31")
    assert "1 without a date left out" in asked.stdout


@pytest.mark.parametrize(
    ("words", "problem"), [((), "nothing to change"), (("--published", "soon"), "'soon' is not a date")]
)
def test_a_wrong_edit_is_one_line_and_exit_2(filled: Path, words: tuple[str, ...], problem: str) -> None:
    refused = onrecord(filled, "edit", "0", *words)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert problem in refused.stderr


def test_a_document_is_shown_with_its_versions_and_with_those_that_tell_its_story(home: Path, tmp_path: Path) -> None:
    story = " ".join(f"On day {n} the ferry brought {n * 7} people over the sound." for n in range(9))
    for outlet in ("Wire", "Post"):
        (tmp_path / f"{outlet}.md").write_text(f"---\noutlet: {outlet}\ntitle: Ferry\n---\n{story} {outlet}.")
        onrecord(home, "add", str(tmp_path / f"{outlet}.md"))
    (tmp_path / "Post.md").write_text(f"---\noutlet: Post\ntitle: Ferries\n---\n{story} Post, again.")
    onrecord(home, "add", str(tmp_path / "Post.md"))
    entries = {entry["outlet"]: entry for entry in json.loads(onrecord(home, "list", "--json").stdout)}
    wire, post = entries["Wire"]["id"], entries["Post"]["id"]
    assert [entry["duplicate_group"] for entry in entries.values()] == [wire, wire]
    assert f"Ferries  (same story as {wire})" in onrecord(home, "list").stdout
    assert f"same story {post}: Post, date unknown; Ferries" in onrecord(home, "show", wire).stdout
    versions = onrecord(home, "show", post, "--versions").stdout.splitlines()
    assert len(versions) == 2 and versions[1].endswith("1 words new, 0 gone; changed: title")
    first = json.loads(onrecord(home, "show", post, "--version", "1", "--json").stdout)
    assert (first["version"], first["title"], first["text"].endswith("Post.")) == (1, "Ferry", True)
    none = onrecord(home, "show", post, "--version", "7")
    assert (none.returncode, none.stderr) == (
        1,
        f"onrecord: {post}: it has no version 7. See onrecord show {post} --versions.\n",
    )


def test_add_with_bad_files_exits_3_names_each_and_keeps_nothing_of_them(home: Path, articles: Path) -> None:
    (articles / "empty.txt").write_bytes(b"")
    (articles / "copy.txt").write_text((articles / "bridge.txt").read_text())
    added = onrecord(home, "add", str(articles), "/nowhere/at/all.txt", "--json")
    assert added.returncode == 3
    problems = [line for line in added.stderr.splitlines() if line.startswith("onrecord: ")]
    assert len(problems) == 3
    for name in ("empty.txt", "copy.txt", "/nowhere/at/all.txt"):
        assert any(name in line or "bridge.txt" in line for line in problems)
    events = [json.loads(line) for line in added.stdout.splitlines()]
    assert events[-1]["event"] == "done"
    statuses = [event["status"] for event in events if event["event"] == "document"]
    assert sorted(statuses) == ["added"] * 3 + ["duplicate", "failed", "failed"]
    assert len(json.loads(onrecord(home, "list", "--json").stdout)) == 3


@pytest.mark.parametrize("home", ["a-file", "a-file/below"])
def test_a_home_that_cannot_be_one_is_named(tmp_path: Path, home: str) -> None:
    (tmp_path / "a-file").write_text("x")
    listed = onrecord(tmp_path / home, "list")
    assert (listed.returncode, "Traceback" in listed.stderr) == (2, False)
    assert "cannot be used as a library's home" in listed.stderr
    assert "Errno" not in listed.stderr


def test_an_empty_name_is_not_taken_for_the_folder_one_is_in(tmp_path: Path) -> None:
    added = onrecord(tmp_path / "home", "add", "")
    assert added.returncode == 2
    assert "an empty name is no file" in added.stderr
    assert not (tmp_path / "home").exists()


def test_text_from_standard_input_is_a_document_with_an_identity(home: Path) -> None:
    words = "The ferry carries 900 cars a day, the mayor said.\nIt is full.\n"
    first = onrecord(home, "add", "-", "--json", given=words)
    again = onrecord(home, "add", "-", given=words)
    titled = onrecord(
        home, "add", "-", "--title", 'On "ferries"', given="WEBVTT\n\n00:01.000 --> 00:02.000\nIt is full.\n"
    )
    assert (first.returncode, again.returncode, titled.returncode) == (0, 0, 0), titled.stderr
    assert document_events(first.stdout)[0]["source"].startswith("pasted:")
    assert "1 unchanged" in again.stderr
    entries = json.loads(onrecord(home, "list", "--json").stdout)
    assert {entry["title"] for entry in entries} == {
        "The ferry carries 900 cars a day, the mayor said.",
        'On "ferries"',
    }
    assert {entry["media_type"] for entry in entries} == {"text/plain", "text/vtt"}
    empty = onrecord(home, "add", "-", given="")
    assert (empty.returncode, "the file is empty" in empty.stderr) == (1, True)
    assert onrecord(home, "add", "a.txt", "--title", "T").returncode == 2


def test_a_document_in_another_language_is_said_to_be(home: Path, tmp_path: Path) -> None:
    words = (
        "Le conseil municipal a voté lundi pour une école. « Nous n'avons pas le choix », a dit le maire, Jean Morel."
    )
    (tmp_path / "ecole.txt").write_text(words)
    added = onrecord(home, "add", str(tmp_path / "ecole.txt"))
    assert added.returncode == 0
    assert "French: OnRecord reads English best" in added.stderr
    again = onrecord(home, "add", "-", "--json", given=words + " Oui.")
    assert str(document_events(again.stdout)[0]["note"]).startswith("French")
    entries = json.loads(onrecord(home, "list", "--json").stdout)
    assert {entry["language"] for entry in entries} == {"fr"}
    assert "French" in onrecord(home, "show", entries[0]["id"]).stdout


def test_one_malformed_file_costs_only_itself(home: Path, articles: Path) -> None:
    (articles / "date.md").write_text("---\ndate: 2024-02-30\n---\nWords.")
    (articles / "deep.md").write_text("---\n" + "[" * 5_000 + "\n---\nWords.")
    (articles / "rows.jsonl").write_text("[" * 200_000 + '\n{"text": "Words of a row.", "outlet": "\\ud800"}\n')
    with open(os.path.join(os.fsencode(articles), b"odd\xff.txt"), "w") as file:
        file.write("Words of a file with an odd name.")
    added = onrecord(home, "add", str(articles))
    assert (added.returncode, "Traceback" in added.stderr) == (3, False), added.stderr
    assert "5 added" in added.stderr and "3 failed" in added.stderr


def test_ctrl_c_says_what_is_kept(home: Path, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text(
        "".join(json.dumps({"text": f"Row {n}. " + "Some words. " * 60}) + "\n" for n in range(4_000))
    )
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), "add", str(tmp_path / "many.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as adding:
        assert adding.stdout is not None and adding.stderr is not None
        adding.stdout.readline()
        adding.send_signal(signal.SIGINT)
        adding.stdout.read()
        problems = adding.stderr.read()
    assert adding.returncode == 130
    assert "interrupted" in problems


def test_add_of_nothing_that_works_exits_1(home: Path) -> None:
    assert onrecord(home, "add", "/nowhere.txt").returncode == 1


def test_ask_prints_the_quotation_with_outlet_and_date(filled: Path) -> None:
    asked = onrecord(filled, "ask", "How many pupils will the school have?")
    assert asked.returncode == 0, asked.stderr
    assert "The school will have 600 pupils. [1]" in asked.stdout
    assert "Harbour Post, 2021-05-04" in asked.stdout


def test_ask_json_is_one_object_and_abstaining_exits_0(filled: Path) -> None:
    asked = onrecord(filled, "ask", "Who won the chess championship in Reykjavik?", "--json", "--as-of", "2021-12")
    assert asked.returncode == 0
    answer = json.loads(asked.stdout)
    assert (answer["status"], answer["as_of"]) == ("abstained", "2021-12-31")


def test_strict_abstains_where_the_evidence_is_weak(filled: Path) -> None:
    question = "Did the council and the mayor talk of the harbour?"
    found = [json.loads(onrecord(filled, "ask", question, "--json", *words).stdout) for words in ([], ["--strict"])]
    assert found[0]["settings_hash"] != found[1]["settings_hash"]
    assert found[1]["status"] == ("answered" if found[0]["confidence"] >= 0.3 else "abstained")


def test_ask_from_a_file_answers_each_line_and_each_turn(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(
        '{"id": "q1", "question": "How many pupils will the school have?", "outlets": ["Harbour Post"]}\n'
        '{"id": "c1", "turns": ["When was the harbour bridge closed?", "How much will its repairs cost?"]}\n'
    )
    asked = onrecord(filled, "ask", "--from", str(path))
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["q1", "c1/1", "c1/2"]
    assert [answer["short"] for answer in answers] == ["600", "3 March 2021", "40 million"]
    assert answers[0]["filters"] == {"outlets": ["Harbour Post"]}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["ask", "  "], "the question is empty"),
        (["ask", "?!"], "no words"),
        (["ask", "why?", "--engine", "m", "--model-url", "localhost:8000"], "'localhost:8000' is no address"),
        (["ask", "why?", "--engine", ""], "engine"),
        (["add", "--follow", "a.txt"], "--follow is for addresses"),
        (["ask", "why " * 2_500], "9,999 characters"),
        (["ask", "why?", "--as-of", "soon"], "'soon' is not a date"),
        (["ask"], "--from"),
        (["ask", "--from", "/nowhere.jsonl"], "cannot be read"),
    ],
)
def test_a_question_that_cannot_be_asked_exits_2_with_one_line(filled: Path, words: list[str], says: str) -> None:
    asked = onrecord(filled, *words)
    assert asked.returncode == 2
    assert says in asked.stderr
    assert "Traceback" not in asked.stderr
    assert not asked.stdout


def test_a_bad_line_of_questions_is_named_before_anything_is_answered(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "How many pupils?"}\n{"turns": []}\n')
    asked = onrecord(filled, "ask", "--from", str(path))
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "questions.jsonl:2" in asked.stderr


def test_remove_takes_a_document_out_and_an_unknown_id_exits_1(filled: Path) -> None:
    (id,) = [
        e["id"] for e in json.loads(onrecord(filled, "list", "--json").stdout) if e["source"].endswith("bridge.txt")
    ]
    assert onrecord(filled, "remove", id).returncode == 0
    gone = onrecord(filled, "show", id)
    assert (gone.returncode, id in gone.stderr) == (1, True)


def test_search_prints_passages_with_their_views(filled: Path) -> None:
    rows = json.loads(onrecord(filled, "search", "ferry traffic", "-k", "2", "--json").stdout)
    assert len(rows) == 2
    assert "ferry" in rows[0]["text"]
    assert set(rows[0]["views"]) == {"cosine", "bm25_passage", "bm25_document", "late_interaction"}


def test_chat_remembers_what_was_asked(filled: Path) -> None:
    chat = onrecord(filled, "chat", given="When was the harbour bridge closed?\nHow much will its repairs cost?\n\n")
    assert chat.returncode == 0
    assert "asked as:" in chat.stdout
    assert "40 million dollars" in chat.stdout


COST = "How much will the repairs of the harbour bridge cost?"


def test_a_model_that_is_named_writes_the_answer(filled: Path) -> None:
    def written(exchange: Exchange) -> str:
        (number,) = [n for n, words in offered_numbers(exchange.prompt).items() if "40 million" in words]
        return f"The repairs will cost 40 million dollars. [{number}]\nThe mayor paid 90 million. [{number}]"

    with serving(said(written)) as provider:
        options = ("--engine", "scripted", "--model-url", provider.url)
        asked = onrecord(filled, "ask", COST, *options)
        strict = json.loads(onrecord(filled, "ask", COST, *options, "--strict", "--json").stdout)
        chat = onrecord(filled, "chat", *options, given=f"{COST}\n\n")
    assert asked.returncode == 0, asked.stderr
    assert "The repairs will cost 40 million dollars. [1]\n" in asked.stdout
    assert "90 million is not in the cited sentence)" in asked.stdout
    assert [statement["text"] for statement in strict["statements"]] == ["The repairs will cost 40 million dollars."]
    assert "The repairs will cost 40 million dollars. [1]" in chat.stdout


def test_a_model_that_fails_exits_1_with_the_reason_and_the_quotation(filled: Path) -> None:
    with serving(said("Nothing cited.")) as provider:
        asked = onrecord(filled, "ask", COST, "--engine", "scripted", "--model-url", provider.url)
    assert asked.returncode == 1
    assert "The language model failed. scripted cites none of the sentences" in asked.stdout
    assert "Repairs will cost 40 million dollars, the city said. [1]" in asked.stdout


def test_a_model_that_fails_on_some_questions_of_a_file_exits_3(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(f'{{"question": "{COST}"}}\n' * 2)
    with serving(said("Nothing cited."), said("NO ANSWER")) as provider:
        asked = onrecord(filled, "ask", "--from", str(path), "--engine", "m", "--model-url", provider.url)
    assert asked.returncode == 3, asked.stderr
    assert [json.loads(line)["status"] for line in asked.stdout.splitlines()] == ["failed", "abstained"]


def test_on_a_terminal_a_statement_is_printed_before_the_model_has_ended(filled: Path) -> None:
    goes_on = threading.Event()

    def reply(exchange: Exchange) -> None:
        (number,) = [n for n, words in offered_numbers(exchange.prompt).items() if "40 million" in words]
        exchange.start()
        exchange.send(chunk(f"It will cost 40 million dollars. [{number}]\n"))
        assert goes_on.wait(60)
        exchange.send(chunk(f"The city said so. [{number}]", finish="stop") + "data: [DONE]\n\n")

    terminal, other_end = pty.openpty()
    with serving(reply) as provider:
        command = [sys.executable, "-m", "ui.cli", "--home", str(filled), "ask", COST, "--engine", "m"]
        with subprocess.Popen([*command, "--model-url", provider.url], stdout=other_end) as asking:
            os.close(other_end)
            shown = b""
            while b"[1]" not in shown:
                shown += os.read(terminal, 1_000)
            assert b"The city said so" not in shown
            goes_on.set()
            assert asking.wait(60) == 0
    shown += os.read(terminal, 10_000)
    os.close(terminal)
    assert shown.count(b"It will cost 40 million dollars. [1]") == 1
    assert b"The city said so. [1]" in shown and b"Bridge closed for repairs" in shown


def test_models_lists_what_the_endpoint_offers(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(said(""), models='{"data": [{"id": "b"}, {"id": "a"}]}') as provider:
        (home / "onrecord.toml").write_text(f'model_url = "{provider.url}"\n')
        listed = onrecord(home, "models")
    assert (listed.returncode, listed.stdout) == (0, "a\nb\n")


def test_help_and_version_answer_without_a_library(tmp_path: Path) -> None:
    home = tmp_path / "none"
    assert "ask" in onrecord(home, "--help").stdout
    assert onrecord(home, "version").stdout.strip()[0].isdigit()
    assert not home.exists()


def test_a_damaged_record_exits_5(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"not a database, but longer than its header" * 100)
    assert onrecord(tmp_path, "list").returncode == 5


def test_help_imports_none_of_the_slow_libraries() -> None:
    slow = "chromadb datasketch feedparser gradio httpcore httpx llama_index nltk numpy openvino protego sentence_transformers torch trafilatura pydantic rich".split()
    check = f"import sys, ui.cli; print([name for name in {slow} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_ask_needs_no_library_that_trains_or_reads(filled: Path) -> None:
    check = (
        "import sys; from ui.cli import app\n"
        f"sys.argv = ['onrecord', '--home', {str(filled)!r}, 'ask', 'How many pupils will the school have?']\n"
        "try: app()\nexcept SystemExit: pass\n"
        "slow = 'torch nltk llama_index.core gradio assistant.model feedparser protego trafilatura py3langid babel docutils puremagic olefile lxml datasketch scipy'\n"
        "print([name for name in slow.split() if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "[]"


def test_quotes_lists_who_said_what_and_names_who_is_near(filled: Path) -> None:
    said = onrecord(filled, "quotes", "--speaker", "Falk")
    assert (said.returncode, said.stdout.count("Ines Falk (")) == (0, 2)
    assert "2021-11-20" in said.stdout and "Radio Nord" in said.stdout
    printed = json.loads(onrecord(filled, "quotes", "--speaker", "Falk", "--about", "sea wall", "--json").stdout)
    assert [citation["cue"] for citation in printed] == ["told"]
    nobody = onrecord(filled, "quotes", "--speaker", "Ines Folk")
    assert (nobody.returncode, nobody.stdout) == (0, "")
    assert "nobody called Ines Folk" in nobody.stderr and "Ines Falk" in nobody.stderr
