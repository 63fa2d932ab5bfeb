"""What a file is, told by its bytes. The suffix, or a media type that came with it, chooses among plain texts alone.

A kind is written as the suffix that READERS has it under: a PDF called notes.txt is ".pdf". What has no words in it (an
image, a program) is refused by its name, with the way out.
"""

import json
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from corpus.errors import SourceError
from corpus.readers.charsets import opening
from corpus.readers.package import OLE

__all__ = ["TEXTS", "kind_of", "suffix_of"]

HEAD = 65536  # bytes from which a kind is told
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
PARTS = (("word/", ".docx"), ("ppt/", ".pptx"), ("xl/", ".xlsx"))  # below which Office keeps a document's own parts
STREAMS = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", ".doc"),
    ("PowerPoint Document", ".ppt"),
    ("Workbook", ".xls"),
    ("Book", ".xls"),
    ("__properties_version1.0", ".msg"),
)
MIMETYPES = {
    "application/epub+zip": ".epub",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.text-template": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
}
# Suffixes that choose among texts, and the media types that do.
TEXTS = frozenset(".txt .md .rst .csv .tsv .html .mhtml .eml .mbox .srt .vtt .json .jsonl".split())
ALSO_CALLED = {
    ".text": ".txt",
    ".markdown": ".md",
    ".tab": ".tsv",
    ".htm": ".html",
    ".xhtml": ".html",
    ".mht": ".mhtml",
    ".ndjson": ".jsonl",
}
MEDIA_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-rst": ".rst",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "message/rfc822": ".eml",
    "application/mbox": ".mbox",
    "multipart/related": ".mhtml",
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
}
PROGRAMS = frozenset(
    ".bat .c .cc .cfg .cpp .cs .css .go .h .hpp .ini .java .js .jsx .kt .less .lock .mjs .php .pl .ps1 .py .r .rb .rs .scss "
    ".sh .sql .swift .toml .ts .tsx .vue .yaml .yml".split()
)

