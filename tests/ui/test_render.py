"""How an answer looks: its statements, tips, support, positions, silence, plots and what is copied, as HTML."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from markup import ATTRIBUTES, HOSTILE, TAGS, Page, document

from assistant.answer import Answer, Citation, Conflict, Position, Reason, Statement, Usage
from corpus.catalog import Entry
from corpus.dates import When
from corpus.filters import Filters
from corpus.types import Passage
from index.retriever import Hit
from ui.markdown import escaped
from ui.web.copying import answer_text, statement_text
from ui.web.naming import source_url
from ui.web.render import Turn, conversation

ANSWER_TAGS = (
    TAGS | set("button circle cite dd details dl dt figcaption figure line summary svg text time".split()) | set("iqb")
)
ANSWER_ATTRIBUTES = ATTRIBUTES | set(
    "aria-hidden cx cy data-copy data-load datetime height popover r text-anchor type width x x1 x2 y y1 y2".split()
)


def answered(text: str, hostile: str = "") -> Answer:
    cited = document(text, hostile, hostile)
    when = When(0, 1, hostile, "2022-08-01", "2022-08-01")
    other = Entry("d2", 1, hostile, hostile, None, hostile, (), "text/plain", hostile, 1, 1, "", hostile)
    first = Citation(1, cited, 0, len(text), (0, len(text)), speaker=hostile, cue=hostile, via=(hostile,), said_on=when)
    citations = (replace(first, retold=(other,)), replace(first, marker=2, said_on=None))
    passage = Passage("p1", "d1", 1, 0, 0, len(text), text, ((0, len(text)),))
    return Answer(
        question=hostile,
        query=f"{hostile}?",
        status="answered",
        confidence=1.0,
        statements=(Statement(text, (1, 2), "partly", hostile), Statement(text, (2,), "quoted", date="2022-08")),
        citations=citations,
        positions=(Position(hostile, (hostile,), (0,), "for"), Position("B", (), (1,))),
        filters=Filters(outlets=(hostile,)),
        searched=7,
        conflicts=(Conflict((0, 1), "figure", f"The sources differ: {hostile}"),),
        hits=(Hit(passage, 1.0, {}),),
        documents={"d1@1": cited},
    )


@given(HOSTILE)
@settings(deadline=None)
def test_a_conversation_holds_no_markup_but_its_own(hostile: str) -> None:
    answer = answered(hostile, hostile)
    silent = replace(
        answer,
        status="abstained",
        statements=(),
        positions=(),
        conflicts=(),
        reason=Reason("none", hostile, (hostile,)),
    )
    gone = replace(answer, gone=frozenset({"d1@1"}))
    page = Page(
        conversation([Turn(hostile, answer), Turn(hostile, silent), Turn(hostile, gone), Turn(hostile, error=hostile)])
    )
    assert page.tags <= ANSWER_TAGS
    assert set(page.attributes) <= ANSWER_ATTRIBUTES
    assert {target for target in page.attributes["href"] if not target.startswith(("/source/", "#said-"))} == set()
    assert hostile in page.text


def test_the_answering_words_are_marked_where_they_answer() -> None:
    text = "In May, May said so."
    citation = Citation(1, document(text), 0, len(text), (8, 11))
    answer = Answer("Who?", "Who?", "answered", 1.0, (Statement(text, (1,)),), (citation,))
    assert "In May, <mark>May</mark> said so." in conversation([Turn("Who?", answer)])


def test_a_chip_names_its_source_and_leads_to_its_words() -> None:
    html = conversation([Turn("q", answered("Some words."))])
    assert source_url(document("Some words."), 0, 11) == "/source/d1/1?start=0&end=11#cited"
    assert 'href="/source/d1/1?start=0&amp;end=11#cited"' in html


def test_a_model_that_failed_is_told_above_the_quoted_words() -> None:
    failed = replace(
        answered("Some words."), status="failed", reason=Reason("model_timeout", "It was <silent>."), model="m"
    )
    html = conversation([Turn("q", failed)])
    assert html.index("The language model failed.") < html.index("It was &lt;silent&gt;.") < html.index("Some words.")
    assert "could not be answered" not in html


def test_a_written_answer_names_the_model_what_it_was_given_and_what_is_not_supported() -> None:
    doubted = (
        Statement("Words.", (1,), "contradicted", "40 is not there"),
        Statement("More.", (), "unsupported", "bare"),
    )
    written = replace(answered("Words."), statements=doubted, positions=(), conflicts=(), engine="write", model="<m>")
    html = conversation([Turn("q", replace(written, usage=Usage(None, None, 6, 4)))])
    assert "Written by &lt;m&gt;, which was given 6 of the 10 passages found: more do not fit" in html
    assert "≠</span> Told otherwise by its sources: 40 is not there" in html
    assert "?</span> Not supported by the sources: bare" in html


def test_an_error_is_never_shown_as_silence() -> None:
    failed = Answer("q", "q", "failed", 0.0, reason=Reason("model", "the model did not answer"))
    html = conversation([Turn("q", failed)])
    assert "This could not be answered." in html and "library does not" not in html
    assert "The library does not answer this." in conversation(
        [Turn("q", replace(failed, status="abstained", reason=None))]
    )


def cited(number: int, text: str, published: str | None, **more: object) -> Citation:
    its = replace(document(text, f"Title {number}", f"Outlet {number}", published), id=f"d{number}")
    return Citation(number, its, 0, len(text), **more)  # type: ignore[arg-type]


def shown(*given: Citation, **more: object) -> str:
    """Return an answer with a statement for each citation, as HTML."""
    said = tuple(Statement(citation.quote, (citation.marker,)) for citation in given)
    fields = {"statements": said, "citations": given, **more}
    return conversation([Turn("Who?", Answer("Who?", "Who?", "answered", 1.0, **fields))])  # type: ignore[arg-type]


def test_a_tip_has_the_very_words_who_said_them_how_and_when_where_they_stand_and_a_permanent_link() -> None:
    said_on = When(0, 4, "in May", "2021-05-01", "2021-05-31")
    paged = replace(document("First.\nSecond words."), pages=(0, 7))
    citation = Citation(1, paged, 7, 20, speaker="Ines Falk", cue="said", said_on=said_on)
    html = shown(citation)
    tip = re.search(r'<span id="tip-0-0-1">(.*?)</span><a href="([^"]*)"', html)
    assert tip is not None and 'aria-describedby="tip-0-0-1"' in html
    assert tip[1] == (
        "<q>Second words.</q><span><b>Ines Falk</b> <i>said</i>, in May (May 2021)</span>"
        "<span>Post, 4 March 2021, page 2</span><cite>A title</cite>"
    )
    assert tip[2] == "/source/d1/1?start=7&amp;end=20#cited"


@pytest.mark.parametrize(
    ("support", "sign", "words"),
    [
        ("quoted", "“", "Verbatim"),
        ("supported", "✓", "Supported"),
        ("partly", "≈", "Only partly supported by its sources: why"),
        ("contradicted", "≠", "Told otherwise by its sources: why"),
        ("unsupported", "?", "Not supported by the sources: why"),
    ],
)
def test_support_is_a_sign_and_a_word_and_plain_with_its_reason_where_it_lacks(
    support: str, sign: str, words: str
) -> None:
    statement = Statement("Words.", (1,), support, None if support in ("quoted", "supported") else "why")  # type: ignore[arg-type]
    html = shown(cited(1, "Words.", None), statements=(statement,))
    assert f'<span class="sign" aria-hidden="true">{sign}</span> {words}</' in html
    assert ('class="doubt"' in html) == (statement.reason is not None)


def test_ids_are_the_turn_s_and_the_statement_s_own() -> None:
    twice = cited(1, "Words.", None)
    answer = Answer("q", "q", "answered", 1.0, (Statement("A.", (1, 1)), Statement("B.", (1,))), (twice,))
    ids = Page(conversation([Turn("q", answer), Turn("q", answer)])).attributes["id"]
    assert len(ids) == len(set(ids)) == 8


def test_positions_are_cards_by_date_and_the_rest_keeps_its_place() -> None:
    given = [
        cited(1, "Prices rose.", "2022-05-01"),
        cited(2, "We will sell.", "2022-06-02"),
        cited(3, "Never.", "2022-06-01"),
    ]
    positions = (
        Position("Ada Moor", ("2022-06-02",), (1,), "for"),
        Position("Ines Falk", ("2022-06-01",), (2,), "against"),
    )
    html = shown(*given, cited(4, "Rain fell.", "2022-07-01"), positions=positions)
    order = [
        "Prices rose.",
        "Ines Falk",
        "−</span> Against",
        "1 June 2022",
        "Never.",
        "Ada Moor",
        "+</span> For",
        "We will sell.",
    ]
    places = [html.index(part) for part in [*order, "Rain fell."]]
    assert places == sorted(places)
    assert html.count('class="card"') == 2


def test_one_position_is_no_card_and_a_statement_stands_once() -> None:
    given = cited(1, "Never.", "2022-06-01"), cited(2, "Always.", "2022-06-02")
    assert "card" not in shown(*given, positions=(Position("Ines Falk", ("2022-06-01",), (0, 1)),))
    html = shown(*given, positions=(Position("A", (), (0, 0)), Position("B", (), (0,)), Position("C", (), (1,))))
    assert html.count('<p class="words">Never.') == 1 and html.count('class="card"') == 2


def test_a_chronology_keeps_the_order_of_time() -> None:
    given = cited(1, "Never.", "2022-06-02"), cited(2, "Always.", "2022-06-01")
    dated = tuple(Statement(c.quote, (c.marker,), date=c.document.published) for c in given)
    positions = (Position("A", ("2022-06-02",), (0,)), Position("B", ("2022-06-01",), (1,)))
    assert "card" in shown(*given, statements=dated, positions=positions)
    answer = Answer("q", "What has changed since June?", "answered", 1.0, dated, given, positions)
    assert "card" not in conversation([Turn("q", answer)])


def test_what_the_sources_differ_in_stands_first_and_leads_to_both() -> None:
    line = "The sources differ: 40 (Outlet 1), later 52 (Outlet 2)."
    html = shown(cited(1, "40.", None), cited(2, "52.", None), conflicts=(Conflict((0, 1), "figure", line),))
    told = html.index("</span> The sources differ</h3><p>40 (Outlet 1), later 52 (Outlet 2).")
    assert told < html.index('aria-label="Compare source 1"') < html.index('<p class="words">40.')


def test_an_abstention_says_what_was_looked_for_where_and_what_is_missing() -> None:
    question = "Did the Vistula mission land in Gdansk on Friday?"
    filters = Filters(as_of="2022-07-01", outlets=("Post", "Wire"), speakers=("Falk",))
    reason = Reason("not_mentioned", "Nothing near it mentions: Vistula.", ("Vistula",))
    silent = Answer(question, question, "abstained", 0.0, reason=reason, filters=filters, undated=1, searched=12)
    text = re.sub("<[^>]*>", "|", conversation([Turn(question, silent)]))
    assert re.search(r"Looked for\|.*Vistula\|.*mission\|.*Gdansk", text)
    assert re.search(r"Not mentioned[| ]+Vistula[| ]+Searched[| ]+12 documents; 1 undated document left out", text)
    assert "published by 1 July 2022; in Post or Wire; said by Falk" in text
    twice = replace(silent, query="Who signed the Treaty of Versailles? (Treaty Versailles)", reason=None)
    assert conversation([Turn(question, twice)]).partition("<dl")[2].count("Versailles</span>") == 1


def test_the_nearest_passages_open_where_they_stand() -> None:
    page = replace(document("One. Two. Three."), pages=(0, 5))
    hit = Hit(Passage("p", "d1", 1, 0, 5, 9, "Two.", ((5, 9),)), 1.0, {})
    silent = Answer("q", "q", "abstained", 0.0, hits=(hit,), documents={"d1@1": page})
    html = conversation([Turn("q", silent)])
    assert '<a class="card hit" href="/source/d1/1?start=5&amp;end=9#cited" target="source">' in html
    assert "Post, 4 March 2021, page 2" in html
    assert (
        "<a"
        not in conversation([Turn("q", replace(silent, gone=frozenset({"d1@1"})))])
        .partition("hits")[2]
        .partition("</div>")[0]
    )


def test_the_others_that_tell_the_same_are_listed_once_and_open() -> None:
    other = Entry("d9", 3, "b.txt", "Again", "2022-06-01", "Wire", (), "text/plain", "en", 1, 1, "", "d1")
    first = cited(1, "Never.", "2022-06-01", retold=(other,))
    answer = Answer("q", "q", "answered", 1.0, (Statement("A.", (1,)), Statement("B.", (1,))), (first,))
    html = conversation([Turn("q", answer)])
    assert html.count("The same report in 2 outlets</summary>") == 1
    assert '<a href="/source/d9/3" target="source">Again</a> Wire, 1 June 2022' in html
    assert answer.notes == ["[1] is the same report in 2 outlets."]
    assert "[1] is the same report" not in html.partition("data-copy")[0]


def test_dated_statements_stand_on_a_line_of_time_where_there_are_two_dates() -> None:
    when = When(0, 4, "in May", "2022-05-01", "2022-05-31")
    html = shown(
        cited(1, "Never.", "2022-06-01", when=when), cited(2, "Always.", "2022-06-01"), cited(3, "Maybe.", None)
    )
    marks = re.findall(
        r'<a class="(mark[^"]*)" href="([^"]*)" target="source" aria-label="([^"]*)" aria-describedby="([^"]*)"', html
    )
    assert marks == [
        ("mark", "/source/d1/1?start=0&amp;end=6#cited", "1 May 2022 to 31 May 2022: Never.", "tip-0-0-1"),
        ("mark dashed", "/source/d2/1?start=0&amp;end=7#cited", "1 June 2022: Always.", "tip-0-1-2"),
    ]
    assert "1 statement of unknown date." in html
    for published in ("2022-06-01", None, "soon"):
        assert "timeline" not in shown(cited(1, "Never.", "2022-06-01"), cited(2, "Always.", published))


def test_the_words_of_a_document_that_is_gone_lead_nowhere_and_say_so() -> None:
    html = shown(cited(1, "Never.", "2022-06-01"), cited(2, "Always.", "2022-06-02"), gone=frozenset({"d1@1"}))
    assert "/source/d1/" not in html and "/source/d2/" in html
    assert '<button type="button" class="chip gone"' in html and "the words are those that were kept" in html


@pytest.fixture
def told() -> Answer:
    quoted = cited(1, "We will sell, she said.", "2022-06-02", speaker="Ada Moor", cue="said")
    other = cited(2, "It is *sold*.", None)
    said = (Statement(quoted.quote, (1,)), Statement("Sold, then.", (2,), "partly", "then"))
    return Answer("Who sells?", "Who sells?", "answered", 1.0, said, (quoted, other))


def test_an_answer_is_copied_as_text_with_numbered_sources(told: Answer) -> None:
    assert answer_text(told) == (
        "Who sells?\n\n“We will sell, she said.” [1]\n\nSold, then. [2] (partly, then)\n\nSources\n\n"
        "[1] Ada Moor (said), Outlet 1, 2 June 2022, Title 1\n/source/d1/1?start=0&end=23#cited\n\n"
        "[2] Outlet 2, date unknown, Title 2\n“It is *sold*.”\n/source/d2/1?start=0&end=13#cited\n"
    )


def test_markdown_shows_a_source_s_own_signs_as_they_are(told: Answer) -> None:
    copied = answer_text(told, escaped)
    assert "“It is \\*sold\\*.”" in copied and "\n</source/d2/1?start=0&end=13#cited>\n" in copied
    assert copied.startswith("**Who sells?**\n\n“We will sell, she said.” \\[1\\]\n")


def test_a_statement_is_copied_with_its_source_alone(told: Answer) -> None:
    assert statement_text(told, 0) == (
        "“We will sell, she said.” [1]\n\n[1] Ada Moor (said), Outlet 1, 2 June 2022, Title 1\n"
        "/source/d1/1?start=0&end=23#cited\n"
    )
    assert "library; the words are" in statement_text(replace(told, gone=frozenset({"d2@1"})), 1)
    copies = Page(conversation([Turn("q", told)])).attributes["data-copy"]
    assert copies == [statement_text(told, 0), statement_text(told, 1), answer_text(told), answer_text(told, escaped)]
