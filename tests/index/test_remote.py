"""What is done for the one that writes reads the same from bytes that were sent as here from the file."""

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import EncoderError, SourceError
from corpus.prepared import prepared
from corpus.types import Input, Told
from index import remote
from index.encoder import DEFAULT_MODEL, Encoder, converted
from index.remote import Coder, code_digest, read_sent, sent, sent_encoder


def received(input: Input) -> list[object]:
    """Return what comes back for an input, its errors as their words."""
    found: list[object] = []
    sending = sent(input)
    assert sending is not None
    for piece in read_sent(sending):
        found += [str(each) if isinstance(each, SourceError) else each for each in piece.items]
        found += [str(piece.error)] if piece.error else []
    return found


def read_here(input: Input) -> list[object]:
    found: list[object] = []
    try:
        found += [str(each) if isinstance(each, SourceError) else each for each in prepared(input)]
    except SourceError as error:
        found.append(str(error))
    return found


def test_what_comes_back_is_what_reading_here_finds(articles: Path) -> None:
    (articles / "a ?name #2.txt").write_text("The council met on Monday. It voted for the bridge.\n")
    (articles / "a ?name #2.txt.meta.toml").write_text('outlet = "Harbour Post"\n')
    (articles / "rows.jsonl").write_text('{"id": "1", "text": "One row, said the clerk."}\nnot json\n{"text": 3}\n')
    (articles / "torn.pdf").write_bytes(b"%PDF-1.4\n" + bytes(range(256)) * 9)
    (articles / "sidecar.txt").write_text("Some words.")
    (articles / "sidecar.txt.meta.toml").write_text("= no TOML")
    for path in sorted(path for path in articles.iterdir() if path.suffix != ".toml"):
        assert received(Input.of(path)) == read_here(Input.of(path)), path


def test_a_page_is_called_by_its_address_and_believes_its_feed(tmp_path: Path) -> None:
    page = tmp_path / "x7"
    page.write_bytes("<html><body><p>Die Brücke ist gesperrt, sagte die Stadt.</p></body></html>".encode("latin-1"))
    told = Told(title="The bridge", published="2021-03-03")
    input = Input("https://example.org/bridge", page, "https://example.org/bridge", "text/html; charset=latin-1", told)
    assert received(input) == read_here(input)
    assert getattr(received(input)[0], "title", None) == "The bridge"


def test_a_long_file_comes_in_pieces_that_are_cut_alike_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "AT_ONCE", 100)
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(f'{{"id": "{n}", "text": "Row {n} tells of the harbour, said the clerk."}}\n' for n in range(9))
    )
    sending = sent(Input.of(path))
    assert sending is not None
    pieces = list(read_sent(sending))
    assert len(pieces) > 2
    assert pieces == list(read_sent(sending))
    assert [item for piece in pieces for item in piece.items] == read_here(Input.of(path))


@pytest.mark.parametrize("kind", ["gone", "folder", "empty", "long", "sidecar"])
def test_what_cannot_be_sent_is_left_to_the_reader_here(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MAX_BYTES", 50)
    monkeypatch.setattr(remote, "MOST_SIDECAR", 50)
    path = tmp_path / "it.txt"
    if kind == "folder":
        path.mkdir()
    elif kind != "gone":
        path.write_text({"empty": "", "long": "x" * 51}.get(kind, "words"))
    if kind == "sidecar":
        (tmp_path / "it.txt.meta.toml").write_text("#" * 51)
    assert sent(Input.of(path)) is None


def test_an_encoder_that_is_not_here_is_written_from_what_was_sent(
    encoder: Encoder, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    files = sent_encoder(DEFAULT_MODEL, encoder_folder)
    for _ in range(2):  # the second finds it there
        coder = Coder(encoder.info, tmp_path / "nothing", files)
        assert (coder.encode(["a bridge"]) == encoder.encode(["a bridge"])).all()
    assert not (tmp_path / "nothing").exists()
    assert [path.name for path in (tmp_path / "cache").rglob(converted(DEFAULT_MODEL, tmp_path).name)]


def test_another_encoder_of_the_same_name_is_an_error(encoder: Encoder, encoder_folder: Path) -> None:
    other = replace(encoder.info, weights_sha256="0" * 64)
    with pytest.raises(EncoderError, match=r"it is another model here .* than the library's"):
        Coder(other, encoder_folder, None).encode(["a bridge"])


def test_the_digest_of_the_code_tells_of_every_change_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.__path__", [str(tmp_path)])
    (tmp_path / "segment.py").write_text("one = 1\n")
    before = code_digest()
    (tmp_path / "segment.py").write_text("one = 2\n")
    assert code_digest() != before
