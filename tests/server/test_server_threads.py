"""The page's threads: one that something happens to goes on, and a house full of requests fills no log."""

import ctypes
import logging
import threading

import pytest

from edge.web.server import Server
from tests.server.viewer import ask, until


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("waitress-")]


def test_a_thread_that_is_killed_between_two_requests_is_started_again(
    served: Server, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(workers())
    for thread in workers():
        assert thread.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
    for _ in range(3 * before):  # each wakes one up, to its end
        assert ask(served.port, "GET", "/healthz")[0] == 200
    assert len(workers()) == before
    assert "goes on" in caplog.text


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
