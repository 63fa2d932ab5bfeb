"""Texts that are almost the same: what an editor does to a wire story leaves it the same, another story on it does not."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates import BANDS, PERMUTATIONS, bands, is_same_story, may_be_same, shingles, signature

WORDS = [
    f"{first}{last}" for first in ("har", "bri", "mol", "ten", "vas", "kor") for last in ("bour", "ge", "en", "ic")
]


def story(seed: int, words: int = 300) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) + draw.choice("aeiou") for _ in range(words))


def same(one: str, other: str) -> bool:
    return is_same_story(shingles(one), shingles(other))


def found(one: str, other: str) -> bool:
    mine, theirs = signature(shingles(one)), signature(shingles(other))
    return bool(set(bands(mine)) & set(bands(theirs))) and may_be_same(mine, theirs)


REWRITTEN = {
    "cut at the end": lambda text: " ".join(text.split()[:160]),
    "another headline": lambda text: "Council votes at last on the new sea wall\n\n" + " ".join(text.split()[12:]),
    "a paragraph more": lambda text: f"{text[:800]} {story(9, 80)} {text[800:]}",
    "case and punctuation": lambda text: text.upper().replace(" ", ", "),
    "byline and imprint": lambda text: f"By our own correspondent\n{text}\n{story(8, 40)}",
    "a word in twenty": lambda text: " ".join("other" if i % 20 == 7 else w for i, w in enumerate(text.split())),
}


@pytest.mark.parametrize("kind", REWRITTEN)
def test_a_story_that_an_editor_changed_is_the_same(kind: str) -> None:
    for seed in range(20, 30):
        rewritten = REWRITTEN[kind](story(seed))
        assert same(story(seed), rewritten)
        assert found(story(seed), rewritten)


def test_stories_that_share_an_imprint_or_a_quotation_are_two() -> None:
    imprint = story(1, 60)
    one, other = f"{story(2, 150)} {imprint}", f"{story(3, 150)} {imprint}"
    assert not same(one, other)


def test_a_brief_within_a_long_digest_is_not_the_digest() -> None:
    brief = story(4, 60)
    assert not same(brief, f"{story(5, 400)} {brief} {story(6, 400)}")


def test_a_short_text_is_the_same_only_in_every_word() -> None:
    assert same("Twelve ferries sailed on Monday.", "TWELVE FERRIES sailed on Monday")
    assert found("Twelve ferries sailed on Monday.", "TWELVE FERRIES sailed on Monday")
    assert not same("Twelve ferries sailed on Monday.", "Twelve ferries sailed on Tuesday.")
    assert not same("Twelve ferries sailed on Monday.", "Twelve ferries sailed on Monday. " + story(7, 40))


@given(st.text(max_size=400))
def test_every_text_has_a_signature_and_is_its_own_copy(text: str) -> None:
    mine = shingles(text)
    kept = signature(mine)
    assert len(kept) == 4 * PERMUTATIONS
    assert len(bands(kept)) == BANDS
    assert all(-(2**63) <= key < 2**63 for key in bands(kept))
    assert is_same_story(mine, shingles(text)) and may_be_same(kept, kept)


def test_signatures_agree_about_as_often_as_the_shingles_are_shared() -> None:
    one, other = shingles(story(11)), shingles(" ".join(story(11).split()[:150]) + " " + story(12, 150))
    jaccard = len(one & other) / len(one | other)
    agreeing = np.frombuffer(signature(one), "<u4") == np.frombuffer(signature(other), "<u4")
    assert agreeing.mean() == pytest.approx(jaccard, abs=0.12)  # three standard errors of 128 draws


def test_signatures_are_the_same_in_every_process() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve".split()
    text = " ".join(f"{word} {other}" for word in words for other in words[:3])
    assert signature(shingles(text))[:8].hex() == "352f4c0193d8fc03"
