"""One request: judged before anything is sent, read no further than its limits. Hostile servers stand in test_web."""

import gzip
import socket
from collections.abc import Iterator

import pytest
from served import LOCAL, Site, judge, served

from corpus.addresses import parsed
from corpus.errors import FetchError
from corpus.exchange import Caller, Limits, looked_up


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as running:
        yield running


def test_a_name_is_looked_up_with_all_its_addresses() -> None:
    assert (LOCAL, 80) in looked_up("localhost", 80)


def test_a_refused_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("a connection was opened"))
    caller = Caller(lambda *_: [("8.8.8.8", 80)], lambda ip, port: f"{ip}:{port}", Limits(), None)
    with (
        pytest.raises(FetchError, match=r"news.example .8.8.8.8. is no public address .8.8.8.8:80."),
        caller.asked(parsed("http://news.example/"), {}, 1.0),
    ):
        pass


def test_no_more_of_a_body_is_read_than_is_asked_for(site: Site) -> None:
    site.pages["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(50 * 2**20)))
    caller = Caller(lambda *_: [(LOCAL, site.port)], judge(site), Limits(bytes=2**20), None)
    with caller.asked(parsed("http://news.example/bomb"), {"X-More": "1"}, 5.0) as answer:
        assert answer.status == 200 and len(next(answer.body)) <= 2**16
    assert site.asked[-1][2]["x-more"] == "1"


def test_what_goes_wrong_while_a_body_is_used_is_not_taken_for_the_site_s_fault(site: Site) -> None:
    site.pages["/a"] = "x"
    caller = Caller(lambda *_: [(LOCAL, site.port)], judge(site), Limits(), None)
    with (
        pytest.raises(OSError, match="No space left"),
        caller.asked(parsed("http://news.example/a"), {}, 5.0),
    ):
        raise OSError(28, "No space left on device")
