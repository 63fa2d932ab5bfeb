"""The table of documents as HTML, its address, and what a browser may send that no reader of the page would."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import QuestionError
from corpus.listing import Listed, Shown
from corpus.views import COLUMNS, View
from ui.web.editing import stated
from ui.web.filtering import narrowed
from ui.web.library import chosen
from ui.web.table import address, shown, view_of

WORDS = st.text(max_size=20).map(str.strip)
ATTACK = """"><img src=x onerror='alert(1)'>${x}"""


def seen(query: str) -> View:
    return view_of(dict(parse_qsl(query[1:], keep_blank_values=True)))


@given(
    st.builds(
        View, *[WORDS] * 6, st.sampled_from(["", "undated", "removed"]), WORDS, st.sampled_from(COLUMNS), st.booleans(),
        st.integers(1, 10**8),
    )
)  # fmt: skip
def test_an_address_names_its_view(view: View) -> None:
    assert seen(address(view)) == view


@pytest.mark.parametrize(
    "query", ["?page=-1", "?page=1e9", "?page=٣", "?sort=id;DROP", "?only=everything", "?x=y", "?page=" + "9" * 99]
)
def test_what_an_address_names_wrongly_is_passed_over(query: str) -> None:
    assert seen(query) == View()


def test_text_of_documents_is_escaped_wherever_it_stands() -> None:
    row = Listed(
        ATTACK, 1, ATTACK, ATTACK, "2021-03-04", ATTACK, "text/html", 3, "2026-01-01", ATTACK, (), ATTACK, None
    )
    for each in (row, replace(row, removed_at="2026-01-01")):
        page = shown(Shown((each,), 1, 1), View(words=ATTACK, story=ATTACK, outlet=ATTACK))
        assert "<img" not in page and "onerror='" not in page and '"">' not in page


def test_a_page_beyond_the_last_is_the_last() -> None:
    page = shown(Shown((), 3, 120), View(page=99))
    assert 'data-view="?page=3"' in page


def test_at_most_a_thousand_documents_are_chosen_at_once() -> None:
    assert chosen({"id": "", "chosen": "a,b,,a"}) == ["a", "b"]
    with pytest.raises(QuestionError, match="50,000 documents are chosen; at most 1,000"):
        chosen({"chosen": ",".join(map(str, range(50_000)))})
    for given_ in ({}, {"id": ","}):
        with pytest.raises(QuestionError, match="No document is chosen"):
            chosen(given_)


def test_a_value_of_ten_megabytes_is_refused_at_its_field_and_the_others_are_looked_at() -> None:
    fields, wrong = stated({"title": "x" * 10**7, "outlet": " Harbour  Post ", "url": "javascript:alert(1)"})
    assert fields == {"outlet": "Harbour Post"}
    assert "has 10,000,000 characters" in wrong["title"] and "is not an address" in wrong["url"]


def test_filters_that_are_no_texts_filter_nothing() -> None:
    view = View(words="sea", page=3)
    assert narrowed(view, ["sea", None, [], 3, {}, "", "everything"]) == view
    assert narrowed(view, ["storm", "", "", "", "", "", "undated"]) == View(words="storm", only="undated")
