"""The form in which a document's metadata is stated; of several documents the outlet and more tags.

Only what the reader changed is stated: what stands as it was read follows later versions of the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, cast

from corpus.edits import FIELDS, LISTS, Stated, stated_fields
from corpus.errors import EditError, NotFoundError
from corpus.types import Document
from index.library import Library
from ui.web.naming import count
from ui.web.parts import html

if TYPE_CHECKING:
    import gradio as gr

__all__ = ["Form", "edit_form", "stated"]

LABELS = {
    "title": ("Title", ""),
    "published": ("Published", "2022-08-25, 2022-08 or 2022"),
    "updated": ("Updated", "2022-08-25, 2022-08 or 2022"),
    "authors": ("Authors", "One a line"),
    "outlet": ("Outlet", "Who published it"),
    "tags": ("Tags", "One a line"),
    "language": ("Language", "en, de"),
    "url": ("Address", "https://"),
}
OF_SEVERAL = ("outlet", "tags")
Changes = dict[object, object]


@dataclass(frozen=True, slots=True)
class Form:
    """The parts of the form; `editing` holds the ids and what the fields showed at first."""

    box: "gr.Column"
    head: "gr.HTML"
    fields: "dict[str, gr.Textbox]"
    wrong: "dict[str, gr.HTML]"
    save: "gr.Button"
    cancel: "gr.Button"
    editing: "gr.State"

    @property
    def parts(self) -> list[object]:
        return [self.box, self.head, *self.fields.values(), *self.wrong.values(), self.editing]

    @property
    def inputs(self) -> list[object]:
        return [self.editing, *self.fields.values()]

    def opened(self, library: Library, ids: Sequence[str]) -> Changes:
        """Return the form with what is known of the documents. Raises NotFoundError if one is no longer there."""
        import gradio as gr

        documents = [library.show(id) for id in ids]
        several = len(documents) > 1
        shown = dict.fromkeys(FIELDS, "") if several else _texts(documents[0])
        head = f"Edit {count(len(ids), 'document')}" if several else f"Edit “{documents[0].name}”"
        note = "What is left empty stays as it is." if several else "What you state stands above what the source says."
        changes: Changes = {
            self.box: gr.Column(visible=True),
            self.head: f'<h2>{escape(head)}</h2><p class="quiet">{note}</p>',
            self.editing: (tuple(document.id for document in documents), shown),
        }
        for name, field in self.fields.items():
            label = "Tags to add" if several and name == "tags" else LABELS[name][0]
            changes[field] = gr.Textbox(value=shown[name], visible=not several or name in OF_SEVERAL, label=label)
            changes[self.wrong[name]] = ""
        return changes

    def closed(self) -> Changes:
        """Return the form put away."""
        import gradio as gr

        return {self.box: gr.Column(visible=False), self.editing: ((), {})}

    def saved(self, library: Library, given: Sequence[object]) -> tuple[Changes, str | None]:
        """Write what was changed, and return the form put away with what to say of it; or, with None, what is wrong in it.

        Raises OnRecordError if it cannot be written.
        """
        ids, before = cast(tuple[tuple[str, ...], dict[str, str]], given[0])
        texts = {name: str(text or "") for name, text in zip(FIELDS, given[1:], strict=True)}
        fields, errors = stated({name: text for name, text in texts.items() if text != before.get(name)})
        if errors:
            return {part: _error(errors.get(name)) for name, part in self.wrong.items()}, None
        if not fields or not ids:
            return self.closed(), "Nothing was changed."
        done = _write(library, ids, fields)
        return self.closed(), f"Saved. {done}"


def edit_form() -> Form:
    """Put the form together, not shown yet."""
    import gradio as gr

    with gr.Column(visible=False, elem_id="edit") as box:
        head = html("edit-head")
        fields, wrong = {}, {}
        for name, (label, hint) in LABELS.items():
            lines = 3 if name in LISTS else 1
            fields[name] = gr.Textbox(
                label=label, placeholder=hint, lines=lines, max_lines=6 if name in LISTS else 1, elem_id=f"edit-{name}"
            )
            wrong[name] = html(f"wrong-{name}")
        with gr.Row():
            save = gr.Button("Save", variant="primary", elem_id="save")
            cancel = gr.Button("Cancel", elem_id="cancel")
    return Form(box, head, fields, wrong, save, cancel, gr.State(((), {})))


def _texts(document: Document) -> dict[str, str]:
    """Return what is known of a document as the form's texts."""
    values = {name: getattr(document, name) for name in FIELDS}
    return {name: "\n".join(value) if name in LISTS else value or "" for name, value in values.items()}


def stated(texts: dict[str, str]) -> tuple[Stated, dict[str, str]]:
    """Return the fields that are well stated, and what is wrong with the others."""
    fields: Stated = {}
    errors: dict[str, str] = {}
    for name, text in texts.items():
        try:
            fields |= stated_fields({name: text.split("\n") if name in LISTS else text})
        except EditError as error:
            errors[name] = str(error).partition(": ")[2]
    return fields, errors


def _error(told: str | None) -> str:
    return f'<p class="wrong" role="alert">{escape(told)}</p>' if told else ""


def _write(library: Library, ids: Sequence[str], fields: Stated) -> str:
    """Edit one document; or several, to which tags are added. One that was removed meanwhile is passed over and told of."""
    if len(ids) == 1:
        return f"“{library.edit(ids[0], fields).name}” is up to date."
    gone = 0
    with library.held("editing documents"):
        for id in ids:
            try:
                tags = library.show(id).tags
                library.edit(
                    id, fields | ({"tags": [*dict.fromkeys((*tags, *fields["tags"]))]} if "tags" in fields else {})
                )
            except NotFoundError:
                gone += 1
    lost = f" {count(gone, 'document')} had been removed meanwhile." if gone else ""
    return f"{count(len(ids) - gone, 'document')} changed.{lost}"
