"""Each format gives its words and what it says of itself; each bad file gives one clear error."""

from pathlib import Path

import pypdfium2
import pytest

from corpus.errors import SourceError
from corpus.folders import files_in
from corpus.readers import read
from corpus.types import Extract

SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"


def one(path: Path) -> Extract:
    (extract,) = read(path)
    assert isinstance(extract, Extract)
    return extract


def test_markdown_loses_its_marks_and_keeps_its_headings(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "---\ntitle: T\ndate: 2022-08\nauthor: A B; C D\ntags: [x, y]\n---\n# Head\n\nSome **bold** [link](http://e).\n\n- one\n- two\n"
    )
    found = one(path)
    assert found.text == "Head\n\nSome bold link.\n\none\n\ntwo"
    assert [found.text[start:end] for start, end in found.headings] == ["Head"]
    assert (found.title, found.published, found.authors, found.tags) == ("T", "2022-08", ("A B", "C D"), ("x", "y"))


def test_a_row_of_a_markdown_table_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("| Year | Ships |\n|---|---|\n| 2022 | 33 |\n")
    assert "Year: 2022; Ships: 33" in one(path).text


def test_html_gives_the_article_without_its_page(articles: Path) -> None:
    found = one(articles / "storm.html")
    assert "sea wall had failed" in found.text
    assert "Imprint" not in found.text
    assert (found.title, found.outlet, found.published) == ("Storm floods the old town", "Harbour Post", "2021-11-20")


def test_html_of_long_ago_keeps_its_date() -> None:
    assert one(SAMPLES / "apollo" / "liftoff-brief.html").published == "1969-07-16"


def test_an_html_page_without_a_date_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><body><article><p>Nothing here says when it was written, on purpose.</p></article></body></html>"
    )
    assert one(path).published is None


def test_a_pdf_gives_paragraphs_page_starts_and_no_running_heads() -> None:
    path = SAMPLES / "negotiations" / "neither-side-ready.pdf"
    found = one(path)
    with pypdfium2.PdfDocument(path) as pdf:
        assert len(found.pages) == len(pdf)
    assert found.pages[0] == 0
    assert list(found.pages) == sorted(found.pages)
    assert (found.outlet, found.published) == ("Sample Review", "2022-08-25")
    assert "\n" not in found.text.replace("\n\n", "")
    assert "Sample Review  2" not in found.text


