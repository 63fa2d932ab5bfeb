"""What changed between versions, in numbers worked out by hand."""

from dataclasses import replace

from corpus.types import Document
from corpus.versions import Version, history

FIRST = Document(
    *("a", 1, "/a", "Toll", "The toll is five crowns, says the town.", "2021-01-10", None, (), "Post", (), None),
    *("text/plain", "", (), (), "2021-01-11T00:00:00+00:00"),
)


def test_each_version_tells_what_is_new_and_gone_since_the_one_before() -> None:
    second = replace(FIRST, version=2, text="The toll is eight crowns, eight, says the town.", published="2021-06")
    fourth = replace(second, version=4, title="The toll", tags=("sea",))  # the third was never live
    assert history([FIRST, second, fourth]) == [
        Version(1, FIRST.added_at, "2021-01-10", 8, 0, 0, ()),
        Version(2, FIRST.added_at, "2021-06", 9, 2, 1, ("published",)),
        Version(4, FIRST.added_at, "2021-06", 9, 0, 0, ("title", "tags")),
    ]


def test_of_no_versions_there_is_no_history() -> None:
    assert history([]) == []
