"""Reading in child processes: what a file may cost, and that it costs itself only."""

import errno
import logging
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.child import loaded
from corpus.errors import SourceError
from corpus.readers import read
from corpus.sandbox import Limits, Sandbox, reading
from corpus.types import Extract
from tests.corpus.misbehaving import act, count

LIMITS = Limits(seconds=30, memory_mb=400, output_mb=40)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox[Path, object]]:
    with Sandbox(act, LIMITS) as opened:
        yield opened


@pytest.fixture
def asked(tmp_path: Path, sandbox: Sandbox[Path, object]) -> object:
    """Return what does a thing in the child: asked("count", "3") yields what came of it."""

    def ask(what: str, content: str = "") -> list[object]:
        path = tmp_path / f"{what}.txt"
        path.write_text(content)
        return list(sandbox.run(path))

    return ask


def test_items_come_in_order_and_errors_as_items_too(asked) -> None:
    assert asked("count", "1000") == list(range(1000))
    assert asked("words") == [Extract("words", "title", "text/plain")]
    error, row = asked("bad_row")
    assert (type(error), str(error), row) == (SourceError, "row 1 is bad", "row 2")


def test_a_file_is_read_as_in_the_process_itself(articles: Path) -> None:
    with reading() as sandbox:
        for path in sorted(articles.iterdir()):
            assert list(sandbox.run(path)) == list(read(path))
        with pytest.raises(SourceError, match=r"none\.txt: no such file"):
            list(sandbox.run(articles / "none.txt"))


def test_a_relative_path_is_that_of_the_caller(articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading() as sandbox:
        for folder in (articles, articles.parent):
            monkeypatch.chdir(folder)
            path = (articles / "bridge.txt").relative_to(folder)
            assert list(sandbox.run(path)) == list(read(path))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("fail", "^the reader's own message$"),
        ("defect", r"defect\.txt: it is damaged or malformed \(AssertionError: a parser's surprise\)\. Save it anew"),
        ("devour", r"devour\.txt: reading it takes more than 400 MB of memory\. Split it"),
        ("devour_by_the_byte", r"takes more than 400 MB of memory\. Split it"),
        ("segfault", r"segfault\.txt: reading it broke off \(SIGSEGV\), perhaps .* Split it"),
        ("leave", r"leave\.txt: reading it broke off \(exit code 0\)"),
        ("be_killed", r"be_killed\.txt: reading it broke off \(SIGKILL\), perhaps for want of more than 400 MB"),
        ("chatter", r"chatter\.txt: more than 40 MB come out of it\. Split it"),
        ("swell", r"swell\.txt: more than 40 MB come out of it\. Split it"),
        ("swell_by_and_by", r"more than 40 MB come out of it\. Split it"),
        ("fill_the_disk", r"fill_the_disk\.txt: it is damaged or malformed \(OSError: .*too large"),
        ("write_beside", r"write_beside\.txt: it is damaged .*PermissionError"),
        ("run_a_program", r"run_a_program\.txt: it is damaged .*PermissionError: a reader may not do this"),
    ],
)
def test_each_misdeed_costs_its_own_file_one_clear_error(asked, tmp_path: Path, what: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as error:
        asked(what)
    assert "\n" not in str(error.value)
    assert asked("count", "3") == [0, 1, 2]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".txt"] == []


@pytest.mark.parametrize("what", ["hang", "hang_natively"])
def test_what_hangs_is_killed_and_replaced(tmp_path: Path, what: str) -> None:
    (tmp_path / f"{what}.txt").touch()
    (tmp_path / "count.txt").write_text("2")
    with Sandbox(act, Limits(seconds=1)) as sandbox:
        with pytest.raises(SourceError, match=rf"{what}\.txt: reading it took more than 1 s\. Split it"):
            list(sandbox.run(tmp_path / f"{what}.txt"))
        assert list(sandbox.run(tmp_path / "count.txt")) == [0, 1]


def test_no_network_is_reached(asked) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(SourceError, match="PermissionError"):
            asked("call_out", str(server.getsockname()[1]))
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_folder_of_its_own_may_be_written_and_goes_with_the_process(tmp_path: Path) -> None:
    (tmp_path / "write_aside.txt").touch()
    before = set(Path(os.environ.get("TMPDIR", "/tmp")).glob("onrecord-*"))
    with Sandbox(act) as sandbox:
        assert list(sandbox.run(tmp_path / "write_aside.txt")) == ["here"]
    assert set(Path(os.environ.get("TMPDIR", "/tmp")).glob("onrecord-*")) <= before


def test_a_child_leaves_ctrl_c_and_the_terminal_to_its_parent_and_imports_little(asked) -> None:
    pid, interrupt, given, imported = asked("tell")[0]
    assert (interrupt, given) == (signal.SIG_IGN, "")
    assert os.getpgid(pid) == pid
    assert not {"pytest", "ui.cli", "numpy", "trafilatura"} & set(imported)
    assert asked("tell")[0][0] == pid, "a process is reused"


def test_a_process_is_replaced_after_some_files(tmp_path: Path) -> None:
    (tmp_path / "tell.txt").touch()
    with Sandbox(act, Limits(files=2)) as sandbox:
        pids = [pid for _ in range(4) for pid, *_ in sandbox.run(tmp_path / "tell.txt")]
    assert (pids[0] == pids[1], pids[1] == pids[2], pids[2] == pids[3]) == (True, False, True)


