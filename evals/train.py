"""Make assistant/weights.json: the logistic models of the quoting engine and of the check.

    python -m evals.train --data DIR

Learned from the rows of SQuAD 2.0 (CC BY-SA 4.0), ClapNQ and MTRAG (Apache-2.0) and WiCE under DIR whose id has an even
first SHA-1 byte; the odd rows are left for reporting. Each set is one library, searched as a user's would be; where a set
gives each question its passage, the question is asked of that alone as well.

The sentence model learns from answerable questions which sentence holds the answer. The question model learns from the
same questions, from those the sets mark as unanswerable, and from the answerable ones of a search again with the passages
that answer taken out of what was found: a library that is about the matter and does not tell. It is given the sentences'
probabilities as a sentence model has them that did not see the question's own article. The two models of the check learn from
WiCE (ODC-By): which claims the cited page supports in full, and which at all; the pages that the other claims cite stand for
a library that does not tell.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import assistant.quoting as quoting
from assistant.assistant import Assistant
from assistant.conversation import Turn, standalone
from assistant.gathering import CHECKING_FEATURES
from assistant.question import read_question
from assistant.quoting import logistic, summary, summary_names
from assistant.ranking import FEATURES, Candidate, candidates, features
from assistant.settings import load_settings
from corpus.filters import Filters
from evals.suites.wice import LABELS, page
from index.encoder import Encoder, TokenVectors, load_encoder
from index.library import Library
from index.retriever import Retriever

PASSAGES = 10
FOLDS = 5
CHECKING_C = 0.03  # inverse strength of the check's models: of 0.01, 0.03, 0.1 the best AUROC on held-out rows
NEAR_BEST = 0.01  # of F1
# Of a row, by its set and whether its passage is given, for the sentence model and the question model: SQuAD has ten
# times the rows of the others.
SENTENCE_WEIGHTS = {("squad2", True): 1.0, ("squad2", False): 0.1, ("clapnq", True): 8.0, ("clapnq", False): 2.0}
QUESTION_WEIGHTS = {
    ("squad2", True): 1.0, ("squad2", False): 0.3, ("clapnq", True): 4.0, ("clapnq", False): 2.0, ("mtrag", False): 4.0,
}  # fmt: skip
REFUSED = 0.06  # share of answerable rows that the suggested strictness refuses


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set: the documents (by row id) that answer it, or are given as if they did, and where the set tells,
    the words that do. `group` names its article.
    """

    suite: str
    query: str
    answerable: bool
    documents: frozenset[str]
    words: tuple[str, ...] | None
    group: str = ""
    given: bool = False  # its documents alone are searched


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim's gold support by its own page, or by all others, whether its words rule support out, and its features."""

    label: str
    own: bool
    ruled_out: bool
    features: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """An asked question with its candidates' features, [n, features], and which of them answer."""

    asked: Asked
    features: NDArray[np.float64]
    answers: NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    settings = load_settings()
    encoder = _Remembering(load_encoder(settings.encoder, settings.home / "encoder"))
    rows = [row for read in (_squad2, _clapnq, _mtrag) for row in _rows(*read(data), encoder)]
    sentence = _sentence_model(rows)
    question, confidences = _question_model(rows)
    models = {"sentence": sentence, "question": question} | _checking_models(data, encoder)
    (Path(quoting.__file__).parent / "weights.json").write_text(json.dumps(models, indent=1) + "\n")
    print(
        f"{len(rows)} questions; a strictness of {np.quantile(confidences, REFUSED):.3f} refuses {REFUSED:.0%} of the answerable"
    )


def _even(id: str) -> bool:
    return hashlib.sha1(id.encode()).digest()[0] % 2 == 0


def _lines(path: Path) -> Iterator[dict]:  # type: ignore[type-arg]
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _squad2(data: Path) -> tuple[list[dict[str, str]], list[Asked]]:
    corpus: list[dict[str, str]] = []
    asked = []
    for article in _lines(data / "squad2" / "articles.jsonl"):
        for paragraph in article["paragraphs"]:
            id = str(len(corpus))
            corpus.append({"id": id, "title": article["title"].replace("_", " "), "text": paragraph["context"]})
            for row in filter(lambda row: _even(row["id"]), paragraph["qas"]):
                words = tuple(paragraph["context"][a["answer_start"] :][:80] for a in row["answers"])
                given = row["question"], not row["is_impossible"], frozenset({id}), words, article["title"]
                asked += [Asked("squad2", *given, alone) for alone in (True, False)]
    return corpus, asked


