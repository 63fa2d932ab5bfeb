"""The description of the API, put right where the framework cannot say what is so.

FastAPI leaves null out of whatever it describes, so examples lose their keys: they are described with NULL in its place.
"""

from typing import TYPE_CHECKING, Any

from ui.api.problems import SCHEMA

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["put_right", "replied", "shown"]

NULL = "\0null"


def shown(example: Any) -> Any:
    """Return an example as it is to be given to FastAPI."""
    return _replaced(example, None, NULL)


def replied(model: type, example: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return how a route describes what it replies where nothing is wrong."""
    return {status: {"model": model, "content": {"application/json": {"example": shown(example)}}}}


def put_right(api: "FastAPI") -> None:
    """Let an application describe itself with the nulls of its examples, and with what its problems refer to."""
    make = api.openapi
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_replaced(make(), NULL, None))
            made["components"]["schemas"]["Problem"] = SCHEMA
        return made

    api.openapi = openapi  # type: ignore[method-assign]


def _replaced(value: Any, old: object, new: object) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(part, old, new) for key, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, old, new) for part in value]
    return new if value == old else value
