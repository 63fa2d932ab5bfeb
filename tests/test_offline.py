"""Nothing leaves the machine while documents are added and questions asked: no socket is opened at all."""

import os
import subprocess
import sys
from pathlib import Path

WATCHED = """
import socket, sys
opened = []
for name in ("connect", "connect_ex", "sendto"):
    original = getattr(socket.socket, name)
    def watched(self, *given, original=original, name=name):
        opened.append((name, given))
        return original(self, *given)
    setattr(socket.socket, name, watched)
lookup = socket.getaddrinfo
socket.getaddrinfo = lambda *given, **more: (opened.append(("getaddrinfo", given)), lookup(*given, **more))[1]
from ui.cli import app
for words in (["add", {articles!r}], ["ask", "How many pupils will the school have?"]):
    sys.argv = ["onrecord", "--home", {home!r}, *words]
    try:
        app()
    except SystemExit:
        pass
print("opened", opened)
"""


def test_add_and_ask_open_no_socket(tmp_path: Path, articles: Path) -> None:
    """From a fresh home on, so converting the encoder is watched too; a child of OpenVINO's would leave its mark in HOME."""
    user = tmp_path / "user"
    user.mkdir()
    code = WATCHED.format(articles=str(articles), home=str(tmp_path / "fresh"))
    environment = os.environ | {"HOME": str(user), "HF_HUB_OFFLINE": "0"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300)
    assert "600 pupils" in found.stdout, found.stderr
    assert found.stdout.splitlines()[-1] == "opened []"
    assert [path.name for path in user.iterdir() if path.name != ".cache"] == []
