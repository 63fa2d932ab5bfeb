"""What stands in a page of HTML, for tests: its tags, its attributes, its text, and what is marked in it."""

from html.parser import HTMLParser

__all__ = ["Page"]


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
