"""How far something long has come, on stderr: every two seconds in one line of a terminal, every 30 s elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

ON_TERMINAL, ELSEWHERE = 2.0, 30.0
_WIPE = "\r\x1b[K"


class Progress:
    """Speaks of one thing at a time; what is said too soon after the last is left out."""

    _line_is_open = False
    """Whether the terminal's cursor stands behind a line that the next one takes the place of; one for the process."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def say(self, text: str) -> None:
        """Shows `text`, unless something was shown just now."""
        now, terminal = time.monotonic(), sys.stderr.isatty()
        if now - self._said < (ON_TERMINAL if terminal else ELSEWHERE):
            return
        self._said = now
        print(f"{_WIPE}{text}" if terminal else text, end="" if terminal else "\n", file=sys.stderr, flush=True)
        Progress._line_is_open = terminal

    @staticmethod
    def end() -> None:
        """Wipes the line that is open, if one is: what comes next has the terminal's line to itself."""
        if Progress._line_is_open:
            print(_WIPE, end="", file=sys.stderr, flush=True)
            Progress._line_is_open = False


def counted(items: Iterable[T], what: str, total: int | None = None, each: int = 1) -> Iterator[T]:
    """The items themselves, counted aloud while they are gone through; each stands for `each` of `total`."""
    progress = Progress()
    for done, item in enumerate(items):
        progress.say(f"{what}: {done * each}" + ("" if total is None else f" of {total}"))
        yield item
    progress.end()
