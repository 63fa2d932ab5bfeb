"""From addresses to documents, through real servers on this machine and the real library."""

import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from served import Site, fetcher, served

from corpus.errors import LibraryLockedError
from corpus.types import Input
from corpus.visits import Visits
from index.adding import commit
from index.ingest import Outcome
from index.library import Library
from index.sources import Note, Sources

NEWS = "https://news.example"
WORDS = " ".join(f"The harbour office counted {n} ships on day {n}." for n in range(2, 20))


def article(title: str, text: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"


STORM = article(
    "Storm floods the old town", "A storm flooded the old town. Four hundred people were brought to safety."
)
SCHOOL = article("A new school", "The council voted for a new school. The school will have 600 pupils.")


def rss(*items: str) -> tuple[int, dict[str, str], str]:
    text = f"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>{''.join(items)}</channel></rss>"
    return 200, {"Content-Type": "application/rss+xml", "ETag": f'"{len(text)}"'}, text


def item(path: str, title: str = "From the feed", more: str = "") -> str:
    return f"<item><title>{title}</title><link>http://news.example{path}</link>{more}</item>"


class Web:
    """A library and a site, and what came of adding from it."""

    def __init__(self, library: Library, site: Site) -> None:
        self.library, self.site = library, site
        self.visits = Visits(library.catalog)
        self.notes: list[str] = []
        self.read: list[str] = []  # what came to be read

    def add(
        self, *addresses: str, tags: Iterable[str] = (), polling: bool = False, follow: bool = False
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        made = fetcher(self.site)
        self.site.asked.clear()
        self.notes.clear()
        self.read.clear()
        with Sources(self.visits, made, outcomes.append, self._note, tags, polling, follow) as sources:
            pages = sources.pages(f"http://news.example{path}" if path.startswith("/") else path for path in addresses)
            self.library.add([], tuple(tags), sources.settled, pages=self._noted(pages))
        return outcomes

    def _note(self, note: Note) -> None:
        self.notes.append(str(note))

    def _noted(self, pages: Iterator[Input]) -> Iterator[Input]:
        for page in pages:
            self.read.append(page.place)
            yield page

    def sync(self) -> list[Outcome]:
        return [
            outcome
            for each in self.visits.followed()
            for outcome in self.add(each.source, tags=each.tags, polling=True)
        ]


@pytest.fixture
def web(library: Library) -> Iterator[Web]:
    with served() as site:
        yield Web(library, site)


def statuses(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.source.removeprefix("http://news.example"), outcome.status) for outcome in outcomes]


def test_a_page_becomes_a_document_under_its_address(web: Web) -> None:
    web.site.pages["/storm"] = STORM
    (outcome,) = web.add("/storm?utm_source=feed#comments")
    assert outcome.status == "added" and outcome.document_id
    document = web.library.show(outcome.document_id)
    assert (document.source, document.url, document.title) == (
        "http://news.example/storm",
        "http://news.example/storm",
        "Storm floods the old town",
    )
    assert document.published is None  # the day of fetching is no date of publication
    assert "onrecord-" not in repr(document)


def test_a_page_without_a_title_is_called_as_its_feed_calls_it_or_by_its_address(web: Web) -> None:
    bare = f"<html><body><p>{WORDS}</p></body></html>"
    web.site.pages |= {
        "/feed": rss(item("/a-storm", "Storm in town")),
        "/a-storm": bare,
        "/a-school.html": bare.replace("harbour", "school"),
    }
    assert [outcome.title for outcome in web.add("/feed", "/a-school.html")] == ["Storm in town", "a-school"]


@pytest.mark.parametrize("headers", [{"ETag": '"1"'}, {}])
def test_a_page_that_has_not_changed_is_not_read_again(web: Web, headers: dict[str, str]) -> None:
    web.site.pages["/storm"] = (200, headers, STORM)
    (first,) = web.add("/storm")
    (again,) = web.add("/storm")
    assert web.read == []
    assert (again.status, again.document_id, again.title) == ("unchanged", first.document_id, first.title)
    assert ("if-none-match" in web.site.asked[-1][2]) == bool(headers)


def test_a_changed_page_is_a_new_version(web: Web) -> None:
    web.site.pages["/storm"] = (200, {"ETag": '"1"'}, STORM)
    (first,) = web.add("/storm")
    web.site.pages["/storm"] = (200, {"ETag": '"2"'}, STORM.replace("Four hundred", "Five hundred"))
    (second,) = web.add("/storm")
    assert (second.status, second.document_id) == ("updated", first.document_id)
    assert web.add("/storm")[0].status == "unchanged"


def test_a_removed_page_can_be_added_again_and_a_further_tag_given(web: Web) -> None:
    web.site.pages["/storm"] = (200, {"ETag": '"1"'}, STORM)
    (first,) = web.add("/storm")
    (tagged,) = web.add("/storm", tags=["weather"])
    assert tagged.status == "updated"
    web.library.remove([first.document_id or ""])
    assert web.add("/storm")[0].status == "added"


def test_one_article_under_two_addresses_is_one_document(web: Web) -> None:
    page = article("Storm", WORDS, '<link rel="canonical" href="http://news.example/2021/storm-floods-town">')
    for path in ("/2021/storm-floods-town", "/2021/storm-floods-town/amp", "/2021/storm-floods-town?ref=home"):
        web.site.pages[path] = page
    web.site.pages["/old"] = (301, {"Location": "/2021/storm-floods-town"}, "")
    found = [web.add(path)[0] for path in web.site.pages]
    assert [outcome.status for outcome in found] == ["added", "unchanged", "unchanged", "unchanged"]
    assert len(web.library.list()) == 1


def test_a_page_that_names_the_home_page_or_another_as_its_own_stays_itself(web: Web) -> None:
    home = '<link rel="canonical" href="http://news.example/">'
    web.site.pages |= {
        "/storm": STORM.replace("</head>", home + "</head>"),
        "/school": SCHOOL.replace("</head>", home + "</head>"),
    }
    assert [outcome.source for outcome in web.add("/storm", "/school")] == [
        "http://news.example/storm",
        "http://news.example/school",
    ]


def test_a_page_by_https_is_the_document_that_it_was_by_http(web: Web) -> None:
    assert web.visits.known_as(f"{NEWS}/storm") == f"{NEWS}/storm"
    web.site.pages["/storm"] = STORM
    web.add("/storm")
    assert web.visits.known_as(f"{NEWS}/storm") == "http://news.example/storm"


def test_what_cannot_be_had_costs_only_itself(web: Web) -> None:
    web.site.pages |= {"/storm": STORM, "/empty": "<html></html>"}
    found = web.add("/gone", "http://10.0.0.1/x", "http://nowhere.example/", "ftp://news.example/", "/empty", "/storm")
    assert [outcome.status for outcome in found] == ["failed"] * 5 + ["added"]
    assert all(outcome.message and outcome.message.startswith(outcome.source) for outcome in found[:5])
    assert "onrecord-" not in repr(found)


def test_nothing_is_asked_while_another_process_writes(web: Web, home: Path) -> None:
    web.site.pages["/storm"] = STORM
    other = Library(home, encoder=web.library.encoder())
    with other.writing("another"), pytest.raises(LibraryLockedError):
        web.add("/storm", follow=True)
    other.close()
    assert web.site.asked == [] and web.visits.followed() == []


def test_a_pdf_or_a_text_is_read_as_what_it_is(web: Web) -> None:
    web.site.pages["/notes"] = (200, {"Content-Type": "text/plain"}, "Notes of the harbour\n\nThe bridge is closed.")
    web.site.pages["/wrong.html"] = (200, {"Content-Type": "application/pdf"}, STORM)
    found = web.add("/notes", "/wrong.html")
    kinds = [web.library.show(outcome.document_id or "").media_type for outcome in found]
    assert kinds == ["text/plain", "text/html"]


def test_the_character_set_that_a_site_states_is_believed(web: Web) -> None:
    page = article("Шторм", "Шторм затопил старый город в пятницу. Четыреста человек вывезли на лодках.")
    web.site.pages["/storm"] = (200, {"Content-Type": "text/html; charset=windows-1251"}, page.encode("windows-1251"))
    assert "Четыреста человек" in web.library.show(web.add("/storm")[0].document_id or "").text


def test_a_page_with_a_feed_says_so(web: Web) -> None:
    web.site.pages["/"] = article(
        "Harbour Post", WORDS, '<link rel="alternate" type="application/rss+xml" href="/feed">'
    )
    web.add("/")
    assert web.notes == [
        "http://news.example/: the site has a feed. Follow it with: onrecord add --follow http://news.example/feed, "
        "then onrecord sync"
    ]


def test_a_feed_adds_its_pages_with_what_it_says_of_them(web: Web) -> None:
    dated = article("Storm", WORDS, '<meta property="article:published_time" content="2021-11-19">')
    day = "<pubDate>Sat, 20 Nov 2021 07:00:00 GMT</pubDate><dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Ines Falk</dc:creator>"
    web.site.pages |= {
        "/feed": rss(item("/storm", more=day), item("/school", more=day)),
        "/storm": dated,
        "/school": SCHOOL,
    }
    storm, school = (web.library.show(outcome.document_id or "") for outcome in web.add("/feed"))
    assert (storm.published, storm.authors) == ("2021-11-19", ("Ines Falk",))  # the page's own date comes first
    assert (school.published, school.title) == ("2021-11-20", "A new school")


def test_a_feed_says_that_it_can_be_followed(web: Web) -> None:
    web.site.pages["/feed"] = rss()
    (outcome,) = web.add("/feed")
    assert (outcome.status, outcome.message) == ("unchanged", "http://news.example/feed: nothing new in the feed.")
    assert web.notes[0].endswith("onrecord add --follow http://news.example/feed, then onrecord sync")
    web.add("/feed", follow=True)
    assert web.notes == []


def test_the_text_of_a_feed_stands_in_for_a_page_that_cannot_be_had(web: Web) -> None:
    full = (
        f"<content:encoded><![CDATA[<p>{WORDS}</p>]]></content:encoded><pubDate>Sat, 20 Nov 2021 07:00:00 GMT</pubDate>"
    )
    web.site.pages["/feed"] = rss(
        item("/paid", "Ships counted", full), item("/gone", "Gone", "<description>Short.</description>")
    )
    web.site.pages["/paid"] = (402, {}, "")
    gone, paid = sorted(web.add("/feed"), key=lambda outcome: outcome.source)
    assert (gone.status, paid.status) == ("failed", "added")
    document = web.library.show(paid.document_id or "")
    assert (document.source, document.title) == ("http://news.example/paid", "Ships counted")
    assert (document.published, document.media_type) == ("2021-11-20", "application/rss+xml")
    assert "19 ships" in document.text
    assert web.notes[1:] == [
        "http://news.example/paid: the site wants a payment (402). Save the page and add the file. "
        "The text that its feed gives is taken."
    ]


def test_sync_asks_for_what_is_new_and_nothing_else(web: Web) -> None:
    web.site.pages |= {"/feed": rss(item("/storm")), "/storm": STORM, "/school": SCHOOL}
    assert statuses(web.add("/feed", tags=["harbour"], follow=True)) == [("/storm", "added")]
    assert statuses(web.sync()) == [("/feed", "unchanged")]
    assert web.site.paths == ["/feed"] and "if-none-match" in web.site.asked[-1][2]
    web.site.pages["/feed"] = rss(item("/school"), item("/storm"))
    assert statuses(web.sync()) == [("/school", "added")]
    assert web.site.paths == ["/feed", "/school"]
    assert {entry.tags for entry in web.library.list()} == {("harbour",)}
    assert statuses(web.sync()) == [("/feed", "unchanged")]


def test_sync_asks_again_for_a_page_that_its_feed_says_has_changed(web: Web) -> None:
    web.site.pages |= {"/feed": rss(item("/storm")), "/storm": STORM}
    web.add("/feed", follow=True)
    web.site.pages["/storm"] = STORM.replace("Four", "Five")
    later = "<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate>"
    web.site.pages["/feed"] = rss(item("/storm", more=later))
    assert statuses(web.sync()) == [("/storm", "updated")]


def test_sync_tries_again_what_may_be_had_later_and_not_what_never_will(web: Web) -> None:
    web.site.pages |= {"/feed": rss(item("/storm"), item("/gone")), "/storm": (503, {}, "")}
    assert statuses(web.add("/feed", follow=True)) == [("/storm", "failed"), ("/gone", "failed")]
    web.site.pages["/storm"] = STORM
    assert statuses(web.sync()) == [("/storm", "added")]
    assert statuses(web.sync()) == [("/feed", "unchanged")]


def test_what_was_broken_off_is_fetched_again(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.site.pages |= {"/feed": rss(item("/storm")), "/storm": (200, {"ETag": '"1"'}, STORM)}
    with monkeypatch.context() as broken:
        broken.setattr("index.library.commit", lambda *_: raise_interrupt())
        with pytest.raises(KeyboardInterrupt):
            web.add("/feed", follow=True)
    assert web.visits.followed() == []
    assert statuses(web.add("/feed", follow=True)) == [("/storm", "added")]


@pytest.mark.parametrize(("patience_s", "commits"), [(0, 2), (60, 1)])
def test_what_comes_slowly_does_not_wait_for_a_full_batch(
    web: Web, monkeypatch: pytest.MonkeyPatch, patience_s: float, commits: int
) -> None:
    monkeypatch.setattr("index.ingest.BATCH_S", patience_s)
    batches: list[object] = []
    monkeypatch.setattr("index.library.commit", lambda *given: (batches.append(given), commit(*given)))
    web.site.pages |= {"/storm": STORM, "/school": SCHOOL}
    assert [outcome.status for outcome in web.add("/storm", "/school")] == ["added", "added"]
    assert len(batches) == commits


def test_a_page_of_several_documents_that_was_broken_off_is_fetched_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [{"id": name, "title": name, "text": f"The {name} is closed."} for name in ("bridge", "school", "harbour")]
    body = "\n".join(map(json.dumps, lines))
    web.site.pages["/all.jsonl"] = (200, {"ETag": '"1"', "Content-Type": "application/jsonl"}, body)
    with monkeypatch.context() as broken:
        broken.setattr("index.ingest.BATCH_PASSAGES", 1)
        calls = iter([0])
        broken.setattr(
            "index.library.commit", lambda *given: commit(*given) if next(calls, 1) == 0 else raise_interrupt()
        )
        with pytest.raises(KeyboardInterrupt):
            web.add("/all.jsonl")
    assert len(web.library.list()) == 1
    assert sorted(outcome.status for outcome in web.add("/all.jsonl")) == ["added", "added", "unchanged"]
    assert [outcome.status for outcome in web.add("/all.jsonl")] == ["unchanged"] * 3
    assert "if-none-match" in web.site.asked[-1][2]


def raise_interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("remove", [Library.remove, Library.put_aside])
def test_sync_does_not_bring_back_what_was_removed(web: Web, remove: Callable[[Library, Sequence[str]], None]) -> None:
    web.site.pages |= {"/feed": rss(item("/storm")), "/storm": STORM, "/school": SCHOOL}
    web.add("/feed", "/school", follow=True)
    remove(web.library, [entry.id for entry in web.library.list()])
    web.site.pages["/feed"] = rss(item("/storm", more="<pubDate>Fri, 01 Jan 2100 00:00:00 GMT</pubDate>"))
    assert statuses(web.sync()) == [("/feed", "unchanged"), ("/school", "unchanged")]
    again = "added" if remove is Library.remove else "updated"
    assert statuses(web.add("/feed")) == [("/storm", again)]
    assert len(web.library.list()) == 1


@pytest.mark.parametrize("address", ["/storm", "/old"])
def test_a_page_whose_bytes_change_and_not_its_document_is_not_taken_for_removed(web: Web, address: str) -> None:
    web.site.pages |= {"/storm": (200, {"ETag": '"1"'}, STORM), "/old": (301, {"Location": "/storm"}, "")}
    web.add(address, follow=True)
    web.site.pages["/storm"] = (200, {"ETag": '"2"'}, STORM.replace("</body>", "<!-- made at noon --></body>"))
    for _ in range(2):
        assert statuses(web.sync()) == [("/storm", "unchanged")]
    web.site.pages["/storm"] = (200, {"ETag": '"3"'}, STORM.replace("Four hundred", "Five hundred"))
    assert statuses(web.sync()) == [("/storm", "updated")]
    assert statuses(web.sync()) == [("/storm", "unchanged")] and web.read == []
    web.library.remove([entry.id for entry in web.library.list()])
    (outcome,) = web.sync()
    assert "it is not added again" in (outcome.message or "")


def test_a_followed_page_is_asked_for_again(web: Web) -> None:
    web.site.pages["/live"] = (200, {"ETag": '"1"'}, STORM)
    web.add("/live", follow=True)
    assert statuses(web.sync()) == [("/live", "unchanged")]
    web.site.pages["/live"] = (200, {"ETag": '"2"'}, SCHOOL)
    assert statuses(web.sync()) == [("/live", "updated")]
    web.site.pages["/live"] = (500, {}, "")
    assert statuses(web.sync()) == [("/live", "failed")]
    (followed,) = web.visits.followed()
    assert followed.problem and "has a problem (500)" in followed.problem


def test_a_feed_that_cannot_be_had_is_not_followed(web: Web) -> None:
    web.site.pages["/broken"] = "<rss"
    web.site.pages["/bomb"] = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "a">]><rss version="2.0"></rss>'
    assert {outcome.status for outcome in web.add("/gone", "/bomb", follow=True)} == {"failed"}
    assert web.visits.followed() == []


def test_a_feed_that_breaks_its_parser_costs_its_own_process(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    web.site.pages |= {"/feed": rss(item("/storm")), "/storm": STORM}
    monkeypatch.setattr("index.sources.read_feed", kills_itself)
    (failed, added) = web.add("/feed", "/storm")
    assert (failed.status, added.status) == ("failed", "added")
    assert failed.message and failed.message.startswith("http://news.example/feed: reading it broke off")


def kills_itself(_: object) -> Iterator[object]:
    yield os.kill(os.getpid(), signal.SIGKILL)


def test_a_followed_feed_that_moves_is_found(web: Web) -> None:
    web.site.pages |= {"/feed": rss(item("/storm")), "/storm": STORM, "/school": SCHOOL}
    web.add("/feed", follow=True)
    web.site.pages["/new"] = rss(item("/storm"), item("/school"))
    web.site.pages["/feed"] = (301, {"Location": "/new"}, "")
    assert statuses(web.sync()) == [("/school", "added")]
    assert statuses(web.sync()) == [("/feed", "unchanged")]
    assert "if-none-match" in web.site.asked[-1][2]
