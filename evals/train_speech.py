"""Make corpus/speech.npz: the tagger of who says what.

    python -m evals.train_speech --data POLNEAR [--epochs N] [--all]

Learned from the train part of PolNeAR (Newell et al., 2018; https://github.com/networkdynamics/PolNeAR) under POLNEAR; its
dev part is left for reporting, its test part is not read. Of the train part an eighth, by the SHA-1 of the article's name,
is kept aside to choose by, until --all learns from that too. The words' numbers start from the static vectors of the
default encoder (all-MiniLM-L6-v2, Apache-2.0), reduced to WORD_SIZE numbers by their principal axes.

A mark teaches, at the word of its cue that is most often one, where cue, source and content begin and end.
"""

import argparse
import hashlib
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from corpus import speech
from corpus.segment import sentence_spans
from corpus.speech import CAPITAL_SHAPES, DILATIONS, KEY, POINTERS, WINDOW, Tokens, ending
from corpus.types import Span
from evals.suites.polnear import Article, articles
from index.encoder import default_folder

FEWEST = 3  # times that a word is written small in the train part to be known
MOST_WORDS, MOST_ENDINGS = 9000, 900
WORD_SIZE, ENDING_SIZE, SHAPE_SIZE, PLACE_SIZE, HIDDEN = 40, 12, 8, 8, 64
GAP = 1 + max(DILATIONS) * 2  # words of nothing between two articles of a batch
PAD_SHAPE, PAD_PLACE = 7, 32
ARTICLES_A_STEP = 4
NOWHERE = 2 * WINDOW + 1  # the class of "no source"
IGNORED = -100
Ints = NDArray[np.int64]
Target = tuple[int, ...]  # the first and last word of source, content and cue; -1, -1 for no source


@dataclass(frozen=True, slots=True)
class Example:
    """An article's words, the rows of the tables of words and endings, and the targets by the word of the cue."""

    words: Tokens
    rows: Ints
    endings: Ints
    targets: Mapping[int, Target]


@dataclass(frozen=True, slots=True)
class Tables:
    words: Mapping[str, int]
    endings: Mapping[str, int]

    def example(self, words: Tokens, targets: Mapping[int, Target]) -> Example:
        name = len(self.words) + 2
        shapes = zip(words.keys, words.shapes, strict=True)
        rows = [self.words.get(key) or (name if shape in CAPITAL_SHAPES else 1) for key, shape in shapes]
        endings = [0 if r == name else self.endings.get(ending(k), 1) for k, r in zip(words.keys, rows, strict=True)]
        return Example(words, np.array(rows), np.array(endings), targets)


