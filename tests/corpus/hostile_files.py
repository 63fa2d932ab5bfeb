"""Files that somebody hostile might make, each written by a function named for it into a folder that is given."""

import io
import os
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

__all__ = ["MADE"]

Maker = Callable[[Path], Path]
MADE: list[Maker] = []

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 11))
LAUGHING = f'<!DOCTYPE bomb [<!ENTITY l0 "lol">{LAUGHS}]>'
OUTSIDE = '<!DOCTYPE bomb [<!ENTITY l10 SYSTEM "file:///etc/passwd">]>'
QUADRATIC = f'<!DOCTYPE bomb [<!ENTITY l10 "{"ha " * 20_000}">]>'
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPINE = '<itemref idref="a"/>'
PARTS = "http://schemas.openxmlformats.org/package/2006"


def made(maker: Maker) -> Maker:
    MADE.append(maker)
    return maker


def zipped(path: Path, members: dict[str, str | bytes | Iterator[bytes]]) -> Path:
    """Write a zip; a member that is an iterator is written piece by piece."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            if isinstance(content, str | bytes):
                archive.writestr(name, content)
                continue
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in content:
                    member.write(piece)
    return path


def types(part: str, kind: str) -> str:
    return (
        f'<Types xmlns="{PARTS}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
    )


def relation(part: str) -> str:
    return f'<Relationships xmlns="{PARTS}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{part}"/></Relationships>'


def docx(path: Path, body: str | Iterator[bytes], before: str = "") -> Path:
    head, foot = f'{before}<w:document xmlns:w="{WORD}"><w:body>', "</w:body></w:document>"
    document = f"{head}{body}{foot}" if isinstance(body, str) else around(head, body, foot)
    kind = types("word/document.xml", "wordprocessingml.document")
    members = {"[Content_Types].xml": kind, "_rels/.rels": relation("word/document.xml"), "word/document.xml": document}
    return zipped(path, members)


def xlsx(path: Path, rows: str | Iterator[bytes], before: str = "") -> Path:
    head, foot = f'{before}<worksheet xmlns="{SHEET}"><sheetData>', "</sheetData></worksheet>"
    book = f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
    sheet = relation("worksheets/sheet1.xml").replace('officeDocument" T', 'worksheet" T')
    kind = types("xl/workbook.xml", "spreadsheetml.sheet").replace(
        "</Types>",
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    )
    return zipped(
        path,
        {
            "[Content_Types].xml": kind,
            "_rels/.rels": relation("xl/workbook.xml"),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": sheet,
            "xl/worksheets/sheet1.xml": f"{head}{rows}{foot}" if isinstance(rows, str) else around(head, rows, foot),
        },
    )


def odt(path: Path, body: str | Iterator[bytes], before: str = "") -> Path:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    head, foot = (
        f"{before}<office:document-content {spaces}><office:body><office:text>",
        "</office:text></office:body></office:document-content>",
    )
    content = f"{head}{body}{foot}" if isinstance(body, str) else around(head, body, foot)
    return zipped(path, {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def epub(path: Path, body: str | Iterator[bytes], before: str = "", times: int = 1) -> Path:
    head, foot = (
        f'{before}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head><body>',
        "</body></html>",
    )
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<dc:title>T</dc:title></metadata><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        f"<spine>{SPINE * times}</spine></package>"
    )
    chapter = f"{head}{body}{foot}" if isinstance(body, str) else around(head, body, foot)
    return zipped(
        path,
        {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "b.opf": package, "a.xhtml": chapter},
    )


def around(head: str, body: Iterator[bytes], foot: str) -> Iterator[bytes]:
    yield head.encode()
    yield from body
    yield foot.encode()


def swelling(piece: str, size: int = 300 * 2**20) -> Iterator[bytes]:
    """Yield a piece again and again, `size` bytes in all."""
    block = piece.encode() * (2**20 // len(piece))
    for _ in range(size // len(block)):
        yield block


@made
def docx_that_unpacks_to_300_mb(folder: Path) -> Path:
    return docx(folder / "a.docx", swelling("<w:p><w:r><w:t>more and more words</w:t></w:r></w:p>"))


@made
def xlsx_that_unpacks_to_300_mb(folder: Path) -> Path:
    return xlsx(folder / "a.xlsx", swelling('<row><c t="inlineStr"><is><t>words</t></is></c></row>'))


@made
def odt_that_unpacks_to_300_mb(folder: Path) -> Path:
    return odt(folder / "a.odt", swelling("<text:p>more and more words</text:p>"))


@made
def epub_that_unpacks_to_300_mb(folder: Path) -> Path:
    return epub(folder / "a.epub", swelling("<p>more and more words</p>"))


@made
def zip_that_unpacks_to_300_mb(folder: Path) -> Path:
    return zipped(folder / "a.zip", {"a.txt": swelling("more and more words\n")})


@made
def zip_of_zips_that_unpacks_to_a_hundred_gigabytes(folder: Path) -> Path:
    data = b"Words in great number. " * 5000
    for level in range(6):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(10):
                archive.writestr(f"{n}.zip" if level else f"{n}.txt", data)
        data = packed.getvalue()
    (folder / "a.zip").write_bytes(data)
    return folder / "a.zip"


@made
def zip_in_zip_in_zip_a_hundred_times(folder: Path) -> Path:
    data, name = b"At the core, a sentence.", "core.txt"
    for _ in range(100):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, data)
        data, name = packed.getvalue(), "in.zip"
    (folder / "a.zip").write_bytes(data)
    return folder / "a.zip"


@made
def zip_of_a_hundred_thousand_files(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for n in range(100_000):
            archive.writestr(f"{n}.txt", "Words.")
    return folder / "a.zip"


@made
def zip_with_names_that_lead_elsewhere(folder: Path) -> Path:
    evil = [
        "../../evil.txt",
        "/tmp/onrecord-evil.txt",
        "a/../../../evil.txt",
        "..\\evil.txt",
        "new\nline.txt",
        "\x1b[2Jclear.txt",
    ]
    return zipped(
        folder / "a.zip",
        dict.fromkeys([*evil, "n" * 250 + ".txt", "n" * 60_000 + ".txt"], "A sentence that stands here."),
    )


@made
def zip_whose_sizes_lie(folder: Path) -> Path:
    data = bytearray(zipped(folder / "a.zip", {"a.txt": "Words. " * 100_000}).read_bytes())
    for mark, offset in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        data[data.index(mark) + offset :][:4] = data[data.index(mark) + offset : data.index(mark) + offset + 4] = (
            b"\x0a\0\0\0"
        )
    (folder / "a.zip").write_bytes(data)
    return folder / "a.zip"


def _with_entities(name: str, before: str) -> None:
    def word(folder: Path) -> Path:
        return docx(folder / "a.docx", f"<w:p><w:r><w:t>{reference}</w:t></w:r></w:p>", before)

    def sheet(folder: Path) -> Path:
        return xlsx(folder / "a.xlsx", f'<row><c t="inlineStr"><is><t>{reference}</t></is></c></row>', before)

    def text(folder: Path) -> Path:
        return odt(folder / "a.odt", f"<text:p>{reference}</text:p>", before)

    def book(folder: Path) -> Path:
        return epub(folder / "a.epub", f"<p>{reference}</p>", before)

    def page(folder: Path) -> Path:
        (folder / "a.html").write_text(f"{before}<html><body><article><p>{reference}</p></article></body></html>")
        return folder / "a.html"

    def xhtml(folder: Path) -> Path:
        head = '<?xml version="1.0"?>' + before.replace("bomb [", "html [")
        (folder / "a.xhtml").write_text(
            f'{head}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{reference}</p></body></html>'
        )
        return folder / "a.xhtml"

    def feed(folder: Path) -> Path:
        (folder / "a.xml").write_text(
            f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>{reference}</title></channel></rss>'
        )
        return folder / "a.xml"

    reference = "&l10;" * (20_000 if name == "quadratic_entities" else 1)
    for maker in (word, sheet, text, book, page, xhtml, feed):
        maker.__name__ = f"{name}_in_{maker.__name__}"
        made(maker)


_with_entities("a_billion_laughs", LAUGHING)
_with_entities("quadratic_entities", QUADRATIC)
_with_entities("a_file_of_this_machine", OUTSIDE)


@made
def xlsx_whose_one_cell_is_in_the_last_corner(folder: Path) -> Path:
    cell = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>words</t></is></c></row>'
    return xlsx(folder / "a.xlsx", '<row r="1"><c r="A1" t="inlineStr"><is><t>first</t></is></c></row>' + cell)


@made
def odt_whose_cell_is_repeated_a_billion_times(folder: Path) -> Path:
    row = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"><text:p>words</text:p></table:table-cell></table:table-row>'
    return odt(folder / "a.odt", f'<table:table>{row}</table:table><text:p><text:s text:c="2000000000"/>end</text:p>')


@made
def docx_whose_cell_spans_a_billion_columns(folder: Path) -> Path:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="1000000000"/></w:tcPr><w:p><w:r><w:t>words</w:t></w:r></w:p></w:tc>'
    return docx(folder / "a.docx", f"<w:tbl><w:tr>{cell}</w:tr><w:tr>{cell}</w:tr></w:tbl>")


@made
def docx_of_tables_in_tables(folder: Path) -> Path:
    return docx(folder / "a.docx", "<w:tbl><w:tr><w:tc>" * 2000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 2000)


@made
def epub_whose_chapter_comes_a_hundred_thousand_times(folder: Path) -> Path:
    return epub(folder / "a.epub", "<p>Some words of a chapter.</p>" * 100, times=100_000)


def pdf(path: Path, *objects: str | bytes) -> Path:
    """Write a PDF of these objects, the first its catalog, with the table of where they stand."""
    data, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + (content.encode() if isinstance(content, str) else content) + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer <</Size {len(places) + 1} /Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF"
    path.write_bytes(data + end.encode())
    return path


CATALOG = "<</Type /Catalog /Pages 2 0 R>>"
FONTS = "/Resources <</Font <</F <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>"
PAGE = f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R {FONTS}>>"


def stream(content: bytes, more: str = "") -> bytes:
    return f"<</Length {len(content)} {more}>> stream\n".encode() + content + b"\nendstream"


WORDS = stream(b"BT /F 12 Tf 20 200 Td (A sentence stands on this page.) Tj ET")


@made
def pdf_that_claims_a_million_pages(folder: Path) -> Path:
    return pdf(folder / "a.pdf", CATALOG, "<</Type /Pages /Count 1000000 /Kids [3 0 R]>>", PAGE, WORDS)


@made
def pdf_of_one_page_a_million_times(folder: Path) -> Path:
    return pdf(
        folder / "a.pdf", CATALOG, f"<</Type /Pages /Count 1000000 /Kids [{'3 0 R ' * 1_000_000}]>>", PAGE, WORDS
    )


@made
def pdf_whose_tree_branches_to_a_million_pages(folder: Path) -> Path:
    nodes = [
        f"<</Type /Pages /Count {10 ** (6 - n)} /Parent {n + 4} 0 R /Kids [{f'{n + 6 if n < 5 else 3} 0 R ' * 10}]>>"
        for n in range(1, 6)
    ]
    return pdf(
        folder / "a.pdf",
        CATALOG,
        f"<</Type /Pages /Count 1000000 /Kids [{'6 0 R ' * 10}]>>",
        PAGE,
        WORDS,
        "null",
        *nodes,
    )


@made
def pdf_with_a_loop_in_its_page_tree(folder: Path) -> Path:
    node = "<</Type /Pages /Count 1000000 /Parent 2 0 R /Kids [2 0 R 3 0 R 5 0 R]>>"
    return pdf(
        folder / "a.pdf", CATALOG, "<</Type /Pages /Count 1000000 /Kids [5 0 R 2 0 R 3 0 R]>>", PAGE, WORDS, node
    )


@made
def pdf_whose_page_unpacks_to_half_a_gigabyte(folder: Path) -> Path:
    packer = zlib.compressobj(1)
    line = b"BT /F 12 Tf 20 200 Td (A sentence stands on this page.) Tj ET\n" * 16_000
    packed = b"".join(packer.compress(line) for _ in range(500)) + packer.flush()
    twice = zlib.compress(packed)
    return pdf(
        folder / "a.pdf",
        CATALOG,
        "<</Type /Pages /Count 1 /Kids [3 0 R]>>",
        PAGE,
        stream(twice, "/Filter [/FlateDecode /FlateDecode]"),
    )


@made
def pdf_of_lists_in_lists(folder: Path) -> Path:
    deep = "[" * 100_000 + "]" * 100_000
    return pdf(
        folder / "a.pdf",
        f"<</Type /Catalog /Pages 2 0 R /Deep {deep}>>",
        f"<</Type /Pages /Count 1 /Kids [3 0 R] /Deep {deep}>>",
        PAGE,
        WORDS,
    )


def _written(name: str, file: str, content: Callable[[], str | bytes]) -> None:
    def maker(folder: Path) -> Path:
        data = content()
        (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
        return folder / file

    maker.__name__ = name
    made(maker)


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
ALIASES = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'lol'] * 10)}]\n" for n in range(10))
MIME = "MIME-Version: 1.0\nFrom: a@example.org\nSubject: s\n"

for _name, _file, _content in (
    (
        "html_of_a_hundred_thousand_nested_divs",
        "a.html",
        lambda: "<html><body>" + "<div>" * 100_000 + "Some words." + "</div>" * 100_000,
    ),
    ("html_of_nested_divs_with_words_in_each", "a.html", lambda: "<html><body>" + "<div>words " * 20_000),
    ("html_of_nested_tables", "a.html", lambda: "<html><body>" + "<table><tr><td>x" * 20_000),
    ("html_of_open_brackets", "a.html", lambda: "<html><body><p>" + "<" * 200_000),
    ("html_of_open_comments", "a.html", lambda: "<html><body><p>words</p>" + "<!--" * 250_000),
    (
        "html_of_five_thousand_attributes",
        "a.html",
        lambda: "<html><body><p " + " ".join(f"a{n}=1" for n in range(5_000)) + ">words</p>",
    ),
    (
        "html_of_a_million_spaces",
        "a.html",
        lambda: "<html><head><title>" + " " * 1_000_000 + "</title></head><body><p>a" + " " * 1_000_000 + "b</p>",
    ),
    (
        "html_whose_cell_spans_a_billion_columns",
        "a.html",
        lambda: '<html><body><table><tr><td colspan="1000000000" rowspan="1000000000">words</td></tr></table>',
    ),
    (
        "html_with_a_json_of_lists_in_lists",
        "a.html",
        lambda: (
            '<html><head><script type="application/ld+json">'
            + "[" * 100_000
            + "</script></head><body><p>Some words stand here.</p>"
        ),
    ),
    ("html_of_digits_where_dates_are_looked_for", "a.html", lambda: "<html><body><p>" + "2021-01-" * 200_000),
    ("markdown_of_nested_quotations", "a.md", lambda: ">" * 100_000 + " words"),
    ("markdown_of_nested_lists", "a.md", lambda: "".join("  " * n + "- words\n" for n in range(2_000))),
    ("markdown_of_open_brackets", "a.md", lambda: "[" * 100_000),
    ("markdown_of_open_stars", "a.md", lambda: "*a **b " * 50_000),
    ("markdown_of_open_links", "a.md", lambda: "[a](<b" * 50_000),
    ("markdown_of_backticks", "a.md", lambda: "".join("e" + "`" * n for n in range(3_000))),
    ("markdown_of_html_that_never_ends", "a.md", lambda: "a <!A " * 50_000),
    (
        "front_matter_of_aliases_of_aliases",
        "a.md",
        lambda: f"---\n{ALIASES}title: *a9\ntags: *a9\nauthors: *a9\n---\nWords.",
    ),
    ("front_matter_of_lists_in_lists", "a.md", lambda: "---\ntitle: " + "[" * 20_000 + "\n---\nWords."),
    ("front_matter_that_never_ends", "a.md", lambda: "---\n" * 30_000),
    ("csv_of_one_line_of_60_mb", "a.csv", lambda: "a,b\n" + "words," * 10_000_000),
    ("csv_with_a_quotation_that_never_ends", "a.csv", lambda: 'a,b\n"' + "words,\n" * 100_000),
    ("csv_of_a_hundred_thousand_columns", "a.csv", lambda: "\n".join([",".join(f"c{n}" for n in range(100_000))] * 20)),
    ("json_of_lists_in_lists", "a.json", lambda: "[" * 100_000 + "]" * 100_000),
    ("json_of_objects_in_objects", "a.json", lambda: '{"text":' * 100_000 + "1" + "}" * 100_000),
    ("json_of_a_number_of_ten_million_digits", "a.json", lambda: '{"text": "words", "date": ' + "1" * 10_000_000 + "}"),
    ("jsonl_of_lists_in_lists", "a.jsonl", lambda: "[" * 100_000 + "]" * 100_000 + "\n" + '{"text": ' * 100_000),
    ("rtf_of_groups_in_groups", "a.rtf", lambda: "{\\rtf1 " + "{" * 100_000 + "words" + "}" * 100_000 + "}"),
    ("rtf_of_groups_that_never_end", "a.rtf", lambda: "{\\rtf1 words" + "{\\a" * 200_000),
    (
        "rtf_with_a_number_of_a_million_digits",
        "a.rtf",
        lambda: "{\\rtf1 words \\u" + "9" * 1_000_000 + " \\bin99999999999 x}",
    ),
    ("an_image_named_pdf", "a.pdf", lambda: PNG),
    ("an_image_named_docx", "a.docx", lambda: PNG),
    ("an_image_named_txt", "a.txt", lambda: PNG),
    ("random_bytes_named_txt", "a.txt", lambda: random.Random(1).randbytes(2_000_000)),
    (
        "high_letters_of_no_known_character_set",
        "a.txt",
        lambda: bytes(random.Random(1).choices(range(0xA0, 0x100), k=2_000_000)),
    ),
    ("one_word_of_20_mb", "a.txt", lambda: "a" * 20_000_000),
    ("ten_million_empty_lines", "a.txt", lambda: "\n" * 10_000_000 + "words"),
    (
        "mail_of_parts_in_parts",
        "a.eml",
        lambda: (
            MIME
            + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5_000))
            + "\nwords"
        ),
    ),
    ("mail_in_mail_in_mail", "a.eml", lambda: MIME + "Content-Type: message/rfc822\n\n" * 5_000 + "words"),
    ("mail_of_a_hundred_thousand_headers", "a.eml", lambda: MIME + "X-A: =?utf-8?q?=41?=\n" * 100_000 + "\nwords"),
    (
        "mail_with_an_address_of_brackets",
        "a.eml",
        lambda: (
            "From: " + "(" * 100_000 + "\nTo: " + '"' * 99_999 + "\nDate: " + "1 " * 100_000 + "\nSubject: s\n\nwords"
        ),
    ),
    (
        "mbox_of_ten_thousand_empty_mails",
        "a.mbox",
        lambda: "From a@example.org Thu Jan  1 00:00:00 1970\n\n" * 10_000,
    ),
    (
        "subtitles_of_a_million_digits",
        "a.srt",
        lambda: "1\n00:00:00,000 --> " + "0" * 1_000_000 + "\nwords\n\n" + "1\n" * 200_000,
    ),
    ("subtitles_of_open_tags", "a.vtt", lambda: "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "<v " * 200_000),
    ("rst_of_nested_quotations", "a.rst", lambda: "".join(" " * n + "words\n\n" for n in range(2_000))),
    (
        "rst_that_includes_a_file_of_this_machine",
        "a.rst",
        lambda: (
            "Words stand here.\n\n.. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\n.. csv-table:: t\n   :file: /etc/passwd\n"
        ),
    ),
    (
        "rst_of_substitutions_of_substitutions",
        "a.rst",
        lambda: (
            ".. |l0| replace:: lol\n"
            + "".join(f".. |l{n}| replace:: {f'|l{n - 1}| ' * 10}\n" for n in range(1, 5))
            + "\n|l4|\n"
        ),
    ),
):
    _written(_name, _file, _content)


@made
def a_text_of_two_gigabytes(folder: Path) -> Path:
    with (folder / "a.txt").open("wb") as file:
        file.write(b"Words at the start.\n" * 50_000)
        os.truncate(file.fileno(), 2 * 2**30)
    return folder / "a.txt"


@made
def csv_of_one_line_of_200_mb(folder: Path) -> Path:
    with (folder / "a.csv").open("wb") as file:
        for _ in range(200):
            file.write(b"words," * (2**20 // 6))
    return folder / "a.csv"


@made
def a_sidecar_of_lists_in_lists(folder: Path) -> Path:
    (folder / "a.txt").write_text("Words that stand here.")
    (folder / "a.txt.meta.toml").write_text("title = " + "[" * 50_000 + "]" * 50_000)
    return folder / "a.txt"
