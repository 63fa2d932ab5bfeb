"""What is fetched when an answer's time is looked at, and how limits are told in words."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from markup import ATTRIBUTES, HOSTILE, TAGS, Page
from starlette.testclient import TestClient

from assistant.coverage import Coverage
from corpus.filters import Filters
from index.library import Library
from ui.web.naming import in_filters
from ui.web.overtime import covered
from ui.web.pages import add_pages


def test_the_documents_about_a_question_are_counted_under_its_filters(library: Library, articles: Path) -> None:
    library.add([articles])
    site = FastAPI()
    add_pages(site, library)
    with TestClient(site) as client:
        asked = {"query": "Was the school or the town flooded by a storm?"}
        found = client.get("/coverage", params={**asked, "from": "2021-06", "outlets": ["Harbour Post", "<b>"]})
        assert "Counted: 1 document with at least 3 of the words school, town, flooded, storm; " in found.text
        assert "published on or after 1 June 2021; in Harbour Post or &lt;b&gt;." in found.text
        assert "November 2021" in found.text
        for wrong in ({}, {**asked, "from": "soon<b>"}):
            refused = client.get("/coverage", params=wrong)
            assert refused.status_code == 400 and "<b>" not in refused.text


@given(HOSTILE)
@settings(deadline=None)
def test_what_is_counted_is_told_without_markup(hostile: str) -> None:
    counts = {("2021-05", hostile): 2, ("", hostile): 1, (hostile, "B"): 1}
    page = Page(covered(Coverage((hostile, "a"), 1, counts), Filters(outlets=(hostile,), tags=(hostile,))))
    assert page.tags <= TAGS | set(
        "details figcaption figure line rect summary svg table tbody td text th thead title tr".split()
    )
    assert set(page.attributes) <= ATTRIBUTES | set(
        "aria-hidden height scope tabindex text-anchor width x x1 x2 y y1 y2".split()
    )


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), []),
        (Filters(as_of="2021-06-01"), ["published by 1 June 2021"]),
        (
            Filters(from_date="2021-06-01", to_date="2021-06-02"),
            ["published on or after 1 June 2021", "published on or before 2 June 2021"],
        ),
        (Filters(authors=("A", "B"), speakers=("C",)), ["written by A or B", "said by C"]),
        (Filters(tags=("t",), documents=("d1", "d2")), ["tagged t", "in 2 chosen documents"]),
    ],
)
def test_what_a_search_is_limited_to_is_told_in_words(filters: Filters, words: list[str]) -> None:
    assert in_filters(filters) == words
