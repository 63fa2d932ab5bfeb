"""Server-sent events (WHATWG HTML): an answer or a job told as it comes."""

import json
from typing import Any

__all__ = ["AS_IT_COMES", "EVENTS", "as_event"]

EVENTS = "text/event-stream"
AS_IT_COMES = {"X-Accel-Buffering": "no"}  # else nginx holds events back


def as_event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    """Return an event as it is sent; whoever takes events up again names the last one's number."""
    id = f"id: {number}\n" if number else ""
    return f"{id}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
