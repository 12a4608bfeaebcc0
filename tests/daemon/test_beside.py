"""A part that comes up while the main loop looks already."""

import threading

import pytest

from edge.daemon.beside import Beside
from edge.errors import EdgeError


class Page:
    def __init__(self) -> None:
        self.open = self.alive = True

    def close(self) -> None:
        self.open = False


def test_the_main_thread_goes_on_while_the_part_is_made_and_closing_waits_for_it() -> None:
    stop, goes_on, page = threading.Event(), threading.Event(), Page()

    def make() -> Page:
        assert goes_on.wait(10)
        return page

    beside = Beside("page", make, stop)
    beside.check()
    goes_on.set()
    beside.close()
    assert not page.open and not stop.is_set()


def test_a_part_that_cannot_be_made_ends_the_loop_with_its_own_line() -> None:
    def make() -> Page:
        raise EdgeError("web.port: taken")

    stop = threading.Event()
    beside = Beside("page", make, stop)
    assert stop.wait(10)
    with pytest.raises(EdgeError, match=r"web\.port: taken"):
        beside.check()
    beside.close()


def test_a_part_that_dies_later_is_noticed() -> None:
    page = Page()
    beside = Beside("page", lambda: page, threading.Event())
    beside.close()
    beside.check()
    page.alive = False
    with pytest.raises(EdgeError, match="the page has stopped by itself"):
        beside.check()
