"""PolNeAR dev: who says what in 84 articles of political news, marked by hand; "who said" questions made of the marks.

    dev/text/NAME.txt                    dev/attributions/NAME_ef2d.ann: NAME, annotator; brat's form, offsets into the text
    Rain will come, the mayor said.      T1	Content 0 14	Rain will come           (in pieces: Content 0 14;20 25)
                                         T2	Source 16 25	the mayor
                                         T3	Cue 26 30	said
                                         T4	Attribution 26 30	said
                                         E1	Attribution:T4 Content:T1 Cue:T3 Source:T2

The articles are their publishers' and no part of OnRecord: --data names a copy of https://github.com/networkdynamics/PolNeAR,
which has no scorer of its own. Its test part is not read; of an article that several marked, the first one's marks are.

A mark is scored on the sentences, as OnRecord cuts and attributes them, that hold a word of its content; the speaker is
that of the one nearest to the cue. He is right if his head word is the gold source's: the last word before a comma, a
bracket, a preposition or a relative pronoun ("the Rev. Ada Wherry, of Dunn": Wherry); where commas set off a name ("the
mayor, Ines Falk,"), the name's too. OnRecord may name "the mayor" as the story does elsewhere: so the words that name him
at the cue count as well as the name shown ("as shown" is without them). Sources are told apart: names; roles ("experts");
he, she and they, whose people are not marked, so it only counts that the cue was given to a pronoun; other words ("who",
"I"), whose speaker is not scored; none, where nobody should be named; nor should he in a sentence that no mark touches,
though a reader finds marks that are missing there. The set marks beliefs, plans and deeds that speak too ("wants",
"signed"), so cues of saying are also counted apart, and only what they give to a name is asked about. No mark lies in
another; several may share a sentence, which has one speaker, so that 0.96 is the most that can be reached; "given its
words" takes of all who speak in the sentence the one whose words are most of the mark's.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from time import perf_counter
from typing import Literal

from assistant.answer import as_json
from assistant.assistant import Assistant
from corpus.attribution import Attribution, attributions, has_pronoun_speaker, statements
from corpus.errors import OnRecordError, SourceError
from corpus.readers.charsets import decode
from corpus.segment import sentence_spans
from corpus.types import Span
from evals.metrics import covered, ratio
from evals.records import Place, Record
from evals.suite import Measure, Suite, latency
from index.lexical import stem

__all__ = ["SUITE", "Article", "Mark", "articles", "same_speaker", "source_kind"]

log = logging.getLogger(__name__)

ATTRIBUTION, UNMARKED, WHO_SAID = "attribution", "unmarked", "who said"
NAME, ROLE, PRONOUN, OTHER, NONE = "name", "role", "he, she, they", "other", "none"
SAYING = re.compile(r"\b(?:says?|said|tells?|told|according to)\b", re.IGNORECASE)
QUESTIONS = 200
QUESTION_WORDS = 15  # of the content
FEWEST_WORDS = 4  # of a content that is asked about

QUOTE = re.compile(r"[\"“”]|''|``")  # the set's articles have them all
WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
HEAD_ENDS = re.compile(
    r"[,(;:–—]|\s(?:of|by|for|in|at|from|with|on|to|near|among|about|who|whom|whose|which|that)\b", re.IGNORECASE
)
SET_OFF = re.compile(r",\s*((?:[A-Z][\w.'’-]*\s+)+[A-Z][\w.'’-]*)\s*(?:,|$)")
SUFFIXES = ("jr", "sr", "ii", "iii")
PERSONAL = ("he", "she", "they")
OTHERS = frozenset(
    "i me we us you him her them it who whom which that this these those his its our my their one ones some others many both "
    "all most said".split()
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One attribution of an article: the spans of what is said, of the cue and of the source, none where it has none."""

    id: str
    content: tuple[Span, ...]
    cue: tuple[Span, ...]
    source: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Article:
    name: str
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as OnRecord attributes it, all who speak in it, and whether its cue has a "he", "she" or "they" for a subject."""

    span: Span
    attribution: Attribution | None
    all: list[Attribution]
    by_pronoun: bool


def _run(assistant: Assistant, data: Path | None) -> Iterator[Record]:
    """Yield a record for each mark, then one for each question."""
    marked = [record for article in articles(data, "dev") for record in _attributed(article)]
    yield from marked
    texts = _folder(data, "dev") / "text"
    failed = [outcome for outcome in assistant.library.add([texts]) if outcome.status == "failed"]
    if failed:
        raise SourceError(f"an article could not be added: {failed[0].message}")
    yield from (_asked(question, assistant) for question in _questions(marked))


def articles(data: Path | None, part: Literal["train", "dev"]) -> Iterator[Article]:
    """Yield the articles of a part, by name. Raises SourceError for the dev part where marks are not of their text; of the
    train part three articles are so, and left out.
    """
    for path in sorted((_folder(data, part) / "text").glob("*.txt")):
        try:
            yield _article(path)
        except SourceError as error:
            if part == "dev":
                raise
            log.warning("left out: %s", error)


def _folder(data: Path | None, part: str) -> Path:
    """Return a part of the copy of PolNeAR that `data` is or holds. Raises SourceError that says what to name."""
    root = data or Path()
    for base in (root, root / "data", root / "polnear", root / "polnear" / "data"):
        if any((base / part / "text").glob("*.txt")) and (base / part / "attributions").is_dir():
            return base / part
    raise SourceError(
        f"{root}: no {part}/text and {part}/attributions in it. Name a copy of github.com/networkdynamics/PolNeAR with --data."
    )


def _article(path: Path) -> Article:
    """Return an article with its marks. Raises SourceError where it has none, or they are not of its text."""
    text = decode(path.read_bytes(), path)
    files = sorted(path.parent.parent.glob(f"attributions/{escape(path.stem)}_????.ann"))
    if not files:
        raise SourceError(f"{path}: no attributions/{path.stem}_*.ann. Is the copy of PolNeAR whole?")
    return Article(path.name, text, tuple(_marks(files[0], text)))


def _marks(path: Path, text: str) -> Iterator[Mark]:
    """Yield what an annotation file marks as attributions; an event without a cue or a content is none."""
    lines = path.read_text(encoding="utf-8").split("\n")
    rows = sorted((line.split("\t") for line in lines if line[:1] in ("T", "E")), key=lambda row: row[0][0] == "E")
    pieces: dict[str, tuple[Span, ...]] = {}
    for id, *rest in rows:  # what an event names may stand after it
        try:
            if id.startswith("T"):
                pieces[id] = _spans(rest[0], rest[1], text)
                continue
            mark = _mark(id, rest[0], pieces)
        except (IndexError, KeyError, ValueError) as error:
            raise SourceError(f"{path}: {id} is no mark of its article's text ({error!r}).") from error
        if mark.content and mark.cue:
            yield mark


def _mark(id: str, parts: str, pieces: Mapping[str, tuple[Span, ...]]) -> Mark:
    """Return the mark of an event: "Attribution:T4 Content:T3 Content2:T7 Cue:T2 Source:T1"."""
    named = [part.partition(":")[::2] for part in parts.split()]
    content, cue, source = (
        tuple(sorted(span for name, piece in named if name.startswith(role) for span in pieces[piece]))
        for role in ("Content", "Cue", "Source")
    )
    return Mark(id, content, cue, source)


def _spans(place: str, words: str, text: str) -> tuple[Span, ...]:
    """Return the spans of "Content 10 20;25 30". Raises ValueError where the text has other words there."""
    given = [piece.split() for piece in place.partition(" ")[2].split(";")]
    spans = tuple((int(start), int(end)) for start, end in given)
    if _words(spans, text).split() != words.split():
        raise ValueError(f"{words[:40]!r} does not stand there")
    return spans


def _words(spans: Iterable[Span], text: str) -> str:
    return " ".join(text[start:end] for start, end in spans)


def _tokens(spans: Iterable[Span], text: str) -> set[int]:
    """Return where the words start that the spans hold."""
    return {word.start() for start, end in spans for word in WORD.finditer(text, start, end)}


def _attributed(article: Article) -> Iterator[Record]:
    """Yield each mark's record: how OnRecord attributes the sentences that hold its content; and each unmarked sentence's."""
    read = [(sentence, _tokens([sentence.span], article.text)) for sentence in _sentences(article.text)]
    holding = []
    for mark in article.marks:
        content = _tokens(mark.content, article.text)
        holding.append([sentence for sentence, tokens in read if tokens & content])
    for mark, sentences in zip(article.marks, holding, strict=True):
        if sentences:  # a mark may hold no word, only a dash
            nearest = min(sentences, key=lambda sentence: _distance(sentence.span, mark.cue[0]))
            shared = sum(nearest in others for others in holding) > 1
            yield _record(article, mark, sentences, nearest, shared)
    marked = {word for mark in article.marks for word in _tokens((*mark.content, *mark.cue), article.text)}
    for sentence, tokens in read:
        if tokens and not tokens & marked:
            named = {"speaker named": float(sentence.attribution is not None)}
            yield Record(
                f"{article.name}/{sentence.span[0]}", (article.text[slice(*sentence.span)],), UNMARKED, values=named
            )


def _sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text, as OnRecord attributes them when it is added."""
    spans = sentence_spans(text)
    found = []
    for span, said, every in zip(spans, attributions(text, spans), statements(text, spans), strict=True):
        by_pronoun = _named_as(said, text).lower() in PERSONAL if said else has_pronoun_speaker(text[slice(*span)])
        found.append(Sentence(span, said, every, by_pronoun))
    return found


