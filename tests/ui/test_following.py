"""Adding from the web and keeping up with it, by the real command in a process of its own, from a server on this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from served import Site, served

from corpus.visits import Visits
from index.library import Library

# The command as it is, but that its fetcher reaches the test's server: no setting of the command could make it do that.
DRIVER = """
import sys
import corpus.web
from served import Site, fetcher
site = Site(int(sys.argv.pop(1)))
corpus.web.Fetcher = lambda: fetcher(site)
from ui.cli import main
main()
"""
PAGE = (
    "<!doctype html><html><head><title>{0}</title><link rel='alternate' type='application/rss+xml' href='/feed'></head>"
    "<body><article><h1>{0}</h1><p>{1}</p></article></body></html>"
)
STORM = PAGE.format(
    "Storm floods the old town", "A storm flooded the old town. Four hundred people were brought to safety."
)
SCHOOL = PAGE.format("A new school", "The council voted for a new school. The school will have 600 pupils.")
FEED = (
    "<rss version='2.0'><channel><item><title>Storm</title><link>/storm</link>"
    "<pubDate>Sat, 20 Nov 2021 07:00:00 GMT</pubDate></item>{}</channel></rss>"
)
NEWS = "http://news.example"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as running:
        running.pages |= {"/storm": (200, {"ETag": '"1"'}, STORM), "/feed": (200, {"ETag": '"1"'}, FEED.format(""))}
        yield running


@pytest.fixture
def onrecord(site: Site, home: Path) -> Run:
    tests = Path(__file__).parent.parent
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ONRECORD_")}
    environment["PYTHONPATH"] = os.pathsep.join([str(tests.parent), str(tests)])

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", DRIVER, str(site.port), "--home", str(home), *words]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

    return run


def events(run: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    """Return what was printed, but for how far it was: that depends on the machine."""
    every = [json.loads(line) for line in run.stdout.splitlines()]
    return [event for event in every if event["event"] != "progress"]


def test_addresses_and_files_are_added_together_and_what_cannot_be_had_is_told(onrecord: Run, articles: Path) -> None:
    added = onrecord("add", f"{NEWS}/storm?utm_source=x", str(articles / "school.md"), f"{NEWS}/gone", "--json")
    assert added.returncode == 3, added.stderr
    told = {str(event.get("source", "")): event.get("status") for event in events(added)}
    assert told[f"{NEWS}/storm"] == "added" and told[f"{NEWS}/gone"] == "failed"
    assert f"onrecord: {NEWS}/gone: there is no such page (404). Check the address." in added.stderr
    assert "Follow it with: onrecord add --follow http://news.example/feed" in added.stderr
    asked = onrecord("ask", "How many people were brought to safety?")
    assert "Four hundred people" in asked.stdout


def test_a_feed_is_followed_and_sync_adds_what_is_new(onrecord: Run, site: Site) -> None:
    added = onrecord("add", "--follow", f"{NEWS}/feed", "--tag", "harbour")
    assert (added.returncode, "1 added" in added.stderr) == (0, True), added.stderr
    site.pages["/school"] = SCHOOL
    site.pages["/feed"] = (200, {"ETag": '"2"'}, FEED.format(f"<item><link>{NEWS}/school</link></item>"))
    first, second, last = events(onrecord("sync", "--json"))
    assert (first["event"], first["source"], first["status"]) == ("document", f"{NEWS}/school", "added")
    assert second == {"event": "source", "source": f"{NEWS}/feed", "kind": "feed", "counts": {"added": 1}}
    assert last["event"] == "done"
    (listed,) = json.loads(onrecord("sync", "--list", "--json").stdout)
    assert (listed["source"], listed["kind"], listed["tags"], listed["problem"]) == (
        f"{NEWS}/feed",
        "feed",
        ["harbour"],
        None,
    )
    site.pages["/feed"] = (500, {}, "")
    failed = onrecord("sync")
    assert (failed.returncode, failed.stdout) == (1, f"{NEWS}/feed: 1 failed\n")
    assert f"{NEWS}/feed: the site has a problem (500). Try again later." in onrecord("sync", "--list").stderr


def test_what_is_unfollowed_is_asked_for_no_more(onrecord: Run, site: Site, library: Library) -> None:
    Visits(library.catalog).follow(f"{NEWS}/feed", "feed", ())
    assert onrecord("unfollow", f"{NEWS}/feed#top").returncode == 0
    site.asked.clear()
    assert "nothing is followed" in onrecord("sync").stderr
    assert site.asked == []
    twice = onrecord("unfollow", f"{NEWS}/feed")
    assert (twice.returncode, twice.stderr) == (
        1,
        f"onrecord: {NEWS}/feed: it is not followed. See onrecord sync --list.\n",
    )


def test_without_a_network_there_is_one_clear_error(onrecord: Run) -> None:
    added = onrecord("add", "https://nowhere.example/a")
    assert added.returncode == 1
    told = "https://nowhere.example/a: the name nowhere.example leads nowhere. Check the address, and whether there is a network."
    assert [line for line in added.stderr.splitlines() if "nowhere" in line] == [f"onrecord: {told}"]


def test_only_addresses_can_be_followed(onrecord: Run, articles: Path) -> None:
    added = onrecord("add", "--follow", str(articles))
    assert (added.returncode, "--follow is for addresses" in added.stderr) == (2, True)
