"""Many users at once against a server that runs: what goes wrong, how long an answer takes, how many are answered a second.

    onrecord eval run load --url http://127.0.0.1:7860 --users 50 --seconds 120

Each user asks over REST, POST /api/v1/ask, over a connection of their own, and asks the next question as soon as the last
one is answered (a closed loop, so a server that is slower is asked less). The questions are those of the samples, or a
file's, in an order of their own, over and over. A request that ends after the time is over is waited for and counts. Only
an answer counts as one: another status, a connection that breaks and an answer that says "failed" are errors. No library
is opened here: what is measured is the server's.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from corpus.errors import SettingsError, SourceError
from evals.metrics import mean, median, p95
from evals.records import Record
from evals.suite import Measure, Suite, read_jsonl

if TYPE_CHECKING:
    import httpx

__all__ = ["SUITE", "Load", "load_measures", "load_suite"]

ASK = "/api/v1/ask"
USERS, SECONDS = 50, 60.0
TIMEOUT_S = 120.0  # a server may let the last of a hundred wait for a minute
ANSWERED = "answered"  # what came of a request, whatever the answer says
REST_S = 0.2  # after what was no answer, so that a server which refuses is not hammered
WHICH = "name the running server, as in: onrecord eval run load --url http://127.0.0.1:7860 (start one with: onrecord serve)."


@dataclass(frozen=True, slots=True)
class Load:
    """Who asks what of which server, for how long. `token` is empty where the server asks for none."""

    url: str
    users: int = USERS
    seconds: float = SECONDS
    token: str = ""
    questions: Path | None = None


def load_suite(load: Load | None = None) -> Suite:
    """Return the suite; without a load it can score what was run, and nothing more."""

    def served() -> Iterator[Record]:
        if load is None:
            raise SettingsError(f"load: {WHICH}")
        return _records(load)

    return Suite(load_measures(()), served=served)


def load_measures(records: Sequence[Record]) -> list[Measure]:
    """Return the measures, with one for each way in which a request went wrong."""
    wrong = sorted({record.labels["outcome"] for record in records if record.part == "request"} - {ANSWERED})
    return [
        _share("errors, share of requests", None),
        *(_share(f"errors: {outcome}, share of requests", outcome) for outcome in wrong),
        Measure("answer p50, ms", _ms, median, better=0),
        Measure("answer p95, ms", _ms, p95, better=0),
        Measure("answers a second", _answered, mean, better=0),
    ]


def _records(load: Load) -> Iterator[Record]:
    """Ask, and yield a record a request, then one for each second of the time."""
    questions = _questions(load.questions)
    results = asyncio.run(_asked(load, questions))
    whole = [0] * int(load.seconds)
    for number, result in enumerate(results):
        if result.outcome == ANSWERED and result.ended < len(whole):
            whole[int(result.ended)] += 1
        yield Record(
            str(number), (result.question,), part="request", labels={"outcome": result.outcome}, ms=round(result.ms, 2)
        )
    for second, answered in enumerate(whole):
        yield Record(f"second {second}", (f"second {second}",), part="second", values={"answered": float(answered)})


def _questions(path: Path | None) -> list[str]:
    """Return the questions. Raises SourceError."""
    place = path or Path(str(files("evals").joinpath("data/samples.jsonl")))
    rows = read_jsonl(place)
    found = [row["question"] for row in rows if isinstance(row.get("question"), str) and row["question"].strip()]
    if not found:
        raise SourceError(f'{place}: no question in it. A line is such as {{"question": "Who left the port?"}}.')
    return found


@dataclass(frozen=True, slots=True)
class _Result:
    question: str
    outcome: str
    ms: float
    ended: float  # seconds from the start


async def _asked(load: Load, questions: Sequence[str]) -> list[_Result]:
    """Let every user ask until the time is over. Raises SettingsError where nobody can."""
    import httpx

    headers = {"Authorization": f"Bearer {load.token}"} if load.token else {}
    most = httpx.Limits(max_connections=load.users, max_keepalive_connections=load.users)
    try:
        client = httpx.AsyncClient(base_url=load.url, headers=headers, timeout=TIMEOUT_S, limits=most, trust_env=False)
        async with client:
            await _check(client, load.url, questions[0])
            results: list[_Result] = []
            started = perf_counter()
            users = (_user(client, load, questions, number, started, results) for number in range(load.users))
            await asyncio.gather(*users)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError) as error:
        raise SettingsError(f"{load.url}: no address of a server ({error}); {WHICH}") from error
    return results


async def _check(client: "httpx.AsyncClient", url: str, question: str) -> None:
    """Ask once, unmeasured. Raises SettingsError where a server is not there, or lets nobody in."""
    import httpx

    try:
        answer = await client.post(ASK, json={"question": question})
    except httpx.TransportError as error:
        if isinstance(error, httpx.UnsupportedProtocol):
            raise
        raise SettingsError(f"{url}: no server answers there ({type(error).__name__}); {WHICH}") from error
    if answer.status_code in (401, 403):
        raise SettingsError(f"{url}: the server wants a token that may read. Give one with --token or ONRECORD_TOKEN.")
    if answer.status_code == 404:
        raise SettingsError(f"{url}: what answers there has no {ASK}; {WHICH}")


async def _user(
    client: "httpx.AsyncClient",
    load: Load,
    questions: Sequence[str],
    number: int,
    started: float,
    results: list[_Result],
) -> None:
    """Ask one question after the other, in an order of one's own."""
    order = random.Random(number)
    while (begun := perf_counter()) - started < load.seconds:
        question = order.choice(questions)
        outcome = await _outcome(client, question)
        now = perf_counter()
        results.append(_Result(question, outcome, (now - begun) * 1e3, now - started))
        if outcome != ANSWERED:
            await asyncio.sleep(REST_S)


async def _outcome(client: "httpx.AsyncClient", question: str) -> str:
    """Return what came of a question: ANSWERED, "failed", a status, or how the connection broke."""
    import httpx

    try:
        answer = await client.post(ASK, json={"question": question})
        if answer.status_code != 200:
            return str(answer.status_code)
        return "failed" if answer.json()["status"] == "failed" else ANSWERED
    except httpx.HTTPError as error:
        return type(error).__name__
    except (ValueError, KeyError, TypeError):
        return "no answer in it"


def _share(name: str, wrong: str | None) -> Measure:
    """Return the share of the requests that came to an outcome; None: to any but an answer."""

    def row(record: Record) -> tuple[float] | None:
        if record.part != "request":
            return None
        outcome = record.labels["outcome"]
        return (float(outcome != ANSWERED if wrong is None else outcome == wrong),)

    return Measure(name, row, better=-1)


def _ms(record: Record) -> tuple[float] | None:
    return (record.ms,) if record.labels.get("outcome") == ANSWERED and record.ms is not None else None


def _answered(record: Record) -> tuple[float] | None:
    return (record.values.get("answered", 0.0),) if record.part == "second" else None


SUITE = load_suite()