HTML = re.compile(
    r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
PIECE = re.compile(
    r"<(article|main|section|div|p|h[1-6]|table|ul|ol|title|meta)\b[^>]*>.*</\w+>", re.IGNORECASE | re.DOTALL
)
XML = re.compile(r"<\?xml\b|<!doctype\s+(?!html)\w|<(?:rss|feed|svg)\b", re.IGNORECASE)
SVG = re.compile(r"<svg\b", re.IGNORECASE)
FEED = re.compile(r"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?:[ \t].*)?(?:\n[ \t]+\S.*)*(?:\n|\Z)")
MBOX = re.compile(r"From \S+ .*\d{1,2}:\d{2}.*\n(?=[A-Za-z][A-Za-z0-9-]*:)")
MAIL_MARKS = {"message-id", "mime-version", "received", "return-path", "delivered-to", "dkim-signature"}
SAVED_PAGE = re.compile(r"^(?:From: <Saved by |Snapshot-Content-Location:)", re.MULTILINE)
RELATED = re.compile(r"^Content-Type:\s*multipart/related", re.MULTILINE | re.IGNORECASE)
SRT = re.compile(r"\d+[ \t]*\n[ \t]*(?:\d+:)?\d{1,2}:\d{2}[,.]\d{1,3}[ \t]*-->")
VTT = re.compile(r"WEBVTT(?:[ \t\n]|\Z)")


def kind_of(path: Path, name: str, media_type: str | None = None) -> str:
    """Return the kind of a file called `name` (a path or an address). Raises SourceError naming a kind that has no reader."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    suffix = ALSO_CALLED.get(suffix_of(name), suffix_of(name))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"%PDF-") or (suffix == ".pdf" and b"%PDF-" in head[:1024]):
        return ".pdf"
    if start.startswith(b"{\\rtf"):
        return ".rtf"
    if head.startswith(OLE):
        return _ole_kind(path)
    if head.startswith(ZIP):
        return _zip_kind(path)
    text = opening(head)
    if text is None or text.startswith("%!PS"):
        raise _no_words(path, head)
    return _text_kind(path, text, suffix, (media_type or "").partition(";")[0].strip().lower())


def suffix_of(name: str) -> str:
    """Return the suffix of a path or an address, in small letters, its dot included; "" where there is none."""
    if "://" in name:
        parts = urlsplit(name)
        return (PurePosixPath(unquote(parts.fragment)).suffix or PurePosixPath(unquote(parts.path)).suffix).lower()
    return PurePosixPath(name).suffix.lower()


def _text_kind(path: Path, text: str, suffix: str, media_type: str) -> str:
    """Return the kind of a text that opens so: by its marks, else as it is called."""
    marked = _marked(text, suffix) or _json_kind(path, text, suffix)
    if marked is not None:
        return marked
    if XML.match(text):
        raise _no_prose(path, text)
    if media_type in MEDIA_TYPES:
        return MEDIA_TYPES[media_type]
    if suffix in PROGRAMS and not media_type:
        raise SourceError(
            f"{path}: program code and settings ({suffix}) are not read. Rename it to .txt if its words are wanted."
        )
    return suffix if suffix in TEXTS else ".txt"


def _marked(text: str, suffix: str) -> str | None:
    """Return the kind of a text whose opening leaves no doubt, else None."""
    if HTML.match(text) or (suffix != ".md" and PIECE.match(text)):
        return ".html"
    if VTT.match(text):
        return ".vtt"
    if SRT.match(text):
        return ".srt"
    if MBOX.match(text):
        return ".eml" if suffix == ".eml" and len(MBOX.findall(text)) == 1 else ".mbox"
    names = _header_names(text)
    if names and RELATED.search(text) and (SAVED_PAGE.search(text) or suffix == ".mhtml"):
        return ".mhtml"
    if names & MAIL_MARKS and len(names) > 1 and ("from" in names or "subject" in names or len(names & MAIL_MARKS) > 1):
        return ".eml"
    return None


def _header_names(text: str) -> set[str]:
    """Return the names, in small letters, of the header lines that a text opens with, a blank line after them."""
    names, at = set(), 0
    while match := HEADER.match(text, at):
        names.add(match.group(1).lower())
        at = match.end()
    return names if at >= len(text) or text[at] == "\n" else set()


def _json_kind(path: Path, text: str, suffix: str) -> str | None:
    """Return ".json" or ".jsonl" for what is JSON; a text that only opens like it is None."""
    if not text.startswith(("{", "[")):
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    if text.startswith("{") and len(lines) > 1 and _is_json(lines[0]):
        return ".jsonl"
    if suffix in (".json", ".jsonl"):
        return suffix
    return ".json" if _is_json(path.read_bytes()) else None


def _is_json(text: str | bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _ole_kind(path: Path) -> str:
    """Return the kind of an old Office file or Outlook message, by the streams in it."""
    import olefile  # here, for the few files that need it

    try:
        with olefile.OleFileIO(path) as ole:
            kind = next((kind for stream, kind in STREAMS if ole.exists(stream)), None)
    except (OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(f"{path}: a damaged Office file ({error}). Open it in Office and save it anew.") from error
    if kind == "encrypted":
        raise SourceError(f"{path}: the Office file is encrypted. Save a copy without a password and add that.")
    if kind is None:
        raise SourceError(f"{path}: an OLE file of a program whose files are not read. Save it as PDF or text.")
    return kind


def _zip_kind(path: Path) -> str:
    """Return the kind of what is packed as a zip: a document of parts, else an archive of files."""
    from corpus.readers.package import open_archive  # here, with lxml, for those who have such files

    with open_archive(path) as archive:
        names = archive.names
        declared = archive.read("mimetype", 4096).decode("ascii", "replace").strip() if "mimetype" in names else ""
    if declared.startswith("application/"):
        if declared in MIMETYPES:
            return MIMETYPES[declared]
        raise SourceError(f"{path}: files of type {declared} are not read. Save it as PDF, .docx or .odt.")
    if "[Content_Types].xml" in names:
        for part, kind in PARTS:
            if any(name.startswith(part) for name in names):
                return kind
        raise SourceError(f"{path}: an Office file of a kind that is not read. Save it as PDF or .docx.")
    return ".zip"


def _no_prose(path: Path, text: str) -> SourceError:
    """Return the error for XML, of which there are as many kinds as programs."""
    if SVG.search(text):
        return SourceError(f"{path}: an SVG image has no text to quote. Add its words as a text file.")
    if FEED.search(text):
        return SourceError(f"{path}: a feed. Add its address, and its articles are read: onrecord add ADDRESS.")
    return SourceError(f"{path}: XML data, not a document. Save it as HTML, or as text.")


# Families of media types: what one is called, and the way out.
FAMILIES = {
    "image": ("an image", "Run it through OCR and add the text."),
    "audio": ("a sound recording", "Add a transcript of it: .txt, .srt or .vtt."),
    "video": ("a video", "Add a transcript of it: .txt, .srt or .vtt."),
}
ARCHIVES = frozenset("gz gzip tgz bz2 bzip2 xz 7z rar tar zst lz lzma cab arj lzh z".split())
BETTER_KNOWN_AS = {"JFIF": "JPEG", "JPG": "JPEG", "TIF": "TIFF", "EPSF": "EPS"}


def _no_words(path: Path, head: bytes) -> SourceError:
    """Return the error for binary data, which names what it is and the way out."""
    import puremagic  # here, for the few files that need it

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        found = []
    for match in found:
        suffix = match.extension.rpartition(".")[2]
        if suffix.lower() in ARCHIVES:
            return SourceError(f"{path}: an archive ({suffix}). Unpack it and add the files, or pack them as a zip.")
        what, way_out = FAMILIES.get(match.mime_type.partition("/")[0], ("", ""))
        if what:
            name = BETTER_KNOWN_AS.get(suffix.upper(), suffix.upper())
            return SourceError(f"{path}: {what} ({name}) has no text to read. {way_out}")
    named = f"binary data ({found[0].name.strip()})" if found else "binary data"
    return SourceError(f"{path}: this is {named}, not text. Save it as PDF or text, or leave it out.")
