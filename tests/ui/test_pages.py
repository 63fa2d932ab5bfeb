"""The routes of the sources over a real socket: a link that is forged is one clear page, and no path leads to a file."""

import http.client
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import serving
from markup import Page

from assistant.assistant import Assistant
from assistant.settings import Settings
from benchmarks.papers import written_pdf
from index.encoder import Encoder

SECRET = "the harbour master keeps the key under the third stone"
FIRST = "Ferry\n\nThe ferry carries 900 cars a day, its owner Ada Moor said.\n\nIt was built in 1981.\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[tuple[str, Assistant]]:
    """Return the address of a site, and its assistant, of two versions of a text and a PDF of two pages."""
    folder = tmp_path_factory.mktemp("papers")
    with closing(Assistant(Settings(home=tmp_path_factory.mktemp("home")), encoder)) as assistant:
        written_pdf(
            folder / "paper.pdf", [["The quay of Odlun.", "", "It cost 40 million."], ["The second page is here."]]
        )
        (folder / "ferry.txt").write_text(FIRST)
        assistant.library.add([folder])
        (folder / "ferry.txt").write_text(FIRST.replace("1981", "1983"))
        assistant.library.add([folder])
        with serving(assistant) as url:
            yield url, assistant


def got(url: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a request for a path exactly as it is written."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    with closing(connection):
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def entry(assistant: Assistant, name: str) -> str:
    return next(e.id for e in assistant.library.list() if Path(e.source).name == name)


def test_a_permanent_link_is_a_page_of_its_own_also_of_a_retired_version(site: tuple[str, Assistant]) -> None:
    url, assistant = site
    ferry = entry(assistant, "ferry.txt")
    start = FIRST.index("It was built")
    status, headers, body = got(url, f"/source/{ferry}/1?start={start}&end={len(FIRST) - 1}")
    page = Page(body.decode())
    assert (status, page.marked) == (200, "It was built in 1981.")
    assert "script" not in page.tags and "default-src 'none'" in headers["content-security-policy"]
    assert {"/", "/library"} <= set(page.attributes["href"])
    assert "no longer has these words" in page.text and "2 versions" in page.text
    start = FIRST.index("The ferry")
    kept = Page(got(url, f"/source/{ferry}/1?start={start}&end={start + 20}")[2].decode())
    assert f"/source/{ferry}/2?start={start}&end={start + 20}#cited" in kept.attributes["href"]
    framed = Page(got(url, f"/source/{ferry}/1", Sec_Fetch_Dest="iframe")[2].decode())
    assert "/library" not in framed.attributes["href"]


def test_what_changed_between_two_versions_is_shown(site: tuple[str, Assistant]) -> None:
    url, assistant = site
    page = Page(got(url, f"/source/{entry(assistant, 'ferry.txt')}/2/since/1")[2].decode())
    assert "It was built inGone:  1981.New:  1983." in page.text


@pytest.mark.parametrize(
    "path",
    [
        "nosuchdocument/1",
        "ID/3",
        "ID/0",
        "ID/-1",
        "ID/one",
        "ID/" + "9" * 400,
        "ID/1?start=5&end=5",
        "ID/1?start=9&end=5",
        "ID/1?start=0&end=999999",
        "ID/1?start=-1&end=5",
        "ID/1?start=" + "9" * 5000 + "&end=5",
        "ID/1?start=1e3&end=2e3",
        "ID/1?start=%F0%9D%9F%99&end=9",
        "ID/1?start=0&end=9&answer=3-999999",
        "ID/1?start=0&end=9&answer=x",
        "ID/1?at=-4",
        "ID/1?page=2",
        "ID/1/since/7",
        "ID/1/pages/1",
        "ID",
        "",
        "%00/1",
        "%ff/1",
        "ID%27%20OR%201=1--/1",
        "..%2f..%2fcatalog.sqlite3/1",
        "../../catalog.sqlite3",
    ],
)
def test_a_forged_link_is_one_clear_page(site: tuple[str, Assistant], path: str) -> None:
    url, assistant = site
    status, headers, body = got(url, "/source/" + path.replace("ID", entry(assistant, "ferry.txt")))
    assert status == 404
    page = Page(body.decode())
    assert headers["content-type"].startswith("text/html") and "h1" in page.tags
    assert "Traceback" not in page.text and len(body) < 3000
    assert "Not found" in page.text


def test_the_picture_of_a_page_is_served_and_only_of_a_page_that_is_there(site: tuple[str, Assistant]) -> None:
    url, assistant = site
    paper = entry(assistant, "paper.pdf")
    status, headers, body = got(url, f"/source/{paper}/1/pages/2.jpg")
    assert (status, headers["content-type"], body[:2]) == (200, "image/jpeg", b"\xff\xd8")
    for wrong in (
        f"{paper}/1/pages/3.jpg",
        f"{paper}/1/pages/0.jpg",
        f"{paper}/1/pages/x.jpg",
        f"{paper}/2/pages/1.jpg",
    ):
        status, headers, body = got(url, f"/source/{wrong}")
        assert (status, headers["content-type"]) == (404, "image/svg+xml")
        assert b"cannot be shown" in body
    status, headers, _ = got(url, f"/source/{entry(assistant, 'ferry.txt')}/1/pages/1.jpg")
    assert status == 404


def test_a_pdf_whose_kept_file_is_damaged_or_gone_shows_its_text_and_says_why_there_is_no_picture(
    site: tuple[str, Assistant],
) -> None:
    url, assistant = site
    paper = entry(assistant, "paper.pdf")
    kept = assistant.library.original(assistant.library.catalog.original_of(paper, 1) or "")
    content = kept.read_bytes()
    try:
        kept.write_bytes(content[:200])
        status, _, body = got(url, f"/source/{paper}/1/pages/1.jpg?start=0&end=3")
        assert status == 404 and b"damaged" in body
        kept.unlink()
        page = Page(got(url, f"/source/{paper}/1?start=0&end=8")[2].decode())
        assert page.marked == "The quay" and "No picture of the page: the kept file is gone" in page.text
        assert "img" not in page.tags
    finally:
        kept.write_bytes(content)


def test_a_document_that_was_removed_says_so_with_what_is_known_and_nothing_of_its_text(
    site: tuple[str, Assistant], tmp_path: Path
) -> None:
    url, assistant = site
    written_pdf(tmp_path / "gone.pdf", [["The mill of Barlow cost 12 million crowns."]])
    (tmp_path / "gone.pdf.meta.toml").write_text('title = "The mill"\noutlet = "Barlow Post"\n')
    assistant.library.add([tmp_path])
    mill = entry(assistant, "gone.pdf")
    assistant.library.put_aside([mill])
    status, _, body = got(url, f"/source/{mill}/1?start=0&end=20")
    page = Page(body.decode())
    assert status == 410
    assert "The mill" in page.text and "Barlow Post" in page.text and "was removed from the library on" in page.text
    assert "12 million" not in page.text
    assert got(url, f"/source/{mill}/1/pages/1.jpg")[0] == got(url, f"/source/{mill}/1/since/1")[0] == 404
    assistant.library.bring_back([mill])
    assistant.library.remove([mill])
    assert got(url, f"/source/{mill}/1")[0] == 404


def test_no_path_leads_to_a_file_of_the_machine(
    site: tuple[str, Assistant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, assistant = site
    (tmp_path / "secret.txt").write_text(SECRET)
    monkeypatch.chdir(tmp_path)  # what Gradio once served by default
    home = assistant.settings.home
    kept = assistant.library.original(assistant.library.catalog.originals()[0])
    files = [home / "catalog.sqlite3", kept, home / "writer.lock", home / "encoder", Path("/etc/passwd")]
    files += [tmp_path / "secret.txt", Path(__file__), *Path("/proc/self").glob("environ")]
    ways = [
        "/gradio_api/file=",
        "/file=",
        "/gradio_api/file/",
        "/static",
        "/assets",
        "/svelte",
        "/source",
        "/gradio_api",
    ]
    ways += ["/gradio_api/custom_component/file/client/component", "/gradio_api/proxy=file://", ""]
    up = "/.." * 12
    for way in ways:
        for file in files:
            relative = os.path.relpath(file, Path.cwd())
            for name in {str(file), up + str(file), quote(up, safe="") + quote(str(file), safe=""), f"/{relative}"}:
                _check_closed(url, way + name.replace(" ", "%20"), file)
                _check_closed(url, f"{way}{name}".replace("/../", "/%2e%2e/"), file)
    for name in ("secret.txt", "./secret.txt", "%2e/secret.txt"):
        _check_closed(url, f"/gradio_api/file={name}", tmp_path / "secret.txt")


def _check_closed(url: str, path: str, file: Path) -> None:
    status, headers, body = got(url, path)
    inside = file.read_bytes()[:60] if file.is_file() and os.access(file, os.R_OK) else b""
    assert status in (307, 400, 403, 404, 405), f"{path}: {status}"
    assert not inside or inside not in body, path
    assert str(file).encode() not in headers.get("location", "").encode() or status == 307


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/a", "https://example.com/a", "ftp://127.0.0.1/a", "//127.0.0.1/a"]
)
def test_the_site_fetches_nothing_for_a_reader(site: tuple[str, Assistant], address: str) -> None:
    for way in ("/gradio_api/file=", "/gradio_api/file/", "/gradio_api/proxy=", "/file="):
        assert got(site[0], way + address)[0] in (400, 403, 404)


def test_an_upload_is_found_by_nobody_who_does_not_have_it(site: tuple[str, Assistant]) -> None:
    url, _ = site
    boundary = "b0undary"
    named = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="../../../up.txt"\r\n\r\n{SECRET}\r\n'
    )
    body = f"{named}--{boundary}--\r\n".encode()
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    with closing(connection):
        connection.request(
            "POST", "/gradio_api/upload", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        )
        (kept,) = json.loads(connection.getresponse().read())
    folder = Path(kept).parent
    assert folder.name == folder.name.lower() and len(folder.name) == 64  # the SHA-256 of what it holds
    for guess in (folder.parent, folder, folder.parent / "up.txt", f"{folder}/", f"{folder}/../*/up.txt"):
        assert got(url, f"/gradio_api/file={guess}")[0] in (403, 404)
    Path(kept).unlink()
