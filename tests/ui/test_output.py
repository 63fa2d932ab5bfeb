from dataclasses import replace

from assistant.answer import Answer, Citation, Reason, Statement, as_json
from corpus.dates import When
from corpus.filters import filters_of
from corpus.types import Document
from ui.output import answer_text, quote_text
from ui.web.render import Turn, conversation

TEXT = "The crews went on strike last month, the union said on Tuesday."
PAPER = Document(
    "d1", 1, "strike.md", "Strike", TEXT, "2021-08-20", None, (), "Harbour Post", (), None, "text/plain", "", (), (), ""
)
LAST_MONTH = When(25, 35, "last month", "2021-07-01", "2021-07-31")
TUESDAY = When(55, 62, "Tuesday", "2021-08-17", "2021-08-17")
CITATION = Citation(1, PAPER, 0, len(TEXT), (25, 35), "the union", "reported", "said", said_on=TUESDAY, when=LAST_MONTH)
ANSWER = Answer("When?", "When?", "answered", 0.9, (Statement(TEXT, (1,)),), (CITATION,))


def test_a_terminal_shows_the_days_that_a_date_means_and_when_it_was_said() -> None:
    assert answer_text(ANSWER).splitlines() == [
        f"{TEXT} [1]",
        '"last month" [1] is July 2021.',
        "",
        "[1] the union (said, Tuesday: 17 August 2021) - Harbour Post, 2021-08-20: Strike  d1",
    ]


def test_the_chat_shows_the_days_that_a_date_means_and_how_old_the_newest_source_is() -> None:
    page = conversation(
        [Turn("When?", replace(ANSWER, age="The newest source is of 20 August 2021, <1> day before today."))]
    )
    assert "&quot;last month&quot; [1] is July 2021.<br>The newest source is of 20 August 2021, &lt;1&gt; day" in page
    assert "Tuesday (17 August 2021)" in page


def test_an_answer_and_an_abstention_both_say_as_of_when() -> None:
    filters = filters_of({"as_of": "2021-09"})
    reason = Reason("weak_evidence", "The library does not answer this.")
    for answer in (ANSWER, Answer("When?", "When?", "abstained", 0.0, reason=reason)):
        asked = replace(answer, filters=filters, undated=2)
        assert answer_text(asked).splitlines()[-1] == "As of 2021-09-30. 2 without a date left out."
        assert as_json(asked)["as_of"] == "2021-09-30"


def test_each_days_note_names_every_statement_it_holds_for() -> None:
    later = replace(CITATION, marker=3, when=replace(LAST_MONTH, first="2021-08-01", last="2021-08-31"))
    statements = (Statement(TEXT, (1,)), Statement(TEXT, (2,)), Statement(TEXT, (3,)))
    answer = replace(ANSWER, statements=statements, citations=(CITATION, replace(CITATION, marker=2), later))
    assert answer.notes == ['"last month" [1][2] is July 2021.', '"last month" [3] is August 2021.']


def test_a_quotation_with_marks_of_its_own_gets_no_others() -> None:
    assert quote_text(CITATION).splitlines()[1] == f'  "{TEXT}"'
    words = '"We will strike," the union said.'
    quoted = replace(CITATION, document=replace(PAPER, text=words), end=len(words))
    assert quote_text(quoted).splitlines()[1] == f"  {words}"
