"""A Chroma server as it is spoken to: what is sent, what is kept secret, and what is said of one that does not answer."""

import base64
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromaserver import LOCAL, free_port
from served import Site, served

from assistant.settings import load_settings, settings_shown
from corpus.errors import SettingsError, VectorServerError
from index.server import VectorServer

LIMITS = json.dumps({"max_batch_size": 10, "supports_base64_encoding": True})
PATH = "/api/v2/pre-flight-checks"


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        site.pages[PATH] = LIMITS
        yield site


def asked(site: Site, url: str, token: str = "") -> str | None:
    """Return the authorization that the site was shown."""
    server = VectorServer(url, token)
    try:
        assert server.batch() == (10, True)
    finally:
        server.close()
    return site.asked[-1][2].get("authorization")


def test_a_token_goes_as_bearer_and_a_user_as_basic(site: Site) -> None:
    assert asked(site, f"http://{LOCAL}:{site.port}") is None
    assert asked(site, f"http://{LOCAL}:{site.port}/", "s3cret") == "Bearer s3cret"
    pair = base64.b64encode(b"ines:p@ss").decode()
    assert asked(site, f"http://ines:p%40ss@{LOCAL}:{site.port}") == f"Basic {pair}"


def test_a_server_below_a_path_is_reached(site: Site) -> None:
    site.pages = {f"/vectors{PATH}": LIMITS}
    assert asked(site, f"http://{LOCAL}:{site.port}/vectors/") is None


def test_a_server_on_this_machine_is_not_looked_for_behind_a_proxy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert asked(site, f"http://{LOCAL}:{site.port}") is None


def test_a_token_and_a_user_at_once_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"http://127.0.0.1:1: .* Give one of them"):
        VectorServer("http://ines:pass@127.0.0.1:1", "token")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("<html>A shop</html>", "what answers there is no Chroma server"),
        ((401, {}, "no"), "it answers 401 Unauthorized; see ONRECORD_CHROMA_TOKEN"),
        ((502, {}, "no"), "it answers 502 Bad Gateway"),
        ((400, {}, json.dumps({"error": "InvalidArgumentError", "message": "a bad\nthing"})), "a bad thing"),
    ],
)
def test_an_answer_that_is_of_no_use_is_told_without_secrets(
    site: Site, answer: object, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.pages[PATH] = answer  # type: ignore[assignment]
    server = VectorServer(f"http://ines:hidden@{LOCAL}:{site.port}")
    with pytest.raises(
        VectorServerError, match=rf"^http://{LOCAL}:{site.port}: .* cannot be used: {why}\. Start it"
    ) as told:
        server.batch()
    assert "hidden" not in str(told.value) + caplog.text + server.told()
    server.close()


def test_nobody_waits_long_for_a_server_that_is_not_there_or_says_nothing() -> None:
    begun = time.monotonic()
    away = VectorServer(f"http://{LOCAL}:{free_port()}")
    for _ in range(3):
        with pytest.raises(VectorServerError, match="Connection refused"):
            away.batch()
    with socket.socket() as silent:
        silent.bind((LOCAL, 0))
        silent.listen()
        mute = VectorServer(f"http://{LOCAL}:{silent.getsockname()[1]}")
        for _ in range(3):
            with pytest.raises(VectorServerError, match="it does not answer in time"):
                mute.ask("GET", "heartbeat", timeout_s=0.2)
        mute.close()
    away.close()
    assert time.monotonic() - begun < 5


def test_no_secret_of_the_server_is_shown(home: Path) -> None:
    plain = load_settings(home=home)
    settings = load_settings(home=home, chroma_url="http://ines:hidden@127.0.0.1:8000/", chroma_token=" t0ken ")
    assert settings.chroma_token.get_secret_value() == "t0ken"
    shown = {row.name: row.value for row in settings_shown(settings)}
    assert (shown["chroma_url"], shown["chroma_token"]) == ("http://127.0.0.1:8000", "set")
    assert not re.search("hidden|t0ken", f"{settings!r} {shown}")
    assert settings.hash() == plain.hash()  # no answer is another for it


@pytest.mark.parametrize(
    "url", ["ines:hidden@host:8000", "ftp://ines:hidden@host", "http://ines:hidden@", "http://h/?a=hidden"]
)
def test_what_is_no_address_of_a_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="chroma_url: ") as told:
        load_settings(chroma_url=url)
    assert "hidden" not in str(told.value)
