"""Documents over REST: added by every way and told of, listed, read, edited, removed and restored; nothing is half added."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from served import fetcher, served
from starlette.testclient import TestClient
from starlette.types import Message

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder
from ui.api.app import doors
from ui.api.desk import Desk
from ui.api.limits import MOST_BODY
from ui.tokens import Tokens
from ui.web.jobs import MOST, Job, Jobs
from ui.web.quota import Room
from ui.web.uploads import MAX_UPLOAD

URL = "http://127.0.0.1:7860"
DOCUMENTS = "/api/v1/documents"
PROBLEM = "application/problem+json"
BRIDGE = "The bridge is closed\n\nThe bridge was closed on Monday, the city said.\n"
FERRY = "The ferry sails\n\nThe ferry carries 900 cars a day, its owner said.\n"
Headers = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[Desk]:
    """Return the desk of a library that holds nothing at first."""
    home = tmp_path_factory.mktemp("documents") / "home"
    with closing(Assistant(Settings(home=home), encoder)) as assistant:
        jobs = Jobs()
        yield Desk(assistant, jobs)
        jobs.close()


@pytest.fixture(scope="module")
def api(empty: Desk) -> Iterator[TestClient]:
    with TestClient(doors(empty), base_url=URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def home(empty: Desk) -> Path:
    return empty.assistant.library.home


def ended(api: TestClient, answer: Any) -> dict[str, Any]:
    """Return a job when it is over."""
    assert answer.status_code == 202, answer.text
    with api.stream("GET", f"{answer.headers['location']}/events") as events:
        last = [line for line in events.iter_lines() if line.startswith("data: ")][-1]
    told: dict[str, Any] = json.loads(last.removeprefix("data: "))
    return told


def files(**texts: str | bytes) -> list[tuple[str, tuple[str, bytes]]]:
    rows = ((name.replace("__", "/").replace("_", "."), text) for name, text in texts.items())
    return [("files", (name, text if isinstance(text, bytes) else text.encode())) for name, text in rows]


def left(home: Path) -> list[Path]:
    """Return what lies where uploads arrive."""
    return [*(home / "arriving").rglob("*")]


def added(api: TestClient, text: str = FERRY) -> str:
    """Return the id of a document, which is added if it is not there."""
    (outcome,) = ended(api, api.post(DOCUMENTS, json={"text": text, "tags": ["ferry"]}))["outcomes"]
    return str(outcome["document_id"])


def test_files_are_added_each_or_named_with_its_reason(api: TestClient, home: Path) -> None:
    given = files(news__bridge_txt=BRIDGE, news__empty_txt="")
    job = ended(api, api.post(DOCUMENTS, files=given, data={"tags": "harbour, my  own,"}))
    assert (job["state"], job["title"], job["counts"]) == ("done", "news: 2 files", {"added": 1, "failed": 1})
    told = {each["name"]: each for each in job["outcomes"]}
    assert told["news/empty.txt"]["message"] == "the file is empty. Add a file that has text."
    known = api.get(f"{DOCUMENTS}/{told['news/bridge.txt']['document_id']}").json()
    assert (known["title"], known["tags"]) == ("The bridge is closed", ["harbour", "my own"])
    assert left(home) == []
    assert (home / "uploads" / "news" / "bridge.txt").read_text() == BRIDGE


def test_a_file_sent_again_is_a_new_version(api: TestClient) -> None:
    ended(api, api.post(DOCUMENTS, files=files(tram_txt=BRIDGE.replace("bridge", "tram"))))
    job = ended(api, api.post(DOCUMENTS, files=files(tram_txt=BRIDGE.replace("bridge", "tram") + "On 3 May.\n")))
    id = job["outcomes"][0]["document_id"]
    assert job["counts"] == {"updated": 1}
    versions = api.get(f"{DOCUMENTS}/{id}/versions").json()["versions"]
    assert [(each["version"], each["words_new"]) for each in versions] == [(1, 0), (2, 3)]
    first = api.get(f"{DOCUMENTS}/{id}/versions/1").json()
    assert (first["version"], api.get(f"{DOCUMENTS}/{id}").json()["version"]) == (1, 2)
    assert "3 May" not in api.get(f"{DOCUMENTS}/{id}/text", params={"version": 1}).json()["text"]
    assert b"3 May" in api.get(f"{DOCUMENTS}/{id}/original").content
    missing = api.get(f"{DOCUMENTS}/{id}/versions/3")
    assert (missing.status_code, missing.headers["content-type"]) == (404, PROBLEM)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../../etc/passwd", "etc/passwd"), ("a\u202eb.txt", "a_b~"), ("..", "file"), ("x" * 1000, "xxx"), ("C:\\c.txt", "c.txt")],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder_of_uploads(api: TestClient, home: Path, name: str, kept: str) -> None:
    before = {path for path in home.parent.rglob("*") if path.is_file()}
    ended(api, api.post(DOCUMENTS, files=[("files", (name, f"{FERRY} {len(name)} {kept}".encode()))]))
    new = {path for path in home.parent.rglob("*") if path.is_file()} - before
    new = {path for path in new if not path.is_relative_to(home / "originals")}
    assert [str(path.relative_to(home / "uploads"))[: len(kept)] for path in new if "uploads" in path.parts] == [kept]
    assert all(path.is_relative_to(home) for path in new)


def test_text_is_added_once(api: TestClient) -> None:
    given = {"text": "The tram runs again, the mayor said.", "title": "My\x00 <b>notes</b>", "tags": ["notes"]}
    first, again = (ended(api, api.post(DOCUMENTS, json=given)) for _ in range(2))
    assert (first["title"], first["counts"], again["counts"]) == ("My <b>notes</b>", {"added": 1}, {"unchanged": 1})


def test_addresses_are_added_by_the_rules_of_the_page(api: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = ended(api, api.post(DOCUMENTS, json={"urls": ["http://127.0.0.1/x", "file:///etc/passwd"]}))
    assert inner["counts"] == {"failed": 2}
    assert "no public address" in str(inner["outcomes"])
    with served() as web:
        monkeypatch.setattr("corpus.web.Fetcher", lambda sleep: fetcher(web))
        web.pages["/a"] = "<html><head><title>Ships</title></head><body><article><p>A ship came in on Monday, the harbour master said.</p></article></body></html>"  # fmt: skip
        job = ended(api, api.post(DOCUMENTS, json={"urls": ["http://news.example/a"], "follow": True}))
    assert [(each["name"], each["status"]) for each in job["outcomes"]] == [("http://news.example/a", "added")]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "#/urls"),
        ([], 422, "#"),
        ({"urls": []}, 422, "#/urls"),
        ({"urls": ["a b"]}, 422, "#/urls/0"),
        ({"urls": ["a"], "follow": "yes"}, 422, "#/follow"),
        ({"urls": ["a"], "paths": ["/etc"]}, 422, "#/paths"),
        ({"text": " \x1f"}, 422, "#/text"),
        ({"text": "x", "tags": [""]}, 422, "#/tags/0"),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(api: TestClient, body: object, status: int, told: str) -> None:
    answer = api.post(DOCUMENTS, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["errors"][0]["pointer"] == told


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"text": "\\ud800"}', "application/json", 400),
        (b"x", "text/plain", 415),
        (b"x", "", 415),
        (b"x", "multipart/form-data", 415),
        (b"nonsense", "multipart/form-data; boundary=b", 400),
        (b'--b\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx', "multipart/form-data; boundary=b", 400),
        (b'--b\r\nContent-Disposition: form-data; name="tags"\r\n\r\nx\r\n--b--\r\n', "multipart/form-data; boundary=b", 422),
        (b'--b\r\nContent-Disposition: form-data; name="path"\r\n\r\n/etc\r\n--b--\r\n', "multipart/form-data; boundary=b", 422),
        (b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\n/etc\r\n--b--\r\n', "multipart/form-data; boundary=b", 422),
        (b" " * (MOST_BODY + 1), "application/json", 413),
    ],
)  # fmt: skip
def test_what_cannot_be_read_adds_nothing(api: TestClient, home: Path, content: bytes, kind: str, status: int) -> None:
    before = api.get(DOCUMENTS).json()["total"], len(api.get("/api/v1/jobs").json()["jobs"])
    answer = api.post(DOCUMENTS, content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert (api.get(DOCUMENTS).json()["total"], len(api.get("/api/v1/jobs").json()["jobs"])) == before
    assert left(home) == []


HEAD = b'--b\r\nContent-Disposition: form-data; name="files"; filename="big.txt"\r\n\r\n'


def sent(app: FastAPI, parts: Iterator[bytes], length: int | None = None, hangs_up: bool = False) -> tuple[int, int]:
    """Send a form by hand; return the status of the answer, 0 for none, and how many parts of the body were taken."""
    taken = 0
    answers: list[Message] = []

    async def receive() -> Message:
        nonlocal taken
        part = next(parts, None)
        if part is None and hangs_up:
            return {"type": "http.disconnect"}
        taken += part is not None
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=b"), (b"host", b"127.0.0.1")]
    headers += [] if length is None else [(b"content-length", str(length).encode())]
    scope = {"type": "http", "method": "POST", "path": DOCUMENTS, "raw_path": DOCUMENTS.encode(), "query_string": b"",
             "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 7860), "scheme": "http",
             "http_version": "1.1", "root_path": "", "app": app}  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return (int(answers[0]["status"]) if answers else 0), taken


def test_a_file_over_the_limit_is_refused_before_it_is_all_read(empty: Desk, home: Path) -> None:
    chunk = b"x" * 2**20
    endless = (HEAD if not number else chunk for number in range(10_000))
    status, taken = sent(doors(empty), endless)
    assert (status, taken) == (413, MAX_UPLOAD // 2**20 + 2)
    assert left(home) == []


def test_an_upload_beyond_the_quota_is_refused_before_it_is_read(empty: Desk, home: Path) -> None:
    small = replace(empty, room=Room((home / "uploads", home / "arriving"), most_mb=1))
    assert sent(doors(small), iter([HEAD]), length=10**6) == (413, 0)
    parts = (HEAD if not number else b"x" * 10**5 for number in range(100))
    status, taken = sent(doors(small), parts)  # which does not say how long it is
    assert (status, taken <= 11) == (413, True)
    assert small.room is not None and small.room.coming == 0
    assert left(home) == []


def test_an_upload_that_is_cancelled_leaves_nothing(empty: Desk, home: Path) -> None:
    jobs = len(empty.adding.list())
    uploads = sorted((home / "uploads").rglob("*"))
    sent(doors(empty), iter([HEAD, b"The bridge"]), hangs_up=True)
    assert (left(home), len(empty.adding.list())) == ([], jobs)
    assert sorted((home / "uploads").rglob("*")) == uploads


def test_an_upload_that_ends_while_another_begins_does_not_disturb_it(api: TestClient, home: Path) -> None:
    gone = home / "arriving" / "rest-gone"
    gone.symlink_to(home / "nowhere")  # listed, and not there when it is looked at
    assert (
        ended(api, api.post(DOCUMENTS, files=files(tide_txt="The tide is high at noon, the harbour master said.")))[
            "state"
        ]
        == "done"
    )
    gone.unlink()


def test_where_nothing_can_be_written_an_upload_is_told_so(api: TestClient, home: Path) -> None:
    there = home / "arriving"
    there.rename(home / "elsewhere")
    there.write_text("")
    refused = api.post(DOCUMENTS, files=files(tide_txt="The tide is high at noon, the harbour master said."))
    there.unlink()
    (home / "elsewhere").rename(there)
    assert (refused.status_code, str(home) in refused.text) == (507, False)


def test_where_many_jobs_wait_no_more_are_taken(empty: Desk, api: TestClient, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    full = Jobs()
    monkeypatch.setattr(full, "_jobs", {str(number): Job("waits") for number in range(MOST)})
    with TestClient(doors(replace(empty, adding=full)), base_url=URL) as client:
        for given in ({"json": {"text": "x"}}, {"json": {"urls": ["x"]}}, {"files": files(a_txt="x")}):
            refused = client.post(DOCUMENTS, **given)  # type: ignore[arg-type]
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert left(home) == [] and not (home / "uploads" / "a.txt").exists()


def test_documents_are_listed_in_parts_sorted_and_filtered(client: TestClient) -> None:
    def titles(**query: object) -> list[str]:
        answer = client.get(DOCUMENTS, params=query)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return [each["title"] for each in answer.json()["documents"]]

    storm, school, bridge = "Storm floods the old town", "A new school", "Bridge closed for repairs"
    assert titles() == [storm, school, bridge]
    assert titles(sort="title", order="asc") == [school, bridge, storm]
    assert titles(sort="title", order="asc", offset=1, limit=1) == [bridge]
    assert titles(outlet="Harbour Post", to="2021-10") == [school]
    assert titles(**{"from": "2021-06-01"}) == [storm]
    assert titles(search="BRIDGE") == [bridge]
    assert titles(tag="x") == titles(removed="true") == []
    beyond = client.get(DOCUMENTS, params={"offset": 2**53 - 1}).json()
    assert beyond == {"total": 3, "offset": 2**53 - 1, "documents": []}


@pytest.mark.parametrize(
    "query",
    ["offset=-1", "offset=1e3", "limit=0", "limit=201", "limit=+5", "sort=text", "order=up", "from=2021-02-30", "to=", "page=2", "removed=1", "offset=9007199254740992"],
)  # fmt: skip
def test_a_list_that_is_asked_for_wrongly_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"{DOCUMENTS}?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


def test_a_text_is_given_whole_or_in_part_as_json_or_plain(api: TestClient) -> None:
    path = f"{DOCUMENTS}/{added(api)}/text"
    whole = api.get(path).json()
    assert (whole["text"], whole["start"], whole["end"], whole["length"]) == (FERRY, 0, 67, 67)
    part = api.get(path, params={"start": 4, "end": 9}).json()
    assert (part["text"], part["start"], part["end"]) == (FERRY[4:9], 4, 9)
    for start, end in ((60, 1000), (1000, 2000), (9, 4)):
        part = api.get(path, params={"start": start, "end": end}).json()
        assert part["text"] == FERRY[part["start"] : part["end"]]
    plain = api.get(path, params={"end": 9}, headers={"Accept": "text/plain"})
    assert (plain.text, plain.headers["content-type"]) == (FERRY[:9], "text/plain; charset=utf-8")


def test_an_original_is_only_to_be_saved(api: TestClient, home: Path, empty: Desk) -> None:
    page = "<html><script>alert(1)</script><body><p>The ferry is full, its owner said on Monday.</p></body></html>"
    job = ended(api, api.post(DOCUMENTS, files=[("files", ('a"\u20ac.html', page.encode()))]))
    id = job["outcomes"][0]["document_id"]
    answer = api.get(f"{DOCUMENTS}/{id}/original")
    assert (answer.text, answer.headers["content-type"]) == (page, "application/octet-stream")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["content-security-policy"]
    name = empty.assistant.library.catalog.original_of(id, 1)
    os.rename(home / "originals" / name[:2] / name, home / "elsewhere")  # type: ignore[index]
    assert api.get(f"{DOCUMENTS}/{id}/original").status_code == 404
    os.rename(home / "elsewhere", home / "originals" / name[:2] / name)  # type: ignore[index]


def test_what_is_known_of_a_document_is_edited(api: TestClient) -> None:
    path = f"{DOCUMENTS}/{added(api)}"
    stated = {"published": "2021-05", "authors": ["Ada Wherry"], "language": "en", "url": "https://news.example/ä"}
    edited = api.patch(path, json=stated).json()
    assert {name: edited[name] for name in stated} == stated
    assert (edited["tags"], api.get(path).json()) == (["ferry"], edited)
    unknown = api.patch(path, json={"published": None, "authors": None, "tags": None}).json()
    assert (unknown["published"], unknown["authors"], unknown["tags"], unknown["language"]) == (None, [], [], "en")


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "x"}, {"published": "soon"}, {"published": "2021-02-29"}, {"language": "qqq"}, {"url": "javascript:x"}, {"title": 7}, {"authors": "A"}, {"title": "x" * 1001}, []],
)  # fmt: skip
def test_a_wrong_edit_is_refused(api: TestClient, body: object) -> None:
    answer = api.patch(f"{DOCUMENTS}/{added(api)}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)


def test_what_was_removed_can_be_restored(api: TestClient) -> None:
    path = f"{DOCUMENTS}/{added(api)}"
    assert (api.delete(path).status_code, api.delete(path).status_code) == (204, 404)
    for each in ("", "/text", "/versions", "/versions/1", "/original"):
        assert api.get(path + each).status_code == 404
    listed = api.get(DOCUMENTS, params={"removed": "true"}).json()["documents"]
    assert [(each["id"], each["removed_at"] is None) for each in listed] == [(path.rpartition("/")[2], False)]
    assert api.post(f"{path}").json()["title"] == "The ferry sails"
    assert (api.post(f"{path}").status_code, api.get(path).status_code) == (404, 200)


@pytest.mark.parametrize("id", ["000000000000", "f98", "%00", "%ED%A0%80", "..%2f..%2fetc", "x" * 3000])
def test_an_id_that_is_none_is_not_found(api: TestClient, id: str) -> None:
    asked: list[tuple[Callable[..., Any], str]] = [
        (api.get, ""), (api.get, "/text"), (api.get, "/versions"), (api.get, "/original"), (api.delete, ""), (api.post, "")
    ]  # fmt: skip
    for ask, rest in asked:
        answer = ask(f"{DOCUMENTS}/{id}{rest}")
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
        assert len(answer.text) < 400


def test_while_another_writes_nothing_is_changed_and_no_path_is_told(api: TestClient, empty: Desk, home: Path) -> None:
    path = f"{DOCUMENTS}/{added(api)}"
    with empty.assistant.library.held("onrecord reindex"):  # by this thread; requests are answered by others
        for answer in (api.delete(path), api.patch(path, json={"title": "x"}), api.post(f"{path}")):
            assert (answer.status_code, answer.headers["retry-after"]) == (409, "5")
            assert "is being written by onrecord reindex" in answer.json()["detail"]
            assert str(home.parent) not in answer.text
        job = ended(api, api.post(DOCUMENTS, json={"text": "The ferry is late, its owner said."}))
    assert job["state"] == "failed" and str(home.parent) not in json.dumps(job)
    assert api.get(path).status_code == 200


def test_a_duplicate_names_no_folder_of_the_machine(api: TestClient, home: Path) -> None:
    ended(api, api.post(DOCUMENTS, files=files(deep__ship_txt="A ship came in, the harbour master said.")))
    job = ended(api, api.post(DOCUMENTS, files=files(copy_txt="A ship came in, the harbour master said.")))
    assert job["counts"] == {"duplicate": 1}
    assert "from ship.txt" in job["outcomes"][0]["message"] and str(home) not in json.dumps(job)


def test_only_who_may_write_changes_and_only_who_may_read_reads(
    desk: Desk, tokens: tuple[Path, dict[str, str]], closed: TestClient, bearer: Headers
) -> None:
    assert Tokens(tokens[0]) and desk
    id = closed.get(DOCUMENTS, headers=bearer["ned"]).json()["documents"][0]["id"]
    writes = [("POST", ""), ("PATCH", f"/{id}"), ("DELETE", f"/{id}"), ("POST", f"/{id}")]
    reads = [("GET", ""), ("GET", f"/{id}"), ("GET", f"/{id}/text"), ("GET", f"/{id}/versions"), ("GET", f"/{id}/original")]  # fmt: skip
    for who, refused in (("ned", writes), ("wim", reads)):
        for method, path in refused:
            given = {"json": {"title": "x"}} if method == "PATCH" else {}
            answer = closed.request(method, DOCUMENTS + path, headers=bearer[who], **given)  # type: ignore[arg-type]
            assert (method, path, answer.status_code) == (method, path, 403)
    assert closed.post(DOCUMENTS, json={"text": "x"}).status_code == 401