class Tagger(nn.Module):  # type: ignore[misc]
    """The tagger of corpus/speech.py, for learning."""

    def __init__(self, words: int, endings: int) -> None:
        super().__init__()
        sizes = (words + 3, WORD_SIZE), (endings + 2, ENDING_SIZE), (8, SHAPE_SIZE), (33, PLACE_SIZE)
        self.tables = nn.ModuleList([nn.Embedding(*size) for size in sizes])
        for table in self.tables:
            nn.init.normal_(table.weight, 0, 0.3)
        self.enter = nn.Linear(sum(size for _, size in sizes), HIDDEN)
        self.layers = nn.ModuleList([nn.Linear(3 * HIDDEN, 2 * HIDDEN) for _ in DILATIONS])
        self.norms = nn.ModuleList([nn.LayerNorm(HIDDEN) for _ in DILATIONS])
        self.cue = nn.Linear(HIDDEN, 1)
        self.query = nn.Linear(HIDDEN, 2 * len(POINTERS) * KEY)
        self.key = nn.Linear(HIDDEN, 2 * len(POINTERS) * KEY, bias=False)
        self.distance = nn.Parameter(torch.zeros(2 * len(POINTERS), 2 * WINDOW + 1))
        self.none = nn.Linear(HIDDEN, 2)
        self.dropout = nn.Dropout(0.2)

    def hidden(self, rows: Sequence[Tensor], mask: Tensor) -> Tensor:
        words, *rest = (table(row) for table, row in zip(self.tables, rows, strict=True))
        hidden = self.enter(torch.cat([self.dropout(words), *rest], 1)) * mask
        for layer, norm, step in zip(self.layers, self.norms, DILATIONS, strict=True):
            padded = F.pad(self.dropout(norm(hidden) * mask), (0, 0, step, step))
            value, gate = layer(torch.cat([padded[: -2 * step], padded[step:-step], padded[2 * step :]], 1)).chunk(2, 1)
            hidden = (hidden + value * torch.sigmoid(gate)) * mask
        return hidden

    def pointers(self, hidden: Tensor, cues: Tensor, sentences: Tensor) -> Tensor:
        """Return the scores of the words around each cue and, last, of nowhere: [cues, 2 * POINTERS, 2 * WINDOW + 2]."""
        count = 2 * len(POINTERS)
        at = cues[:, None] + torch.arange(-WINDOW, WINDOW + 1)[None]
        inside = (at >= 0) & (at < len(hidden))
        at = at.clamp(0, len(hidden) - 1)
        asking = self.query(hidden[cues]).view(-1, count, KEY)
        scores = torch.einsum("cpk,wpk->cpw", asking, self.key(hidden).view(-1, count, KEY))
        scores = scores.gather(2, at[:, None].expand(-1, count, -1)) / KEY**0.5 + self.distance
        same = inside & (sentences[at] == sentences[cues][:, None])
        allowed = torch.stack([inside if kind == "content" else same for kind in POINTERS for _ in range(2)], 1)
        none = torch.full((len(cues), count), -1e4)
        none[:, :2] = self.none(hidden[cues])
        return torch.cat([scores.masked_fill(~allowed, -1e4), none[:, :, None]], 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--all", action="store_true", help="learn from the eighth that is kept aside, too")
    given = parser.parse_args()
    torch.manual_seed(0)
    read = [(article, _tokens(article)) for article in articles(given.data, "train")]
    learned = [pair for pair in read if given.all or not is_aside(pair[0].name)]
    tables = _tables([words for _, words in learned])
    rates = _cue_rates(learned)
    examples = [tables.example(words, _targets(article, words, rates)) for article, words in learned]
    tagger = Tagger(len(tables.words), len(tables.endings))
    with torch.no_grad():
        _start_words(tagger.tables[0].weight, tables.words)
    _learn(tagger, examples, given.epochs)
    _save(tagger, tables)


def is_aside(name: str) -> bool:
    """Tell whether an article of the train part is kept aside to choose by."""
    return hashlib.sha1(name.encode()).digest()[0] % 8 == 0


def _tokens(article: Article) -> Tokens:
    return speech.tokens(article.text, sentence_spans(article.text))


def _tables(read: Iterable[Tokens]) -> Tables:
    """Return the rows of the words that are written small at least as often as not, and of their endings."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for words in read:
        for key, shape, place in zip(words.keys, words.shapes, words.places, strict=True):
            if shape not in CAPITAL_SHAPES:
                small[key] += 1
            elif not place & speech.OPENS:
                large[key] += 1
    known = [
        w for w, count in small.most_common(MOST_WORDS) if count >= FEWEST and count >= large[w] and w.isprintable()
    ]
    endings: Counter[str] = Counter()
    for word in known:
        endings[ending(word)] += small[word]
    kept = [end for end, _ in endings.most_common(MOST_ENDINGS)]
    return Tables({word: row for row, word in enumerate(known, 2)}, {end: row for row, end in enumerate(kept, 2)})


def _cue_rates(read: Iterable[tuple[Article, Tokens]]) -> dict[str, float]:
    """Return for each word how often it is part of a cue, of the times that it stands in the text (and five more)."""
    in_cue: Counter[str] = Counter()
    in_all: Counter[str] = Counter()
    for article, words in read:
        in_all.update(words.keys)
        for mark in article.marks:
            for span in mark.cue:
                first, last = _within(words.spans, span) or (0, -1)
                in_cue.update(words.keys[first : last + 1])
    return {word: count / (in_all[word] + 5) for word, count in in_cue.items()}


def _within(spans: Sequence[Span], span: Span) -> tuple[int, int] | None:
    """Return the first and the last word that a span holds something of."""
    first = bisect_right(spans, span[0], key=lambda word: word[1])
    last = bisect_left(spans, span[1], key=lambda word: word[0]) - 1
    return (first, last) if first <= last else None


def _targets(article: Article, words: Tokens, rates: Mapping[str, float]) -> dict[int, Target]:
    """Return what the cues of an article point to, by the word of each that is most often one."""
    found: dict[int, Target] = {}
    for mark in article.marks:
        cue, content, source = (
            [each for span in spans if (each := _within(words.spans, span))]
            for spans in (mark.cue, mark.content, mark.source)
        )
        if not cue or not content:
            continue
        at = max((i for a, b in cue for i in range(a, b + 1)), key=lambda i: rates.get(words.keys[i], 0.0))
        of_cue = next(each for each in cue if each[0] <= at <= each[1])
        of_source = max(source, key=lambda each: each[1] - each[0], default=(-1, -1))
        found[at] = (*of_source, content[0][0], content[-1][1], *of_cue)
    return found


def _start_words(table: Tensor, words: Mapping[str, int]) -> None:
    """Set the words that the default encoder has as one piece to its vectors' first principal axes."""
    from safetensors.torch import load_file  # comes with sentence-transformers

    folder = default_folder()
    pieces = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    vectors = load_file(str(folder / "model.safetensors"))["embeddings.word_embeddings.weight"].float()
    both = [(words[piece], number) for number, piece in enumerate(pieces) if piece in words]
    rows, numbers = (torch.tensor(each) for each in zip(*both, strict=True))
    centred = vectors[numbers] - vectors[numbers].mean(0)
    axes = torch.linalg.svd(centred, full_matrices=False)[2][:WORD_SIZE]
    reduced = centred @ axes.T
    table[rows, : reduced.shape[1]] = reduced / reduced.std() * 0.3  # fewer axes than that where few words are known


def _learn(tagger: Tagger, examples: list[Example], epochs: int) -> None:
    """Learn with AdamW, the rate rising and falling once over all steps (Smith and Topin, 2018)."""
    order = random.Random(0)
    chance = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(tagger.parameters(), lr=3e-3, weight_decay=0.01)
    steps = epochs * -(-len(examples) // ARTICLES_A_STEP)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.1)
    for epoch in range(epochs):
        order.shuffle(examples)
        total = 0.0
        for start in range(0, len(examples), ARTICLES_A_STEP):
            loss = _loss(tagger, *_batch(examples[start : start + ARTICLES_A_STEP], chance))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(tagger.parameters(), 1.0)
            optimizer.step()
            rate.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total * ARTICLES_A_STEP / len(examples):.3f}", flush=True)


def _loss(tagger: Tagger, rows: list[Tensor], mask: Tensor, sentences: Tensor, cues: Tensor, targets: Tensor) -> Tensor:
    hidden = tagger.dropout(tagger.hidden(rows, mask))
    is_cue = torch.zeros(len(mask))
    is_cue[cues] = 1
    told = F.binary_cross_entropy_with_logits(tagger.cue(hidden)[:, 0], is_cue, weight=mask[:, 0], reduction="sum")
    loss = 20 * told / mask.sum()
    if len(cues):
        scores = tagger.pointers(hidden, cues, sentences)
        loss = loss + 2 * F.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
    return loss


def _batch(examples: Sequence[Example], chance: Any) -> tuple[list[Tensor], Tensor, Tensor, Tensor, Tensor]:
    """Return the rows of the four tables, the mask [words, 1], the sentences, the cues and their targets, end to end."""
    rows: list[list[Ints]] = [[], [], [], []]
    sentences, mask, cues, targets = [], [], [], []
    at = first_sentence = 0
    for example in examples:
        words, name = example.words, example.rows.max()
        unknown = (chance.random(len(example.rows)) < 0.05) & (example.rows != name)
        seen = (np.where(unknown, 1, example.rows), example.endings, words.shapes, words.places)
        for kept, row, pad in zip(rows, seen, (0, 0, PAD_SHAPE, PAD_PLACE), strict=True):
            kept.append(np.pad(row, (0, GAP), constant_values=pad))
        sentences.append(np.pad(words.sentences + first_sentence, (0, GAP), constant_values=-1))
        mask.append(np.pad(np.ones((len(words.spans), 1), dtype=np.float32), ((0, GAP), (0, 0))))
        for cue, target in example.targets.items():
            cues.append(cue + at)
            targets.append(_classes(cue, target, words.sentences))
        at += len(words.spans) + GAP
        first_sentence += len(words.spans)
    tables = [torch.tensor(np.concatenate(kept)) for kept in rows]
    whole = (torch.tensor(np.concatenate(kept)) for kept in (mask, sentences))
    return tables, *whole, torch.tensor(cues, dtype=torch.long), torch.tensor(targets, dtype=torch.long)


def _classes(cue: int, target: Target, sentences: Ints) -> list[int]:
    """Return the classes of a cue's pointers: places in the window; content beyond it ends at its edge."""
    classes = []
    for number, word in enumerate(target):
        kind = POINTERS[number // 2]
        at = word - cue + WINDOW
        if kind == "content":
            classes.append(min(max(at, 0), 2 * WINDOW))
        elif word < 0:
            classes.append(NOWHERE)
        else:
            classes.append(at if 0 <= at <= 2 * WINDOW and sentences[word] == sentences[cue] else IGNORED)
    return classes


def _save(tagger: Tagger, tables: Tables) -> None:
    """Write the weights: the words' numbers as whole numbers of a hundredth and so, the rest in half precision."""
    weights = {name: value.detach().numpy() for name, value in tagger.state_dict().items()}
    words = weights.pop("tables.0.weight")
    scale = np.abs(words).max(0) / 127
    kept: dict[str, NDArray[Any]] = {"words": np.round(words / scale).astype(np.int8), "words_scale": scale}
    for number, name in enumerate(("endings", "shapes", "places"), 1):
        kept[name] = weights.pop(f"tables.{number}.weight").astype(np.float16)
    for name, value in weights.items():
        first, _, last = name.rpartition(".")
        group, _, number = first.partition(".")
        short = {"enter": "in", "layers": f"layer{number}", "norms": f"norm{number}"}.get(group, group)
        kept[f"{short}.{last}" if first else name] = value.astype(np.float16)
    for name, table in (("words_list", tables.words), ("endings_list", tables.endings)):
        kept[name] = np.frombuffer("\n".join(table).encode(), dtype=np.uint8)
    np.savez_compressed(speech.WEIGHTS, **kept)  # type: ignore[arg-type]
    print(f"{speech.WEIGHTS}: {speech.WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
