"""Lets threads run into each other."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def race(*actions: Callable[[], T]) -> list[T | Exception]:
    """Runs all ``actions`` at once, each in a thread of its own, and returns what each returned or raised, in their order."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], T]) -> T | Exception:
        barrier.wait(timeout=30)
        try:
            return action()
        except Exception as error:  # noqa: BLE001 - the outcome is what the test looks at
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
