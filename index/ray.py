"""Reading and encoding on Ray, for the one that writes: what is read comes back as from the child processes here, and so do vectors.

The only file that imports Ray. A worker that dies loses nothing, since what it does changes nothing: Ray has it done again
elsewhere. An input whose worker dies every time costs itself alone. What is sent there and done there: index/remote.py.
"""

import logging
import math
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from corpus.errors import ClusterError, EncoderError, SettingsError, SourceError
from corpus.types import Input
from index.encoder import Encoder, Vectors
from index.reading import Found, alone
from index.remote import Coder, Sent, code_digest, read_sent, sent, sent_encoder

__all__ = ["Cluster", "cluster"]

MB = 2**20
TRIES = 6  # of what is done where a worker dies: random kills are outlived, an input that kills is given up in seconds
HELD_BYTES = 200 * MB  # of files that were sent and not yet read
PIECES_AHEAD = 8  # of what was found in a file, that wait to be taken
STORE_BYTES = 1000 * MB  # that a cluster of our own keeps in memory
FEWEST_TEXTS = 32  # that are worth being sent to another machine
ANSWER_S, CHECK_S, CONNECT_S, START_S = 3, 5, 30, 120
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # Ray would tell of workers that died on stdout, among the results
}
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Node:
    """A machine of the cluster: how many processors Ray may use there, and whether the encoder is to be had there."""

    id: str
    host: str
    processors: float
    has_encoder: bool

    @property
    def encodes(self) -> float:
        """Return how many of its processors are taken for encoding: half of them, as without Ray."""
        return self.processors // 2 or self.processors / 2

    @property
    def readers(self) -> int:
        return max(1, int(self.processors - self.encodes))


@dataclass(frozen=True, slots=True)
class _Task:
    """An input that is being read: by Ray, or here where `pieces` is None."""

    input: Input
    pieces: Any
    size: int = 0


@contextmanager
def cluster(address: str, encoder: Encoder, folder: Path) -> Iterator["Cluster"]:
    """Lend what reads and encodes on the cluster at `address`, HOST:PORT, or with "auto" on this machine's.

    Where none runs here, "auto" starts one that ends with the block. `encoder` is the library's, converted in `folder`. Raises
    SettingsError if Ray is missing or the address is none, ClusterError if nothing answers there or what answers is of no use.
    """
    with _connected(address):
        lent = Cluster(encoder, folder)
        try:
            yield lent
        finally:
            lent.close()


