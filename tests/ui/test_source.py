"""The page of a source: the cited words are marked to the character, and an address that is forged is one clear error."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup import Page

from corpus.attribution import Attribution
from corpus.catalog import Entry, Quotation
from corpus.types import Document, Span
from corpus.versions import Version
from ui.web.changes import changes_page
from ui.web.opening import Edition, Opened
from ui.web.source import message_page, removed_page, source_page
from ui.web.text import AROUND, SLACK, neighbourhood

SITE = "http://127.0.0.1:1"
TAGS = set(
    "a b body del details div figcaption figure h1 h2 head header html i img input ins li link main mark meta nav ol p q "
    "section span strong summary title ul".split()
)
ATTRIBUTES = set(
    "alt aria-label charset class content data-page height href id lang loading name readonly rel reversed role src target "
    "value width".split()
)
PIECES = (
    "<script>x()</script>",
    "<img src=x onerror=x()>",
    "\"'",
    "&lt;",
    "${x}",
    *("- a ", "1. b ", "A: b; C: d", " | ", "\n", "\n\n", "Å", "𝄞", "word "),
)
HOSTILE = st.lists(st.sampled_from(PIECES)).map("".join)


def document(text: str, headings: tuple[Span, ...] = (), pages: tuple[int, ...] = (), version: int = 1) -> Document:
    return Document(
        id="d1",
        version=version,
        source="/tmp/a.txt",
        title="A title",
        text=text,
        published="2021-03-04",
        updated=None,
        authors=(),
        outlet="Post",
        tags=(),
        language="en",
        media_type="application/pdf" if pages else "text/plain",
        content_hash="",
        headings=headings,
        pages=pages,
        added_at="2021-03-05T00:00:00Z",
    )


def opening(document: Document, cited: Span = (0, 0), **changed: object) -> Opened:
    page = document.page_of(cited[0])
    edition = Edition(document.version, True, document.added_at, None)
    found = Opened(document, cited, (0, 0), cited[0], page, "", (), [edition], None, (), None)
    return replace(found, **changed)  # type: ignore[arg-type]


def shown(opened: Opened, alone: bool = False) -> Page:
    return Page(source_page(opened, SITE, alone))


@settings(deadline=None)
@given(HOSTILE, st.booleans())
def test_no_page_of_a_source_holds_markup_but_its_own(hostile: str, alone: bool) -> None:
    hostiles = replace(document(f"{hostile}x", pages=(0,)), title=hostile, outlet=hostile, authors=(hostile,))
    hostiles = replace(hostiles, source=hostile, url=f"http://{hostile}", language=hostile)
    said = Quotation("d1", 1, 0, 1, Attribution(hostile, hostile, (0, 1), "direct", (hostile,)))
    entry = Entry("d2", 1, hostile, hostile, None, hostile, (), "text/plain", hostile, 1, 1, "", hostile)
    change = Version(1, "", None, 1, 1, 1, (hostile,))
    editions = [Edition(1, True, hostile, None), Edition(2, False, hostile, change)]
    everything = opening(
        *(hostiles, (0, 1)),
        said=[said],
        same_story=[entry],
        editions=editions,
        no_picture=hostile,
        removed_at=hostile,
    )
    pages = (
        source_page(everything, SITE, alone),
        removed_page(everything, alone),
        changes_page(document(hostile), document(f"other {hostile}"), alone),
        message_page(hostile, alone),
    )
    for html in pages:
        page = Page(html)
        assert page.tags <= TAGS
        assert set(page.attributes) <= ATTRIBUTES


@settings(deadline=None)
@given(HOSTILE, st.data())
def test_the_words_marked_in_a_source_are_the_ones_cited(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first = data.draw(st.integers(start, end))
    page = shown(opening(document(text, pages=(0, start)), (start, end), answer=(first, end), page=None))
    assert "".join(page.marked.split()) == "".join(text[start:end].split())
    assert "".join(text.split()) in "".join(page.text.split())


def test_one_mark_is_scrolled_to_where_the_cited_words_run_over_paragraphs() -> None:
    page = shown(opening(document("One.\n\nTwo.\n\nThree."), (0, 10)))
    assert page.attributes["id"] == ["cited"]
    assert page.marked == "One.Two."


def test_the_first_mark_is_scrolled_to_where_the_cited_words_begin_with_a_blank_line() -> None:
    assert shown(opening(document("One.\n\nTwo."), (4, 10))).attributes["id"] == ["cited"]


def test_headings_and_paragraphs_are_kept() -> None:
    headed = document("Title\n\nWhat it costs\nA lot.\nTruly.\n\nMore.", headings=((7, 20),))
    html = source_page(opening(headed), SITE, False)
    assert "<p>Title</p><h2>What it costs</h2><p>A lot.\nTruly.</p><p>More.</p>" in html


def test_rows_of_a_table_and_items_of_a_list_stand_apart() -> None:
    text = "Ports\n\nPort: Odessa; Ships: 33\n\nPort: Yuzhny; Ships: 4\n\nHe said: no; she: yes.\n\n- wheat\n- corn\n  of Odessa"
    html = source_page(opening(document(text), (7, 19)), SITE, False)
    assert (
        '<ul class="rows"><li><mark id="cited"><b>Port:</b> Odessa</mark>; <b>Ships:</b> 33</li><li><b>Port:</b>'
        in html
    )
    assert "<p>He said: no; she: yes.</p>" in html
    assert '<ul class="items"><li>- wheat</li><li>- corn\n  of Odessa</li></ul>' in html


def test_the_words_that_answer_are_marked_more_strongly() -> None:
    html = source_page(opening(document("In May, May said so."), (0, 20), answer=(8, 11)), SITE, False)
    assert '<mark id="cited">In May, <strong>May</strong> said so.</mark>' in html


def test_of_a_long_text_the_part_around_the_words_is_shown_with_links_to_the_others() -> None:
    text = "".join(f"Paragraph {number} of a very long text.\n\n" for number in range(30_000))
    start = text.index("Paragraph 20000 ")
    page = shown(opening(document(text), (start, start + 15)))
    assert page.marked == "Paragraph 20000"
    assert "Paragraph 19900 of" in page.text and "Paragraph 15000 " not in page.text
    assert len(page.text) < 2 * (AROUND + SLACK) + 1000
    assert all(way in page.text for way in ("Beginning", "Earlier part", "Later part", "End"))


@given(st.text(st.sampled_from("ab \n"), max_size=60), st.integers(0, 60))
def test_a_short_text_is_shown_whole(text: str, at: int) -> None:
    assert neighbourhood(text, min(at, len(text))) == (0, len(text))


def test_the_parts_of_a_long_text_leave_nothing_out() -> None:
    text = "word " * 200_000
    start, end = neighbourhood(text, 500_000)
    assert 0 < start < 500_000 - AROUND + SLACK and 500_000 + AROUND <= end < len(text)
    assert neighbourhood(text, start - 1)[1] >= start
    assert neighbourhood(text, end)[0] <= end


def test_who_says_the_words_stands_above_them() -> None:
    text = '"We will rebuild it," she told Radio Nord.'
    said = Quotation("d1", 1, 0, len(text), Attribution("Ines Falk", "told", (0, 21), "direct", ("Radio Nord",)))
    page = shown(opening(document(text), (0, len(text)), said=[said]))
    assert "Ines Falk · told · via Radio Nord · word for word · Post, 4 March 2021We will rebuild it," in page.text
    assert page.text.index("Ines Falk") < page.text.index(text)
    nobody = shown(opening(document(text), (0, len(text))))
    assert "Nobody else is named: the words of Post" in nobody.text


def test_the_address_of_the_words_can_be_copied() -> None:
    page = shown(opening(document("Some words."), (5, 10), answer=(5, 10)))
    assert f"{SITE}/source/d1/1?start=5&end=10&answer=5-10#cited" in page.attributes["value"]


@pytest.mark.parametrize(("same", "told"), [((3, 9), "which has these words too"), (None, "no longer has these words")])
def test_an_earlier_version_leads_to_the_newest_and_tells_whether_it_has_the_words(
    same: Span | None, told: str
) -> None:
    editions = [Edition(1, False, "2021-03-05", None), Edition(2, True, "2021-03-06", None)]
    page = shown(opening(document("Some words."), (5, 10), editions=editions, same_words=same))
    assert told in page.text
    assert f"/source/d1/2{'?start=3&end=9#cited' if same else ''}" in page.attributes["href"]
    assert "/source/d1/2/since/1" in page.attributes["href"]


def test_the_picture_of_a_page_stands_behind_the_words_with_the_ways_to_its_neighbours() -> None:
    text = "One.\n\nTwo.\n\nThree."
    html = source_page(opening(document(text, pages=(0, 6, 12)), (6, 10)), SITE, False)
    assert html.index('id="cited"') < html.index("<figure") < html.index("Three.")
    page = Page(html)
    assert page.attributes["src"] == ["/source/d1/1/pages/2.jpg?start=6&end=10"]
    assert "Page 2 of 3" in page.text
    assert {f"/source/d1/1?start=6&end=10&page={number}#page" for number in (1, 3)} <= set(page.attributes["href"])


def test_a_page_by_itself_leads_to_the_site() -> None:
    assert "Library" in shown(opening(document("Words.")), alone=True).text
    assert "Library" not in shown(opening(document("Words."))).text


def test_what_changed_is_shown_with_its_neighbours_and_told_in_words() -> None:
    old = "Kept far away.\n\nKept.\n\nThe bridge costs 40 million dollars.\n\nEnd."
    page = Page(changes_page(document(old), document(old.replace("40", "60"), version=2)))
    assert "The bridge costsGone:  40New:  60 million dollars." in page.text
    assert "1 paragraph not shown" in page.text and "far away" not in page.text
    assert "1 paragraph changed" in page.text
