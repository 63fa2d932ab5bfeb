"""A line is hung up from another thread than the one that waits on it, and its reader is never kept waiting."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import closing

import httpx
import pytest

from assistant.line import Line, beating


def counted(*waits_s: float) -> Generator[int, None, None]:
    for number, wait_s in enumerate(waits_s):
        time.sleep(wait_s)
        yield number


def test_the_pieces_come_as_they_are_with_beats_in_every_silence() -> None:
    arrived = list(beating(counted(0, 0, 0.3), Line(), beat_s=0.05))
    assert [piece for piece in arrived if piece is not None] == [0, 1, 2]
    assert arrived.count(None) >= 3


def test_beats_come_also_where_the_pieces_never_pause() -> None:
    def endless() -> Generator[int, None, None]:
        while True:
            time.sleep(0.001)
            yield 1

    with closing(beating(endless(), Line(), beat_s=0.02)) as arrived:
        assert next(piece for piece in arrived if piece is None) is None


def test_what_the_pieces_raise_is_raised_to_their_reader() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise ZeroDivisionError("in the thread")

    arrived = beating(failing(), Line(), beat_s=5)
    assert next(arrived) == 1
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        next(arrived)


def test_hanging_up_ends_a_request_that_waits_in_another_thread_and_lets_no_other_be_made() -> None:
    line, ended = Line(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = httpx.Client(event_hooks={"request": [line.hold]}, timeout=60, trust_env=False)

        def wait() -> None:
            with pytest.raises(httpx.TransportError):
                client.get(url)
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        taken, _ = silent.accept()
        taken.recv(1)  # the request is on its way
        line.hang_up()
        assert ended.wait(10)
        with pytest.raises(httpx.RequestError, match="hung up"):
            client.get(url)
        taken.close()
