"""What a chat shows as Markdown is what the sources say, and nothing of it acts."""

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answer import Answer, Citation, Statement
from assistant.conversation import Said
from corpus.types import Document
from ui.api.wording import answer_words, inert, said_in

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = st.lists(
    st.sampled_from(
        [*"[]()!<>\\`~:/&;#*_ \n\u2028", "x", "[1]", "](", "]:", "![", "<img src=x>", "http://e.example", "```"]
    ),
    max_size=25,
).map("".join)


def document(text: str) -> Document:
    """Return a document of this text."""
    known = {
        "id": "d" * 12,
        "version": 1,
        "source": "file.txt",
        "title": "A title",
        "published": "2021-05-04",
        "outlet": "Harbour Post",
    }
    unknown = {
        "updated": None,
        "authors": (),
        "tags": (),
        "language": "en",
        "headings": (),
        "pages": (),
        "added_at": "2021-05-04T12:00:00",
    }
    return Document(text=text, media_type="text/plain", content_hash="0" * 64, **known, **unknown)  # type: ignore[arg-type]


def answer(text: str, speaker: str | None) -> Answer:
    """Return an answer of one statement, which quotes the whole of a text."""
    citation = Citation(1, document(text), 0, len(text), speaker=speaker, cue="said" if speaker else None)
    return Answer("q", "q", "answered", 1.0, (Statement(text, (1,)),), (citation,))


@given(PIECES)
@example("![x](http://e.example/?secret)")
@example("[1]: http://e.example")
@example("\\![x\\](http://e.example)")
@example("<script>alert(1)</script>")
@example("[1][2] [2]: http://e.example")
@example("```\nall that follows")
def test_no_text_of_a_document_becomes_a_link_an_image_or_markup(text: str) -> None:
    made = PARSER.parse(f"{inert(text)} [1]\n\n- [1] {inert(text)}: {inert(text)}")
    kinds = {token.type for block in made for token in [block, *(block.children or [])]}
    assert not kinds & {"link_open", "image", "html_block", "html_inline", "fence"}


def test_a_text_without_markup_stays_as_it_is() -> None:
    text = "“[1][2] We pay $40 million & 5*3 #tags,” she said [laughs] (on 3 May) - 10 < 20 > 5!"
    assert inert(text) == text


def test_what_was_told_is_read_again_with_who_said_it() -> None:
    for text, speaker in (("We will <b>not</b> pay.", "Ines Falk"), ("It rained [a lot](x).", None)):
        assert said_in(answer_words(answer(text, speaker))) == (Said(text, speaker),)


def test_a_text_of_another_kind_has_no_statements() -> None:
    assert said_in("Hello! How can I help?") == ()
    assert said_in("") == ()
    assert said_in("- [1] nobody") == ()


def test_a_text_full_of_markers_is_read_in_time_that_grows_with_its_length() -> None:
    marked = "a" + "[1]" * 100_000  # a minute where each marker is tried as the first of the last
    assert said_in(f"{marked} b [2][1]\n\nSources:\n\n- [2] Ines Falk (said) - x") == (
        Said(f"{marked} b", "Ines Falk"),
    )
