"""The page that shows what changed between two versions of a document, paragraph by paragraph and word by word."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from corpus.difference import Piece, difference
from corpus.types import Document
from ui.web.naming import count, day
from ui.web.source import address, plain_page

__all__ = ["changes_page"]

TAGS = {"new": "ins", "gone": "del"}
NAMES = {"new": "New: ", "gone": "Gone: "}
MOST_SHOWN = 600  # paragraphs that changed


def changes_page(old: Document, new: Document, alone: bool = False) -> str:
    """Return the page of what changed from one version to a later one; paragraphs that stayed are left out but for one on
    either side.
    """
    found: list[list[Piece]] = []
    changed: list[int] = []  # which of them
    for pieces in difference(old.text, new.text):
        changed += [len(found)] if any(piece.kind != "same" for piece in pieces) else []
        found.append(pieces)
        if len(changed) > MOST_SHOWN:
            break
    near = {number + step for number in changed[:MOST_SHOWN] for step in (-1, 0, 1)} & set(range(len(found)))
    parts = []
    for is_shown, run in groupby(enumerate(found), key=lambda one: one[0] in near):
        kept = [pieces for _, pieces in run]
        left_out = f'<p class="quiet">{count(len(kept), "paragraph")} not shown</p>'
        parts.append("".join(map(_paragraph, kept)) if is_shown else left_out)
    back = escape(address(new.id, new.version))
    return plain_page(
        f"What changed: {new.name}",
        f'<p class="back"><a href="{back}">Version {new.version}</a></p><h1>{escape(new.name)}</h1>'
        f'<p class="said">From version {old.version} (added {escape(day(old.added_at[:10]))}) to version {new.version} '
        f'(added {escape(day(new.added_at[:10]))}) · {_told(len(changed))}</p><div class="text changes">{"".join(parts)}</div>',
        alone,
    )


def _told(changed: int) -> str:
    if changed > MOST_SHOWN:
        return f"only the first {count(MOST_SHOWN, 'paragraph')} that changed are shown"
    return f"{count(changed, 'paragraph')} changed" if changed else "their texts are the same, word for word"


def _paragraph(pieces: Sequence[Piece]) -> str:
    return f"<p>{''.join(map(_piece, pieces))}</p>"


def _piece(piece: Piece) -> str:
    """Return a piece; what is new or gone is told by a word for those who do not see its colour."""
    text = escape(piece.text)
    if piece.kind == "same":
        return text
    tag = TAGS[piece.kind]
    return f'<{tag}><span class="unseen">{NAMES[piece.kind]}</span>{text}</{tag}>'