def _named_as(said: Attribution, text: str) -> str:
    """Return the words that name a speaker where he is cued."""
    return text[slice(*said.source)]


def _distance(sentence: Span, cue: Span) -> int:
    """Return how many characters lie between a sentence and the cue, 0 where it holds it."""
    return max(0, sentence[0] - cue[0], cue[0] - sentence[1])


def _record(article: Article, mark: Mark, sentences: list[Sentence], nearest: Sentence, shared: bool) -> Record:
    text, found = article.text, nearest.attribution
    source, content = _words(mark.source, text), _words(mark.content, text)
    labels = {
        "source": source_kind(source, text),
        "speaker": source,
        "found": found.speaker if found else "",
        "cue": _words(mark.cue, text),
        "quoted": _quoted(content),
        "verb": "saying" if SAYING.search(_words(mark.cue, text)) else "other",
        "sentence": "shared" if shared else "own",
    }
    return Record(
        f"{article.name}/{mark.id}",
        (text[slice(*nearest.span)],),
        ATTRIBUTION,
        labels,
        evidence=tuple((Place(article.name, text[start:end], start, end),) for start, end in mark.content),
        answers=(content,),
        values=_speaker_values(source, mark.content, sentences, nearest, text)
        | _content_values(mark.content, sentences, text),
    )


