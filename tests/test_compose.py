"""The compose file confines what it runs, and its commands run: here without containers, on loopback, on other ports."""

import os
import re
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
NOTES = (ROOT / "compose.yaml").read_text().split("\n\nx-")[0]
PASSWORD = "four words in a row"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_and_one_place_to_write(name: str) -> None:
    service = SERVICES[name]
    user, group = map(int, service["user"].split(":"))
    assert user > 0 and group > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and not {"cap_add", "privileged", "devices", "pid", "ipc"} & {*service}
    assert "no-new-privileges:true" in service["security_opt"]
    assert [place.partition(":")[0] for place in service["tmpfs"]] == ["/tmp"]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= {*COMPOSE["volumes"]}  # no folder of the host


def test_only_the_page_is_published_and_to_this_machine_alone() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"app"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["app"]["ports"])
    assert SERVICES["chroma"]["networks"] == ["vectors"] and COMPOSE["networks"]["vectors"] == {"internal": True}
    assert all(
        "vectors" not in service.get("networks", [])
        for name, service in SERVICES.items()
        if name not in ("app", "chroma")
    )
    assert SERVICES["ollama"]["profiles"] == ["ollama"]


def test_the_image_makes_each_volume_for_the_user_that_writes_to_it() -> None:
    stages = dict(re.findall(r"^FROM \S+ AS (\w+)$(.*?)(?=^FROM|\Z)", (ROOT / "Dockerfile").read_text(), re.M | re.S))
    for service in SERVICES.values():
        stage = stages[service["build"]["target"]]
        user, group = service["user"].split(":")
        made = re.search(rf"install --directory --owner {user} --group {group} --mode 700 (.*)", stage)
        assert made and f"USER {user}:{group}" in stage
        assert {volume.partition(":")[2] for volume in service["volumes"]} <= {*made[1].split()}


class Native:
    """The compose file's commands as they are, but for folders, ports, and the names of machines."""

    def __init__(self, folders: dict[str, Path]) -> None:
        with ExitStack() as held:  # together, or one might be given twice
            free = [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(2)]
        self.ports = dict(zip(("7860", "8000"), map(str, free), strict=True))
        self._folders = folders
        self.token = ""

    def words(self, words: list[str]) -> list[str]:
        return [self._here(word) for word in words]

    def _here(self, word: str) -> str:
        word = (
            re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", word)
            .replace("0.0.0.0", "127.0.0.1")
            .replace("//chroma:", "//127.0.0.1:")
        )
        for there, here in self._folders.items():
            word = re.sub(rf"^{there}(?=/|$)", str(here), word)
        return re.sub(r"\b(7860|8000)\b", lambda port: self.ports[port[1]], word)

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        own = {name: self._here(value) for name, value in service.get("environment", {}).items()}
        path = f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}"
        return {
            **os.environ,
            "PATH": path,
            "ONRECORD_HOME": str(self._folders["/data"]),
            "ANONYMIZED_TELEMETRY": "False",
            **own,
        }

    def run(self, name: str, words: list[str], given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command as in a service's container."""
        environment = self.environment(SERVICES[name])
        return subprocess.run(
            self.words(words), env=environment, input=given, capture_output=True, text=True, timeout=60
        )

    def is_well(self, name: str) -> bool:
        return self.run(name, SERVICES[name]["healthcheck"]["test"][1:]).returncode == 0

    @contextmanager
    def started(self, name: str, log: Path) -> Iterator[None]:
        """Run a service until it is well, and end it afterwards."""
        words, environment = self.words(SERVICES[name]["command"]), self.environment(SERVICES[name])
        with log.open("w") as file, subprocess.Popen(words, env=environment, stdout=file, stderr=file) as process:
            try:
                until = time.monotonic() + 120
                while not self.is_well(name):
                    assert process.poll() is None and time.monotonic() < until, log.read_text()
                yield
            finally:
                process.terminate()


def noted(command: str) -> list[str]:
    """Return the words of a command that the file's head tells to run in the app's container."""
    found = re.search(rf"docker compose \w+ (?:--\S+ )*app (onrecord {command} .*)", NOTES)
    assert found
    return found[1].split()


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Iterator[Native]:
    """Lend the app and Chroma, started in their order after the two commands that make the keys."""
    folder = tmp_path_factory.mktemp("compose")
    folders = {place: folder / place[1:] for place in ("/data", "/keys", "/vectors")}
    for place in folders.values():
        place.mkdir()
    (folders["/data"] / "encoder").symlink_to(encoder_folder)
    native = Native(folders)
    assert native.run("app", noted("password"), PASSWORD).returncode == 0
    native.token = native.run("app", noted("token")).stdout.strip()
    assert not native.is_well("app") and not native.is_well("chroma")
    with native.started("chroma", folder / "chroma.log"), native.started("app", folder / "app.log"):
        yield native


def test_the_app_is_well_and_lets_in_who_has_a_key_alone(native: Native) -> None:
    site = f"http://127.0.0.1:{native.ports['7860']}"
    assert httpx.get(f"{site}/health").json()["status"] == "ok"
    assert httpx.get(site).status_code == 401
    signed_in = httpx.post(f"{site}/login", data={"name": "mara", "password": PASSWORD}, headers={"Origin": site})
    assert signed_in.status_code == 303
    assert httpx.get(site, cookies=signed_in.cookies).status_code == 200


def test_the_token_searches_what_was_added_beside_the_running_app_by_vectors_on_the_server(
    native: Native, articles: Path
) -> None:
    added = native.run("app", ["onrecord", "add", str(articles / "bridge.txt")])
    assert added.returncode == 0, added.stderr
    site, bearer = f"http://127.0.0.1:{native.ports['7860']}/api/v1/search", {"Authorization": f"Bearer {native.token}"}
    assert httpx.get(site, params={"query": "ferry"}).status_code == 401
    found = httpx.get(site, params={"query": "ferry"}, headers=bearer).json()["passages"]
    assert "old ferry" in found[0]["text"]
    stores = (
        f"http://127.0.0.1:{native.ports['8000']}/api/v2/tenants/default_tenant/databases/default_database/collections"
    )
    (collection,) = httpx.get(stores).json()
    assert httpx.get(f"{stores}/{collection['id']}/count").json() == len(found)
