"""What every test stands on: no network, the real encoder converted once, a fresh home folder each."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
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
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "bridge.txt").write_text(
        "Bridge closed for repairs\n\n"
        "The harbour bridge was closed on 3 March 2021. Repairs will cost 40 million dollars, the city said.\n\n"
        "Traffic is led over the old ferry. The ferry carries 900 cars a day.\n"
    )
    (folder / "school.md").write_text(
        "---\ntitle: A new school\noutlet: Harbour Post\npublished: 2021-05-04\n---\n"
        "# A new school\n\nThe council voted for a new school on Monday.\n\n"
        '## What it costs\n\n"We will not raise taxes for it," said Councillor Abara. The school will have 600 pupils.\n'
    )
    (folder / "storm.html").write_text(
        "<!doctype html><html lang='en'><head><title>Storm floods the old town</title>"
        "<meta property='og:site_name' content='Harbour Post'>"
        "<meta property='article:published_time' content='2021-11-20T07:00:00Z'></head><body>"
        "<nav><a href='/'>Home</a></nav><article><h1>Storm floods the old town</h1>"
        "<p>A storm flooded the old town on Friday night. Four hundred people were brought to safety in boats.</p>"
        "<p>The mayor, Ines Falk, told Radio Nord that the sea wall had failed. She said it would be rebuilt within a year.</p>"
        "</article><footer>Imprint</footer></body></html>"
    )
    return folder
