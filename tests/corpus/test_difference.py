"""The difference between two texts holds both of them, word for word, and tells little as little."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.difference import difference

TEXTS = st.lists(st.sampled_from(["a b c", "a b d", "x", "x y", "", "a", "the same again"]), max_size=12).map("\n".join)


def side(old: str, new: str, without: str) -> list[str]:
    """Return the words of one of the texts, taken from their difference."""
    kept = ("".join(f" {p.text} " for p in pieces if p.kind != without) for pieces in difference(old, new))
    return " ".join(kept).split()


@given(TEXTS, TEXTS)
def test_both_texts_stand_in_their_difference(old: str, new: str) -> None:
    assert side(old, new, without="new") == old.split()
    assert side(old, new, without="gone") == new.split()


def test_a_reworded_paragraph_shows_its_new_and_its_lost_words() -> None:
    found = list(difference("Title\n\nIt costs 40 million.\n\nEnd", "Title\n\nIt costs 60 million.\n\nEnd"))
    assert [(p.kind, p.text.strip()) for p in found[1]] == [
        *(("same", "It costs"), ("gone", "40")),
        *(("new", "60"), ("same", "million.")),
    ]
    assert [len(pieces) for pieces in found] == [1, 4, 1]


def test_a_paragraph_of_other_words_is_new_and_the_one_it_replaced_is_gone() -> None:
    found = list(difference("One.\n\nCompletely different words here.", "One.\n\nNothing of that stands any more."))
    assert [[p.kind for p in pieces] for pieces in found] == [["same"], ["gone"], ["new"]]


def test_what_was_put_in_between_leaves_the_rest_the_same() -> None:
    old = [f"Paragraph {number}." for number in range(4000)]
    new = [*old[:1000], "Put in.", *old[1000:3000], *old[3001:]]
    kinds = [p.kind for pieces in difference("\n".join(old), "\n".join(new)) for p in pieces]
    assert (kinds.count("new"), kinds.count("gone"), kinds.count("same")) == (1, 1, 3999)


def test_texts_that_share_nothing_are_told_apart_without_comparing_every_pair() -> None:
    old, new = ("\n".join([word] * 3000) for word in ("one", "other"))
    kinds = [p.kind for pieces in difference(old, new) for p in pieces]
    assert sorted(kinds) == ["gone"] * 3000 + ["new"] * 3000


def test_a_text_of_one_long_line_is_compared_by_its_sentences() -> None:
    old = " ".join(f"Sentence number {number} stands here." for number in range(3000))
    found = [pieces for pieces in difference(old, old.replace("r 77 ", "r 7777 ")) if len(pieces) > 1]
    assert [[p.text.strip() for p in pieces] for pieces in found] == [["Sentence number", "77", "7777", "stands here."]]
