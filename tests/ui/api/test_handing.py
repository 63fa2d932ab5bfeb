"""Who is let in to hand over files of this machine: the command line with the secret, and nobody else."""

import json
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from ui.api.app import doors
from ui.api.desk import Desk
from ui.handing import PATH, SCHEME

SENT = {"paths": [], "pages": [], "addresses": [], "follow": False, "tags": [], "ignored": [], "prune": False}


@pytest.mark.parametrize(
    ("secret", "told", "address", "status"),
    [
        ("right", f"{SCHEME} right", "127.0.0.1", 200),
        ("right", f"{SCHEME} right", "::1", 200),
        ("right", f"{SCHEME} wrong", "127.0.0.1", 404),
        ("right", f"{SCHEME} right", "192.0.2.7", 404),
        ("right", "Bearer right", "127.0.0.1", 404),
        ("", f"{SCHEME} ", "127.0.0.1", 404),
    ],
)
def test_only_who_knows_the_secret_and_is_here_hands_over(
    desk: Desk, secret: str, told: str, address: str, status: int
) -> None:
    with TestClient(doors(replace(desk, secret=secret)), client=(address, 1)) as client:
        answer = client.post(PATH, json=SENT, headers={"Authorization": told})
        assert answer.status_code == status
        assert PATH not in client.get("/api/v1/openapi.json").json()["paths"]
        if status == 200:
            assert json.loads(answer.text.splitlines()[-1]) == {
                "event": "end",
                "state": "done",
                "error": None,
                "exit_code": 0,
                "counts": {},
            }
            for wrong in ("x", "[]", '{"paths": []}'):
                assert client.post(PATH, content=wrong, headers={"Authorization": told}).status_code == 422
