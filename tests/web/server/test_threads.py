"""The page's threads: one that something happens to goes on, and a house full of requests fills no log."""

import ctypes
import logging
import threading
from collections import deque
from typing import Any

import pytest

from edge.web.server import Server
from tests.web.server.viewer import ask, until


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("waitress-")]


class FailsAtFirst(deque[Any]):
    """A queue of requests out of which the first `failures` threads that want one get SystemExit instead."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self._failures = failures

    def popleft(self) -> Any:
        if self._failures:
            self._failures -= 1
            raise SystemExit
        return super().popleft()


def test_a_thread_that_is_ended_between_two_requests_is_started_again(
    served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(workers())
    served._waitress.task_dispatcher.queue = FailsAtFirst(2 * before)
    for _ in range(3 * before):
        assert ask(served.port, "GET", "/healthz")[0] == 200
    assert len(workers()) == before
    assert caplog.text.count("goes on") == 2 * before


def test_a_listening_thread_that_dies_is_told_of(served: Server, caplog: pytest.LogCaptureFixture) -> None:
    assert served.alive
    (listening,) = [thread for thread in threading.enumerate() if thread.name == "web"]
    assert listening.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(listening.ident), ctypes.py_object(RuntimeError))
    until(lambda: not served.alive)
    assert "the page has stopped" in caplog.text


def test_more_requests_than_threads_are_one_line_an_hour(served: Server, caplog: pytest.LogCaptureFixture) -> None:
    queue = logging.getLogger("waitress.queue")
    with caplog.at_level(logging.WARNING):
        for number in range(50):
            queue.warning("Task queue depth is %d", number)
    assert caplog.text.count("Task queue depth") <= 1
