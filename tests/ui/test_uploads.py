"""Files as a browser hands them over: whatever they are called, each has one place in the home and comes to nobody's harm."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from corpus.errors import SourceError
from ui.web import quota as quotas
from ui.web.quota import MB, Quota, Room, bytes_below
from ui.web.uploads import MOST_FILES, Upload, keep, uploads_in


class Arriving:
    """The folder that uploads arrive in, as Gradio fills it: SHA-256/NAME."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, text: str = "Some words.", media_type: str = "text/plain") -> Upload:
        place = self.folder / hashlib.sha256(text.encode()).hexdigest() / (name.rpartition("/")[2][:50] or "file")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return Upload(name, place, media_type)

    def left(self) -> list[Path]:
        return [*self.folder.rglob("*")]


@pytest.fixture
def arriving(tmp_path: Path) -> Arriving:
    (tmp_path / "arriving").mkdir()
    return Arriving(tmp_path / "arriving")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_files_of_one_name_in_two_folders_have_two_places(arriving: Arriving, home: Path) -> None:
    names = ["site/north/index.html", "site/south/index.html", "index.html"]
    kept = keep([arriving.file(name, name) for name in names], home)
    assert {place.relative_to(home / "uploads").as_posix(): name for place, name in kept.files.items()} == {
        name: name for name in names
    }
    assert all(place.read_text() == name for place, name in kept.files.items())
    assert arriving.left() == []


def test_files_that_are_alike_are_all_kept_though_they_arrive_as_one(arriving: Arriving, home: Path) -> None:
    kept = keep([arriving.file(f"{folder}/index.html") for folder in "abc"], home)
    assert [place.read_text() for place in kept.files] == ["Some words."] * 3
    assert arriving.left() == []


def test_a_file_uploaded_again_takes_the_place_of_the_one_before(arriving: Arriving, home: Path) -> None:
    (first,) = keep([arriving.file("a.txt", "One.")], home).files
    (second,) = keep([arriving.file("a.txt", "Two.")], home).files
    assert (second, second.read_text()) == (first, "Two.")


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "..\\..\\x.txt", "/etc/passwd", "..", ".", "", "a/../../../b", "C:\\x.txt", "~/x", "%2e%2e/x"],
)
def test_a_name_is_never_a_path_out_of_the_uploads(arriving: Arriving, home: Path, name: str) -> None:
    kept = keep([Upload(name, arriving.file("x.txt").path, "")], home)
    for place in kept.files:
        assert place.is_relative_to(home.resolve() / "uploads") and place.is_file()
    assert [path for path in home.rglob("*") if path.is_file()] == [*kept.files]


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_names_have_places_of_their_own_that_a_disk_can_have(one: str, other: str) -> None:
    parts = [Upload(name, Path("x"), "").parts for name in (one, other)]
    for part in (part for each in parts for part in each):
        assert part.isprintable() and 0 < len(part.encode()) <= 200
        assert part.strip(". ") and not {"/", "\\", "\0"} & set(part)
    same = Upload(one, Path("x"), "").parts == Upload(other, Path("x"), "").parts
    plain = [[part for part in name.replace("\\", "/").split("/") if part.strip(". ")] for name in (one, other)]
    assert not same or folded(plain[0]) == folded(plain[1])


def folded(parts: list[str]) -> list[str]:
    """Return names as they are told apart: composed, every space a plain one."""
    import unicodedata

    composed = [unicodedata.normalize("NFC", part.encode("utf-8", "replace").decode()) for part in parts]
    return ["".join(" " if unicodedata.category(c) == "Zs" else c for c in part) for part in composed] or ["file"]


def test_long_names_and_names_that_differ_in_capitals_stay_apart(arriving: Arriving, home: Path) -> None:
    names = [f"{'long' * 75}{n}.html" for n in range(2)] + [
        "Report.txt",
        "report.txt",
        "a\nb.txt",
        "a_b.txt",
        "ü" * 300,
    ]
    kept = keep([arriving.file(name, name) for name in names], home)
    assert [place.read_text() for place in kept.files] == names
    assert [place.suffix for place in kept.files][:4] == [".html", ".html", ".txt", ".txt"]


def test_a_file_and_a_folder_of_one_name_stay_apart(arriving: Arriving, home: Path) -> None:
    keep([arriving.file("news", "A file.")], home)
    kept = keep([arriving.file("news/a.txt", "In a folder.")], home)
    assert [place.read_text() for place in kept.files] == ["In a folder."]
    assert (home / "uploads" / "news").read_text() == "A file."
    keep([arriving.file("box/a.txt")], home)
    (place,) = keep([arriving.file("box", "Another file.")], home).files
    assert place.read_text() == "Another file." and (home / "uploads" / "box" / "a.txt").is_file()