def test_a_sidecar_sets_what_the_file_cannot_say(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Words of an article.")
    (tmp_path / "a.txt.meta.toml").write_text('title = "T"\npublished = 2022-08-25\noutlet = "O"\n')
    found = one(path)
    assert (found.title, found.published, found.outlet) == ("T", "2022-08-25", "O")
    assert list(files_in([tmp_path])) == [path]


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.srt", "a.vtt"])
def test_front_matter_is_read_in_every_kind_of_text(tmp_path: Path, name: str) -> None:
    bodies = {
        "a.srt": "1\n00:00:01,000 --> 00:00:02,000\nWords.\n",
        "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nWords.\n",
    }
    path = tmp_path / name
    stated = "\ufeff---\ntitle: T\ndate: 2022-08\noutlet: O\nauthors: [A B]\ntags: x\n---\n"
    path.write_text(stated + bodies.get(name, "Words.\n"))
    found = one(path)
    assert (found.title, found.published, found.outlet, found.authors, found.tags) == (
        "T",
        "2022-08",
        "O",
        ("A B",),
        ("x",),
    )
    assert found.text.strip() == "Words."
    path.write_text("---\n: {\n---\nWords.")
    with pytest.raises(SourceError, match="front matter is not valid YAML"):
        list(read(path))


def test_two_rules_in_a_text_are_no_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("---\nA note of the editor\n---\nWords.")
    assert "A note of the editor" in one(path).text


@pytest.mark.parametrize(
    ("stated", "says"),
    [("title = ", "not valid TOML"), ("published = 'x'", "'x' is not a date"), ("\xff", "not valid TOML")],
)
def test_a_bad_sidecar_is_one_clear_error(tmp_path: Path, stated: str, says: str) -> None:
    path = tmp_path / "a.eml"
    path.write_text("From: a@example.org\nMIME-Version: 1.0\n\nWords.")
    (tmp_path / "a.eml.meta.toml").write_bytes(stated.encode("latin-1"))
    with pytest.raises(SourceError, match=says) as error:
        list(read(path))
    assert "a.eml.meta.toml" in str(error.value)


@pytest.mark.parametrize(
    "form", ['{"documents": [%s, {"text": "Two."}]}', '[%s, {"text": "Two."}]', '\ufeff  [\n%s,\n{"text": "Two."}]']
)
def test_json_gives_a_document_for_each_object_in_its_list(tmp_path: Path, form: str) -> None:
    first = '{"id": "x", "text": "One.", "title": "T", "date": "2022-08-25", "authors": ["A"], "url": "https://e.org/1", "outlet": "O", "tags": ["t"], "language": "eng"}'
    path = tmp_path / "a.json"
    path.write_text(form % first)
    found = [each for each in read(path) if isinstance(each, Extract)]
    assert [each.row for each in found] == ["x", "2"]
    f = found[0]
    assert (f.title, f.published, f.authors, f.url, f.outlet, f.tags, f.language) == (
        "T",
        "2022-08-25",
        ("A",),
        "https://e.org/1",
        "O",
        ("t",),
        "en",
    )


def test_json_of_one_document_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"text": "One.", "id": "x"}')
    assert (one(path).row, one(path).title) == (None, "a")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ('{"text": "One."', "not valid JSON"),
        ('{"name": "A"}', 'no "text" in it'),
        ('[{"name": "A"}]', "no documents in it"),
        ("[" * 100_000, "not valid JSON"),
        ("[1, 2]", "no documents in it"),
        ('{"text": "One.", "date": "yesterday"}', "'yesterday' is not a date"),
    ],
)
def test_json_that_holds_no_documents_is_an_error(tmp_path: Path, words: str, says: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(words)
    with pytest.raises(SourceError, match=says):
        list(read(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_character_set_is_detected(tmp_path: Path, encoding: str) -> None:
    words = "Der Präsident sagte, die Brücke über den Fluß sei für Fußgänger geöffnet. " * 5
    path = tmp_path / "a.txt"
    path.write_bytes(words.encode(encoding))
    assert "Präsident sagte, die Brücke" in one(path).text


def test_the_first_line_of_a_text_that_stands_alone_is_its_title(articles: Path) -> None:
    found = one(articles / "bridge.txt")
    assert found.title == "Bridge closed for repairs"
    assert found.text[slice(*found.headings[0])] == found.title


def test_jsonl_gives_a_document_a_line_and_an_error_for_each_bad_one(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(
        '{"_id": "a", "title": "T", "text": "One."}\nnot json\n{"id": 7}\n{"text": "Two.\\u0000", "date": "2022"}\n'
    )
    found = list(read(path))
    assert [f.row for f in found if isinstance(f, Extract)] == ["a", "4"]
    assert [
        f"c.jsonl:{n}" in str(f) for n, f in zip((2, 3), (f for f in found if isinstance(f, SourceError)), strict=True)
    ]
    assert found[-1].text == "Two.\ufffd"  # type: ignore[union-attr]


def bad_files(folder: Path) -> dict[str, Path]:
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(300, 300)
    files = {
        name: folder / name
        for name in ("empty.txt", "binary.txt", "blank.pdf", "broken.pdf", "spaces.txt", "code.py", "big.txt")
    }
    files["empty.txt"].write_bytes(b"")
    files["binary.txt"].write_bytes(bytes(range(256)) * 40)
    pdf.save(files["blank.pdf"])
    files["broken.pdf"].write_bytes(b"%PDF-1.7\nnothing of the kind")
    files["spaces.txt"].write_text(" \n\t\n ")
    files["code.py"].write_text("words = 1")
    with files["big.txt"].open("wb") as file:
        file.write(b"Words of a long text. " * 4000)
        file.truncate(200 * 2**20)
    files["missing.txt"] = folder / "missing.txt"
    return files


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty.txt", "empty"),
        ("binary.txt", "binary data"),
        ("blank.pdf", "OCR"),
        ("broken.pdf", "not a readable PDF"),
        ("spaces.txt", "no text"),
        ("code.py", "program code"),
        ("big.txt", "limit of 100 MB"),
        ("missing.txt", "no such file"),
    ],
)
def test_a_bad_file_gets_an_error_that_names_it_and_says_what_to_do(tmp_path: Path, name: str, says: str) -> None:
    path = bad_files(tmp_path)[name]
    found: list[object] = []
    try:
        found = list(read(path))
    except SourceError as error:
        found = [error]
    assert len(found) == 1
    assert isinstance(found[0], SourceError)
    assert str(path) in str(found[0])
    assert says in str(found[0])


def test_a_date_that_is_none_is_an_error_and_not_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\npublished: last Tuesday\n---\nWords.")
    with pytest.raises(SourceError, match="'last Tuesday' is not a date"):
        list(read(path))


def test_a_row_without_a_title_gets_none_made_up(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"_id": "7", "text": "The council voted. It was late."}\n')
    assert one(path).title == ""


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("a.html", "<html><body><article><h1>Min\u00adisters meet</h1><p>{0}</p><p>{0}</p></article></body></html>"),
        ("a.md", "# Min\u00adisters meet\n\n{0}\n"),
        ("a.rst", "Min\u00adisters meet\n===============\n\n{0}\n"),
    ],
)
def test_marks_that_are_not_seen_part_no_word(tmp_path: Path, name: str, page: str) -> None:
    path = tmp_path / name
    words = "The min\u00adis\u00adters met in Har\u200bbour Town on Monday, and the bridge will be closed for repairs."
    path.write_text(page.format(words), encoding="utf-8")
    (found,) = read(path)
    assert isinstance(found, Extract)
    assert "The ministers met in Harbour Town" in found.text and found.text.startswith("Ministers meet")


def test_a_title_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "new\nline.txt"
    path.write_text("Nothing but words, and no title.")
    (found,) = read(path)
    assert isinstance(found, Extract)
    assert found.title == "new line"
