"""From the click on a chip to the quoted words highlighted in sight, for a document of 1 MB of text, in a real browser.

    python -m benchmarks.highlight [--clicks 20] [--formats txt html docx pdf] [--home DIR] [--port PORT]

Writes a document of 1 MB of text in each format by code, adds them to a library in a temporary folder (which takes
minutes), serves it, asks about each in Debian's chromium and clicks the chip that leads there, the frame emptied
between two clicks. A click is timed in the page by performance.now, from the event to the animation frame after the one
in which `#cited` is laid out within the frame. With --home a library that was made by this benchmark is used again;
with --port a server of it.
"""

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.papers import written_docx, written_pdf

if TYPE_CHECKING:
    from playwright.sync_api import Page

LENGTH = 1_000_000  # characters
FORMATS = {"txt": "Vardom", "html": "Kelsund", "docx": "Orrim", "pdf": "Tessaly"}  # and the harbour that each is about
LINES = 48  # of a page of the PDF
WORDS_A_LINE = 13
SUBJECTS = "council harbour ferry market school museum library garden theatre station bakery hospital".split()
VERBS = "discussed painted opened measured visited repaired counted described praised cleaned".split()
OBJECTS = "windows bridges letters gardens boats streets tables lamps roofs walls fences stairs".split()
CLICKED = """
() => {
  const frame = document.querySelector('iframe[name=source]');
  window.taken = new Promise((done) => {
    document.addEventListener('click', () => {
      const started = performance.now();
      const look = () => {
        const cited = frame.contentDocument && frame.contentDocument.getElementById('cited');
        const box = cited && cited.getBoundingClientRect();
        const seen = box && box.height > 0 && box.top >= 0 && box.top < frame.clientHeight;
        requestAnimationFrame(seen ? () => done(performance.now() - started) : look);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--formats", nargs="+", choices=list(FORMATS), default=list(FORMATS))
    parser.add_argument("--home", type=Path)
    parser.add_argument("--port", type=int)
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {given.clicks} clicks each, milliseconds")
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        if not (home / "catalog.sqlite3").exists():
            _command(home, "add", *(str(_written(Path(folder), kind)) for kind in given.formats))
        with _served(home, given.port) as url, _browser() as page:
            for kind in given.formats:
                taken = _clicks(page, url, FORMATS[kind], given.clicks)
                p95 = statistics.quantiles(taken, n=20)[-1]
                print(
                    f"{kind:5} median {statistics.median(taken):5.0f}   p95 {p95:5.0f}   max {max(taken):5.0f}",
                    flush=True,
                )


def _paragraphs(harbour: str) -> list[str]:
    """Return 1 MB of paragraphs, the words that answer in the middle of them."""
    lines, length, number = [], 0, 0
    while length < LENGTH:
        draw = (number * 7919 + 13) % 104_729
        words = [SUBJECTS[draw % 12], VERBS[draw // 12 % 10], OBJECTS[draw // 120 % 12]]
        sentence = f"In the year {1800 + draw % 150} the {words[0]} of the town {words[1]} {draw} old {words[2]} near the river. "
        lines.append((sentence * 3).strip())
        length += len(lines[-1]) + 2
        number += 1
    middle = len(lines) // 2
    lines[middle] = (
        f"The lighthouse of {harbour} cost 47 million crowns, the harbour master of {harbour} said on Monday."
    )
    return [f"The lighthouse of {harbour}", *lines]


def _written(folder: Path, kind: str) -> Path:
    """Write the document in a format; return its path."""
    path, paragraphs = folder / f"{FORMATS[kind].lower()}.{kind}", _paragraphs(FORMATS[kind])
    if kind == "docx":
        return written_docx(path, paragraphs)
    if kind == "pdf":
        lines = [line for paragraph in paragraphs for line in (*_lines(paragraph), "")]
        return written_pdf(path, [lines[start : start + LINES] for start in range(0, len(lines), LINES)])
    if kind == "html":
        body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs[1:])
        head = f"<!doctype html><html lang='en'><head><title>{paragraphs[0]}</title></head>"
        path.write_text(f"{head}<body><article><h1>{paragraphs[0]}</h1>{body}</article></body></html>")
    else:
        path.write_text("\n\n".join(paragraphs))
    return path


def _lines(paragraph: str) -> list[str]:
    words = paragraph.split()
    return [" ".join(words[start : start + WORDS_A_LINE]) for start in range(0, len(words), WORDS_A_LINE)]


def _command(home: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "ui.cli", "--home", str(home), *arguments], check=True)


@contextmanager
def _served(home: Path, port: int | None) -> Iterator[str]:
    """Give the address of a server of a library."""
    if port:
        yield f"http://127.0.0.1:{port}"
        return
    command = [sys.executable, "-u", "-m", "ui.cli", "--home", str(home), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "http://" in line)
        try:
            yield line[line.index("http://") :].split()[0].rstrip("/.")
        finally:
            server.terminate()


@contextmanager
def _browser() -> Iterator["Page"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def _clicks(page: "Page", url: str, harbour: str, count: int) -> list[float]:
    """Return how long each of some clicks took, after one that is not counted."""
    page.goto(url)
    page.get_by_label("Your question").first.fill(f"What did the lighthouse of {harbour} cost?")
    page.keyboard.press("Enter")
    chip = page.locator(".turn .chip").first
    chip.wait_for(timeout=60_000)
    address = chip.get_attribute("href") or ""
    shown = urlopen(url + address.partition("#")[0]).read().decode()
    assert harbour in shown[shown.index('id="cited"') :][:200], "the chip leads elsewhere"
    return [_click(page) for _ in range(count + 1)][1:]


def _click(page: "Page") -> float:
    page.evaluate("document.querySelector('iframe[name=source]').src = 'about:blank'")
    page.wait_for_function("document.querySelector('iframe[name=source]').contentDocument?.URL === 'about:blank'")
    page.evaluate(CLICKED)
    page.locator(".turn .chip").first.click()
    return float(page.evaluate("window.taken"))


if __name__ == "__main__":
    main()