class Cluster:
    """A connection to a cluster that can read and encode. Threads may share it."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """Look at the machines and start their encoders. Raises ClusterError, and EncoderError where one is not the library's."""
        self._ray = _ray()
        self._address: str = self._ray.get_runtime_context().gcs_address
        self._checked = time.monotonic()
        self._dimension = encoder.info.dimension
        self._nodes = self._looked_at(encoder, folder)
        self._readers = sum(node.readers for node in self._nodes)
        self._read = self._ray.remote(read_sent).options(
            num_cpus=min(1, *(node.processors - node.encodes for node in self._nodes)),
            max_retries=TRIES - 1,
            num_returns="streaming",
            _generator_backpressure_num_objects=PIECES_AHEAD,
            scheduling_strategy="SPREAD" if len(self._nodes) > 1 else "DEFAULT",
        )
        self._coders = self._started(encoder, folder)

    def __str__(self) -> str:
        count = len(self._nodes)
        machines = f"{count} machines" if count > 1 else "1 machine"
        return f"{machines}, {sum(node.processors for node in self._nodes):g} processors"

    def close(self) -> None:
        """Let the workers go."""
        for coder in self._coders:
            with suppress(Exception):  # the cluster may be lost, and they with it
                self._ray.kill(coder)

    def work(self, inputs: Iterable[Input]) -> Iterator[tuple[Input, Found]]:
        """Read inputs on the cluster, some of them ahead of what is taken; what cannot be sent is read here."""
        waiting: deque[_Task] = deque()
        left = iter(inputs)
        try:
            while True:
                self._send(left, waiting)
                if not waiting:
                    return
                yield waiting[0].input, self._found(waiting[0])
                self._let_go(waiting.popleft())
        finally:
            for task in waiting:
                self._let_go(task)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit-norm embeddings, float32 [n, dim], in input order, each machine encoding its share."""
        vectors = np.empty((len(texts), self._dimension), np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        count = min(len(self._coders), math.ceil(len(texts) / FEWEST_TEXTS))
        shares = [order[i::count] for i in range(count)]  # as many short ones and as many long ones each
        asked = [
            coder.encode.remote([texts[i] for i in share]) for coder, share in zip(self._coders, shares, strict=False)
        ]
        for share, ref in zip(shares, asked, strict=True):
            vectors[share] = self._value(ref)
        return vectors

    def _send(self, left: Iterator[Input], waiting: deque[_Task]) -> None:
        """Send inputs as long as there is room: one at least, so that there are always some, and more until the first is read."""
        while len(waiting) <= 2 * self._readers and sum(task.size for task in waiting) < HELD_BYTES:
            input = next(left, None)
            if input is None:
                return
            waiting.append(self._task(input))
            first = waiting[0].pieces
            if first is None or self._ray.wait([first], timeout=0, fetch_local=False)[0]:
                return

    def _task(self, input: Input) -> _Task:
        ready = sent(input)
        return _Task(input, None) if ready is None else self._begun(ready)

    def _begun(self, ready: Sent) -> _Task:
        return _Task(ready.input, self._read.remote(ready), len(ready.content))

    def _found(self, task: _Task) -> Found:
        """Yield what is in an input. Raises the SourceError that ends it, also where its workers died of it."""
        if task.pieces is None:
            yield from alone(task.input)
            return
        while True:
            self._await(task.pieces)
            try:
                ref = next(task.pieces)
            except StopIteration:
                return
            piece = self._piece(ref, task.input)
            yield from piece.items
            if piece.error is not None:
                raise piece.error

    def _piece(self, ref: Any, input: Input) -> Any:
        errors = self._ray.exceptions
        try:
            return self._value(ref)
        except (errors.WorkerCrashedError, errors.OutOfMemoryError) as error:
            raise SourceError(
                f"{input.name or input.path}: reading it broke off {TRIES} times, the worker being killed, perhaps for "
                "want of memory. Split it, or save it as text, and add that."
            ) from error

    def _let_go(self, task: _Task) -> None:
        if task.pieces is not None:
            with suppress(Exception):  # it has ended, or the cluster is lost
                self._ray.cancel(task.pieces)

    def _value(self, ref: Any) -> Any:
        """Return what was asked for, when it is there. Raises ClusterError if the cluster is lost."""
        errors = self._ray.exceptions
        self._await(ref)
        try:
            return self._ray.get(ref)
        except (errors.WorkerCrashedError, errors.OutOfMemoryError):
            raise
        except errors.RayTaskError as error:
            if isinstance(error.cause, EncoderError):
                raise EncoderError(str(error.cause)) from error
            raise ClusterError(f"a worker on Ray failed ({_in_short(error.cause)}). {LIVE}") from error
        except errors.RayError as error:
            raise self._lost(_in_short(error)) from error

    def _await(self, ref: Any) -> None:
        """Wait until something is there. Raises ClusterError if the cluster is lost: Ray itself would wait for minutes."""
        while True:
            if time.monotonic() - self._checked > CHECK_S:
                if not _answers(self._address):
                    raise self._lost("it no longer answers")
                self._checked = time.monotonic()
            if self._ray.wait([ref], timeout=CHECK_S, fetch_local=False)[0]:
                return

    def _lost(self, why: str) -> ClusterError:
        return ClusterError(f"{self._address}: the Ray cluster is lost ({why}). {LIVE}")

    def _looked_at(self, encoder: Encoder, folder: Path) -> list[_Node]:
        """Return the machines that can work. Raises ClusterError if one has another OnRecord, or none has a processor."""
        alive = [node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) > 0]
        if not alive:
            raise ClusterError(f"{self._address}: the Ray cluster has no processors. Start it with some: --num-cpus.")
        look = self._ray.remote(_looking())
        asked = [
            look.options(num_cpus=0, scheduling_strategy=self._at(node["NodeID"])).remote(encoder.info.model, folder)
            for node in alive
        ]
        found = []
        for node, ref in zip(alive, asked, strict=True):
            host = node["NodeManagerHostname"]
            told = self._value(ref)
            if isinstance(told, str):
                raise ClusterError(
                    f"{host}: OnRecord cannot run on this machine of the Ray cluster ({told}). {INSTALL}"
                )
            digest, has_encoder = told
            if digest != code_digest():
                raise ClusterError(
                    f"{host}: this machine of the Ray cluster has another version of OnRecord. {INSTALL}"
                )
            found.append(_Node(node["NodeID"], host, node["Resources"]["CPU"], has_encoder))
        return found

    def _started(self, encoder: Encoder, folder: Path) -> list[Any]:
        """Return an encoder for each machine, loaded. Raises ClusterError if none has a processor free for one."""
        lacking = any(not node.has_encoder for node in self._nodes)
        files = self._ray.put(sent_encoder(encoder.info.model, folder)) if lacking else None
        kind = self._ray.remote(Coder)
        coders = [
            kind.options(
                num_cpus=node.encodes,
                max_restarts=-1,
                max_task_retries=TRIES - 1,
                scheduling_strategy=self._at(node.id, soft=True),
            ).remote(encoder.info, folder, files)
            for node in self._nodes
        ]
        asked = {coder.ready.remote(): coder for coder in coders}
        ready, late = self._ray.wait([*asked], num_returns=len(coders), timeout=START_S, fetch_local=False)
        for ref in late:
            self._ray.kill(asked[ref])
        for ref in ready:
            log.debug("encoding on Ray with %s", self._value(ref))
        if not ready:
            raise ClusterError(f"{self._address}: no processor of the Ray cluster became free within {START_S} s.")
        return [asked[ref] for ref in ready]

    def _at(self, node: str, soft: bool = False) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(node, soft=soft)


LIVE = "What is live stays; run the same again to go on."
INSTALL = "Install the same onrecord[ray] there as here."


def _looking() -> Callable[[str, Path], tuple[str, bool] | str]:
    """Return a function that tells, on another machine, what OnRecord it has; it may have none to take the function from."""

    def look(model: str, folder: Path) -> tuple[str, bool] | str:
        try:
            from index.encoder import converted
            from index.remote import code_digest
        except ImportError as error:
            return str(error)
        return code_digest(), (converted(model, folder) / "encoder.json").is_file()

    return look


def _ray() -> Any:
    """Import Ray, here since it takes 0.4 s and is an extra. Raises SettingsError where it is missing."""
    os.environ.update(QUIET)
    try:
        import ray
    except ImportError as error:
        raise SettingsError("--ray needs Ray, which is not installed. Run: pip install 'onrecord[ray]'.") from error
    return ray


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """Be connected to a cluster while the block runs; one that was started for it ends with it."""
    if (
        address != "auto"
    ):  # what answers may be no Ray, which Ray itself finds out in two minutes; ours may start slowly
        os.environ.setdefault("RAY_gcs_server_request_timeout_seconds", str(CONNECT_S))
    ray = _ray()
    there = _running(address)
    with TemporaryDirectory(prefix="onrecord-ray-", ignore_cleanup_errors=True) as folder:
        given: dict[str, Any] = {"address": there}
        if there is None:
            given = {"address": "local", "include_dashboard": False, "object_store_memory": STORE_BYTES}
            given |= {"_temp_dir": folder, "num_cpus": os.cpu_count()}
        try:
            with _undisturbed(folder, there is None):
                ray.init(**given, log_to_driver=False, configure_logging=False)
            yield
        except (OSError, RuntimeError, ValueError, SystemExit, ray.exceptions.RayError) as error:
            if ray.is_initialized():
                raise
            raise ClusterError(f"{there or 'Ray'}: cannot be used ({_in_short(error)}). {JOIN}") from error
        finally:
            ray.shutdown()
            _told_anew()


def _told_anew() -> None:
    """Have Ray look at the variables again that say who may use a cluster: it does so but once by itself."""
    raylet = _ray()._raylet
    raylet.Config.initialize("")
    raylet.AuthenticationTokenLoader.instance().reset_cache()


JOIN = "A cluster elsewhere has to be joined first, from this machine: ray start --num-cpus=0 --address=HOST:PORT."


def _running(address: str) -> str | None:
    """Return the address of a cluster that answers; None where one is to be started. Raises SettingsError, ClusterError."""
    if address == "auto":
        from ray._private.services import find_bootstrap_address

        latest: str | None = find_bootstrap_address(None)
        return latest if latest and _answers(latest) else None
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise SettingsError(f"--ray {address}: no cluster's address. Write auto, or HOST:PORT as ray start tells it.")
    if not _answers(address):
        raise ClusterError(f"{address}: no Ray cluster answers there. Is it running? Nothing was changed.")
    return address


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()
    except OSError:
        return False
    return True


@contextmanager
def _undisturbed(folder: str, ours: bool) -> Iterator[None]:
    """Keep this process as it is while Ray connects: its signals, its log, its variables.

    Ray has workers import from the folder that it is called in, where anybody's documents may be: it is called in an empty one.
    A cluster of our own listens to all networks, but obeys nobody without a word that nobody else knows.
    """
    given = {"RAY_ADDRESS": ""}
    if ours:
        imports = os.pathsep.join(str(Path(place).absolute()) for place in sys.path)
        given |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "PYTHONPATH": imports}
        given |= {"TMPDIR": folder}
    before = {name: os.environ.get(name) for name in given}
    main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)} if main else {}
    place = os.getcwd()
    logging.getLogger("ray").setLevel(logging.ERROR)
    os.environ.update(given)
    if ours:
        _told_anew()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(place)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _in_short(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
