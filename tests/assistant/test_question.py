"""What a question asks with and for."""

import pytest

from assistant.question import answer_spans, read_question


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("How many ships left?", "number"),
        ("what share of those polled agreed", "number"),
        ("When did the bridge close?", "date"),
        ("In what month did it start?", "date"),
        ("Who said it?", "person"),
        ("What is the name of the mayor?", "person"),
        ("Where did they meet?", "place"),
        ("Why did it fail?", "anything"),
        ("What did Falk say about the wall?", "statement"),
        ("How does Rajan Menon see the chances?", "statement"),
        ("What were Falk's words to the crew?", "statement"),
        ("What was the naval base called?", "anything"),
        ("What did the Island State found in 1990?", "anything"),
        ("What did the storm leave the state with?", "anything"),
        ("What does it mean when someone says so?", "anything"),
        ("When the dam broke, who was told?", "anything"),
        ("Where does the word come from?", "anything"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(text: str, wants: str) -> None:
    assert read_question(text).wants == wants


def test_terms_leave_out_function_words_and_names_are_found() -> None:
    read = read_question("What did the mayor of Old Harbour say about the sea wall?")
    assert [term.word for term in read.terms] == ["mayor", "Old", "Harbour", "sea", "wall"]
    assert [read.text[start:end] for start, end in read.names] == ["Old Harbour"]


def test_a_question_of_function_words_keeps_them() -> None:
    assert read_question("who are you").terms


@pytest.mark.parametrize(
    ("question", "sentence", "answers"),
    [
        ("How many ships left?", "By then 33 ships had left.", ["33"]),
        ("How much does it cost?", "It costs 40 million dollars, up from 1998.", ["40 million"]),
        ("And how much food?", "33 ships had left, carrying 720,000 tons of food.", ["720,000", "33"]),
        ("How many passengers?", "It costs 212 million crowns for 900 passengers.", ["900"]),
        ("What share agreed?", "About 53 percent agreed in May 2022.", ["53 percent"]),
        ("When did it close?", "It closed on 3 March 2021.", ["3 March 2021"]),
        ("When did it close?", "It may close.", []),
        ("When was it founded?", "It was founded in 911 as a port of 500 men.", ["in 911"]),
        ("When was it founded?", "It was founded about 430 BC, not in the first century.", ["430 BC", "first century"]),
        ("How many ships?", "It was in 1998 as 12 ships sank.", ["12"]),
        ("Who failed Ines Falk?", "Ines Falk was failed by Tom Abara.", ["Tom Abara"]),
        ("Why did it close?", "It closed on 3 March 2021.", []),
    ],
)
def test_answering_words_are_of_the_kind_asked_for_and_not_the_questions_own(
    question: str, sentence: str, answers: list[str]
) -> None:
    spans = answer_spans(sentence, read_question(question))
    assert [sentence[start:end] for start, end in spans] == answers
