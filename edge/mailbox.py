"""The latest value, shared between threads."""

import threading
import time
from typing import Generic, TypeVar

T = TypeVar("T")


class Closed(Exception):
    """The mailbox was closed: nothing more will come."""


class Latest(Generic[T]):
    """Holds the newest value only; older ones are dropped by design, so a slow reader never builds up a queue.

    Every `put` raises the version by one, starting at 1. Any number of threads may put and wait.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._value: T | None = None
        self._error: BaseException | None = None
        self._closed = False

    def put(self, value: T) -> None:
        """Replaces the value and wakes every waiter. After `close` it does nothing."""
        with self._changed:
            if not self._closed:
                self._value = value
                self._version += 1
                self._changed.notify_all()

    def empty(self, seen: int | None = None) -> None:
        """Drops the value, unless it is newer than `seen`; readers then wait for the next `put`."""
        with self._changed:
            if seen is None or self._version <= seen:
                self._value = None

    def peek(self) -> T | None:
        """The newest value, or None before the first `put` and after `empty`. Never blocks, never raises."""
        with self._changed:
            return self._value

    def wait(self, after: int = 0, timeout: float | None = None) -> tuple[int, T] | None:
        """The newest (version, value) whose version is greater than `after`, waiting up to `timeout` seconds.

        Returns None when the time is up. Raises what `fail` was given, or `Closed` after `close`; a value
        that is newer than `after` is still handed out before either.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while self._version <= after or self._value is None:
                if self._error is not None:
                    raise self._error
                if self._closed:
                    raise Closed
                remaining = None if deadline is None else deadline - time.monotonic()
                if remaining is not None and remaining <= 0:
                    return None
                self._changed.wait(remaining)
            return self._version, self._value

    def fail(self, error: BaseException) -> None:
        """The writer failed with `error`, which is raised for every reader that has seen the last value."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def close(self) -> None:
        """No more values: waiters wake up with `Closed`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
