"""The body of a request, read strictly: JSON in UTF-8 that every reader understands alike, and nothing else.

Python's own reader takes NaN, the last of two equal keys, and half a surrogate pair, which later cannot be written.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, params
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

__all__ = ["KIND", "JsonRoute", "read_json"]

KIND = re.compile(r"application/([\w.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)
TWICE = "it stands there more than once, so that readers might take different ones"
NOT_JSON = "Send JSON, with Content-Type: application/json."


class JsonRoute(APIRoute):
    """A route whose body, if it has one, is read strictly, and whose parameters stand once each.

    Raises HTTPException 400 for no JSON, 415 for another kind; RequestValidationError for a parameter that stands twice.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        takes_json = self.body_field is not None and not isinstance(self.body_field.field_info, params.Form)

        async def strict(request: Request) -> Response:
            read = _Strict(request.scope, request.receive)
            for name, times in Counter(name for name, _ in read.query_params.multi_items()).items():
                if times > 1:
                    raise RequestValidationError([{"type": "twice", "loc": ("query", name), "msg": TWICE}])
            kind = read.headers.get("content-type", "").strip()
            if takes_json and not KIND.fullmatch(kind) and (kind or await read.body()):
                raise HTTPException(415, NOT_JSON)
            return await handler(read)

        return strict


class _Strict(Request):
    async def json(self) -> Any:
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """Return what a body holds. Raises HTTPException 400 that says what is not as in JSON, and where."""
    try:
        read = json.loads(body.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_object)
        if b"\\u" in body:
            json.dumps(read, ensure_ascii=False).encode()
        return read
    except UnicodeEncodeError as error:
        raise HTTPException(400, "The body is no text: half a surrogate pair stands in it.") from error
    except UnicodeDecodeError as error:
        raise HTTPException(400, f"The body is not in UTF-8: byte {error.start} cannot be read.") from error
    except json.JSONDecodeError as error:
        place = f"at line {error.lineno}, column {error.colno}"
        raise HTTPException(400, f"The body is no JSON: {error.msg} {place}.") from error
    except RecursionError as error:
        raise HTTPException(400, "The body is no JSON that can be read: it is nested too deep.") from error
    except ValueError as error:
        raise HTTPException(400, f"The body is no JSON that can be read: {error}.") from error


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return made
