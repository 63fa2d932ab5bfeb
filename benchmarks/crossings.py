"""Whether anything of one user's conversations reaches another: mixed requests over every door, canaries in each one's words.

    python -m benchmarks.crossings [--requests 1000] [--home DIR]

Two users ask at the same time: with tokens over REST (whole and as events), /v1 and /mcp, and signed in on the pages. All
that either asks holds a word of their own, so it stands in the questions, the titles and the packs of what is kept for
them. Whatever one is answered, headers included, must not hold the other's word; and each asks for the other's
conversations by their ids. A crossing is printed with the door, and counted.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from benchmarks.mixed import Program
from ui.passwords import hashed, write_passwords
from ui.tokens import new_token, write_tokens

WORDS = {"mara": "quillwort7731", "ned": "zanderfish4482"}
PASSWORD = "nine grey gulls sleep"
PAGES = ("/", "/library", "/check", "/quotes", "/evaluation", "/status", "/api/v1/openapi.json")


class Crossings:
    """What each user was answered, looked through for the other's word."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.own: Counter[str] = (
            Counter()
        )  # answers with the asker's own word, which show that it is looked for rightly
        self.found: list[str] = []
        self.kept: dict[str, list[str]] = {}

    def seen_by(self, name: str) -> Callable[[str, httpx.Response], None]:
        theirs = [word for other, word in WORDS.items() if other != name]

        def seen(what: str, response: httpx.Response) -> None:
            told = f"{response.headers} {response.text}"
            self.asked[what] += 1
            self.own[what] += WORDS[name] in told
            self.found += [f"{name}: {what}: {word}" for word in theirs if word in told]
            if what.startswith("another's") and response.status_code != 404:
                self.found.append(f"{name}: {what}: {response.status_code}")

        return seen


def use(url: str, name: str, token: str, requests: int, crossings: Crossings) -> None:
    """Make as many requests as a program, every fourth time as somebody who has signed in."""
    program = Program(url, {"Authorization": f"Bearer {token}"}, WORDS[name], crossings.seen_by(name), len(name))
    crossings.kept[name] = program.kept
    page = httpx.Client(base_url=url, headers={"Origin": url}, timeout=120, trust_env=False)
    form = {"name": name, "password": PASSWORD}
    assert page.post("/login", data=form).status_code == 303
    before = crossings.asked.total()
    while crossings.asked.total() - before < requests:
        for way in program.reading:
            way()
            look_at_others(program, page, crossings, name)
            for id in program.kept[-1:]:
                program.seen("pack on the page", page.get(f"/pack/{id}.md"))
            program.seen("page", page.get(program.draw.choice(PAGES)))


def look_at_others(program: Program, page: httpx.Client, crossings: Crossings, name: str) -> None:
    """Ask for the other's newest conversation by its id, in every way."""
    for id in [id for other, ids in crossings.kept.items() if other != name for id in ids[-1:]]:
        for method, rest in (("GET", ""), ("GET", "/pack"), ("DELETE", "")):
            program.call("another's conversation", method, f"/api/v1/conversations/{id}{rest}")
        program.seen("another's pack", page.get(f"/pack/{id}.json"))


def crossed(url: str, tokens: dict[str, str], requests: int) -> Crossings:
    """Let the users ask at the same time by every way in turn, until as many requests were made."""
    crossings = Crossings()
    errors: list[BaseException] = []

    def one(name: str) -> None:
        try:
            use(url, name, tokens[name], requests, crossings)
        except BaseException as error:  # noqa: BLE001  it is raised below
            errors.append(error)

    threads = [threading.Thread(target=one, args=(name,)) for name in WORDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return crossings


def let_in(folder: Path) -> dict[str, str]:
    """Write the files `users` and `tokens` of the users to a folder; return their tokens."""
    write_passwords(folder / "users", {name: hashed(PASSWORD, 4) for name in WORDS})
    made = {name: new_token(name, ["read", "write"]) for name in WORDS}
    write_tokens(folder / "tokens", {digest: caller for _, digest, caller in made.values()})
    return {name: token for name, (token, _, _) in made.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        if given.home:
            shutil.copytree(given.home, home, symlinks=True)
        tokens = let_in(folder)
        command = [sys.executable, "-m", "ui.cli", "--home", str(home), "serve", "--port", "0", "--samples"]
        command += ["--auth", str(folder / "users"), "--tokens", str(folder / "tokens")]
        with (
            (folder / "log").open("w") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server,
        ):
            try:
                assert server.stdout is not None
                url = next(line for line in server.stdout if line.startswith("OnRecord is at")).split()[-1]
                crossings = crossed(url, tokens, given.requests)
            finally:
                server.terminate()
        logged = (folder / "log").read_text()
        kept_back = [*WORDS.values(), PASSWORD, *tokens.values()]
        print(f"{crossings.asked.total()} requests: {dict(crossings.asked)}")
        print(f"own word in the answer: {dict(crossings.own)}")
        print(
            f"words, passwords and tokens in {len(logged.splitlines())} lines of the log: {sum(map(logged.count, kept_back))}"
        )
        print(f"{len(crossings.found)} crossings", *crossings.found[:20], sep="\n")


if __name__ == "__main__":
    main()
