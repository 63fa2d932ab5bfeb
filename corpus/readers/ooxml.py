"""What an Office file (docx, pptx, xlsx) says of itself: title, authors, and the publication date if it is stated as such.

The days on which it was created and saved say nothing of when it was published, so they are not taken. A custom
property does that ("Publication date", "Published"), as the dialog "Advanced properties" of Office sets it.
"""

from typing import Any

from corpus.errors import SourceError
from corpus.readers.blocks import one_line
from corpus.readers.metadata import iso_date, names
from corpus.readers.package import Archive

__all__ = ["BROKEN", "NO_AUTHOR", "NO_TITLE", "stated_fields"]

# What the libraries for these files raise on parts that are missing or not what they seem; lxml's is a SyntaxError.
BROKEN = (SyntaxError, LookupError, ValueError, AttributeError, TypeError, NotImplementedError, AssertionError)

CORE = "docProps/core.xml"
CUSTOM = "docProps/custom.xml"
PUBLISHED = ("published", "publication date", "date published", "publicationdate")
OUTLET = ("outlet", "publisher")
# What programs write where nobody has named an author or a title.
NO_AUTHOR = (
    "python-docx",
    "python-pptx",
    "openpyxl",
    "xlsxwriter",
    "microsoft office user",
    "user",
    "unknown",
    "admin",
    "author",
)
NO_TITLE = (
    "powerpoint presentation",
    "word document",
    "microsoft word",
    "document",
    "presentation",
    "untitled",
    "untitled document",
    "title",
)


def stated_fields(archive: Archive) -> dict[str, Any]:
    """Return the fields of an Extract (title, authors, published, outlet) that the file's properties state."""
    core = _core(archive)
    fields: dict[str, Any] = {}
    title = core.get("title", "")
    if title and title.lower() not in NO_TITLE and not title.lower().startswith(("microsoft word - ", "slide 1")):
        fields["title"] = title
    authors = tuple(name for name in names(core.get("creator", "").split(";")) if name.lower() not in NO_AUTHOR)
    if authors:
        fields["authors"] = authors
    return fields | _custom(archive)


def _core(archive: Archive) -> dict[str, str]:
    if CORE not in archive:
        return {}
    return {_local(child): one_line(child.text or "") for child in archive.xml(CORE) if isinstance(child.tag, str)}


def _custom(archive: Archive) -> dict[str, Any]:
    if CUSTOM not in archive:
        return {}
    fields = {}
    for stated in archive.xml(CUSTOM):
        name = str(stated.get("name", "")).strip().lower()
        value = one_line("".join(str(text) for text in stated.itertext()))
        if name in OUTLET and value:
            fields["outlet"] = value
        elif name in PUBLISHED:
            try:
                fields["published"] = iso_date(value, CUSTOM)
            except SourceError:
                continue  # a date in words stays unknown: a property is no reason to refuse the file
    return fields


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
