import io
import json
import logging
from collections.abc import Iterator

import pytest

from ui.logs import REQUEST_ID, hidden, log_to, tell

CANARY = "harbourmaster-7731"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Put back what logging is set up with: the tests of a process share it."""
    root, ours, server = logging.getLogger(), logging.getLogger("onrecord"), logging.getLogger("uvicorn")
    kept = root.handlers[:], root.level, ours.level, logging.raiseExceptions
    apart = server.handlers[:], server.propagate
    server.handlers, server.propagate = [], True  # a test that has served before may have set it up in its own way
    yield
    server.handlers, server.propagate = apart
    logging.captureWarnings(False)
    root.handlers[:], root.level, ours.level, logging.raiseExceptions = kept


@pytest.fixture
def written() -> io.StringIO:
    stream = io.StringIO()
    log_to(stream)
    return stream


def test_a_line_is_one_json_object(written: io.StringIO) -> None:
    token = REQUEST_ID.set("abc")
    tell("request", status=200, user=None)
    REQUEST_ID.reset(token)
    logging.getLogger("uvicorn.error").warning("two\nlines")
    first, second = map(json.loads, written.getvalue().splitlines())
    assert {name: first[name] for name in ("level", "event", "request_id", "status")} == {
        "level": "info",
        "event": "request",
        "request_id": "abc",
        "status": 200,
    }
    assert "user" not in first and first["time"].endswith("Z")
    assert (second["event"], second["logger"], second["level"]) == ("two\nlines", "uvicorn.error", "warning")


@pytest.mark.parametrize(
    "message",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'cookie': '{CANARY}'}}",
        f"https://{CANARY}@example.org/feed",
        f"https://mara:{CANARY}@example.org/feed",
        f"https://example.org/feed?key={CANARY}",
        f"model_api_key={CANARY}",
        f"password: {CANARY}",
        "onrecord_" + CANARY * 2,
        f"sk-{CANARY}-{CANARY}",
    ],
)
def test_no_secret_is_written(written: io.StringIO, message: str) -> None:
    logging.getLogger("httpx").warning("%s", message)
    assert CANARY not in written.getvalue() and "***" in written.getvalue()


def test_an_exception_is_told_without_its_words_but_for_the_machines(written: io.StringIO) -> None:
    for error in (ValueError(CANARY), OSError(28, "No space left on device")):
        try:
            raise error
        except (ValueError, OSError):
            logging.getLogger("ui").exception("failed")
    first, second = map(json.loads, written.getvalue().splitlines())
    assert first["error"].startswith("ValueError (test_logs.py:") and CANARY not in first["error"]
    assert "OSError: [Errno 28] No space left on device" in second["error"]


def test_on_a_terminal_a_person_can_read_it(written: io.StringIO) -> None:
    terminal = Terminal()
    log_to(terminal)
    tell("request", status=200, route="/api/v1/ask")
    tell("request", logging.DEBUG, route="/")  # what the page itself asks for would be all there is to see
    (line,) = terminal.getvalue().splitlines()
    assert line.endswith(" request status=200 route=/api/v1/ask")


def test_a_question_is_hashed_by_a_key_of_its_own_unless_told_otherwise() -> None:
    once, again = hidden(plainly=False), hidden(plainly=False)
    assert once(CANARY) == once(CANARY) != once(CANARY + "?")
    assert once(CANARY) != again(CANARY) and CANARY not in once(CANARY)
    assert hidden(plainly=True)(CANARY) == CANARY
