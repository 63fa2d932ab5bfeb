"""Feeds of every kind give the same entries; a summary is never taken for a text, nor an impossible date for one."""

import time
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.feeds import Entry, is_feed, page_of, read_feed
from corpus.readers import read
from corpus.types import Told

FULL = " ".join(f"word{n}" for n in range(120)) + "."
RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Harbour Post</title><link>https://news.example/</link>
<item><title>Storm &amp; flood: the &lt;b&gt;old town&lt;/b&gt;</title><link>https://news.example/storm?utm_source=rss</link>
  <guid isPermaLink="false">tag:1</guid><pubDate>Sat, 20 Nov 2021 23:30:00 -0500</pubDate>
  <dc:creator>Ines Falk</dc:creator><description>A storm.</description></item>
<item><title>School</title><link>/school</link><pubDate>Tue, 04 May 2021 10:00:00 GMT</pubDate>
  <author>desk@news.example (Desk)</author><content:encoded><![CDATA[<p>{FULL}</p><script>alert(1)</script>]]></content:encoded></item>
<item><title>Cut</title><link>https://news.example/cut</link><content:encoded><![CDATA[<p>{FULL} Read more</p>]]></content:encoded></item>
<item><title>No page</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate><description>x</description></item>
<item><title>Bad page</title><link>file:///etc/passwd</link><pubDate>Fri, 01 Jan 2999 00:00:00 GMT</pubDate></item>
</channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour Post</title><id>urn:f</id>
<entry><title>Storm</title><id>urn:1</id><link rel="self" href="https://news.example/self"/>
  <link rel="alternate" href="https://news.example/storm"/><published>2021-11-20T23:30:00-05:00</published>
  <updated>2021-11-22T08:00:00Z</updated><author><name>Ines Falk</name></author><author><name>Jo Abara</name></author>
  <content type="html">&lt;p&gt;{FULL}&lt;/p&gt;</content></entry>
<entry><title>School</title><id>urn:2</id><link href="https://news.example/school"/><updated>2021-05-04T10:00:00Z</updated></entry>
</feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>x</title></channel>
<item rdf:about="https://news.example/storm"><title>Storm</title><link>https://news.example/storm</link>
<dc:date>2021-11-20</dc:date><dc:creator>Ines Falk</dc:creator></item></rdf:RDF>"""


def entries(tmp_path: Path, text: str | bytes) -> list[Entry]:
    path = tmp_path / "feed"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_feed((path, "https://news.example/feed/")))


def test_an_rss_feed_gives_pages_with_what_it_says_of_them(tmp_path: Path) -> None:
    storm, school, cut, no_page, bad_page = entries(tmp_path, RSS)
    told = Told("Storm & flood: the old town", "2021-11-20", None, ("Ines Falk",))
    assert storm == Entry("https://news.example/storm", "tag:1", told, "2021-11-21T04:30:00+00:00", None)
    assert (school.address, school.told.published) == ("https://news.example/school", "2021-05-04")
    assert school.html and FULL in school.html
    assert cut.html is None and cut.told.published is None
    assert (no_page.address, no_page.told.published) == (None, None)
    assert (bad_page.address, bad_page.told.published) == (None, None)


def test_an_atom_feed_tells_publication_and_update_apart(tmp_path: Path) -> None:
    storm, school = entries(tmp_path, ATOM)
    assert storm.address == "https://news.example/storm" and storm.html and FULL in storm.html
    assert storm.told == Told("Storm", "2021-11-20", "2021-11-22", ("Ines Falk", "Jo Abara"))
    assert storm.changed == "2021-11-22T08:00:00+00:00"
    assert school.told == Told("School", None, "2021-05-04")  # when it was published, nobody says


def test_a_feed_that_tells_a_month_is_not_dated_to_its_first_day(tmp_path: Path) -> None:
    feed = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='https://site.example/a'/>"
        "<published>2022-08</published></entry><entry><link href='https://site.example/b'/>"
        "<published>Thu, 01 Jan 1970 00:00:00 GMT</published></entry></feed>"
    )
    assert [entry.told.published for entry in entries(tmp_path, feed)] == ["2022-08", None]


def test_an_rdf_feed_dates_its_entries(tmp_path: Path) -> None:
    (storm,) = entries(tmp_path, RDF)
    assert storm.told == Told("Storm", "2021-11-20", None, ("Ines Falk",))


@pytest.mark.parametrize(
    "text",
    [
        RSS,
        ATOM,
        RDF,
        "\ufeff" + ATOM,
        "<?xml version='1.0'?><!DOCTYPE rss><rss version='0.91'>",
        "<!DOCTYPE rss [<!ENTITY a 'a'>]><rss>",
    ],
)
def test_a_feed_is_known_by_its_first_tag(text: str) -> None:
    assert is_feed(text.encode()) and is_feed(text.encode("utf-16"))


@pytest.mark.parametrize(
    "text",
    ["<html><rss></html>", "rss", "", "<?xml", "<!-- <rss> ", "<rdf:RDF><foaf/></rdf:RDF>", "<rssish/>", "<!" * 3000],
)
def test_what_is_no_feed_is_not_taken_for_one(text: str) -> None:
    assert not is_feed(text.encode())


def test_entities_and_no_feeds_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss version="2.0"><channel>&b;</channel></rss>'
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(SourceError, match="defines entities"):
            entries(tmp_path, bomb.encode(encoding))
    with pytest.raises(SourceError, match="not a feed"):
        entries(tmp_path, "<rss")


def test_a_feed_loads_nothing_that_it_names(tmp_path: Path) -> None:
    """The network is blocked in tests, and a file that it names is not read either."""
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    text = (
        f'<!DOCTYPE rss SYSTEM "file://{secret}"><rss version="2.0"><channel><item><title>x</title>'
        f'<link>file://{secret}</link><content:encoded src="file://{secret}"/></item></channel></rss>'
    )
    assert "the secret" not in repr(entries(tmp_path, text))


def test_a_text_of_a_feed_is_read_as_a_page(tmp_path: Path) -> None:
    page = tmp_path / "entry.html"
    page.write_text(page_of(entries(tmp_path, RSS)[1]))
    (extract,) = read(page)
    assert FULL in extract.text and "alert" not in extract.text and extract.title == "School"  # type: ignore[union-attr]


def test_a_large_feed_takes_no_long_time(tmp_path: Path) -> None:
    item = (
        "<item><title>x</title><link>https://news.example/a</link><description>"
        + "&lt;p" * 200
        + "</description></item>"
    )
    begun = time.process_time()
    entries(tmp_path, "<rss version='2.0'><channel>" + item * 200)
    assert time.process_time() - begun < 20
