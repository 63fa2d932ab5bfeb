"""What programs do with a server, mixed: every door, and what goes wrong on the way. `soak` and `crossings` are made of it."""

import json
import random
import socket
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

__all__ = ["Program"]

ACCEPT = "application/json, text/event-stream"  # as MCP wants it
SUBJECTS = ("the harbour", "taxes", "the talks", "ships", "grain", "the moon landing", "the council", "the bridge")


class Program:
    """A program of one user. What it asks holds `word`; all that it is answered is handed to `seen`."""

    def __init__(
        self, url: str, headers: dict[str, str], word: str, seen: Callable[[str, httpx.Response], None], seed: int
    ) -> None:
        self.client = httpx.Client(base_url=url, headers=headers, timeout=120, trust_env=False)
        self.word = word
        self.seen = seen
        self.draw = random.Random(seed)
        self.kept: list[str] = []  # conversations of its own
        self.added: list[str] = []  # documents
        self.made = 0

    def question(self) -> str:
        return f"What did they say about {self.draw.choice(SUBJECTS)} and {self.word}?"

    def call(self, what: str, method: str, path: str, **given: object) -> httpx.Response:
        response = self.client.request(method, path, **given)  # type: ignore[arg-type]
        self.seen(what, response)
        return response

    def search(self) -> None:
        self.call("search", "POST", "/api/v1/search", json={"query": self.draw.choice(SUBJECTS)})

    def ask(self) -> None:
        self.call("ask", "POST", "/api/v1/ask", json={"question": self.question()})

    def stream(self) -> None:
        self.call("stream", "POST", "/api/v1/ask", json={"question": self.question(), "stream": True})

    def converse(self) -> None:
        """Ask in a conversation that is kept, a new one or one of its own."""
        old = self.draw.choice([*self.kept[-3:], "new"])
        answer = self.call("converse", "POST", "/api/v1/ask", json={"question": self.question(), "conversation": old})
        if answer.status_code == 200 and answer.json()["conversation"] not in self.kept:
            self.kept.append(answer.json()["conversation"])

    def conversations(self) -> None:
        self.call("conversations", "GET", "/api/v1/conversations")

    def conversation(self) -> None:
        for id in self.kept[-1:]:
            self.call("conversation", "GET", f"/api/v1/conversations/{id}")
            self.call("pack", "GET", f"/api/v1/conversations/{id}/pack")
            self.call("rename", "PATCH", f"/api/v1/conversations/{id}", json={"title": f"On {self.word}"})

    def forget(self) -> None:
        if len(self.kept) > 5:
            self.call("forget", "DELETE", f"/api/v1/conversations/{self.kept.pop(0)}")

    def chat(self) -> None:
        body = {"model": "onrecord", "messages": [{"role": "user", "content": self.question()}]}
        self.call("chat", "POST", "/v1/chat/completions", json=body | {"stream": self.draw.random() < 0.5})
        self.call("models", "GET", "/v1/models")

    def agent(self) -> None:
        """Call a tool over MCP, as a server that keeps no session takes it."""
        call = {"name": "ask", "arguments": {"question": self.question()}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        self.call("mcp", "POST", "/mcp", json=body, headers={"Accept": ACCEPT})

    def read(self) -> None:
        listed = self.call("documents", "GET", "/api/v1/documents", params={"limit": 5})
        if listed.status_code == 200:
            for document in listed.json()["documents"][:2]:
                self.call("text", "GET", f"/api/v1/documents/{document['id']}/text")
        self.call("health", "GET", "/health")

    def add(self) -> None:
        """Upload a small document, and follow the job to its end."""
        self.made += 1
        text = f"Report {self.made}\n\nThe council said on Monday that {self.draw.choice(SUBJECTS)} would cost {self.made} euros.\n"
        files = [("files", (f"report-{self.made % 7}.txt", text.encode()))]
        begun = self.call("add", "POST", "/api/v1/documents", files=files)
        if begun.status_code == 202:
            events = self.call("job", "GET", f"{begun.headers['location']}/events")
            last = [line for line in events.text.splitlines() if line.startswith("data: ")][-1]
            outcomes = json.loads(last.removeprefix("data: ")).get("outcomes", [])
            self.added += [
                each["document_id"] for each in outcomes if each.get("document_id") not in (None, *self.added)
            ]

    def change(self) -> None:
        """Edit a document of its own, remove it, and bring it back."""
        for id in self.added[-1:]:
            self.call("edit", "PATCH", f"/api/v1/documents/{id}", json={"title": f"Report, {self.draw.random():.3f}"})
            self.call("remove", "DELETE", f"/api/v1/documents/{id}")
            self.call("restore", "POST", f"/api/v1/documents/{id}")

    def break_off(self) -> None:
        """Hang up in the middle of an upload, and of an answer that is streamed."""
        address = urlsplit(str(self.client.base_url))
        token = self.client.headers.get("Authorization", "")
        head = (
            f"POST /api/v1/documents HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: {token}\r\nContent-Length: 1000000\r\n"
            'Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name="files"; '
            'filename="half.txt"\r\n\r\n' + "half " * 20_000
        )
        with suppress(OSError), socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(head.encode())
        body = {"question": self.question(), "stream": True}
        with self.client.stream("POST", "/api/v1/ask", json=body) as events:
            next(events.iter_bytes(), b"")

    def refused(self) -> None:
        """Send what is wrong."""
        self.call("wrong", "POST", "/api/v1/ask", content=b'{"question":', headers={"Content-Type": "application/json"})
        self.call("wrong", "POST", "/api/v1/ask", json={"question": 7})
        self.call("wrong", "GET", "/api/v1/conversations/000000000000")
        self.call(
            "wrong", "POST", "/api/v1/search", content=b"x" * 1_100_000, headers={"Content-Type": "application/json"}
        )

    @property
    def reading(self) -> list[Callable[[], None]]:
        kept = [self.converse, self.conversation, self.conversations, self.forget]
        return [*kept, self.agent, self.chat, self.ask, self.stream, self.search, self.read, self.refused]

    @property
    def writing(self) -> list[Callable[[], None]]:
        return [self.add, self.change, self.break_off]
