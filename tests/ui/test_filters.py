"""What limits a question: read from fields and addresses, offered from the library, shown as it is."""

from pathlib import Path

import pytest
from markup import Page

from corpus.errors import QuestionError
from corpus.filters import Filters
from index.library import Library
from ui.web.filters import NONE, Chosen, Offered, active, addressed, filters_given

ATTACK = '"><script>x()</script>'


@pytest.fixture
def filled(library: Library, articles: Path) -> Library:
    library.add([articles], ["harbour"])
    return library


def test_the_fields_are_read_as_filters() -> None:
    chosen = Chosen(outlets=("Harbour Post",), tags=("harbour",))
    assert filters_given(" 2021-12 ", "2021", "", chosen) == Filters(
        as_of="2021-12-31", from_date="2021-01-01", outlets=("Harbour Post",), tags=("harbour",)
    )
    assert filters_given("", "", "", NONE) == Filters()


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        (("someday", "", ""), "as_of: 'someday' is not a date"),
        (("", "2022-05", "2022-04"), "from 2022-05 is after 30 April 2022"),
        (("2021", "2022", ""), "from 2022 is after 31 December 2021"),
    ],
)
def test_a_wrong_date_is_one_clear_error(filled: Library, dates: tuple[str, str, str], told: str) -> None:
    with pytest.raises(QuestionError, match=told):
        filters_given(*dates, NONE)
    assert told in Page(active(filled, *dates, NONE)).text


def test_an_address_is_read_as_dates_and_names() -> None:
    query = {"as_of": ["2022"], "outlet": ["A", "B", "A"], "tag": ["t"], "documents": ["d1,d2", "d3"], "else": ["x"]}
    dates, chosen = addressed(query)
    assert dates == ("2022", "", "")
    assert chosen == Chosen(outlets=("A", "B"), tags=("t",), documents=("d1", "d2", "d3"))


def test_a_name_that_is_pressed_again_is_taken_out_and_an_unknown_kind_does_nothing() -> None:
    chosen = NONE.changed("outlets", "A").changed("outlets", "B").changed("outlets", "A")
    assert chosen == Chosen(outlets=("B",))
    assert chosen.changed("__class__", "x") == chosen
    assert chosen.changed("outlets", "x" * 501) == chosen
    assert Chosen(documents=("a", "b")).changed("documents", "") == NONE


def test_the_library_offers_its_names_and_documents_by_their_words(filled: Library) -> None:
    offered = Offered(filled)
    first = Page(offered.matches("", NONE))
    assert "Harbour Post 2" in first.text and "harbour 3" in first.text and "Documents" not in first.text
    found = Page(offered.matches("SCHOOL new", NONE))
    assert found.attributes["data-kind"] == ["documents"] and "A new school Harbour Post, 4 May 2021" in found.text
    pressed = Page(offered.matches("harbour", Chosen(outlets=("Harbour Post",))))
    assert pressed.attributes["aria-pressed"] == ["true", "false"]
    assert "Nothing in the library is called “zebra”." in Page(offered.matches("zebra", NONE)).text


def test_what_is_offered_follows_the_library(filled: Library) -> None:
    offered = Offered(filled)
    assert "The Post" not in offered.matches("", NONE)
    (storm,) = [entry.id for entry in filled.list() if "Storm" in entry.title]
    filled.edit(storm, {"outlet": "The Post"})
    assert "The Post" in offered.matches("", NONE)


def test_the_line_says_how_many_documents_are_left(filled: Library) -> None:
    (storm,) = [entry.id for entry in filled.list() if "Storm" in entry.title]
    assert active(filled, "", "", "", NONE) == ""
    line = Page(active(filled, "", "", "", Chosen(documents=(storm,))))
    assert "Storm floods the old town" in line.text and "1 of 3 documents is asked" in line.text
    assert "No document passes" in Page(active(filled, "1999", "", "", NONE)).text
    assert "4 documents" in Page(active(filled, "", "", "", Chosen(documents=(storm, "b", "c", "d")))).text


def test_what_is_set_and_offered_holds_no_markup_but_its_own(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"---\ntitle: 'x {ATTACK}'\noutlet: 'x {ATTACK}'\n---\nThe ferry carries cars.\n")
    library.add([tmp_path / "a.md"], [f"x {ATTACK}"])
    (entry,) = library.list()
    chosen = Chosen((entry.outlet or "",), (ATTACK,), entry.tags, (entry.id, ATTACK))
    for html in (active(library, ATTACK, ATTACK, ATTACK, chosen), Offered(library).matches("x", chosen)):
        page = Page(html)
        assert page.tags <= {"button", "div", "h3", "p", "span"}
        assert page.text.count("<script>") >= 3
