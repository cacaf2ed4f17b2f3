"""Hashing passwords is bounded, and the event loop goes on meanwhile."""

import asyncio
import threading

import pytest
from anyio import to_thread

from videochat.server.identity.http import Busy, PasswordQueue


def test_few_run_some_wait_and_the_rest_is_sent_away() -> None:
    running, gate = threading.Semaphore(0), threading.Event()

    def hash_slowly() -> str:
        running.release()
        assert gate.wait(30)
        return "done"

    async def scenario() -> list[str]:
        queue = PasswordQueue(2, waiting=3)
        tasks = [asyncio.create_task(queue.run(hash_slowly)) for _ in range(5)]
        for _ in range(2):
            assert await to_thread.run_sync(running.acquire)
        while queue.waiting < 3:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)
        # Two run, three wait.
        assert not running.acquire(blocking=False)
        with pytest.raises(Busy):
            await queue.run(hash_slowly)
        gate.set()
        results = await asyncio.gather(*tasks)
        results.append(await queue.run(hash_slowly))
        return results

    assert asyncio.run(scenario()) == ["done"] * 6
