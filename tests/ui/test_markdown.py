"""Markdown of what others wrote: it shows their characters and obeys none of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.catalog import Catalog
from corpus.conversations import Conversation, Exchange
from ui.markdown import GONE, conversation_markdown, escaped, plain

NOON = "2021-05-04T12:00:00+00:00"
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = [
    "<script>alert(1)</script>",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png)",
    "# Heading",
    "- item",
    "1. item",
    "2) item",
    "> quote",
    "    code",
    "```\ncode\n```",
    "~~struck~~ **bold** _thin_ `code` &amp; &lt; \\",
    "| a | b |\n|---|---|\n| c | d |",
    "Title\n=====\n---",
    "[1]: http://evil.example",
    "<http://evil.example> www.evil.example http://evil.example",
    "\x1b[31mred\x00\u202eback\u2028line",
    "+ plus\n* star\n10. ten",
]


def citation(quote: str) -> dict[str, Any]:
    document = {
        "id": "d" * 12,
        "version": 2,
        "title": quote,
        "source": quote,
        "outlet": quote,
        "published": "2021-05-04",
    }
    document |= {"updated": None, "authors": [quote], "tags": [], "content_hash": "0" * 64}
    given = {"marker": 1, "document": document, "start": 7, "end": 7 + len(quote), "quote": quote, "page": 3}
    said = {"text": quote, "from": "2021-05-03", "to": "2021-05-03"}
    return given | {"speaker": quote, "speech": "direct", "cue": "said", "via": [quote], "said_on": said}


def conversation(text: str) -> Conversation:
    statement = {"text": text, "support": "quoted", "reason": None, "citations": [1]}
    answer = {"query": text, "status": "answered", "text": f"{text} [1]", "engine": "quote", "as_of": None}
    answer |= {"statements": [statement], "citations": [citation(text)]}
    return Conversation("c" * 12, text, NOON, NOON, (Exchange(text, answer, NOON),))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    opened = Catalog(tmp_path_factory.mktemp("record") / "catalog.sqlite3")
    yield opened
    opened.close()


def inside(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from inside(token.children or [])


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_text_becomes_markup(text: str, catalog: Catalog) -> None:
    written = conversation_markdown(conversation(text), catalog)
    kinds = {token.type for token in inside(PARSER.parse(written))}
    assert kinds <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", "text_special"),
        *("blockquote_open", "blockquote_close", "bullet_list_open", "bullet_list_close", "list_item_open"),
        *("list_item_close", "strong_open", "strong_close", "softbreak"),
    }
    headings = [token.tag for token in PARSER.parse(written) if token.type == "heading_open"]
    assert headings == ["h1", "h2"]


@given(text=st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("\\`*_{}[]()<>#+-.!|~&:=1 \n")))
@example(text="1)")
@settings(max_examples=300)
def test_an_escaped_text_shows_its_own_characters(text: str) -> None:
    shown = "".join(t.content for t in inside(PARSER.parse(f"> {escaped(text)}")) if t.type in ("text", "text_special"))
    assert shown == plain(text)


def test_a_quotation_keeps_its_lines_and_all_that_is_known_of_it_is_there(catalog: Catalog) -> None:
    written = conversation_markdown(conversation("Taxes stay.\n\nWe *promise*."), catalog)
    assert "> Taxes stay.\n>\n> We \\*promise\\*.\n" in written
    for fact in (
        "page: 3",
        "characters: 7 to ",
        f"document: {'d' * 12}, version 2",
        f"content hash: {'0' * 64}",
        "cue: said",
    ):
        assert f"- {fact}" in written
    assert f"- state: {GONE}" in written


def test_a_range_of_days_that_is_open_says_so(catalog: Catalog) -> None:
    given = conversation("Since May taxes stay.")
    given.turns[0].answer["citations"][0]["said_on"] = {"text": "Since May", "from": "2021-05-01", "to": None}
    assert "- said on: Since May (2021-05-01 to unknown)\n" in conversation_markdown(given, catalog)


def test_the_file_name_is_the_name_where_there_is_no_title(tmp_path: Path, catalog: Catalog) -> None:
    given = conversation("Words.")
    given.turns[0].answer["citations"][0]["document"].update(
        title="", source="/news/a_b.txt", outlet=None, published=None
    )
    assert "outlet unknown, date unknown: /news/a\\_b.txt" in conversation_markdown(given, catalog)