def test_a_link_in_the_uploads_is_never_written_through(arriving: Arriving, home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("Mine.")
    (home / "uploads").mkdir(parents=True)
    (home / "uploads" / "a.txt").symlink_to(tmp_path / "mine.txt")
    (place,) = keep([arriving.file("a.txt", "Theirs.")], home).files
    assert (tmp_path / "mine.txt").read_text() == "Mine." and place.read_text() == "Theirs."


def test_what_the_browser_left_out_is_told_and_what_is_hidden_is_not(arriving: Arriving, home: Path) -> None:
    kept = keep(
        [
            arriving.file("film.pdf", "", "x-onrecord/too-large"),
            arriving.file("box/.DS_Store"),
            arriving.file("box/.git/config"),
            arriving.file("box/a.txt", "Words."),
            arriving.file("box/a.txt.meta.toml", "outlet = 'Post'"),
            arriving.file("box/b.txt.meta.toml", "outlet = 'Other'"),
        ],
        home,
    )
    assert [*kept.files.values()] == ["box/a.txt"]
    film, alone = kept.failed
    assert film.message == "film.pdf: it is larger than 100 MB. Split it, or save it as text, and add that."
    assert alone.message is not None and "it tells of b.txt, which is not beside it" in alone.message
    assert {path.name for path in home.rglob("*") if path.is_file()} == {"a.txt", "a.txt.meta.toml"}
    assert arriving.left() == []


def test_where_nothing_can_be_written_each_file_says_so_and_stays(arriving: Arriving, home: Path) -> None:
    home.mkdir()
    (home / "uploads").write_text("no folder")
    kept = keep([arriving.file("a.txt")], home)
    assert kept.files == {} and "cannot be kept" in (kept.failed[0].message or "")
    assert any(path.name == "a.txt" for path in arriving.left())


def data(path: Path, name: str = "a.txt", kind: str = "text/plain") -> dict[str, object]:
    return {"path": str(path), "orig_name": name, "mime_type": kind, "size": 3}


def test_only_what_was_uploaded_is_an_upload(arriving: Arriving, tmp_path: Path) -> None:
    mine = tmp_path / "secret.txt"
    mine.write_text("A secret.")
    upload = arriving.file("a.txt")
    (upload.path.parent / "link").symlink_to(mine)
    os.mkdir(arriving.folder / "loose")
    assert uploads_in([data(upload.path)], arriving.folder) == [upload]
    for path in (
        mine,
        upload.path.parent / "link",
        upload.path.parent / ".." / ".." / mine.name,
        arriving.folder / "loose",
    ):
        with pytest.raises(SourceError, match="it was not uploaded"):
            uploads_in([data(path)], arriving.folder)


@pytest.mark.parametrize("told", [[{}], [3], [{"path": "x"}], [["a", "b"]]])
def test_what_is_no_upload_at_all_is_one_error(arriving: Arriving, told: object) -> None:
    with pytest.raises(SourceError, match="arrived damaged"):
        uploads_in(told, arriving.folder)


def test_too_many_files_are_refused_with_their_number(arriving: Arriving) -> None:
    stub = arriving.file("12,345", "")
    with pytest.raises(SourceError, match="12,345 files at once are too many; at most 5,000"):
        uploads_in([data(stub.path, stub.name, "x-onrecord/too-many")], arriving.folder)
    with pytest.raises(SourceError, match="5,001 files at once are too many"):
        uploads_in([data(stub.path)] * (MOST_FILES + 1), arriving.folder)


# The quota.


def posted(quota: Quota, *lengths: str, path: str = "/gradio_api/upload") -> int:
    """Return the status of a POST with these Content-Length headers."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"content-length", length.encode()) for length in lengths]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
    asyncio.run(quota(scope, receive, send))
    return int(sent[0]["status"])


async def fine(scope: object, receive: object, send: object) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]


def test_an_upload_is_refused_where_the_folders_have_no_room_for_it(tmp_path: Path) -> None:
    (tmp_path / "uploads" / "deep").mkdir(parents=True)
    (tmp_path / "uploads" / "deep" / "a.pdf").write_bytes(b"x" * (MB // 2))
    quota = Quota(fine, Room((tmp_path / "uploads", tmp_path / "not there"), most_mb=1))
    assert posted(quota, str(MB // 2)) == 200
    assert posted(quota, str(MB // 2 + 1)) == 413
    assert posted(quota, str(MB // 2 + 1), path="/gradio_api/queue/join") == 200
    assert posted(quota) == posted(quota, "-1") == posted(quota, "lots") == 411
    assert quota.room.coming == 0
    quota.room.coming = 1  # of another one
    assert posted(quota, str(MB // 2)) == 413


def test_a_file_that_goes_while_the_others_are_counted_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stays").write_bytes(b"12")
    (tmp_path / "goes").write_bytes(b"345")
    listed = [*os.scandir(tmp_path)]
    (tmp_path / "goes").unlink()
    monkeypatch.setattr(quotas, "_files", lambda _: listed)
    assert bytes_below((tmp_path,)) == 2
