"""Signing in: sessions, what is let through without one, and what stands in the way of guessing."""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from corpus.errors import SettingsError
from ui.passwords import hashed, write_passwords
from ui.web import accounts as web_accounts
from ui.web.accounts import IDLE_S, LONGEST_S, MOST_SESSIONS, WRONG, Accounts
from ui.web.app import check_reach
from ui.web.auth import SIGNED_IN, Gate
from ui.web.guard import Guard
from ui.web.lockout import MOST_KEPT, Attempts, keys_of

PASSWORD = "nine grey gulls sleep"
OTHER = "six brown hens do not"
URL = "http://paper.example:8000"
USERS = {"mara": hashed(PASSWORD, 4), "ned": hashed(OTHER, 4)}


class Clock:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_passwords(tmp_path / "users", USERS)
    return tmp_path / "users"


@pytest.fixture
def accounts(file: Path, clock: Clock) -> Accounts:
    return Accounts(file, clock)


def site(accounts: Accounts, url: str = URL, address: str = "203.0.113.7") -> TestClient:
    """Return a client of a site that says who is asking, behind the gate and the guard."""

    async def whoami(request: Request) -> Response:
        return PlainTextResponse(str(request.scope[SIGNED_IN]))

    app = Starlette(routes=[Route("/{path:path}", whoami, methods=["GET", "POST"])])
    guarded = Guard(Gate(app, accounts), None)
    return TestClient(guarded, base_url=url, client=(address, 5000), follow_redirects=False)


@pytest.fixture
def client(accounts: Accounts) -> Iterator[TestClient]:
    with site(accounts) as opened:
        yield opened


def sign_in(client: TestClient, name: str = "mara", password: str = PASSWORD, **more: str) -> Response:
    headers = {"Origin": str(client.base_url).rstrip("/")}
    answer: Response = client.post("/login", data={"name": name, "password": password, **more}, headers=headers)  # type: ignore[assignment]
    return answer


@pytest.mark.parametrize(
    "path",
    "/ /library /source/x/1 /page.js /assets/index.js /gradio_api/queue/data?session_hash=x /config /gradio_api/upload "
    "/gradio_api/file=/etc/passwd /login/x /style.css/x //login /logout".split(),
)
def test_nothing_is_served_to_who_has_not_signed_in(client: TestClient, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "PUT"):
        if (method, path) != ("POST", "/logout"):
            answer = client.request(method, URL + path)
            assert answer.status_code == 401 and "None" not in answer.text


def test_the_page_to_sign_in_on_and_its_stylesheet_are_served_to_anybody(client: TestClient) -> None:
    page = client.get("/login")
    assert page.status_code == 200 and "<script" not in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert client.get("/style.css").text == "None"