def _speaker_values(
    source: str, content: tuple[Span, ...], sentences: list[Sentence], nearest: Sentence, text: str
) -> dict[str, float]:
    def right(said: Attribution | None) -> bool:
        return said is not None and (same_speaker(source, said.speaker) or same_speaker(source, _named_as(said, text)))

    said = nearest.attribution
    own = max(nearest.all, key=lambda each: sum(_shared(each.content, span) for span in content), default=None)
    return {
        "speaker named": float(said is not None),
        "speaker right": float(right(said)),
        "speaker right as shown": float(said is not None and same_speaker(source, said.speaker)),
        "speaker right of its words": float(right(own)),
        "given to a pronoun": float(nearest.by_pronoun),
        "sentences": float(len(sentences)),
        "sentences with the speaker": float(sum(right(sentence.attribution) for sentence in sentences)),
    }


def _shared(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _content_values(content: tuple[Span, ...], sentences: list[Sentence], text: str) -> dict[str, float]:
    said = [sentence.attribution.content for sentence in sentences if sentence.attribution]
    return {
        "characters": float(sum(end - start for start, end in content)),
        "characters covered": sum(covered(span, said) * (span[1] - span[0]) for span in content),
        "F1": _span_f1(said, content, text),
        "F1, whole sentences": _span_f1([sentence.span for sentence in sentences], content, text),
    }


def _span_f1(found: Iterable[Span], gold: Iterable[Span], text: str) -> float:
    """Return the F1 of the words of the text that the spans found hold against those that the gold ones do."""
    these, those = _tokens(found, text), _tokens(gold, text)
    return 2 * len(these & those) / (len(these) + len(those))


def source_kind(source: str, text: str) -> str:
    """Return NAME, ROLE, PRONOUN, OTHER or NONE; a capital that the article does without elsewhere opens a sentence."""
    if source.lower() in PERSONAL:
        return PRONOUN
    heads = _heads(source)
    if not heads or source.lower() in OTHERS:
        return OTHER if heads else NONE
    head = heads[0]
    return NAME if head[0].isupper() and not re.search(rf"\b{re.escape(head.lower())}\b", text) else ROLE


def same_speaker(gold: str, found: str) -> bool:
    """Tell whether two names or roles have a head word in common."""
    return bool({stem(head) for head in _heads(gold)} & {stem(head) for head in _heads(found)})


def _heads(source: str) -> list[str]:
    """Return the head word of a source, and that of a name set off in it; of no word none."""
    opening = HEAD_ENDS.split(source.strip())[0] or source
    parts = [opening, *(match[1] for match in SET_OFF.finditer(source))]
    return [words[-1] for part in parts if (words := _head_words(part))]


def _head_words(part: str) -> list[str]:
    words = [re.sub(r"['’]s$", "", word) for word in WORD.findall(part)]
    return [word for word in words if word.lower() not in SUFFIXES] or words


def _quoted(content: str) -> str:
    """Tell how much of a content stands in quotation marks: from the first character to the last is all of it."""
    marks = list(QUOTE.finditer(content))
    if not marks:
        return "none"
    return "all" if marks[0].start() == 0 and marks[-1].end() == len(content) and len(marks) == 2 else "part"


def _questions(marked: Iterable[Record]) -> list[Record]:
    """Return QUESTIONS questions, who said what a name said, chosen by the SHA-1 of their ids."""
    marks = [record for record in marked if record.part == ATTRIBUTION]
    said = [r for r in marks if (r.labels["source"], r.labels["verb"]) == (NAME, "saying")]
    asked = [record for record in said if len(_asked_words(record)) >= FEWEST_WORDS]
    chosen = sorted(asked, key=lambda record: hashlib.sha1(record.id.encode()).hexdigest())[:QUESTIONS]
    return [
        Record(
            f"{record.id}/who",
            (f"Who said that {' '.join(_asked_words(record)).rstrip('.,;:!?')}?",),
            WHO_SAID,
            {"speaker": record.labels["speaker"], "quoted": record.labels["quoted"]},
            answerable=True,
            evidence=record.evidence,
            answers=record.answers,
        )
        for record in chosen
    ]


def _asked_words(record: Record) -> list[str]:
    """Return the first words of what is said, without quotation marks and an opening "that"."""
    words = QUOTE.sub("", record.answers[0]).split()
    return words[words[:1] == ["that"] :][:QUESTION_WORDS]


def _asked(record: Record, assistant: Assistant) -> Record:
    started = perf_counter()
    try:
        answer = as_json(assistant.ask(record.question))
    except OnRecordError as error:
        return replace(record, error=str(error))
    return replace(record, answer=answer, ms=round((perf_counter() - started) * 1e3, 2))


def _of_marks(
    name: str, value: str, concerns: Callable[[Record], bool], better: int = 1, part: str = ATTRIBUTION
) -> Measure:
    """Return the mean of a value over the marks that it concerns."""

    def row(record: Record) -> tuple[float] | None:
        return (record.values[value],) if record.part == part and concerns(record) else None

    return Measure(name, row, better=better)


def _share(name: str, part: str, whole: str, concerns: Callable[[Record], bool]) -> Measure:
    """Return the sum of one value over that of another, of the marks that it concerns."""

    def row(record: Record) -> tuple[float, float] | None:
        concerned = record.part == ATTRIBUTION and concerns(record)
        return (record.values[part], record.values[whole]) if concerned else None

    return Measure(name, row, ratio)


def _right(name: str, label: str, value: str) -> Measure:
    """Return how many speakers are right of the names and roles whose label has a value."""
    return _of_marks(f"speaker right: {name}", "speaker right", lambda r: _scored(r) and r.labels[label] == value)


def _who_said(name: str, row: Callable[[Record], tuple[float] | None], better: int = 1) -> Measure:
    return Measure(f"who said: {name}", lambda record: row(record) if record.part == WHO_SAID else None, better=better)


def _any(record: Record) -> bool:
    return True


def _scored(record: Record) -> bool:
    return record.labels["source"] in (NAME, ROLE)


def _named(record: Record) -> bool:
    return record.values["speaker named"] > 0


def _is(kind: str) -> Callable[[Record], bool]:
    return lambda record: record.labels["source"] == kind


def _cited(record: Record) -> tuple[float]:
    return (float(any(map(record.overlaps_evidence, record.cited))),)


def _cited_with_speaker(record: Record) -> tuple[float]:
    """Tell whether a citation of the content names the speaker."""
    speakers = [cited.speaker or "" for cited in record.cited if record.overlaps_evidence(cited)]
    return (float(any(same_speaker(record.labels["speaker"], speaker) for speaker in speakers)),)


MEASURES = (
    _of_marks("speaker right", "speaker right", _scored),
    _of_marks("speaker right as shown", "speaker right as shown", _scored),
    _of_marks("speaker right, given its words", "speaker right of its words", _scored),
    _of_marks("speaker right where one is named", "speaker right", lambda r: _scored(r) and _named(r)),
    _right("of said, told, according to", "verb", "saying"),
    _right("a name", "source", NAME),
    _right("a role", "source", ROLE),
    _right("all of it quoted", "quoted", "all"),
    _right("part of it quoted", "quoted", "part"),
    _right("none of it quoted", "quoted", "none"),
    _right("no other mark in the sentence", "sentence", "own"),
    _share("speaker right, sentence by sentence", "sentences with the speaker", "sentences", _scored),
    _of_marks("he, she, they: given to a pronoun", "given to a pronoun", _is(PRONOUN)),
    _of_marks("he, she, they: somebody named", "speaker named", _is(PRONOUN)),
    _of_marks("no source: somebody named", "speaker named", _is(NONE), better=-1),
    _of_marks("no mark in the sentence: somebody named", "speaker named", _any, -1, UNMARKED),
    _share("content: characters covered", "characters covered", "characters", _any),
    _of_marks("content: F1 of words", "F1", _any),
    _of_marks("content: F1 of words, somebody named", "F1", _named),
    _of_marks("content: F1 of words, its whole sentences", "F1, whole sentences", _any, better=0),
    _who_said("content cited", _cited),
    _who_said("content cited, with its speaker", _cited_with_speaker),
    _who_said("speaker right where content is cited", lambda r: _cited_with_speaker(r) if any(_cited(r)) else None),
    _who_said("abstained", lambda r: (float(r.status == "abstained"),), better=-1),
    *latency(),
)
SUITE = Suite(MEASURES, run=_run)
