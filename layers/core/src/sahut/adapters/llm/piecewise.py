"""Reads an iterator in a thread of its own, so that whoever waits for its items decides how long.

Nothing else bounds a call as a whole: resolving a name takes as long as it takes, an HTTP client's time-out
is for each read anew, and a server that trickles meets every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class _End(Exception):
    pass


class HangUp:
    """how: set by the iterator as soon as there is something to break off."""

    how: Callable[[], None] | None = None

    def __call__(self) -> None:
        if self.how is not None:
            self.how()


class Piecewise(Generic[T]):
    """items: begun at once, given a place for a function that breaks off the wait for an item.

    Without one it must end by itself after a while.
    """

    def __init__(self, items: Callable[[HangUp], Iterator[T]]) -> None:
        self._items = items
        self._hang_up = HangUp()
        self._came: SimpleQueue[T | Exception] = SimpleQueue()
        self._abandoned = Event()
        self._over = False
        # A daemon, so that one which hangs does not hold up the end of the process.
        Thread(target=self._run, name="model", daemon=True).start()

    def next(self, timeout_s: float) -> T | None:
        """The next item, None after the last one.

        Raises:
            TimeoutError: none came in time. Whatever the iterator raised.
        """
        try:
            came = self._came.get(timeout=max(0.0, timeout_s))
        except Empty:
            raise TimeoutError from None
        self._over = isinstance(came, Exception)
        if isinstance(came, _End):
            return None
        if isinstance(came, Exception):
            raise came
        return came

    def abandon(self) -> None:
        """What still comes is thrown away, and the iterator is closed. Nothing happens after its end."""
        self._abandoned.set()
        if not self._over:
            self._hang_up()

    def _run(self) -> None:
        items = self._items(self._hang_up)
        try:
            for item in items:
                if self._abandoned.is_set():
                    break
                self._came.put(item)
            self._came.put(_End())
        except Exception as error:  # noqa: BLE001  # raised again by `next`, in the thread that waits
            self._came.put(error)
        finally:
            if close := getattr(items, "close", None):
                close()
