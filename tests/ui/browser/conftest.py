"""A real browser, and libraries of their own for it to look at. Each test leaves a picture in artifacts/screens."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import SWITCHES, NewAssistant, OpenPage

from assistant.assistant import Assistant
from assistant.settings import Settings
from index.encoder import Encoder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
SCREENS = Path(__file__).parents[3] / "artifacts" / "screens"
GRAVE = ("serious", "critical")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.flaky(reruns=1))  # beside another process a wait of 30 s may be too short
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Debian's chromium is not installed (apt install chromium)"))


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES.split())
        yield started
        started.close()


@pytest.fixture(scope="session")
def new_assistant(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> NewAssistant:
    """Return what makes the assistant of a new library, or of the one in `home`; the caller closes it."""

    def made(home: Path | None = None, **settings: object) -> Assistant:
        return Assistant(Settings(home=home or tmp_path_factory.mktemp("home"), **settings), encoder)

    return made


@pytest.fixture
def open_page(browser: "Browser", request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Return what opens an address in a browser of its own; no page may ask for anything beyond its own origin.

    When the test ends a picture of each page is kept, named after the test.
    """
    opened: list[tuple[Page, str, list[str]]] = []

    def open_one(url: str, width: int = 1440, height: int = 900, **context: object) -> "Page":
        page = browser.new_page(viewport={"width": width, "height": height}, **context)
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.set_default_timeout(30_000)
        opened.append((page, "/".join(url.split("/")[:3]), asked))
        page.goto(url)
        return page

    yield open_one
    SCREENS.mkdir(parents=True, exist_ok=True)
    strays = []
    for number, (page, origin, asked) in enumerate(opened):
        if not page.is_closed():
            page.screenshot(path=SCREENS / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())}-{number}.png")
            page.close()
        strays += [url for url in asked if not url.startswith((f"{origin}/", "data:", "blob:"))]
    assert strays == []


@pytest.fixture
def grave() -> Callable[["Page"], list[str]]:
    """Return what lists the serious and critical findings of axe-core on a page as it is shown, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    def found(page: "Page") -> list[str]:
        violations = Axe().run(page).response["violations"]
        return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in violations if v["impact"] in GRAVE]

    return found
