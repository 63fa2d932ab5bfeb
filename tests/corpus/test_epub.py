"""A book gives its chapters in order, and what it states of itself."""

import zipfile
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers.epub import read_epub
from corpus.types import Extract

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
)
DOCTYPE = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/x.dtd">\n'
METADATA = (
    "<dc:title>Grain leaves</dc:title><dc:creator>Jane Doe</dc:creator><dc:creator>Unknown</dc:creator>"
    "<dc:publisher>Harbour Press</dc:publisher><dc:language>en-GB</dc:language>"
    '<dc:date opf:event="conversion">2023-02-26T09:19:44</dc:date><dc:date opf:event="publication">2019-08-23</dc:date>'
)
NCX = (
    '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/ncx.dtd">'
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>The last ship</text></navLabel>'
    '<content src="b%20c.xhtml#x"/></navPoint></navMap></ncx>'
)


def page(body: str) -> str:
    head = "<head><title/><style>p {}</style></head>"
    return f'{DOCTYPE}<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">{head}<body>{body}</body></html>'


def book(path: Path, pages: dict[str, str], metadata: str = METADATA, **others: str) -> Path:
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:opf="http://www.idpf.org/2007/opf" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>{metadata}</metadata><manifest>{items}'
        f'<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest><spine>{spine}{spine}</spine></package>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/content.opf", opf)
        archive.writestr("OEBPS/toc.ncx", NCX)
        for name, text in pages.items():
            archive.writestr("OEBPS/" + name.replace("%20", " "), text)
        for name, text in others.items():
            archive.writestr(f"META-INF/{name}.xml", text)
    return path


def one(path: Path) -> Extract:
    (extract,) = read_epub(path)
    return extract


def test_chapters_come_in_order_under_their_headings_or_their_names(tmp_path: Path) -> None:
    found = one(
        book(
            tmp_path / "a.epub",
            {
                "z.xhtml": page("<h1>The <i>first</i><br/>ship</h1><div>Loose words<p>It sailed.</p>and more</div>"),
                "b%20c.xhtml": page("<p>Nobody&nbsp;knew&hellip;</p>"),
            },
        )
    )
    assert found.text.split("\n\n") == [
        "The first ship",
        "Loose words",
        "It sailed.",
        "and more",
        "The last ship",
        "Nobody knew…",
    ]
    assert [found.text[slice(*span)] for span in found.headings] == ["The first ship", "The last ship"]
    assert (found.title, found.authors, found.outlet) == ("Grain leaves", ("Jane Doe",), "Harbour Press")
    assert (found.published, found.updated, found.language) == ("2019-08-23", None, "en-GB")


def test_what_a_reader_would_not_quote_is_left_out(tmp_path: Path) -> None:
    body = (
        '<p>It sailed<a epub:type="noteref" href="#n1">1</a> at <span epub:type="pagebreak" title="7">7</span>dawn.'
        "<script>alert(1)</script></p><p><ruby>東<rt>ひがし</rt></ruby> is east.</p><!-- not said -->"
        "<table><tr><th>Port</th><th>Ships</th></tr><tr><td>Odessa</td><td>33</td></tr></table><ul><li>one</li><li>two</li></ul>"
    )
    found = one(book(tmp_path / "a.epub", {"a.xhtml": page(body)}))
    assert found.text.split("\n\n") == ["It sailed at dawn.", "東 is east.", "Port: Odessa; Ships: 33", "one", "two"]


def test_a_page_that_is_not_well_formed_is_read(tmp_path: Path) -> None:
    found = one(book(tmp_path / "a.epub", {"a.xhtml": page("<p>One<p>Two <b>three</p><br>four & five")}))
    assert found.text.split("\n\n") == ["One", "Two three", "four & five"]


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("<dc:date>2019</dc:date>", "2019"),
        ('<dc:date opf:event="modification">2020-01-01</dc:date>', None),
        ("<dc:date>August 2019</dc:date>", None),
        ("", None),
    ],
)
def test_only_a_stated_day_of_publication_is_one(tmp_path: Path, stated: str, published: str | None) -> None:
    found = one(book(tmp_path / "book.epub", {"a.xhtml": page("<p>Words.</p>")}, stated))
    assert (found.published, found.title) == (published, "book")


@pytest.mark.parametrize(
    ("method", "refused"),
    [("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True), ("http://www.idpf.org/2008/embedding", False)],
)
def test_a_book_with_drm_is_told_and_one_with_hidden_fonts_read(tmp_path: Path, method: str, refused: bool) -> None:
    encryption = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
        f'<enc:EncryptedData><enc:EncryptionMethod Algorithm="{method}"/><enc:CipherData>'
        '<enc:CipherReference URI="OEBPS/a.xhtml"/></enc:CipherData></enc:EncryptedData></encryption>'
    )
    path = book(tmp_path / "a.epub", {"a.xhtml": page("<p>Words.</p>")}, encryption=encryption)
    if refused:
        with pytest.raises(SourceError, match=r"encrypted \(DRM\)"):
            one(path)
    else:
        assert one(path).text == "Words."


def test_a_page_that_declares_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><html><body>&b;</body></html>'
    with pytest.raises(SourceError, match=r"a\.xhtml in it declares entities"):
        one(book(tmp_path / "a.epub", {"a.xhtml": bomb}))


def test_a_book_without_its_list_is_damaged(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        archive.writestr("META-INF/container.xml", CONTAINER)
    with pytest.raises(SourceError, match="no list of its chapters"):
        one(tmp_path / "a.epub")
