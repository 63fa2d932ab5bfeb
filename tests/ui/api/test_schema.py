"""The description of the API: valid, with examples that hold, and true, as schemathesis finds with all its checks.

A larger run: `onrecord serve`, then `schemathesis run http://127.0.0.1:7860/api/v1/openapi.json -c all -n 200`.
"""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from jsonschema_rs import Draft202012Validator
from starlette.testclient import TestClient

from ui.api.answering import Answering
from ui.api.app import doors
from ui.api.desk import Desk
from ui.tokens import Tokens
from ui.web.guard import Guard

DESCRIBED = "/api/v1/openapi.json"
PROBLEM = "application/problem+json"
PAGE = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLES = 2  # of each operation and phase
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def description(client: TestClient) -> dict[str, Any]:
    return client.get(DESCRIBED).json()  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no address that is made up be looked up."""
    known = socket.getaddrinfo

    def loopback_only(host: str, *rest: Any, **named: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise socket.gaierror(f"{host} is not looked up in tests")
        return known(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)


@contextmanager
def served(desk: Desk) -> Iterator[str]:
    """Serve the doors of a desk for real, and lend their address."""
    app = Guard(doors(replace(desk, answering=Answering())))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    started = threading.Event()

    async def serve() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        started.set()
        await serving

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert started.wait(30)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("asks", [False, True], ids=["open", "with tokens"])
def test_schemathesis_finds_nothing(
    desk: Desk, tokens: tuple[Path, dict[str, str]], tmp_path: Path, asks: bool
) -> None:
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False) if asks else desk
    options = ["--checks", "all", "--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-color"]
    options.append("--generation-deterministic")
    if asks:  # the coverage phase is the longest, and with tokens the same
        options += ["--header", f"Authorization: Bearer {tokens[1]['mara']}", "--phases", "examples,fuzzing,stateful"]
    command = Path(sys.executable).with_name("schemathesis")
    with served(behind) as url:
        done = subprocess.run(
            [command, "run", url + DESCRIBED, *options], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
    assert done.returncode == 0, done.stdout[-5_000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert counted
    assert int(counted[1]) == int(counted[2]) > (100 if asks else 1_000)


def operations(description: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in description["paths"].items():
        yield from ((path, method, operation) for method, operation in methods.items())


def test_each_operation_is_named_and_explained(description: dict[str, Any]) -> None:
    found = list(operations(description))
    names = [operation["operationId"] for _, _, operation in found]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["tags"] for _, _, operation in found)


def test_each_problem_is_declared_as_one(description: dict[str, Any]) -> None:
    for path, method, operation in operations(description):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert set(response["content"]) == {PROBLEM}, (method, path, status)
        if path.startswith("/api/"):
            assert {"400", "401", "403", "422", "429", "503"} <= set(operation["responses"]), (method, path)


def test_a_token_is_asked_for_where_one_is_needed(client: TestClient, closed: TestClient) -> None:
    for each, needed in ((client, False), (closed, True)):
        described = each.get(DESCRIBED).json()
        for path, method, operation in operations(described):
            assert ("security" in operation) == (needed and path != "/health"), (method, path)


def test_every_example_is_as_its_schema_says(description: dict[str, Any]) -> None:
    held = 0
    for path, method, operation in operations(description):
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for kind, content in ((kind, of) for part in parts for kind, of in part.get("content", {}).items()):
            if not kind.endswith("json"):
                continue
            schema = content["schema"] | {"components": description["components"]}
            given = [content[key] for key in ("example",) if key in content]
            for example in [*given, *(one["value"] for one in content.get("examples", {}).values())]:
                errors = [error.message for error in Draft202012Validator(schema).iter_errors(example)]
                assert not errors, (method, path, errors)
                held += 1
    assert held > 50


def test_the_examples_can_be_asked(client: TestClient, description: dict[str, Any]) -> None:
    asked = 0
    for path, method, operation in operations(description):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in content.get("examples", {}).values():
            if "{" in path or "urls" in example["value"]:  # which would be fetched
                continue
            answer = client.request(method, path, json=example["value"])
            assert answer.status_code in (200, 201, 202), (path, example, answer.text)
            asked += 1
    assert asked >= 7


def test_the_commands_of_the_page_do_what_they_say(
    desk: Desk, tokens: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    blocks = re.findall(r"^```bash\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    script = "\n".join(block for block in blocks if "curl" in block).replace("curl -s", "curl --fail-with-body -s")
    behind = replace(desk, tokens=Tokens(tokens[0]), is_open=False)
    with served(behind) as url:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env={**os.environ, "ONRECORD": url, "TOKEN": tokens[1]["mara"]},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stdout[-1_000:] + done.stderr
    for told in ("event: answer", "(harbour bridge closed)", '"title":"The bridge"', '"new":false', "# The bridge"):
        assert told in done.stdout, told
