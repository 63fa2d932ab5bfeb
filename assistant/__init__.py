"""Saying what the sources say: answers whose every sentence is a quotation.

`from assistant import Assistant` is the way in for programs of your own. What it names is imported when it is asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.answer import Answer as Answer
    from assistant.answer import as_json as as_json
    from assistant.assistant import Assistant as Assistant
    from assistant.settings import Settings as Settings
    from corpus.filters import Filters as Filters

__all__ = ["Answer", "Assistant", "Filters", "Settings", "as_json"]

MODULES = {
    "Answer": "assistant.answer",
    "Assistant": "assistant.assistant",
    "Filters": "corpus.filters",
    "Settings": "assistant.settings",
    "as_json": "assistant.answer",
}


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)
