"""A Chroma server on this machine for tests: the real one (`chroma run`), which can be killed and started again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["LOCAL", "ChromaServer", "chroma_running", "free_port"]

LOCAL = "127.0.0.1"
LONGEST_START_S = 30


class ChromaServer:
    """A server whose data lie in `folder`; it keeps its port over restarts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://{LOCAL}:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = shutil.which("chroma", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        assert command, "the package chromadb brings the command chroma"
        given = ["run", "--path", str(self.folder), "--host", LOCAL, "--port", str(self.port)]
        self._process = subprocess.Popen(
            [command, *given], cwd=self.folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + LONGEST_START_S
        while not self._listens():
            assert self._process.poll() is None and time.monotonic() < until, "chroma run does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def _listens(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex((LOCAL, self.port)) == 0


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))
        return int(taken.getsockname()[1])


@contextmanager
def chroma_running(folder: Path) -> Iterator[ChromaServer]:
    """Lend a running server."""
    server = ChromaServer(folder / "chroma")
    server.start()
    try:
        yield server
    finally:
        server.kill()