def test_what_a_parser_prints_is_logged_and_not_shown(
    asked, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "murmur.txt").touch()
    with caplog.at_level(logging.DEBUG), Sandbox(act) as sandbox:
        assert list(sandbox.run(tmp_path / "murmur.txt")) == ["words"]
    assert "a warning of a parser" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_the_next_files_are_read_while_one_is_worked_on(tmp_path: Path) -> None:
    paths = [tmp_path / str(n) / "slowly.txt" for n in range(4)]
    for path in paths:
        path.parent.mkdir()
        path.touch()
    with Sandbox(act, workers=2) as sandbox:
        begun = []
        for path, items in sandbox.run_all(iter(paths), ahead=2):
            begun += [(path, *items)]
    assert [path for path, _ in begun] == paths
    times = [time for _, time in begun]
    assert max(times[0], times[1]) < min(times[0], times[1]) + 0.2, "two at once"


def test_errors_come_where_their_files_items_are_taken(tmp_path: Path) -> None:
    found = []
    for name in ("words", "fail", "segfault", "bad_row"):
        (tmp_path / f"{name}.txt").touch()
    with Sandbox(act, LIMITS) as sandbox:
        for path, items in sandbox.run_all([tmp_path / f"{n}.txt" for n in ("words", "fail", "segfault", "bad_row")]):
            try:
                found.append((path.stem, len(list(items))))
            except SourceError as error:
                found.append((path.stem, str(error)[:12]))
    assert [name for name, _ in found] == ["words", "fail", "segfault", "bad_row"]
    assert found[0][1] == 1 and found[1][1] == "the reader's" and found[3][1] == 2


def test_a_child_does_not_run_ahead_without_bound(tmp_path: Path) -> None:
    (tmp_path / "swell_by_and_by.txt").touch()
    with Sandbox(act, Limits(output_mb=10_000)) as sandbox:
        items = sandbox.run(tmp_path / "swell_by_and_by.txt")
        next(items)
        time.sleep(0.5)
        (job,) = sandbox._open
        assert job._held <= 18 * 2**20
        items.close()
        (tmp_path / "count.txt").write_text("2")
        assert list(sandbox.run(tmp_path / "count.txt")) == [0, 1], "a file that was left does not hold up the next"


def test_a_file_left_half_read_never_costs_the_next_one(tmp_path: Path) -> None:
    (tmp_path / "count.txt").write_text("50")
    with Sandbox(act) as sandbox:
        for _ in range(20):
            assert next(sandbox.run(tmp_path / "count.txt")) == 0
            assert len(list(sandbox.run(tmp_path / "count.txt"))) == 50


def test_waiting_for_the_caller_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "count.txt").write_text("3")
    with Sandbox(act, Limits(seconds=0.5)) as sandbox:
        list(sandbox.run(tmp_path / "count.txt"))
        for _ in sandbox.run(tmp_path / "count.txt"):
            time.sleep(0.3)


def test_threads_may_share_a_sandbox(tmp_path: Path, sandbox: Sandbox[Path, object]) -> None:
    (tmp_path / "count.txt").write_text("500")
    found: list[list[object]] = []
    threads = [
        threading.Thread(target=lambda: found.append(list(sandbox.run(tmp_path / "count.txt")))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [list(range(500))] * 5


def test_closing_ends_the_child_and_what_it_is_at(tmp_path: Path) -> None:
    (tmp_path / "tell.txt").touch()
    (tmp_path / "hang.txt").touch()
    sandbox = Sandbox(act)
    ((pid, *_),) = sandbox.run(tmp_path / "tell.txt")
    failed: list[Exception] = []

    def wait() -> None:
        try:
            list(sandbox.run(tmp_path / "hang.txt"))
        except ValueError as error:
            failed.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)
    sandbox.close()
    waiting.join(5)
    assert "no longer being read" in str(failed[0])
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(ValueError, match="closed"):
        list(sandbox.run(tmp_path / "tell.txt"))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_dies_with_its_parent(tmp_path: Path, end: int) -> None:
    """Even while it hangs in native code."""
    for name in ("tell", "hang_natively"):
        (tmp_path / f"{name}.txt").touch()
    code = (
        "import sys; from pathlib import Path; from corpus.sandbox import Sandbox; from tests.corpus.misbehaving import act\n"
        "with Sandbox(act) as sandbox:\n"
        "    folder = Path(sys.argv[1])\n"
        "    print(list(sandbox.run(folder / 'tell.txt'))[0][0], flush=True)\n"
        "    list(sandbox.run(folder / 'hang_natively.txt'))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    died = os.pidfd_open(child)
    time.sleep(0.3)
    parent.send_signal(end)
    parent.communicate()
    assert select.select([died], [], [], 5)[0], "the child outlives its parent"
    os.close(died)


def test_a_result_that_is_no_class_of_this_program_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    for hostile in (Evil(), count, Path("x")):
        with pytest.raises(pickle.UnpicklingError, match="is no result"):
            loaded(b"i" + pickle.dumps(hostile, protocol=5))


def test_the_main_programs_own_functions_are_no_work() -> None:
    def work(path: Path) -> Iterator[object]:
        yield path

    work.__module__ = "__main__"
    with pytest.raises(ValueError, match="main program"):
        Sandbox(work)


def test_a_file_for_which_no_process_can_be_started_costs_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hung before: where the machine or a container lets no more processes run."""

    def refused(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    path = tmp_path / "count.txt"
    path.write_text("3")
    with Sandbox(act, LIMITS) as sandbox:
        with monkeypatch.context() as patched:
            patched.setattr(subprocess, "Popen", refused)
            with pytest.raises(SourceError, match=r"count\.txt: no process could be started .*temporarily unavailable"):
                list(sandbox.run(path))
        assert list(sandbox.run(path)) == [0, 1, 2]