def _clapnq(data: Path) -> tuple[list[dict[str, str]], list[Asked]]:
    corpus: list[dict[str, str]] = []
    asked = []
    for name in ("answerable", "unanswerable"):
        for row in _lines(data / "clapnq" / f"{name}.jsonl"):
            ids = []
            for passage in row["passages"]:
                ids.append(str(len(corpus)))
                corpus.append({"id": ids[-1], "title": passage["title"], "text": " ".join(passage["sentences"])})
            if _even(row["id"]):
                words = tuple(sentence for output in row["output"] for sentence in output["selected_sentences"])
                given = row["input"], name == "answerable", frozenset(ids), words, row["id"]
                asked += [Asked("clapnq", *given, alone) for alone in (True, False)]
    return corpus, asked


def _mtrag(data: Path) -> tuple[list[dict[str, str]], list[Asked]]:
    folder = data / "mtrag"
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, _ = line.split("\t")
        relevant.setdefault(query, set()).add(document)
    asked = []
    for row in _lines(folder / "queries.jsonl"):
        if not _even(row["_id"]) or row["answerability"][0] not in ("ANSWERABLE", "UNANSWERABLE"):
            continue
        turns: list[Turn] = []
        for speaker, turn in row["turns"]:
            if speaker == "user":
                turns.append(Turn(standalone(turn, turns)))
        documents = frozenset(relevant.get(row["_id"], ()))
        answerable = row["answerability"][0] == "ANSWERABLE"
        group = row["_id"].partition("<")[0]
        asked.append(Asked("mtrag", turns[-1].query, answerable, documents, None, group))
    return list(_lines(folder / "corpus.jsonl")), asked


def _rows(corpus: list[dict[str, str]], questions: list[Asked], encoder: Encoder) -> Iterator[Row]:
    """Answer the questions over a library of the corpus, as far as the candidates' features."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in corpus), encoding="utf-8")
        library = Library(Path(folder) / "home", encoder=encoder)
        library.add([path])
        retriever = Retriever(library)
        catalog = library.catalog
        documents = {f"{e.id}@{e.version}": catalog.document(e.id) for e in library.list()}
        for asked in questions:
            sources = tuple(f"{path.resolve()}#{id}" for id in asked.documents)
            hits = retriever.search(asked.query, PASSAGES, Filters(documents=sources) if asked.given else None).hits
            found = candidates(hits, documents, catalog)
            question = read_question(asked.query)
            with library.indexes() as indexes:
                idf = indexes.passages.idf({term.stem for term in question.terms})
            answers = np.array([_answers(candidate, asked) for candidate in found])
            yield Row(asked, features(question, found, idf, encoder), answers)
            telling = {candidate.hit.passage.id for candidate, tells in zip(found, answers, strict=True) if tells}
            rest = [candidate for candidate in found if candidate.hit.passage.id not in telling]
            if telling and rest and not asked.given:
                none = np.zeros(len(rest), dtype=bool)
                yield Row(replace(asked, answerable=False), features(question, rest, idf, encoder), none)
        library.close()


def _answers(candidate: Candidate, asked: Asked) -> bool:
    """Tell whether a sentence is in a document that answers, and holds the start of the words that do."""
    if not asked.answerable or candidate.document.source.rpartition("#")[2] not in asked.documents:
        return False
    if asked.words is None:
        return True
    text = candidate.document.text
    starts = (text.find(words) for words in asked.words)
    return any(candidate.start <= start < candidate.end for start in starts)


def _sentence_model(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    used = [row for row in rows if row.answers.any() and row.asked.words is not None]
    weights = [np.full(len(row.answers), SENTENCE_WEIGHTS[row.asked.suite, row.asked.given]) for row in used]
    answers = np.concatenate([row.answers for row in used])
    return _fitted(FEATURES, np.concatenate([row.features for row in used]), answers, np.concatenate(weights), c=0.1)


def _question_model(rows: Sequence[Row]) -> tuple[dict[str, dict[str, float]], NDArray[np.float64]]:
    """Return the model, and the confidence in each answerable question of models that did not see its article."""
    known = [row for row in rows if row.answers.any() or not row.asked.answerable]  # else retrieval missed what answers
    groups = sorted({row.asked.group for row in known})
    folds = np.array([groups.index(row.asked.group) % FOLDS for row in known])
    given = np.empty((len(known), len(summary_names())))
    for fold in range(FOLDS):
        sentence = _sentence_model([row for row, other in zip(known, folds, strict=True) if other != fold])
        for at in np.flatnonzero(folds == fold):
            row = known[at]
            given[at] = summary(row.features, logistic(sentence, FEATURES, row.features))
    answerable = np.array([bool(row.answers.any()) for row in known])
    weights = np.array([QUESTION_WEIGHTS[row.asked.suite, row.asked.given] for row in known])
    confidences = np.empty(len(known))
    for fold in range(FOLDS):
        out = folds == fold
        model = _fitted(summary_names(), given[~out], answerable[~out], weights[~out], c=0.03)
        confidences[out] = logistic(model, summary_names(), given[out])
    return _fitted(summary_names(), given, answerable, weights, c=0.03), confidences[answerable]


def _checking_models(data: Path, encoder: Encoder) -> dict[str, dict[str, dict[str, float]]]:
    """Return the models of full support and of any, each with a threshold chosen on rows held out in turn.

    That of full support is the highest whose F1, on the claims' own pages, comes within NEAR_BEST of the best, what the
    words themselves rule out being no support; that of any support is the one of the best accuracy.
    """
    from sklearn.metrics import accuracy_score, f1_score

    claims = _claims(data, encoder)
    rows = np.array([claim.features for claim in claims])
    own = np.array([claim.own for claim in claims])
    ruled_out = np.array([claim.ruled_out for claim in claims])
    full = np.array([claim.label == "supported" for claim in claims])
    at_all = np.array([claim.label != "unsupported" for claim in claims])
    tried = np.linspace(0.05, 0.95, 91)
    held_out = _held_out(rows, full)
    scores = np.array([f1_score(full[own], ((held_out >= t) & ~ruled_out)[own]) for t in tried])
    strict = float(tried[scores >= scores.max() - NEAR_BEST].max())
    print(f"supported: F1 {scores.max():.3f} on held-out rows, n {own.sum()}")
    held_out = _held_out(rows, at_all)
    scores = np.array([accuracy_score(at_all, held_out >= t) for t in tried])
    print(f"mentioned: accuracy {scores.max():.3f} on held-out rows, n {len(rows)}")
    ones, best = np.ones(len(rows)), float(tried[scores.argmax()])
    return {
        "supported": _fitted(CHECKING_FEATURES, rows, full, ones, CHECKING_C)
        | {"decision": {"threshold": round(strict, 3)}},
        "mentioned": _fitted(CHECKING_FEATURES, rows, at_all, ones, CHECKING_C)
        | {"decision": {"threshold": round(best, 3)}},
    }


def _held_out(rows: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the probability of each row by a model of the other folds."""
    found = np.empty(len(rows))
    for fold in range(FOLDS):
        out = np.arange(len(rows)) % FOLDS == fold
        model = _fitted(CHECKING_FEATURES, rows[~out], labels[~out], np.ones((~out).sum()), CHECKING_C)
        found[out] = logistic(model, CHECKING_FEATURES, rows[out])
    return found


