"""The child's side of corpus/child.py: a process that gives up what a parser has no business with, then works.

It may take only so much memory, write only in a temporary folder of its own, start no program and reach no network, and it
dies with its parent. Folders and TCP are held by Landlock (Linux 5.13 and 6.7) where the kernel has it; the rest by limits of
the process and by an audit hook, which a parser's native code could pass by, but no Python.
"""

import ctypes
import io
import os
import pickle
import resource
import signal
import struct
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from corpus.errors import OnRecordError

__all__ = ["DONE", "ERROR", "ITEM", "MEMORY", "READY", "peak_bytes", "serve"]

READY, ITEM, DONE, ERROR, MEMORY = b"r", b"i", b"d", b"e", b"m"  # the first byte of what the child sends

MAX_FILE = 256 * 2**20  # bytes of a file that it writes
REFUSED = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "pty.spawn", "subprocess.Popen"} | {
    f"socket.{call}"
    for call in ("bind", "connect", "getaddrinfo", "gethostbyaddr", "gethostbyname", "sendmsg", "sendto")
}
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
# linux/landlock.h: the numbers of its system calls, and bits of what it can forbid
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, TRUNCATE = 1 << 0, 1 << 1, 1 << 14
CHANGE_FOLDERS = sum(1 << bit for bit in range(4, 13))  # remove and make files, folders, links, devices
ALL_TCP = 0b11


def serve(descriptor: int, memory: int, folder: str, parent: int) -> None:
    """Work off what comes over the connection until it is closed: for each job its items, then how it ended."""
    _confine(memory, folder, parent)
    with Connection(descriptor) as connection:
        connection.send_bytes(READY)
        while True:
            try:
                work, argument, place = pickle.loads(connection.recv_bytes())
            except EOFError:
                return
            if place:
                os.chdir(place)
            connection.send_bytes(_worked(connection, work, argument))


def _worked(connection: Connection, work: object, argument: object) -> memoryview:
    """Send each item that the work yields; return the message that ends the job."""
    try:
        for item in work(argument):  # type: ignore[operator]
            connection.send_bytes(_message(ITEM, item))
    except MemoryError:
        return memoryview(MEMORY)
    except OnRecordError as error:
        return _message(ERROR, error)
    except Exception as error:  # noqa: BLE001  a parser may raise anything at all on a damaged file
        traceback.print_exc()  # to the parent, which logs it
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return _message(ERROR, what)
    return _message(DONE, peak_bytes())


def _message(kind: bytes, content: object) -> memoryview:
    message = io.BytesIO()
    message.write(kind)
    pickle.dump(content, message, protocol=5)
    return message.getbuffer()


def peak_bytes() -> int:
    """Return the most memory that this process has had resident (getrusage would count that of the process it came from)."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _confine(memory: int, folder: str, parent: int) -> None:
    """Give up rights for good. `memory` is in bytes; `folder` is where files may be written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to decide
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))
    # What is allocated, not what is mapped: libraries reserve address space that they never use.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_AS, (8 * memory, 8 * memory))
    _write_only_in(folder, libc)
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in REFUSED:
        raise PermissionError(f"a reader may not do this: {event}")


def _write_only_in(folder: str, libc: ctypes.CDLL) -> None:
    """Forbid changes outside `folder`, running programs, and TCP, as far as the kernel's Landlock can."""
    version = libc.syscall(CREATE_RULESET, None, 0, 1)
    if version < 1:
        return
    files = WRITE_FILE | (TRUNCATE if version >= 3 else 0)
    handled = struct.pack("QQ", EXECUTE | files | CHANGE_FOLDERS, ALL_TCP)[: 16 if version >= 4 else 8]
    rules = libc.syscall(CREATE_RULESET, handled, len(handled), 0)
    for place, allowed in ((folder, files | CHANGE_FOLDERS), (os.devnull, files)):
        opened = os.open(place, os.O_PATH)
        libc.syscall(ADD_RULE, rules, 1, struct.pack("=Qi", allowed, opened), 0)
        os.close(opened)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.syscall(RESTRICT_SELF, rules, 0)
    os.close(rules)