def test_a_browser_is_led_to_sign_in_and_back(client: TestClient) -> None:
    page = client.get("/source/a/1?start=3&end=9", headers={"Accept": "text/html"})
    (there,) = re.findall(r'url=([^"]+)"', page.text)
    form = client.get(there.replace("&amp;", "&"))
    (wanted,) = re.findall(r'name="next" value="([^"]+)"', form.text)
    answer = sign_in(client, next=wanted.replace("&amp;", "&"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/source/a/1?start=3&end=9")
    assert client.get("/").text == "mara"
    assert client.get("/login?next=/library").headers["location"] == "/library"


@pytest.mark.parametrize("next", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb", "/login"])
def test_signing_in_leads_nowhere_but_here(client: TestClient, next: str) -> None:
    assert sign_in(client, next=next).headers["location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(accounts: Accounts) -> None:
    plain = sign_in(site(accounts)).headers["set-cookie"]
    secure = sign_in(site(accounts, "https://paper.example")).headers["set-cookie"]
    assert re.fullmatch(r"onrecord-8000=[\w-]{43}; HttpOnly; Path=/; SameSite=strict", plain)
    assert re.fullmatch(r"__Host-onrecord=[\w-]{43}; HttpOnly; Path=/; SameSite=strict; Secure", secure)


def test_signing_out_ends_the_session(client: TestClient) -> None:
    sign_in(client)
    cookies = dict(client.cookies)
    assert client.get("/logout").text == "mara"  # a link or an image elsewhere signs nobody out
    assert client.post("/logout", headers={"Origin": URL}).status_code == 303
    assert client.get("/", cookies=cookies).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_only_our_own_forms_sign_in_and_out(client: TestClient, path: str, headers: dict[str, str]) -> None:
    sign_in(client)
    answer = client.post(path, data={"name": "ned", "password": OTHER}, headers=headers)
    assert answer.status_code == 403 and client.get("/").text == "mara"


def test_a_form_of_more_fields_than_ours_is_refused(client: TestClient) -> None:
    fields = {f"field{number}": "x" for number in range(11)}
    assert client.post("/login", data=fields, headers={"Origin": URL}).status_code == 403


def test_a_session_ends_when_idle_and_after_a_week_at_the_latest(accounts: Accounts, clock: Clock) -> None:
    token = accounts.begin("mara")
    for _ in range(13):
        clock.now += IDLE_S - 1
        assert accounts.user(token) == "mara"
    clock.now += LONGEST_S - 13 * IDLE_S + 14
    assert accounts.user(token) is None
    idle = accounts.begin("mara")
    clock.now += IDLE_S + 1
    assert accounts.user(idle) is None and accounts.user("") is None and accounts.user("x" * 43) is None


def test_of_many_sessions_the_one_used_longest_ago_ends(accounts: Accounts, clock: Clock) -> None:
    tokens = []
    for _ in range(MOST_SESSIONS + 1):
        clock.now += 1
        tokens.append(accounts.begin("mara"))
    assert [accounts.user(token) for token in tokens[:2]] == [None, "mara"]
    assert accounts.user(accounts.begin("ned")) == "ned"


def test_a_removed_user_and_one_with_a_new_password_are_signed_out(
    accounts: Accounts, file: Path, clock: Clock
) -> None:
    mara, ned = accounts.begin("mara"), accounts.begin("ned")
    write_passwords(file, {"mara": USERS["mara"], "ned": hashed(OTHER, 4)})
    clock.now += 2
    assert (accounts.user(mara), accounts.user(ned)) == ("mara", None)
    write_passwords(file, {"ned": hashed(OTHER, 4)})
    clock.now += 2
    assert accounts.user(mara) is None
    write_passwords(file, USERS)
    clock.now += 2
    assert accounts.user(mara) is None and accounts.user(accounts.begin("mara")) == "mara"


@pytest.mark.parametrize("broken", ["remove", "chmod", "garble"])
def test_while_the_file_cannot_be_read_nobody_is_let_in(
    accounts: Accounts, file: Path, clock: Clock, broken: str
) -> None:
    token = accounts.begin("mara")
    accounts.user(token)
    {"remove": file.unlink, "chmod": lambda: file.chmod(0o644), "garble": lambda: file.write_text("x")}[broken]()
    clock.now += 2
    assert accounts.user(token) is None
    assert sign_in(site(accounts)).status_code == 403
    write_passwords(file, USERS)
    clock.now += 2
    assert accounts.user(token) == "mara"


def test_a_file_without_a_user_is_refused(file: Path) -> None:
    write_passwords(file, {})
    with pytest.raises(SettingsError, match="no user yet"):
        Accounts(file)


def test_after_five_failures_a_user_waits_twice_as_long_each_time(client: TestClient, clock: Clock) -> None:
    waits = []
    for _ in range(13):
        while sign_in(client, password="wrong").status_code == 429:
            clock.now += 60
            waits[-1] += 1
        waits.append(0)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 0]


@pytest.mark.parametrize("name", ["mara", "nobody", "", "x" * 5000])
def test_a_name_that_nobody_has_is_answered_like_any_other(client: TestClient, clock: Clock, name: str) -> None:
    failed = [sign_in(client, name, "wrong") for _ in range(6)]
    assert [answer.status_code for answer in failed] == [403] * 5 + [429]
    assert all(WRONG in answer.text for answer in failed[:5]) and "Try again in a minute." in failed[5].text
    assert sign_in(client, name, PASSWORD).status_code == 429  # not even with the right one
    clock.now += 61
    assert sign_in(client, name, PASSWORD).status_code == (303 if name == "mara" else 403)


def test_a_name_that_nobody_has_costs_the_same_hash(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed_with = []

    def counted(password: str, secret: object) -> bool:
        hashed_with.append((secret.ln, secret.r, secret.p, len(password)))  # type: ignore[attr-defined]
        return True  # not even then

    monkeypatch.setattr(web_accounts, "matches", counted)
    assert sign_in(client, "nobody").status_code == 403
    assert sign_in(client, "mara").status_code == 303
    assert len(hashed_with) == 2 and len(set(hashed_with)) == 1


def test_guessing_many_names_from_one_address_is_slowed_too(accounts: Accounts) -> None:
    answers = [sign_in(site(accounts), f"guess{number}", "wrong").status_code for number in range(21)]
    assert answers == [403] * 20 + [429]
    assert sign_in(site(accounts, address="203.0.113.8")).status_code == 303  # another address is not held up
    assert sign_in(site(accounts)).status_code == 429


def test_signing_in_now_and_then_gains_a_guesser_nothing(accounts: Accounts) -> None:
    answers = []
    for number in range(21):
        answers.append(sign_in(site(accounts), f"guess{number}", "wrong").status_code)
        if number < 20:
            sign_in(site(accounts), "ned", OTHER)
    assert answers == [403] * 20 + [429]


def test_the_right_password_clears_the_failures_of_a_user(client: TestClient) -> None:
    for _ in range(3):
        assert [sign_in(client, password="wrong").status_code for _ in range(4)] == [403] * 4
        assert sign_in(client).status_code == 303


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    assert keys_of("a", "2001:db8::1") == keys_of("a", "2001:db8::ffff:2") != keys_of("a", "2001:db8:0:1::1")
    assert keys_of("x" * 99, "unix")[0] == ("user", "x" * 64)


def test_what_is_remembered_of_failures_is_bounded(clock: Clock) -> None:
    attempts = Attempts(clock)
    for number in range(MOST_KEPT + 50):
        attempts.fail(*keys_of(f"name{number}", f"2001:db8:{number:x}::1"))
    assert len(attempts._tries) == MOST_KEPT


def test_failures_are_forgotten_after_a_day(clock: Clock) -> None:
    attempts = Attempts(clock)
    for _ in range(4):
        attempts.fail(("user", "mara"))
    clock.now += 24 * 3600 + 1
    attempts.fail(("user", "mara"))
    assert attempts.wait(("user", "mara")) == 0


def test_only_two_hashes_run_at_once_and_few_wait(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    free = asyncio.Event()

    async def slow(*_: object) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await free.wait()
        running -= 1
        return False

    async def flood() -> list[object]:
        monkeypatch.setattr(asyncio, "to_thread", slow)
        tries = [asyncio.create_task(accounts.refusal(f"n{n}", "x", f"203.0.113.{n}")) for n in range(40)]
        await asyncio.sleep(0.01)
        free.set()
        return [(await attempt or (0, ""))[0] for attempt in tries]

    told = asyncio.run(flood())
    assert most == 2 and (told.count(403), told.count(503)) == (12, 28)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_listening_on_this_machine_alone_needs_no_passwords(host: str) -> None:
    assert check_reach(host, False) is check_reach(host, True) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "192.0.2.1", "::ffff:192.0.2.1", "fe80::1"])
def test_listening_beyond_this_machine_needs_passwords(host: str) -> None:
    with pytest.raises(SettingsError, match=r"other machines could reach.*--auth FILE"):
        check_reach(host, False)
    assert "in the clear" in (check_reach(host, True) or "")


def test_a_name_is_judged_by_what_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"mine.example": ["127.0.0.1", "::1"], "both.example": ["127.0.0.1", "192.0.2.1"]}

    def resolve(host: str, *_: object, **__: object) -> list[object]:
        if host not in found:
            raise OSError("Name or service not known")
        return [(0, 0, 0, "", (address, 0)) for address in found[host]]

    monkeypatch.setattr("ui.web.app.socket.getaddrinfo", resolve)
    assert check_reach("mine.example", False) is None
    with pytest.raises(SettingsError, match="other machines"):
        check_reach("both.example", False)
    with pytest.raises(SettingsError, match=r"gone\.example: no such host"):
        check_reach("gone.example", False)


def test_serve_refuses_to_listen_for_others_before_it_opens_anything(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from ui.cli import app

    result = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "serve", "--host", "0.0.0.0"])
    assert "other machines could reach" in str(result.exception)
    assert not os.path.exists(tmp_path / "home")