def _claims(data: Path, encoder: Encoder) -> list[Claimed]:
    """Return WiCE's even claims, checked against the page that they cite, and again against all other pages."""
    rows = [row for row in _lines(data / "wice" / "claims.jsonl") if _even(row["meta"]["id"])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.jsonl"
        pages = [{"id": row["meta"]["id"], "text": page(row["meta"]["id"], row["evidence"])[0]} for row in rows]
        path.write_text("\n".join(json.dumps(row) for row in pages), encoding="utf-8")
        assistant = Assistant(load_settings(home=Path(folder) / "home", chroma_url=""), encoder)
        assistant.library.add([path])
        found = []
        for own in (True, False):
            for row in rows:
                among = [other for other in rows if (other["evidence"] == row["evidence"]) == own]
                sources = tuple(f"{path.resolve()}#{other['meta']['id']}" for other in among)
                gathered = assistant.gather(row["claim"], Filters(documents=sources))
                if gathered is not None:
                    label = LABELS[row["label"]] if own else "unsupported"
                    found.append(Claimed(label, own, gathered.has_faults, gathered.features))
        assistant.close()
    return found


def _fitted(
    names: Sequence[str],
    rows: NDArray[np.float64],
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    c: float = 0.3,
) -> dict[str, dict[str, float]]:
    """Return a logistic regression (L2, of strength 1 / c) over standardised columns."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale < 1e-6] = 1.0
    fitted = LogisticRegression(C=c, max_iter=3000).fit((rows - mean) / scale, labels, sample_weight=weights)
    columns = {"mean": mean, "scale": scale, "weight": fitted.coef_[0]}
    model = {
        part: {name: round(float(v), 5) for name, v in zip(names, column, strict=True)}
        for part, column in columns.items()
    }
    return model | {"bias": {"bias": round(float(fitted.intercept_[0]), 5)}}


class _Remembering:
    """An encoder that encodes no text's word pieces twice: the sets ask many questions of few passages."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, TokenVectors] = {}
        self.info, self.runtime, self.encode = encoder.info, encoder.runtime, encoder.encode

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode_tokens(new), strict=True))
        return [self._known[text] for text in texts]


if __name__ == "__main__":
    main()
