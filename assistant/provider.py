"""Ask an OpenAI-compatible provider over HTTP: a request, tried again where that may help, and what a refusal says.

Plain httpx: importing LlamaIndex's class for this takes 2 s, httpx 0.1 s (docs/design.md, Writing).
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from assistant.line import Line
from corpus.errors import ModelError

__all__ = ["Body", "Endpoint", "listed", "nonsense", "opened", "said"]

ATTEMPTS = 4
BACKOFF_S = 0.5  # before the second attempt; doubled before each further one
LONGEST_WAIT_S = 20.0  # a server that asks for more patience (Retry-After) is given up
RETRIED = frozenset({429, 500, 502, 503})
CONNECT_S = 10.0
TOLD = 2_000  # bytes of an error's page that are read for its message

Body = Mapping[str, object]  # of a request, JSON


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind an OpenAI-compatible address. `timeout_s` is its longest silence."""

    url: str
    model: str
    timeout_s: float
    max_tokens: int
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Later:
    """Why an attempt failed, and after how many seconds the server wants another, if it says."""

    problem: ModelError
    wait_s: float | None = None


def listed(target: Endpoint) -> list[str]:
    """Return the names of the models that the endpoint offers. Raises ModelError."""
    with opened(target, "GET", "models") as response:
        try:
            return sorted(str(row["id"]) for row in json.loads(response.read())["data"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ModelError("model_nonsense", f"{target.url}: its list of models cannot be read.") from error


def _client(target: Endpoint, line: Line | None) -> httpx.Client:
    host = urlsplit(target.url).hostname
    headers = {"Authorization": f"Bearer {target.key}"} if target.key else {}
    # Redirects are not followed: a key goes to the address that the user named, and to no other. A proxy that the
    # environment names is for the world outside, not for a model on this machine.
    return httpx.Client(
        headers=headers,
        timeout=httpx.Timeout(target.timeout_s, connect=min(CONNECT_S, target.timeout_s)),
        trust_env=host not in ("127.0.0.1", "::1", "localhost"),
        event_hooks={"request": [line.hold]} if line else {},
    )


@contextmanager
def opened(
    target: Endpoint, method: str, path: str, body: Body | None = None, line: Line | None = None
) -> Iterator[httpx.Response]:
    """Give the response to a request once its status is 200, and close the connection after. Raises ModelError.

    It is made on `line`, if there is one, which can be hung up from another thread.
    """
    try:
        with _client(target, line) as client, _response(client, target, method, path, body) as response:
            yield response
    except httpx.TimeoutException as error:
        raise _silent(target) from error
    except httpx.HTTPError as error:
        raise ModelError("model_cut_off", f"{target.url} broke off in the middle of its answer.") from error


@contextmanager
def _response(
    client: httpx.Client, target: Endpoint, method: str, path: str, body: Body | None
) -> Iterator[httpx.Response]:
    """Give the first response with status 200, after ATTEMPTS at most. Raises ModelError."""
    outcome = _attempt(client, target, method, path, body)
    for attempt in range(ATTEMPTS - 1):
        if isinstance(outcome, httpx.Response):
            break
        wait_s = BACKOFF_S * 2**attempt if outcome.wait_s is None else outcome.wait_s
        if wait_s > LONGEST_WAIT_S:
            break
        time.sleep(wait_s)
        outcome = _attempt(client, target, method, path, body)
    if not isinstance(outcome, httpx.Response):
        raise outcome.problem
    try:
        yield outcome
    finally:
        outcome.close()


def _attempt(
    client: httpx.Client, target: Endpoint, method: str, path: str, body: Body | None
) -> "httpx.Response | _Later":
    """Return the response, or what went wrong where another attempt may help. Raises ModelError where none can."""
    try:
        response = client.send(client.build_request(method, f"{target.url}/{path}", json=body), stream=True)
    except (httpx.ConnectError, httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
        return _Later(ModelError("model_unreachable", f"{target.url} cannot be reached: {error}"))
    except httpx.ConnectTimeout as error:
        raise ModelError("model_unreachable", f"{target.url} cannot be reached: nothing answers there") from error
    except httpx.TimeoutException as error:
        raise _silent(target) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelError("model_unreachable", f"{target.url} cannot be asked: {error}") from error
    if response.status_code == 200:
        return response
    told = _told(response)
    if body and (spared := _without_refused(body, response.status_code, told)):
        return _attempt(client, target, method, path, spared)
    problem = _refusal(target, response.status_code, told)
    if response.status_code not in RETRIED:
        raise problem
    return _Later(problem, _retry_after(response))


def _silent(target: Endpoint) -> ModelError:
    return ModelError(
        "model_timeout",
        f"{target.url} was silent for {target.timeout_s:g} seconds. model_timeout_s sets how long it may be.",
    )


def _told(response: httpx.Response) -> str:
    """Return what an error's page says, its first TOLD bytes at most, and close it."""
    page = b""
    try:
        for part in response.iter_bytes():
            page += part
            if len(page) >= TOLD:
                break
    except httpx.HTTPError:
        pass  # the status says enough
    finally:
        response.close()
    return page[:TOLD].decode("utf-8", "replace")


def _without_refused(body: Body, status: int, told: str) -> Body | None:
    """Return the request without what the server says it does not know; None where it names nothing to be spared."""
    if status not in (400, 422):
        return None
    if "max_tokens" in body and "max_completion_tokens" in told:
        return {key: value for key, value in body.items() if key != "max_tokens"} | {
            "max_completion_tokens": body["max_tokens"]
        }
    named = next((name for name in ("stream_options", "temperature") if name in body and name in told), None)
    return {key: value for key, value in body.items() if key != named} if named else None


def _refusal(target: Endpoint, status: int, told: str) -> ModelError:
    """Return the error for a status, with what the server says of it and what can be done."""
    message = said(told)
    if target.key:
        message = message.replace(target.key, "***")
    says = f" It says: {message}" if message else ""
    if status in (401, 403):
        problem = (
            "refuses the key. Is model_key (ONRECORD_MODEL_KEY) right?" if target.key else "wants a key: model_key."
        )
        return ModelError("model_refused", f"{target.url} {problem}{says}")
    if status == 404:
        problem = f"has no model {target.model!r}, or is not the address of an OpenAI-compatible API (many end in /v1)."
        return ModelError("model_refused", f"{target.url} {problem}{says}")
    code = "model_overloaded" if status in RETRIED else "model_refused"
    return ModelError(code, f"{target.url} answers with the error {status}.{says}")


def said(told: str) -> str:
    """Return the message of an OpenAI-style error, in one line; empty where there is none, as in a page of HTML."""
    try:
        found = json.loads(told)
        found = found.get("error", found) if isinstance(found, dict) else ""
        found = found.get("message", "") if isinstance(found, dict) else found
    except (ValueError, RecursionError):
        return ""
    words = " ".join("".join(c if c.isprintable() else " " for c in str(found)).split())
    return words[:300]


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that the server asks to wait; None where it names none, or a date."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None


def nonsense(target: Endpoint, what: str) -> ModelError:
    """Return the error for an answer that is not what the protocol has."""
    return ModelError(
        "model_nonsense",
        f"{target.url} answers with {what}. Is it the address of an OpenAI-compatible API? Many end in /v1.",
    )
