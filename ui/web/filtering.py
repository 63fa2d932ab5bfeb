"""What stands above the table of documents: the search and the filters, and what they make of a view."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from corpus.listing import Choices
from corpus.views import Only, View

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["filter_row", "narrowed", "settings"]

NAMES = ("words", "outlet", "kind", "tag", "first", "last", "only")  # of a view, in the order of the parts
ONLY = (
    ("All documents", ""),
    ("Undated", "undated"),
    ("Same story as another", "duplicates"),
    ("With a problem", "problems"),
    ("Removed", "removed"),
)
DATE = "YYYY-MM-DD"


def filter_row() -> "list[gr.components.Component]":
    """Put the parts together; return them in the order that `narrowed` and `settings` have them in."""
    import gradio as gr

    with gr.Column(elem_id="filters"):
        words = gr.Textbox(
            label="Search", placeholder="Title, outlet, author, file or tag", max_lines=1, elem_id="search"
        )
        with gr.Row():
            outlet, kind, tag = (
                gr.Dropdown([], label=label, elem_id=label.lower(), min_width=120, allow_custom_value=True)
                for label in ("Outlet", "Kind", "Tag")
            )
            first, last = (
                gr.Textbox(label=label, placeholder=DATE, max_lines=1, min_width=110) for label in ("From", "To")
            )
            only = gr.Dropdown([*ONLY], value="", label="Show", min_width=150, elem_id="only")
    return [words, outlet, kind, tag, first, last, only]


def narrowed(view: View, given: Sequence[object]) -> View:
    """Return a view limited to what the parts say, on its first page; the same view where they say what it does.

    They come from a browser, so they may be anything.
    """
    texts = {name: value.strip() if isinstance(value, str) else "" for name, value in zip(NAMES, given, strict=True)}
    if texts["only"] not in get_args(Only):
        texts["only"] = ""
    wanted = replace(view, **texts)  # type: ignore[arg-type]
    return view if wanted == view else replace(wanted, story="", page=1)


def settings(view: View, choices: Choices | None) -> "list[gr.components.Component]":
    """Return the parts as they show a view; `choices` where they are to be offered anew."""
    import gradio as gr

    found = []
    for name in NAMES:
        offered = getattr(choices, f"{name}s", None) if choices else None
        value = getattr(view, name)
        if name in ("words", "first", "last"):
            found.append(gr.Textbox(value=value))
        elif offered is not None:
            found.append(gr.Dropdown([("Any", ""), *((each, each) for each in offered)], value=value))
        else:
            found.append(gr.Dropdown(value=value))
    return found
