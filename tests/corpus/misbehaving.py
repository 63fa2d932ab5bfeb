"""Work for a child process that no parser should do, and some that one may."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from corpus.errors import SourceError
from corpus.types import Extract


def act(path: Path) -> Iterator[object]:
    """Do what the file's name says, and yield what came of it."""
    yield from globals()[path.stem](path)


def count(path: Path) -> Iterator[int]:
    yield from range(int(path.read_text()))


def words(path: Path) -> Iterator[Extract]:
    yield Extract("words", "title", "text/plain")


def bad_row(path: Path) -> Iterator[object]:
    yield SourceError("row 1 is bad")
    yield "row 2"


def fail(path: Path) -> Iterator[object]:
    yield "before"
    raise SourceError("the reader's own message")


def defect(path: Path) -> Iterator[object]:
    raise AssertionError("a parser's surprise")
    yield


def hang(path: Path) -> Iterator[object]:
    time.sleep(3600)
    yield


def hang_natively(path: Path) -> Iterator[object]:
    """Hold the interpreter's lock for ever, as native code may."""
    ctypes.PyDLL(None).pause()
    yield


def devour(path: Path) -> Iterator[object]:
    yield len(bytearray(10 * 2**30))


def devour_by_the_byte(path: Path) -> Iterator[object]:
    held = [bytes(2**16) for _ in range(10 * 2**14)]
    yield len(held)


def segfault(path: Path) -> Iterator[object]:
    ctypes.string_at(0)
    yield


def leave(path: Path) -> Iterator[object]:
    yield "before"
    os._exit(0)


def be_killed(path: Path) -> Iterator[object]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield


def chatter(path: Path) -> Iterator[object]:
    """Print without end, but for the end of its own disk."""
    while True:
        print("warning: " * 1000)
    yield


def murmur(path: Path) -> Iterator[str]:
    print("a warning of a parser", file=sys.stderr)
    yield "words"


def swell(path: Path) -> Iterator[object]:
    yield "x" * (100 * 2**20)


def swell_by_and_by(path: Path) -> Iterator[object]:
    while True:
        yield "x" * 2**20


def fill_the_disk(path: Path) -> Iterator[object]:
    with Path(os.environ["TMPDIR"], "big").open("wb") as file:
        while True:
            file.write(bytes(2**20))
    yield


def write_beside(path: Path) -> Iterator[object]:
    path.with_suffix(".written").write_text("here")
    yield


def write_aside(path: Path) -> Iterator[object]:
    place = Path(os.environ["TMPDIR"], "part")
    place.write_text("here")
    yield place.read_text()
    place.unlink()


def call_out(path: Path) -> Iterator[object]:
    yield socket.create_connection(("127.0.0.1", int(path.read_text())))


def run_a_program(path: Path) -> Iterator[object]:
    yield subprocess.run(["true"]).returncode


def tell(path: Path) -> Iterator[tuple[int, int, str, list[str]]]:
    """Yield the process's number, what Ctrl-C does to it, its standard input, and what it has imported."""
    yield os.getpid(), int(signal.getsignal(signal.SIGINT)), sys.stdin.read(), sorted(sys.modules)


def slowly(path: Path) -> Iterator[float]:
    """Yield when it began, after a while."""
    began = time.monotonic()
    time.sleep(0.2)
    yield began
