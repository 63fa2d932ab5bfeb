"""The fetcher against real servers on this machine that do what servers on the web do, and what hostile ones do."""

import gzip
import hashlib
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from served import LOCAL, Site, fetcher, judge, served

from corpus.errors import DiskError, FetchError
from corpus.exchange import Limits
from corpus.web import Fetcher, Known

PAGE = "<html><title>Storm</title><p>A storm flooded the old town.</p></html>"


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as running:
        yield running


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any connection fail the test, so that what is refused is refused before."""

    def connect(*given: object) -> None:
        raise AssertionError(f"a connection was opened to {given[1:]}")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "create_connection", lambda *given, **_: connect(None, *given))


def test_a_page_is_fetched_into_a_file_with_what_the_site_says_of_it(site: Site, tmp_path: Path) -> None:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "ETag": '"1"',
        "Last-Modified": "Mon, 01 Mar 2021 00:00:00 GMT",
    }
    site.pages["/storm"] = (200, headers, PAGE)
    page = fetcher(site).get("HTTP://News.example/storm?utm_source=x#top", tmp_path)
    assert (page.address, page.media_type) == ("http://news.example/storm", "text/html; charset=utf-8")
    assert page.path and page.path.read_text() == PAGE
    assert page.digest == hashlib.sha256(PAGE.encode()).hexdigest()
    assert page.known == Known('"1"', "Mon, 01 Mar 2021 00:00:00 GMT")


def test_the_site_is_told_who_asks_and_nothing_more(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    (tmp_path / ".netrc").write_text("machine news.example login ines password secret")
    monkeypatch.setenv("HOME", str(tmp_path))
    site.pages["/a"] = (302, {"Location": "/b", "Set-Cookie": "id=1"}, "")
    site.pages["/b"] = PAGE
    fetcher(site).get("http://news.example/a", tmp_path)
    host, _, headers = site.asked[-1]
    assert host == "news.example" and headers["user-agent"].startswith("OnRecord/")
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


@pytest.mark.parametrize(
    "there",
    [
        *("http://127.0.0.1/", "http://127.0.0.1:6379/", "http://localhost/", "http://10.0.0.1/", "http://2130706433/"),
        *("http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "//192.168.1.1/"),
        *(
            "http://100.64.0.1/",
            "file:///etc/passwd",
            "ftp://news.example/",
            "gopher://news.example/",
            "//a@b.example/",
        ),
        *("http://private.example/", "https://private.example/", "http://news.example:8080/", "http://mixed.example/"),
        *(
            "http://0x7f.1/",
            "http://１２７.0.0.1/",
            "javascript:alert(1)",
            "data:text/html,x",
            "http://mapped.example/",
        ),
    ],
)
def test_a_redirect_to_what_may_not_be_asked_is_refused_before_a_connection(
    site: Site, tmp_path: Path, there: str
) -> None:
    site.pages["/a"] = (302, {"Location": there.encode().decode("latin-1")}, "")
    names = {
        "news.example": [(LOCAL, site.port)],
        "localhost": [(LOCAL, 80)],
        "private.example": [("10.1.2.3", 80)],
        "mixed.example": [("8.8.8.8", 80), ("192.168.0.7", 80)],
        "mapped.example": [("::ffff:127.0.0.1", 80)],
    }
    made = Fetcher(lambda host, _: names[host], judge(site), Limits(interval_s=0))
    with pytest.raises(FetchError, match=r"no public address|not read|not the name|not an address|cannot stand"):
        made.get("http://news.example/a", tmp_path)
    assert site.paths == ["/a"]


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"])
def test_a_name_that_leads_to_what_is_not_public_is_refused_before_a_connection(ip: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=rf"news\.example .{ip}. is no public address") as refused:
        Fetcher(lambda *_: [("8.8.8.8", 80), (ip, 80)]).get("http://news.example/", tmp_path)
    assert not refused.value.lasting  # a name may lead elsewhere tomorrow


@pytest.mark.usefixtures("no_connection")
@pytest.mark.parametrize("address", ["http://127.0.0.1/", "https://[::1]/", "http://192.168.0.1/", "http://0/"])
def test_an_ip_address_that_is_not_public_is_refused_before_a_connection(address: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"no public address|four decimal"):
        Fetcher().get(address, tmp_path)


def test_a_name_that_changes_its_answer_is_looked_up_once_and_the_answer_is_used(site: Site, tmp_path: Path) -> None:
    answers = [[(LOCAL, site.port)], [(LOCAL, site.port)], [("10.0.0.1", 80)]]  # for robots.txt, the page, and after
    site.pages["/a"] = PAGE
    made = Fetcher(lambda *_: answers.pop(0), judge(site), Limits(interval_s=0))
    assert made.get("http://news.example/a", tmp_path).path
    with pytest.raises(FetchError, match=r"10.0.0.1"):
        made.get("http://news.example/b", tmp_path)
    assert site.paths == ["/a"]


def test_redirects_end_after_five(site: Site, tmp_path: Path) -> None:
    site.pages |= {f"/{n}": (301, {"Location": f"/{n + 1}"}, "") for n in range(6)}
    site.pages["/loop"] = (302, {"Location": "/loop"}, "")
    site.pages["/6"] = PAGE
    assert fetcher(site).get("http://news.example/1", tmp_path).address == "http://news.example/6"
    for path in ("/0", "/loop"):
        with pytest.raises(FetchError, match="more than 5 redirects"):
            fetcher(site).get(f"http://news.example{path}", tmp_path)


def test_a_redirect_to_another_site_asks_that_site_s_robots_first(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = (302, {"Location": "http://other.example/b"}, "")
    site.pages["other.example/robots.txt"] = "User-agent: *\nDisallow: /b"
    with pytest.raises(FetchError, match=r"http://other.example/b: the site's robots.txt asks"):
        fetcher(site).get("http://news.example/a", tmp_path)
    assert "/b" not in site.paths


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.02)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(handler)


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Flood: on and on\r\n" * 20_000)


def interim(handler: BaseHTTPRequestHandler) -> None:
    while True:
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        handler.wfile.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def packed(data: bytes, times: int) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(squeeze.compress(data) for _ in range(times)) + squeeze.flush()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (drip, "took longer than 1 s"),
        (drip_headers, "took longer than 1 s"),
        (interim, "took longer than 1 s"),
        (flood, "the connection failed"),
        (hang_up, "the connection failed"),
        (nonsense, "the connection failed"),
        (endless, "larger than the limit of 2 MB"),
        ((200, {"Content-Length": "3000000"}, b"x" * 3_000_000), "larger than the limit of 2 MB"),
        ((200, {"Content-Encoding": "gzip"}, packed(bytes(2**20), 300)), "larger than the limit of 2 MB"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(PAGE.encode())[:-20]), "packed bytes break off"),
        ((200, {"Content-Encoding": "gzip"}, b"not packed at all"), "packed bytes are damaged"),
        ((200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(b"x")), "was not asked for"),
        ((200, {"Content-Encoding": "br"}, b"x"), "was not asked for"),
        ((404, {}, "gone"), "no such page .404"),
        ((403, {}, ""), "refuses it to programs .403"),
        ((206, {}, "part"), "answers 206"),
        ((304, {}, ""), "answers 304"),
        ((302, {}, "nowhere"), "answers 302"),
        ((503, {}, ""), "has a problem .503.. Try again later"),
    ],
)
def test_what_is_no_whole_page_is_one_clear_error(site: Site, tmp_path: Path, body: object, told: str) -> None:
    site.pages["/a"] = body if isinstance(body, tuple) else (200, {}, body)  # type: ignore[assignment]
    limited = fetcher(site, bytes=2 * 2**20, total_s=1.0)
    begun = time.monotonic()
    with pytest.raises(FetchError, match=f"^http://news.example/a: .*{told}") as refused:
        limited.get("http://news.example/a", tmp_path)
    assert "\n" not in str(refused.value)
    assert time.monotonic() - begun < 10


def test_a_body_shorter_than_its_length_is_an_error(site: Site, tmp_path: Path) -> None:
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf a page")
        handler.close_connection = True

    site.pages["/a"] = short
    with pytest.raises(FetchError, match="the connection failed") as refused:
        fetcher(site).get("http://news.example/a", tmp_path)
    assert not refused.value.lasting


def test_a_disk_that_cannot_be_written_is_named(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = PAGE
    with pytest.raises(DiskError, match=r"nowhere: cannot be written .No such file"):
        fetcher(site).get("http://news.example/a", tmp_path / "nowhere")


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_page_is_kept_unpacked(site: Site, tmp_path: Path, pack: object) -> None:
    encoding = "gzip" if pack is gzip.compress else "deflate"
    site.pages["/a"] = (200, {"Content-Encoding": encoding}, pack(PAGE.encode() * 5000))  # type: ignore[operator]
    page = fetcher(site).get("http://news.example/a", tmp_path)
    assert page.path and page.path.read_text() == PAGE * 5000


def test_a_page_that_has_not_changed_is_not_sent_again(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = (200, {"ETag": '"7"'}, PAGE)
    site.pages["/old"] = (301, {"Location": "/a"}, "")
    made = fetcher(site)
    known = {"http://news.example/a": made.get("http://news.example/a", tmp_path).known}
    for path in ("/a", "/old"):
        page = made.get(f"http://news.example{path}", tmp_path, known.get)
        assert (page.path, page.address) == (None, "http://news.example/a")
    site.pages["/a"] = (200, {"ETag": '"8"'}, PAGE)
    assert made.get("http://news.example/a", tmp_path, known.get).path


def test_an_answer_that_nothing_has_changed_need_not_say_it_all_again(site: Site, tmp_path: Path) -> None:
    def unchanged(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        handler.close_connection = True

    site.pages["/a"] = unchanged
    known = Known('"1"', "Mon, 01 Mar 2021 00:00:00 GMT")
    page = fetcher(site).get("http://news.example/a", tmp_path, lambda _: known)
    assert (page.path, page.known) == (None, known)
    assert site.asked[-1][2]["if-modified-since"] == known.last_modified


def test_robots_txt_is_read_once_and_obeyed(site: Site, tmp_path: Path) -> None:
    site.pages |= {
        "/robots.txt": "\ufeffUser-agent: OnRecord\nDisallow: /private\n",
        "/a": PAGE,
        "/b": PAGE,
        "/private/c": PAGE,
    }
    made = fetcher(site)
    made.get("http://news.example/a", tmp_path)
    made.get("http://news.example/b", tmp_path)
    with pytest.raises(FetchError, match=r"robots.txt asks programs not to read it") as refused:
        made.get("http://news.example/private/c", tmp_path)
    assert refused.value.lasting
    assert [path for _, path, _ in site.asked] == ["/robots.txt", "/a", "/b"]


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (429, False), (302, False)])
def test_a_site_without_robots_txt_may_be_read_and_one_that_fails_to_give_it_not(
    site: Site, tmp_path: Path, status: int, allowed: bool
) -> None:
    site.pages |= {"/robots.txt": (status, {"Location": "/robots.txt"}, ""), "/a": PAGE}
    if allowed:
        assert fetcher(site).get("http://news.example/a", tmp_path).path
        return
    with pytest.raises(FetchError, match=r"http://news.example/a: the site's robots.txt cannot be had") as refused:
        fetcher(site).get("http://news.example/a", tmp_path)
    assert not refused.value.lasting and site.paths == []


def test_a_huge_robots_txt_is_read_as_far_as_it_must_be(site: Site, tmp_path: Path) -> None:
    site.pages |= {"/robots.txt": "User-agent: *\nDisallow: /private\n" + "# long\n" * 500_000, "/private": PAGE}
    with pytest.raises(FetchError, match="asks programs not to read it"):
        fetcher(site).get("http://news.example/private", tmp_path)


def test_a_site_is_asked_once_a_second_and_less_where_it_wants_that(site: Site, tmp_path: Path) -> None:
    site.pages |= {
        "/a": PAGE,
        "slow.example/robots.txt": "User-agent: *\nCrawl-delay: 7",
        "/b": (301, {"Location": "/a"}, ""),
    }
    waits: list[float] = []
    made = Fetcher(lambda *_: [(LOCAL, site.port)], judge(site), sleep=waits.append)
    for host in ("news", "slow", "other"):
        made.get(f"http://{host}.example/a", tmp_path)
    assert waits == []
    made.get("http://news.example/b", tmp_path)
    made.get("http://slow.example/a", tmp_path)
    assert waits == [pytest.approx(1, abs=0.9), pytest.approx(7, abs=0.9)]


def test_a_site_that_asks_to_wait_is_not_asked_until_then(site: Site, tmp_path: Path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    site.pages |= {
        "/a": (429, {"Retry-After": "120"}, ""),
        "/b": PAGE,
        "other.example/a": (503, {"Retry-After": later}, ""),
    }
    made = fetcher(site)
    with pytest.raises(FetchError, match=r"asked too often .429.. Try again in 120 s") as refused:
        made.get("http://news.example/a", tmp_path)
    assert not refused.value.lasting
    with pytest.raises(FetchError, match=r"asks to wait 1[12]\d s"):
        made.get("http://news.example/b", tmp_path)
    with pytest.raises(FetchError, match=r"Try again in (5\d\d|600) s"):
        made.get("http://other.example/a", tmp_path)
    assert site.paths == ["/a", "/a"]


def test_without_a_network_a_site_is_looked_up_once(tmp_path: Path) -> None:
    asked = []

    def resolve(host: str, _: int) -> list[tuple[str, int]]:
        asked.append(host)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    made = Fetcher(resolve)
    for path in ("a", "b"):
        with pytest.raises(FetchError, match=r"http://news.example/.: the name news.example leads nowhere.*network"):
            made.get(f"http://news.example/{path}", tmp_path)
    assert asked == ["news.example"]


def test_an_address_that_does_not_answer_gives_way_to_the_next(site: Site, tmp_path: Path) -> None:
    site.pages["/a"] = PAGE
    with socket.create_server((LOCAL, 0)) as closed:
        port = closed.getsockname()[1]
    made = Fetcher(lambda *_: [(LOCAL, port), (LOCAL, site.port)], lambda *_: None, Limits(interval_s=0))
    assert made.get("http://news.example/a", tmp_path).path


def test_a_name_that_takes_too_long_to_look_up_is_given_up(site: Site, tmp_path: Path) -> None:
    made = Fetcher(lambda *_: [(LOCAL, 80)][: int(time.sleep(3) or 1)], judge(site), Limits(silence_s=0.2))
    begun = time.monotonic()
    with pytest.raises(FetchError, match="leads nowhere"):
        made.get("http://news.example/", tmp_path)
    assert time.monotonic() - begun < 2


@pytest.fixture
def tls_site(site: Site, tmp_path: Path) -> Site:
    """Return the site behind TLS, with a certificate for news.example that nobody but a test trusts."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=news.example -addext subjectAltName=DNS:news.example"
    try:
        subprocess.run([*words.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.wrap(context)
    return site


def test_a_certificate_must_be_trusted_and_be_the_name_s(tls_site: Site, tmp_path: Path) -> None:
    tls_site.pages |= {"/a": PAGE, "/down": (302, {"Location": "http://news.example/a"}, "")}
    with pytest.raises(FetchError, match=r"its certificate cannot be trusted \(self-signed certificate\)"):
        fetcher(tls_site).get("https://news.example/a", tmp_path)
    trusting = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    made = Fetcher(lambda *_: [(LOCAL, tls_site.port)], judge(tls_site), Limits(interval_s=0), trusting)
    assert made.get("https://news.example/a", tmp_path).address == "https://news.example/a"
    with pytest.raises(FetchError, match=r"cannot be trusted \(Hostname mismatch"):
        made.get("https://other.example/a", tmp_path)
    with pytest.raises(FetchError, match=r"redirects from https to http://news.example/a, which anybody"):
        made.get("https://news.example/down", tmp_path)
