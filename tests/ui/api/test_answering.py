"""Questions that are given up before their turn."""

import asyncio
import gc
import threading
import weakref
from contextlib import closing, suppress

import pytest

from ui.api.answering import Answering

PATIENCE_S = 30


class Body:
    """What a request has sent."""


@pytest.mark.parametrize("streams", [False, True])
def test_nothing_is_kept_of_a_question_that_was_given_up_while_another_is_answered(streams: bool) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> bool:
        begun.set()
        return go_on.wait(PATIENCE_S)

    async def given_up(answering: Answering) -> "weakref.ref[Body]":
        body = Body()
        kept = weakref.ref(body)
        waits = anext(answering.stream(lambda: (b for b in [body]))) if streams else answering.run(lambda: body)
        asked = asyncio.ensure_future(waits)
        await asyncio.sleep(0)
        assert answering.under_way == 2
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        return kept

    async def ask() -> None:
        with closing(Answering(at_once=1)) as answering:
            first = asyncio.ensure_future(answering.run(slow))
            assert await asyncio.to_thread(begun.wait, PATIENCE_S)
            kept = await given_up(answering)
            await asyncio.sleep(0)
            gc.collect()
            try:
                assert (kept(), answering.under_way) == (None, 1)
            finally:
                go_on.set()
            assert await first

    asyncio.run(ask())
