"""The page's threads: one that ends is noticed, and a house full of requests fills no log."""

import ctypes
import logging
import socket
from collections import deque
from typing import Any

import pytest

from edge.web.server import Server
from tests.web.server.viewer import until


class Ends(deque[Any]):
    """A queue of requests that ends the thread which takes one."""

    def popleft(self) -> Any:
        raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_is_ended_between_two_requests_is_noticed(served: Server) -> None:
    assert served.alive
    served._waitress.task_dispatcher.queue = Ends()
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        until(lambda: not served.alive)
    served._waitress.task_dispatcher.queue = deque()


def test_a_listening_thread_that_dies_is_told_of(served: Server, caplog: pytest.LogCaptureFixture) -> None:
    assert served.alive
    # Not of all threads: a server of the test before may yet be ending.
    (listening,) = [thread for thread in served._threads if thread.name == "web"]
    assert listening.ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(listening.ident), ctypes.py_object(RuntimeError))
    until(lambda: not served.alive)
    assert "the page has stopped" in caplog.text


def test_requests_that_wait_for_a_thread_fill_no_log(served: Server, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("waitress.queue").warning("Task queue depth is 1")
    assert caplog.text == ""
