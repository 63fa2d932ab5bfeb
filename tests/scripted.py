"""An OpenAI-compatible server on loopback that follows a script, and notes what it was asked and whether it was hung up on."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Exchange", "Provider", "chunk", "forever", "offered_numbers", "said", "serving", "slowly"]

Reply = Callable[["Exchange"], None]


class Exchange:
    """One request, and the means to answer it in pieces."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: dict[str, object]) -> None:
        self.body = body
        self.headers = dict(handler.headers)
        self._handler = handler

    @property
    def prompt(self) -> str:
        return "\n".join(message["content"] for message in self.body["messages"])  # type: ignore[index,attr-defined]

    def start(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in {"Content-Type": kind, "Connection": "close", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def send(self, text: str) -> None:
        self._handler.wfile.write(text.encode())
        self._handler.wfile.flush()


def chunk(text: str = "", finish: str | None = None, **more: object) -> str:
    """Return an event of the stream, as OpenAI writes it."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return f"data: {json.dumps({'object': 'chat.completion.chunk', 'choices': [choice], **more})}\n\n"


def said(text: str | Callable[[Exchange], str]) -> Reply:
    """Reply with a text, word by word, an orderly end and token counts; `text` may depend on the request."""

    def reply(exchange: Exchange) -> None:
        exchange.start()
        for word in re.findall(r"\s*\S+\s*?|\s+", text if isinstance(text, str) else text(exchange)):
            exchange.send(chunk(word))
        exchange.send(chunk(finish="stop"))
        counts = {"prompt_tokens": 321, "completion_tokens": 12, "total_tokens": 333}
        exchange.send(f"data: {json.dumps({'choices': [], 'usage': counts})}\n\ndata: [DONE]\n\n")

    return reply


def offered_numbers(prompt: str) -> dict[int, str]:
    """Return the numbered sentences of a prompt."""
    return {int(number): words for number, words in re.findall(r"^\[(\d+)\] ?(.*)$", prompt, re.MULTILINE)}


class Provider:
    """The server: the replies it has left (the last is given again and again), and what it saw."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[Exchange] = []
        self.hung_up = threading.Event()  # a client went away in the middle of an answer
        self.url = ""

    def answer(self, exchange: Exchange) -> None:
        self.asked.append(exchange)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            reply(exchange)
        except OSError:
            self.hung_up.set()


@contextmanager
def serving(*replies: Reply, models: str = '{"data": [{"id": "scripted"}]}') -> Iterator[Provider]:
    """Give a running provider; `models` is what it says to a GET, whatever the path."""
    provider = Provider(*replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            provider.answer(Exchange(self, body | {"path": self.path}))

        def do_GET(self) -> None:
            exchange = Exchange(self, {"path": self.path})
            exchange.start(kind="application/json")
            exchange.send(models)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def forever(exchange: Exchange) -> None:
    """Reply without ever coming to an end."""
    exchange.start()
    while True:
        exchange.send(chunk("word "))


def slowly(seconds: float) -> Reply:
    """Reply with a word, then with silence."""

    def reply(exchange: Exchange) -> None:
        exchange.start()
        exchange.send(chunk("The "))
        time.sleep(seconds)
        exchange.send(chunk("end.", finish="stop"))

    return reply
