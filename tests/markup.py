"""What the tests of the pages' HTML share: texts that want to be markup, a page taken apart, a document."""

from html.parser import HTMLParser

from hypothesis import strategies as st

from corpus.types import Document

__all__ = ["ATTRIBUTES", "HOSTILE", "TAGS", "Page", "document"]

TAGS = set("a article b br body div h1 h2 h3 head html i li link mark meta p q section span strong title ul".split())
ATTRIBUTES = set("aria-describedby aria-label charset class content href id lang name rel role target".split())
HOSTILE = st.lists(
    st.sampled_from(
        [
            "<script>x()</script>",
            "<img src=x onerror=x()>",
            "\"'",
            "&lt;",
            "${x}",
            "{{x}}",
            "]]>",
            "\n\n",
            "Å",
            "𝄞",
            "word ",
        ]
    )
).map("".join)


class Page(HTMLParser):
    """The tags, the attributes and the text of a page, and the text in <mark>."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}
        self.text = self.marked = ""
        self.marking = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.marking = self.marking or tag == "mark"
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self.marking = self.marking and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if self.marking else ""


def document(
    text: str, title: str = "A title", outlet: str | None = "Post", published: str | None = "2021-03-04"
) -> Document:
    return Document(
        id="d1",
        version=1,
        source="/tmp/a.txt",
        title=title,
        text=text,
        published=published,
        updated=None,
        authors=(),
        outlet=outlet,
        tags=(),
        language=None,
        media_type="text/plain",
        content_hash="",
        headings=(),
        pages=(),
        added_at="",
    )
