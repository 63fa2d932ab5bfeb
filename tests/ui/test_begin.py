"""Adding as a job: what is done is kept, what is not is kept to be tried again, whatever breaks off."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from served import Site as Web
from served import fetcher, served

from assistant.assistant import Assistant
from assistant.settings import Settings
from corpus.catalog import Catalog
from corpus.errors import OnRecordError, SourceError
from corpus.problems import WAITING, Problems
from corpus.visits import Visits
from index.encoder import Encoder
from index.ingest import Outcome
from index.reading import Progress
from ui.web import begin
from ui.web.additions import SHOWN, Addition, additions
from ui.web.jobs import Job, Jobs
from ui.web.parts import Site
from ui.web.uploads import Upload

NEWS = "http://news.example"
PAGE = (
    "<!doctype html><html><head><title>{0}</title></head><body><article><h1>{0}</h1><p>{1}</p></article></body></html>"
)
PATIENCE_S = 60


@pytest.fixture
def site(home: Path, encoder: Encoder) -> Iterator[Site]:
    with closing(Assistant(Settings(home=home), encoder)) as assistant:
        made = Site(assistant, Jobs(), Jobs())
        yield made
        made.adding.close()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """Return a site on this machine that every address leads to."""
    with served() as running:
        monkeypatch.setattr("corpus.web.Fetcher", lambda sleep: fetcher(running))
        yield running


@pytest.fixture
def uploads(tmp_path: Path) -> Callable[..., list[Upload]]:
    """Return what makes uploads of names and texts."""

    def made(**texts: str) -> list[Upload]:
        found = []
        for number, (name, text) in enumerate(texts.items()):
            path = tmp_path / "arriving" / str(number) / "file"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            found.append(Upload(name.replace("__", "/").replace("_", "."), path, ""))
        return found

    return made


def ended(*jobs: Job) -> tuple[Job, ...]:
    pause = threading.Event()
    for _ in range(PATIENCE_S * 100):
        if all(job.is_over for job in jobs):
            return jobs
        pause.wait(0.01)
    raise AssertionError([(job.name, job.state) for job in jobs])


def counts(job: Job) -> dict[str, int]:
    assert isinstance(job.about, Addition)
    return job.about.tally.counts


def wrong(site: Site) -> dict[str, str]:
    return {begin.name_of(site, each.place): each.reason for each in begin.problems_of(site)}


def titles(site: Site) -> set[str]:
    return {entry.name for entry in site.assistant.library.list()}


BRIDGE = "The bridge is closed\n\nThe bridge was closed on Monday, the city said.\n"
FERRY = "The ferry sails\n\nThe ferry carries 900 cars a day, its owner said.\n"


def test_each_file_is_added_or_named_with_its_reason(site: Site, uploads: Callable[..., list[Upload]]) -> None:
    given = uploads(news__bridge_txt=BRIDGE, news__empty_txt="", copy_txt=BRIDGE, ferry_txt=FERRY)
    (job,) = ended(begin.add_files(site, given, ["harbour"]))
    assert (job.state, counts(job)) == ("done", {"added": 2, "failed": 1, "duplicate": 1})
    assert wrong(site) == {"news/empty.txt": "the file is empty. Add a file that has text."}
    assert {entry.tags for entry in site.assistant.library.list()} == {("harbour",)}
    kept = {path.name for path in (site.assistant.library.home / "uploads").rglob("*") if path.is_file()}
    assert kept == {"bridge.txt", "empty.txt", "ferry.txt"}  # the copy is of no use
    html = additions([job])
    assert "<b>news/empty.txt</b>" in html and "the file is empty" in html and "<b>ferry.txt</b>" in html


def test_a_file_uploaded_again_is_a_new_version(site: Site, uploads: Callable[..., list[Upload]]) -> None:
    ended(begin.add_files(site, uploads(bridge_txt=BRIDGE), []))
    (job,) = ended(begin.add_files(site, uploads(bridge_txt=BRIDGE.replace("Monday", "Tuesday")), []))
    assert counts(job) == {"updated": 1}
    (job,) = ended(begin.add_files(site, uploads(bridge_txt=BRIDGE.replace("Monday", "Tuesday")), []))
    assert counts(job) == {"unchanged": 1}
    assert wrong(site) == {}


def test_dismissing_a_problem_deletes_the_upload_that_came_to_nothing(
    site: Site, uploads: Callable[..., list[Upload]]
) -> None:
    ended(begin.add_files(site, uploads(bridge_txt=BRIDGE, empty_txt=""), []))
    begin.let_be(site, begin.problems_of(site))
    assert wrong(site) == {}
    assert [path.name for path in (site.assistant.library.home / "uploads").iterdir()] == ["bridge.txt"]


def test_where_another_writes_the_uploads_wait_and_can_be_tried_again(
    site: Site, uploads: Callable[..., list[Upload]]
) -> None:
    with site.assistant.library.held("onrecord reindex"):  # the job is done by another thread
        (job,) = ended(begin.add_files(site, uploads(bridge_txt=BRIDGE, ferry_txt=FERRY), ["harbour"]))
    assert job.state == "failed" and "is being written by onrecord reindex" in (job.error or "")
    assert wrong(site) == {"bridge.txt": WAITING, "ferry.txt": WAITING}
    (again,) = ended(*begin.try_again(site, begin.problems_of(site)))
    assert counts(again) == {"added": 2}
    assert wrong(site) == {}
    assert {entry.tags for entry in site.assistant.library.list()} == {("harbour",)}


def many(number: int) -> str:
    rows = ({"id": n, "text": f"Ship {n} came in. The harbour master noted number {n * 7}."} for n in range(number))
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_what_was_done_before_a_stop_stays_and_the_rest_waits(
    site: Site, uploads: Callable[..., list[Upload]], monkeypatch: pytest.MonkeyPatch
) -> None:
    job: list[Job] = []
    live = Addition.outcome

    def stopping(self: Addition, outcome: Outcome) -> None:
        live(self, outcome)
        job[0].stop()

    monkeypatch.setattr(Addition, "outcome", stopping)
    begun = threading.Event()
    site.adding.start("first", lambda _: begun.wait(PATIENCE_S) and None)
    job.append(begin.add_files(site, uploads(many_jsonl=many(1100), z_txt=FERRY), []))
    begun.set()
    ended(job[0])
    monkeypatch.undo()
    done = site.assistant.library.catalog.count()[0]
    assert job[0].state == "stopped" and 0 < done < 1100
    assert counts(job[0]) == {"added": done}
    assert wrong(site) == {"many.jsonl": WAITING, "z.txt": WAITING}
    (again,) = ended(*begin.try_again(site, begin.problems_of(site)))
    assert counts(again) == {"added": 1101 - done, "unchanged": done}
    assert wrong(site) == {}


def test_text_is_added_under_its_title_and_not_twice(site: Site) -> None:
    (job,) = ended(begin.add_text(site, "  My <b>notes</b> ", "The tram runs again, the mayor said.", ["notes"]))
    assert counts(job) == {"added": 1}
    (entry,) = site.assistant.library.list()
    assert (entry.name, entry.tags) == ("My <b>notes</b>", ("notes",))
    (job,) = ended(begin.add_text(site, "My <b>notes</b>", "The tram runs again, the mayor said.", []))
    assert counts(job) == {"unchanged": 1}
    assert [path for path in (site.assistant.library.home / "uploads").rglob("*") if path.is_file()] == []
    for text, why in (("  \n", "there is no text"), ("x" * 1_000_001, "at most 1,000,000 are taken")):
        with pytest.raises(SourceError, match=why):
            begin.add_text(site, "", text, [])


def test_text_that_cannot_be_added_yet_is_kept(site: Site) -> None:
    with site.assistant.library.held("onrecord reindex"):
        ended(begin.add_text(site, "Notes", "The tram runs again, the mayor said.", []))
    assert wrong(site) == {"Pasted text": WAITING}
    ended(*begin.try_again(site, begin.problems_of(site)))
    assert titles(site) == {"Notes"} and wrong(site) == {}


def test_addresses_that_may_not_be_asked_are_problems(site: Site) -> None:
    asked = (
        f"http://127.0.0.1/a\nhttp://169.254.169.254/latest\nftp://news.example/a\nhttps://x.example/{'a' * 10_000_000}"
    )
    (job,) = ended(begin.add_addresses(site, asked, [], follow=False))
    assert counts(job) == {"failed": 4}
    found = wrong(site)
    assert found.keys() == {"http://127.0.0.1/a", "http://169.254.169.254/latest"}  # the others are no addresses
    assert "is no public address (loopback)" in found["http://127.0.0.1/a"]
    assert "is no public address (link-local)" in found["http://169.254.169.254/latest"]
    html = additions([job])
    assert "only http and https" in html and "at most 2,000 characters" in html and len(html) < 10_000


@pytest.mark.parametrize(("text", "why"), [(" \n ", "no address is given"), ("https://a.example\n" * 501, "too many")])
def test_no_address_and_too_many_are_refused(site: Site, text: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        begin.add_addresses(site, text, [], follow=False)


def test_a_feed_is_added_followed_and_asked_again(site: Site, web: Web) -> None:
    items = "".join(f"<item><title>Story {n}</title><link>{NEWS}/{n}</link></item>" for n in range(3))
    web.pages |= {f"/{n}": PAGE.format(f"Story {n}", f"The council met {n} times, it said.") for n in range(4)}
    web.pages["/feed"] = f"<rss version='2.0'><channel>{items}</channel></rss>"
    web.pages["/1"] = (404, {}, "")
    (job,) = ended(begin.add_addresses(site, f"{NEWS}/feed", ["daily"], follow=True))
    assert counts(job) == {"added": 2, "failed": 1}
    assert isinstance(job.about, Addition) and job.about.tally.share == 1.0
    (missing,) = wrong(site).items()
    assert missing[0] == f"{NEWS}/1" and "there is no such page (404)" in missing[1]
    (followed,) = Visits(site.assistant.library.catalog).followed()
    assert (followed.source, followed.kind, followed.tags) == (f"{NEWS}/feed", "feed", ("daily",))
    web.pages["/feed"] = f"<rss version='2.0'><channel>{items}<item><link>{NEWS}/3</link></item></channel></rss>"
    (job,) = ended(begin.sync(site))
    assert counts(job) == {"added": 1}
    web.pages["/feed"] = (500, {}, "")
    (job,) = ended(begin.sync(site))
    assert counts(job) == {"failed": 1}
    assert "has a problem (500)" in wrong(site)[f"{NEWS}/feed"]


def test_a_page_says_that_its_site_has_a_feed(site: Site, web: Web) -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='/feed'>"
    web.pages["/"] = PAGE.format("Post", "The council met.").replace("</head>", f"{link}</head>")
    (job,) = ended(begin.add_addresses(site, NEWS, [], follow=False))
    html = additions([job])
    assert "the site has a feed." in html and f'data-do="follow" data-feed="{NEWS}/feed"' in html
    assert "onrecord add" not in html


def test_the_samples_are_loaded_once(site: Site) -> None:
    first = begin.load_samples(site)
    assert begin.load_samples(site) is first
    ended(first)
    assert counts(first) == {"added": 20}
    assert {tag for entry in site.assistant.library.list() for tag in entry.tags} >= {"sample"}


def test_a_full_disk_is_one_error_and_nothing_is_begun(
    site: Site, uploads: Callable[..., list[Upload]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OnRecordError("the disk is full")

    monkeypatch.setattr("corpus.problems.Problems.expect", full)
    with pytest.raises(OnRecordError, match="the disk is full"):
        begin.add_files(site, uploads(bridge_txt=BRIDGE), [])
    assert site.adding.list() == [] and titles(site) == set()


def test_of_thousands_of_files_the_newest_and_the_bad_ones_are_shown() -> None:
    places = {f"/up/{n}.txt": f"{n}.txt" for n in range(5000)}
    addition = Addition("5,000 files", places)
    for number, place in enumerate(places):
        addition.progress(Progress(place, number / 5000))
        bad = number in (7, 2000)
        addition.outcome(
            Outcome(place, "failed" if bad else "added", passages=1, message=f"{place}: it is <i>odd</i>.")
        )
    lines = addition.lines()
    assert len(lines) == SHOWN
    assert [line.name for line in lines[:3]] == ["2000.txt", "7.txt", "4999.txt"]
    assert addition.tally.counts == {"added": 4998, "failed": 2}
    job = Job("x", addition)
    job.state = "done"
    html = additions([job])
    assert "and 4,970 files more" in html and "it is &lt;i&gt;odd&lt;/i&gt;." in html and len(html) < 10_000


def test_tags_are_written_with_commas() -> None:
    assert begin.tags_in(" harbour,, city  council , harbour") == ["harbour", "city council"]
    assert begin.tags_in("") == []


def test_a_server_that_is_stopped_keeps_what_it_has_added(home: Path, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(many(6000))
    command = [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None and server.stderr is not None
            url = server.stdout.readline().rpartition(" ")[2].strip()
            upload(url, tmp_path / "log.jsonl")
            with closing(Catalog(home / "catalog.sqlite3")) as catalog:
                while not catalog.count()[0] and server.poll() is None:
                    time.sleep(0.05)
                begun = time.monotonic()
                server.send_signal(signal.SIGINT)
                server.wait(PATIENCE_S)
                took = time.monotonic() - begun
                problems = server.stderr.read()
                live = catalog.count()[0]
                waiting = [each.reason for each in Problems(catalog).list()]
        finally:
            server.kill()
    assert "Traceback" not in problems and server.returncode == 0, problems
    assert took < PATIENCE_S / 2 and 0 < live < 6000 and waiting == [WAITING]
    assert not (home / "writer.json").exists()


def upload(url: str, path: Path) -> None:
    """Hand a file to a server as the page does."""
    form = f'--cut\r\nContent-Disposition: form-data; name="files"; filename="{path.name}"\r\n\r\n'.encode()
    body = form + path.read_bytes() + b"\r\n--cut--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    (place,) = json.load(urllib.request.urlopen(urllib.request.Request(f"{url}/gradio_api/upload", body, headers)))
    page = urllib.request.urlopen(f"{url}/library").read().decode()
    found = re.search(r"window.gradio_config = (.*?);</script>", page)
    assert found
    config = json.loads(found[1])
    files = {part["id"] for part in config["components"] if part["props"].get("elem_id") == "files"}
    (event,) = [each["id"] for each in config["dependencies"] if files <= set(each["inputs"])]
    told = {"path": place, "orig_name": path.name, "mime_type": "", "meta": {"_type": "gradio.FileData"}}
    asked = json.dumps({"data": [[told], ""], "fn_index": event, "session_hash": "a"}).encode()
    request = urllib.request.Request(f"{url}/gradio_api/queue/join", asked, {"Content-Type": "application/json"})
    urllib.request.urlopen(request).read()
