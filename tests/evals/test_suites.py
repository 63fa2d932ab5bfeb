"""Each suite reads its set's form and scores it: sets of a few made-up rows, their figures worked out by hand."""

from pathlib import Path
from typing import Any

import pytest

from assistant.settings import Settings, load_settings
from corpus.errors import SourceError
from evals.compare import scored
from evals.records import Section
from evals.run import run_suites
from evals.suite import is_odd
from tests.evals.conftest import even, odd, write_jsonl

BRIDGE = "The harbour bridge was closed on 3 March 2021. Repairs will cost 40 million dollars, the city said."
SCHOOL = "The council voted for a new school on Monday. The school will have 600 pupils."
STORM = "A storm flooded the old town on Friday night. Four hundred people were brought to safety in boats."


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home=home)


def run(name: str, data: Path, settings: Settings, *baselines: str) -> list[Section]:
    return list(run_suites([name], data, data / "run.jsonl", settings, baselines))


def values(section: Section) -> dict[str, float]:
    return {figure.name: figure.value for figure in scored(section)}


def test_beir_takes_any_folder_and_judgements_in_either_place(tiny: Path, settings: Settings) -> None:
    folder = tiny / "time"
    (folder / "qrels").mkdir()
    (folder / "qrels.tsv").rename(folder / "qrels" / "test.tsv")
    mine, bm25 = run("beir", folder, settings, "bm25")
    assert [record.id for record in mine.records] == ["a", "b"]  # the third has no judgements
    assert values(mine)["nDCG@10"] == values(bm25)["nDCG@10"] == 1
    (folder / "qrels" / "test.tsv").write_text("query\tdocument\n1\t2\n")
    with pytest.raises(SourceError, match=r"test\.tsv: not judgements with the columns query-id"):
        run("beir", folder, settings)


def test_squad2_scores_reading_and_open_retrieval(tmp_path: Path, settings: Settings) -> None:
    def question(id: str, text: str, *answers: str) -> dict[str, Any]:
        given = [{"text": answer, "answer_start": BRIDGE.index(answer)} for answer in answers]
        return {"id": id, "question": text, "answers": given, "is_impossible": not answers}

    questions = [
        question(odd("cost"), "How many dollars will the repairs of the bridge cost?", "40 million dollars"),
        question(odd("chess"), "Who won the chess championship?"),
        question(even("left out"), "When was the bridge closed?", "3 March 2021"),
    ]
    paragraphs = [{"context": BRIDGE, "qas": questions}, {"context": SCHOOL, "qas": []}]
    write_jsonl(tmp_path / "squad2" / "articles.jsonl", [{"title": "Harbour_town", "paragraphs": paragraphs}])
    (section,) = run("squad2", tmp_path, settings)
    found = values(section)
    assert [record.part for record in section.records] == ["open", "reading", "reading"]
    assert found["open: success@1"] == 1
    assert found["answerable: first citation holds the answer"] == 1
    assert found["abstention recall"] == 1
    assert found["AUROC of answerability"] == 1
    assert 0 < found["reading: F1"] <= 1


def test_clapnq_counts_the_sentences_cited_of_the_given_passage(tmp_path: Path, settings: Settings) -> None:
    def row(id: str, question: str, *chosen: str) -> dict[str, Any]:
        passage = {"title": "Harbour town", "sentences": [SCHOOL, *BRIDGE.split(". "), STORM]}
        return {"id": id, "input": question, "passages": [passage], "output": [{"selected_sentences": list(chosen)}]}

    folder = tmp_path / "clapnq"
    cost = "Repairs will cost 40 million dollars, the city said."
    write_jsonl(folder / "answerable.jsonl", [row(odd("a"), "what will repairs of the bridge cost", cost)])
    write_jsonl(folder / "unanswerable.jsonl", [row(odd("b"), "who won the chess championship"), row(even("c"), "x")])
    (section,) = run("clapnq", tmp_path, settings)
    answerable, unanswerable = section.records
    assert [place.end - place.start for place in answerable.units[:1]] == [len(SCHOOL)]
    cited = sum(any(c.start < p.end and p.start < c.end for c in answerable.cited) for p in answerable.units)
    found = values(section)
    assert found["sentences cited"] == cited
    assert found["sentence citation recall"] == 1
    assert found["sentence citation F1"] == pytest.approx(2 / (cited + 1))
    assert (unanswerable.status, found["abstention F1"]) == ("abstained", 1)


