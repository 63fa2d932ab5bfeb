"""EPUB: the chapters in the order of the book's spine, each under its heading, else under its name in the table of contents.

Title, authors, publisher, language and the date of publication are the book's own. The table of contents itself is left
out. A book whose pages are encrypted (DRM) is told.
"""

import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from corpus.errors import SourceError
from corpus.readers.blocks import joined, one_line
from corpus.readers.charsets import decode
from corpus.readers.members import cleaned
from corpus.readers.metadata import iso_date
from corpus.readers.ooxml import NO_AUTHOR, NO_TITLE
from corpus.readers.package import Archive, open_archive
from corpus.readers.xhtml import page_blocks, page_root
from corpus.types import Extract

__all__ = ["read_epub"]

OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # fonts made unreadable; no words
PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
NCX = "application/x-dtbncx+xml"
MAX_CHARACTERS = 30_000_000  # of a book's text
EVENTS = ("publication", "original-publication", None)  # of a dc:date; others are of the file


def read_epub(path: Path) -> Iterator[Extract]:
    """Yield the book as one extract. Raises SourceError if it is encrypted or damaged, or no book."""
    with open_archive(path) as archive:
        place = _package(archive)
        package = archive.xml(place)
        items = {item.get("id"): item for item in package.iter(OPF + "item")}
        spine = list(dict.fromkeys(items.get(ref.get("idref")) for ref in package.iter(OPF + "itemref")))
        chapters = [_at(place, item) for item in spine if item is not None and _is_chapter(item)]
        _refuse_encrypted(archive, chapters)
        names = _names_of_chapters(archive, place, items)
        blocks: list[tuple[str, bool]] = []
        for chapter in chapters:
            if chapter in archive:
                blocks += _chapter(archive, chapter, names.get(chapter))
            if sum(len(text) for text, _ in blocks) > MAX_CHARACTERS:
                raise SourceError(
                    f"{path}: its text has over {MAX_CHARACTERS:,} characters. Split it and add the parts."
                )
        stated = _stated(package)
    text, headings = joined(blocks)
    yield Extract(text=text, media_type="application/epub+zip", headings=headings, **({"title": path.stem} | stated))


def _package(archive: Archive) -> str:
    """Return the name of the part that lists all others."""
    for root in archive.xml(CONTAINER).iter("{*}rootfile"):
        if root.get("full-path") in archive:
            return str(root.get("full-path"))
    raise SourceError(f"{archive.path}: it is damaged: no list of its chapters. Save the book anew.")


def _at(place: str, item: Any) -> str:
    """Return the name of the member that an item of the package at `place` points to."""
    href = unquote(str(item.get("href", "")).partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), href))


def _is_chapter(item: Any) -> bool:
    return item.get("media-type") in PAGES and "nav" not in str(item.get("properties", "")).split()


def _refuse_encrypted(archive: Archive, chapters: list[str]) -> None:
    if ENCRYPTION not in archive:
        return
    for data in archive.xml(ENCRYPTION).iter("{*}EncryptedData"):
        method = data.find("{*}EncryptionMethod")
        if method is not None and method.get("Algorithm") in FONTS:
            continue
        if any(unquote(str(part.get("URI"))) in chapters for part in data.iter("{*}CipherReference")):
            raise SourceError(
                f"{archive.path}: the book is encrypted (DRM). Add a copy of it without, if you may have one."
            )


def _chapter(archive: Archive, name: str, called: str | None) -> list[tuple[str, bool]]:
    """Return a chapter's blocks; one without a heading gets what the table of contents calls it."""
    where = f"{archive.path}: {cleaned(name)} in it"
    blocks = list(page_blocks(page_root(decode(archive.read(name), archive.path), where)))
    if called is None or not blocks or any(heads for _, heads in blocks):
        return blocks
    if blocks[0][0].casefold() == called.casefold():
        return [(blocks[0][0], True), *blocks[1:]]
    return [(called, True), *blocks]


def _names_of_chapters(archive: Archive, place: str, items: dict[Any, Any]) -> dict[str, str]:
    """Return what the table of contents calls each member: the first name that points to it."""
    names: dict[str, str] = {}
    for item in items.values():
        is_nav = "nav" in str(item.get("properties", "")).split()
        name = _at(place, item)
        if name not in archive or not (is_nav or item.get("media-type") == NCX):
            continue
        root = page_root(decode(archive.read(name), archive.path), f"{archive.path}: {cleaned(name)} in it")
        for point in root.iter("{*}a") if is_nav else root.iter("{*}navPoint"):
            target = point if is_nav else point.find("{*}content")
            label = point if is_nav else point.find("{*}navLabel")
            href = target.get("href" if is_nav else "src") if target is not None else None
            words = one_line("".join(map(str, label.itertext()))) if label is not None else ""
            if href and words:
                member = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(href.partition("#")[0])))
                names.setdefault(member, words)
    return names


def _stated(package: Any) -> dict[str, Any]:
    """Return the fields of an Extract that the book states of itself."""
    fields: dict[str, Any] = {}
    for field, name in (("title", "title"), ("outlet", "publisher"), ("language", "language")):
        values = [words for element in package.iter(DC + name) if (words := _words(element))]
        if values and values[0].lower() not in NO_TITLE:
            fields[field] = values[0]
    authors = [words for element in package.iter(DC + "creator") if (words := _words(element))]
    fields["authors"] = tuple(dict.fromkeys(name for name in authors if name.lower() not in NO_AUTHOR))
    days = {element.get(OPF + "event"): _words(element) for element in reversed(list(package.iter(DC + "date")))}
    for event in EVENTS:
        if days.get(event):
            try:
                return fields | {"published": iso_date(days[event], "dc:date")}
            except SourceError:
                continue  # a date in words stays unknown: it is no reason to refuse the book
    return fields


def _words(element: Any) -> str:
    return one_line("".join(map(str, element.itertext())))
