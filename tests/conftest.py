"""What every test stands on: no network, the real encoder converted once, a fresh home folder each."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from articles import write_articles
from filelock import FileLock

from index.encoder import DEFAULT_MODEL, Encoder, load_encoder
from index.library import Library

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
    del os.environ[name]
# What is started in the background ignores Ctrl-C, and so would every command that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--examples", type=int, default=100, help="examples of the library's state machine")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine alone."""
    connect = socket.socket.connect

    def loopback_only(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", loopback_only)


@pytest.fixture(autouse=True)
def no_running_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let asyncio.run run: the browser tests' library leaves its loop as this thread's, for those that come after them."""
    running = None if request.node.get_closest_marker("browser") else asyncio._get_running_loop()
    if running is not None:
        asyncio._set_running_loop(None)
    yield
    if running is not None:
        asyncio._set_running_loop(running)


@pytest.fixture(scope="session")
def encoder_folder(pytestconfig: pytest.Config) -> Path:
    """Return a folder with the converted default encoder, kept between runs."""
    folder = Path(pytestconfig.cache.mkdir("encoder"))  # type: ignore[union-attr]
    with FileLock(folder / ".lock"):  # of several processes of one run the first converts it
        load_encoder(DEFAULT_MODEL, folder)
    return folder


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> Encoder:
    return load_encoder(DEFAULT_MODEL, encoder_folder)


@pytest.fixture
def home(tmp_path: Path, encoder_folder: Path) -> Path:
    """Return an empty home folder that finds the converted encoder."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "encoder").symlink_to(encoder_folder)
    return folder


@pytest.fixture
def library(home: Path, encoder: Encoder) -> Iterator[Library]:
    opened = Library(home, encoder=encoder)
    yield opened
    opened.close()


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """Return a folder of three small articles: plain text, Markdown and HTML."""
    return write_articles(tmp_path / "articles")