def test_mtrag_searches_four_queries_and_asks_the_dialogue(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "mtrag"
    texts = {"bridge": BRIDGE, "school": SCHOOL, "storm": STORM}
    write_jsonl(folder / "corpus.jsonl", [{"_id": id, "title": "", "text": text} for id, text in texts.items()])
    turns = [["user", "When was the harbour bridge closed?"], ["agent", "On 3 March."], ["user", "What will it cost?"]]
    asked, silent = odd("q"), odd("u")
    chess = [["user", "Who won the chess championship?"]]
    rows = [{"_id": asked, "turns": turns, "answerability": ["ANSWERABLE"]}]
    rows.append({"_id": silent, "turns": chess, "answerability": ["UNANSWERABLE"]})
    write_jsonl(folder / "queries.jsonl", rows)
    (folder / "qrels.tsv").write_text(f"query-id\tcorpus-id\tscore\n{asked}\tbridge\t1\n")
    (section,) = run("mtrag", tmp_path, settings)
    queries = {record.part: record.question for record in section.records if record.answer is None}
    assert queries["last turn"] == "What will it cost?"
    assert queries["last two turns"] == "When was the harbour bridge closed? What will it cost?"
    assert "On 3 March." in queries["whole dialogue"]
    assert queries["rewritten"] == "What will it cost? (harbour bridge closed)"
    found = values(section)
    assert found["rewritten: nDCG@10"] == found["rewritten, after the first: nDCG@10"] == 1
    alone = found["last turn, after the first: nDCG@10"]
    assert found["rewritten, after the first: gain in nDCG@10"] == pytest.approx(1 - alone)
    assert found["asked, answerable: cites a relevant passage"] == 1
    assert found["abstention recall"] == 1


def test_ramdocs_wants_every_gold_answer_and_no_wrong_one(tmp_path: Path, settings: Settings) -> None:
    asked = (f"How many pupils will the {school} have?" for school in ("school", "new school", "council's school"))
    question = next(filter(is_odd, asked))
    documents = [{"text": SCHOOL, "type": "correct"}, {"text": SCHOOL.replace("600", "900"), "type": "misinfo"}]
    row = {
        "question": question,
        "documents": documents,
        "gold_answers": ["600 pupils"],
        "wrong_answers": ["900 pupils"],
    }
    write_jsonl(tmp_path / "ramdocs" / "questions.jsonl", [row])
    (section,) = run("ramdocs", tmp_path, settings)
    shown = [statement["text"] for statement in (section.records[0].answer or {})["statements"]]
    found = values(section)
    gold, wrong = (any(number in text for text in shown) for number in ("600", "900"))
    assert (gold or wrong, found["abstained"]) == (True, 0)
    assert (found["positions shown"], found["wrong answers shown"]) == (gold, wrong)
    assert found["all gold shown, nothing wrong (strict)"] == (gold and not wrong)


def test_averitec_searches_answers_by_the_claim_alone(tmp_path: Path, settings: Settings) -> None:
    def row(claim: str, label: str, *answers: str) -> dict[str, Any]:
        given = [{"answer": answer, "answer_type": "Extractive"} for answer in answers]
        none = [{"answer": "No answer could be found.", "answer_type": "Unanswerable"}]
        return {"claim": claim, "label": label, "questions": [{"question": "?", "answers": given or none}]}

    conflict = "Conflicting Evidence/Cherrypicking"
    rows = [
        row(odd("The harbour bridge was closed in March 2021. "), conflict, BRIDGE, BRIDGE.replace("March", "May")),
        row(odd("Nobody knows who won the chess championship. "), "Not Enough Evidence"),
        row(even("The old town was flooded. "), "Supported", STORM),
    ]
    write_jsonl(tmp_path / "averitec" / "claims.jsonl", rows)
    (section,) = run("averitec", tmp_path, settings)
    found = {figure.name: figure for figure in scored(section)}
    assert (found["nDCG@10"].value, found["nDCG@10"].n) == (1, 1)  # of the other there is nothing to find
    assert found["conflicting evidence/cherrypicking: nDCG@10"].value == 1
    assert found["not enough evidence: abstained"].value == 1
    assert found["conflicting: two answers or more cited"].n == 1


def test_the_llamaindex_baseline_searches_the_same_rows(tiny: Path, settings: Settings) -> None:
    pytest.importorskip("llama_index.embeddings.huggingface")
    _, defaults, small = run("time", tiny, settings, "llamaindex")
    assert [section.system for section in (defaults, small)] == ["llamaindex 1024", "llamaindex 160"]
    assert values(defaults)["nDCG@10"] == values(small)["nDCG@10"] == 1
