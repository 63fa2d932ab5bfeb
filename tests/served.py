"""Sites on this machine for tests of what is fetched: real servers on 127.0.0.1, under any names that a test gives them."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from corpus.addresses import IP, refusal
from corpus.exchange import Limits
from corpus.web import Fetcher

__all__ = ["LOCAL", "Site", "fetcher", "judge", "served"]

LOCAL = "127.0.0.1"
Body = bytes | str | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """What the server answers, by path or by host and path, and what it was asked: (host, path, headers)."""

    port: int
    pages: dict[str, Body | tuple[int, Mapping[str, str], Body]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    server: ThreadingHTTPServer | None = None

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        assert self.server
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    @property
    def paths(self) -> list[str]:
        """Return the paths that were asked for, robots.txt left out."""
        return [path for _, path, _ in self.asked if path != "/robots.txt"]


@contextmanager
def served() -> Iterator[Site]:
    """Lend a running server; a page that it has not is a 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            site.asked.append((host, self.path, {name.lower(): value for name, value in self.headers.items()}))
            found = site.pages.get(host + self.path, site.pages.get(self.path, (404, {}, b"")))
            status, headers, body = found if isinstance(found, tuple) else (200, {}, found)
            if callable(body):
                body(self)
                return
            data = body.encode() if isinstance(body, str) else body
            etag = headers.get("ETag")
            if etag and self.headers.get("If-None-Match") == etag:
                status, data = 304, b""
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:  # the fetcher has hung up, as it should
                self.close_connection = True

    server = ThreadingHTTPServer((LOCAL, 0), Handler)
    server.daemon_threads = True
    site = Site(server.server_address[1], server=server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def judge(site: Site) -> Callable[[IP, int], str | None]:
    """Return the rule of production, but for the site's own port on this machine."""
    return lambda ip, port: None if (str(ip), port) == (LOCAL, site.port) else refusal(ip, port)


def fetcher(site: Site, **limits: float) -> Fetcher:
    """Return a fetcher for which every name but "nowhere.example" leads to the site; addresses are judged as ever."""

    def resolve(host: str, port: int) -> list[tuple[str, int]]:
        if host == "nowhere.example":
            raise OSError("Name or service not known")
        return [(LOCAL, site.port)]

    return Fetcher(resolve, judge(site), Limits(**{"interval_s": 0.0, **limits}))  # type: ignore[arg-type]
