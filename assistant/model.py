"""Let a language model write: one chat completion of the OpenAI protocol, streamed, bounded in time, tokens and bytes.

Left out on purpose: tools. A model that answers can do nothing but write.
"""

import json
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import httpx

from assistant.line import Line, beating
from assistant.provider import Body, Endpoint, nonsense, opened, said
from corpus.errors import ModelError
from corpus.segment import count_tokens

__all__ = ["Message", "TokenCounts", "stream"]

WHOLE = 5  # an answer may take this many times the longest silence
SLACK = 2  # tokens are counted by another tokenizer than the model's: it is stopped at this many times its limit
BYTES_A_TOKEN = 4_000  # of the stream, in the mean; far more than any server sends
LONGEST_LINE = 1_000_000  # bytes

Message = Mapping[str, str]  # "role" and "content"


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """The tokens of a call, as the provider counts them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class _Event:
    """What one event of the stream brings."""

    text: str = ""
    finish: str | None = None
    usage: TokenCounts | None = None


def stream(target: Endpoint, messages: Sequence[Message]) -> Generator[str | TokenCounts | None, None, None]:
    """Yield what the model writes, piece by piece, and at the end its token counts where the provider tells them.

    None is yielded some times a second, whatever the model does. Closing the iterator hangs up, on which the provider stops.
    Raises ModelError, also where the answer does not come to its end.
    """
    line = Line()
    with closing(beating(_pieces(target, messages, line), line)) as pieces:
        yield from pieces


def _pieces(target: Endpoint, messages: Sequence[Message], line: Line) -> Generator[str | TokenCounts, None, None]:
    body: Body = {
        "model": target.model,
        "messages": list(messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
        "max_tokens": target.max_tokens,
    }
    with opened(target, "POST", "chat/completions", body, line) as response:
        tokens, finish = 0, None
        for event in _events(response, target):
            finish = event.finish or finish
            tokens += count_tokens(event.text)
            if tokens > SLACK * target.max_tokens:
                raise _endless(target)
            if event.text:
                yield event.text
            if event.usage:
                yield event.usage
        _check_end(target, finish)


def _check_end(target: Endpoint, finish: str | None) -> None:
    if finish is None:
        raise ModelError("model_cut_off", f"{target.model} broke off in the middle of its answer.")
    if finish == "length":
        raise _endless(target)
    if finish != "stop":
        raise ModelError("model_refused", f"{target.model} ended its answer for another reason: {finish[:40]!r}.")


def _endless(target: Endpoint) -> ModelError:
    return ModelError(
        "model_endless",
        f"{target.model} did not come to an end within {target.max_tokens:,} tokens. model_max_tokens sets how many.",
    )


def _events(response: httpx.Response, target: Endpoint) -> Iterator[_Event]:
    """Yield the events of a stream until its [DONE], or its end. Raises ModelError for what is no such stream."""
    if "html" in response.headers.get("content-type", ""):
        raise nonsense(target, "a page of HTML")
    seen = False
    for line in _lines(response, target):
        if not line.startswith("data:"):
            if line.startswith("{"):
                raise nonsense(target, said(line) or "JSON that is no stream")
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        seen = True
        yield _event(data, target)
    if not seen:
        raise nonsense(target, "nothing that is a stream of events")


def _lines(response: httpx.Response, target: Endpoint) -> Iterator[str]:
    """Yield the lines of a response, bounded in time and bytes."""
    ends = time.monotonic() + WHOLE * target.timeout_s
    most = BYTES_A_TOKEN * SLACK * target.max_tokens
    size, rest = 0, b""
    for part in response.iter_bytes():
        size += len(part)
        if size > most:
            raise _endless(target)
        if time.monotonic() > ends:
            raise ModelError(
                "model_timeout", f"{target.model} took longer than {WHOLE * target.timeout_s:g} seconds to answer."
            )
        *lines, rest = (rest + part).split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise nonsense(target, "a line without an end")
        yield from (line.decode("utf-8", "replace").strip() for line in lines)
    yield rest.decode("utf-8", "replace").strip()


def _event(data: str, target: Endpoint) -> _Event:
    try:
        event = json.loads(data)
        if event.get("error"):
            says = said(data)
            raise ModelError("model_cut_off", f"{target.model} broke off with an error. It says: {says}")
        usage = event.get("usage") or {}
        counts = (
            TokenCounts(int(usage["prompt_tokens"]), int(usage["completion_tokens"]))
            if "completion_tokens" in usage
            else None
        )
        if not event["choices"]:
            return _Event(usage=counts)
        choice = event["choices"][0]
        text, finish = (choice.get("delta") or {}).get("content") or "", choice.get("finish_reason")
        return _Event(text + "", finish and str(finish), counts)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise nonsense(target, f"an event that cannot be read, {data[:60]!r}") from error
