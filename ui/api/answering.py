"""Questions of programs: as many are answered at once as there are processors, the others wait in order, more are refused.

An answer is made in a thread and handed on as it comes. Whoever hangs up is no longer worked for.
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from contextvars import copy_context
from typing import TypeVar

from starlette.requests import Request

from ui.api.problems import Problem

__all__ = ["MOST", "Answering", "unless_gone"]

AT_ONCE = max(2, os.cpu_count() or 1)
MOST = 100  # questions under way and waiting; on two cores the last of them waits for a minute
END = object()
T = TypeVar("T")


class Answering:
    """The questions under way, of every door for programs."""

    def __init__(self, at_once: int = AT_ONCE, most: int = MOST) -> None:
        self._pool = ThreadPoolExecutor(at_once, "answering")
        self._at_once, self._most = at_once, most
        self.under_way = 0

    @property
    def is_full(self) -> bool:
        """Whether a further question would be refused."""
        return self.under_way >= self._most

    @property
    def waiting(self) -> int:
        """How many of those under way were not begun."""
        return max(0, self.under_way - self._at_once)

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` does when its turn has come. Raises Problem if too many wait."""
        with self._admitted():
            return await self._begun(work)

    async def stream(self, begin: Callable[[], Generator[T, None, None]]) -> AsyncGenerator[T, None]:
        """Yield what the generator does that `begin` makes when its turn has come; it is closed if nobody listens any more.

        Raises Problem if too many wait, before anything is yielded, and what the generator raises.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[T | object] = asyncio.Queue()
        stop = threading.Event()

        def tell(what: T | object) -> None:
            with suppress(RuntimeError):  # the server has ended meanwhile
                loop.call_soon_threadsafe(told.put_nowait, what)

        def work() -> None:
            try:
                with closing(begin()) as events:
                    for event in events:
                        if stop.is_set():
                            return
                        tell(event)
            finally:
                tell(END)

        with self._admitted():
            done = self._begun(work)
            try:
                while (event := await told.get()) is not END:
                    yield event  # type: ignore[misc]
                await done
            finally:
                stop.set()
                done.cancel()

    def _begun(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Have `work` done when its turn has come. Where it is given up before, nothing of it is kept until then."""
        context = copy_context()
        left = [lambda: context.run(work)]  # the pool keeps what it was given, also what was cancelled
        doing = asyncio.get_running_loop().run_in_executor(self._pool, lambda: left.pop()())
        doing.add_done_callback(lambda _: left.clear())
        return doing

    @contextmanager
    def _admitted(self) -> Iterator[None]:
        if self.is_full:
            raise Problem(
                503, f"{self._most} questions are under way already, so this one was not begun. Ask it again later."
            )
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1


async def unless_gone(request: Request, work: Coroutine[object, object, T]) -> T:
    """Return what `work` does; it is cancelled, and Problem raised to nobody, when whoever asked hangs up."""
    doing, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((doing, gone), return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise Problem(408, "Whoever asked has hung up.")
    finally:
        for task in (doing, gone):
            task.cancel()
        await asyncio.gather(doing, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    """Return when nobody waits for the response any more; the body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
