"""Whoever waits is told how far it is: often in one line of a terminal, seldom in a log file."""

import io
import time
from collections.abc import Callable

import pytest

from edge.errors import EdgeError
from train.console import ended
from train.progress import counted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The time, which stands still until it is moved on."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def on(seconds: float) -> None:
        now[0] += seconds

    return on


def said(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, on: Callable[[float], None], each: float) -> str:
    """What is told of ten items that take `each` seconds."""
    monkeypatch.setattr("sys.stderr", stream)
    for _ in counted("abcdefghij", "reading x", 10):
        on(each)
    return stream.getvalue()


def test_a_terminal_has_one_line_that_is_wiped_at_the_end(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    told = said(monkeypatch, Terminal(), clock, 1.0)
    assert "reading x: 4 of 10" in told
    assert told.count("reading x") == 4
    assert "\n" not in told
    assert told.endswith("\r\x1b[K")


def test_a_log_file_has_a_line_every_half_a_minute(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    told = said(monkeypatch, io.StringIO(), clock, 10.0)
    assert told.splitlines() == ["reading x: 3 of 10", "reading x: 6 of 10", "reading x: 9 of 10"]
    assert said(monkeypatch, io.StringIO(), clock, 1.0) == "", "what is soon done needs no words"


def test_an_error_has_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    def work() -> int:
        for _ in counted("abcd", "reading x"):
            clock(2.0)
            if terminal.getvalue():
                raise EdgeError("x: damaged")
        return 0

    assert ended(work) == 2
    assert terminal.getvalue() == "\r\x1b[Kreading x: 1\r\x1b[Kx: damaged\n"
