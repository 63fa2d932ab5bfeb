"""How many sources stand behind an answer: a copy is no second one."""

from assistant.sources import independent
from corpus.types import Document

LONG = "The Vall lighthouse was closed on 3 May 2021 after a fire in its tower."


def document(id: str, text: str) -> Document:
    return Document(id, 1, f"/{id}", "", text, None, None, (), id, (), None, "text/plain", id, (), (), "")


def test_documents_of_one_text_are_one_source() -> None:
    copies = [(document(outlet, "Herring is dear."), "Herring is dear.") for outlet in ("AP", "Post")]
    assert independent(copies) == 1


def test_the_same_words_in_two_stories_are_one_source_but_for_short_ones() -> None:
    assert independent([(document("AP", f"Fire. {LONG}"), LONG), (document("Post", f"{LONG} More."), LONG)]) == 1
    assert independent([(document("AP", "A. It closed."), "It closed."), (document("Post", "B."), "It closed.")]) == 2


def test_two_stories_in_their_own_words_are_two_sources() -> None:
    other = "Because its tower burnt, nobody has lit the lamp of the lighthouse in Vall since the spring of 2021."
    assert independent([(document("AP", LONG), LONG), (document("Post", other), other)]) == 2
    assert independent([]) == 0


def test_a_copy_of_two_joins_them() -> None:
    other = "Nobody has lit the lamp of the lighthouse in Vall since the spring of that year."
    first, second = document("AP", LONG), document("Post", other)
    assert independent([(first, LONG), (second, other), (first, other)]) == 1
