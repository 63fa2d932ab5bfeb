"""What a model writes is reduced to plain visible text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.plaintext import plain, visible


def no_source(address: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("- **The bridge** is `closed`.", "The bridge is closed."),
        ("## 1. The bridge", "The bridge"),
        ("![a chart](http://x.example/p?q=secret) It rained.", "It rained."),
        ("See [the report](https://x.example/r 'title').", "See the report."),
        ("See <https://x.example/r> now", "See now"),
        ("It is at https://x.example/r.", "It is at (link removed)."),
        ("It is at www.x.example/?q=1, he said", "It is at (link removed), he said"),
        ("data:text/html;base64,AAAA here", "(link removed) here"),
        ("<b>Rain</b> fell<img src=//x.example/p", "Rain fell"),
        ("<<b>img src=x> rain", "rain"),
        ("Rain<!-- hidden --> fell", "Rain fell"),
        ("[![a](http://x.example/1)](http://x.example/2) rain", "rain"),
        ("Profit fell to 3 < 5 percent and/or more", "Profit fell to 3 < 5 percent and/or more"),
        ("red\x1b[31m text\u202e and\u200b more", "red [31m text and more"),
        ("The bridge [417](http://x.example)", "The bridge [417]"),
        ('At 10:30 he said: "go"', 'At 10:30 he said: "go"'),
    ],
)
def test_markup_links_and_unseen_signs_are_taken_out(written: str, shown: str) -> None:
    assert plain(written, no_source) == shown


def test_an_address_of_a_source_is_kept() -> None:
    source = "https://paper.example/story"
    assert plain(f"Read [it]({source}) or {source}.", source.__eq__) == f"Read it ({source}) or {source}."


@given(st.text(alphabet='<>!-[]()ab/:. "w*`\u202e\x1b\n', max_size=60))
def test_nothing_that_a_page_could_take_for_markup_is_left(written: str) -> None:
    shown = plain(written, no_source)
    assert not re.search(r"<[a-zA-Z]|<!--|</[a-z]|\[[^\[\]]*\]\(|[a-z]{2}://\w|[\x00-\x1f\u202e]", shown)
    assert plain(shown, no_source) == shown


@given(st.text())
def test_visible_text_is_one_line_of_printable_signs(text: str) -> None:
    assert all(character.isprintable() or character in "\u200c\u200d" for character in visible(text))
