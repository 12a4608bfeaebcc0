"""How far something long has come, on stderr: every two seconds in one line of a terminal, every 30 s elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_WIPE = "\r\x1b[K"
_open: list[bool] = []
"""Whether the terminal's cursor stands behind a line that the next one takes the place of."""


def counted(items: Iterable[T], what: str, total: int | None = None, each: int = 1) -> Iterator[T]:
    """The items themselves, counted aloud while they are gone through; each stands for `each` of `total`."""
    terminal, last = sys.stderr.isatty(), time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - last >= (2.0 if terminal else 30.0):
            last = time.monotonic()
            text = f"{what}: {done * each}" + ("" if total is None else f" of {total}")
            print(f"{_WIPE}{text}" if terminal else text, end="" if terminal else "\n", file=sys.stderr, flush=True)
            _open[:] = [True] * terminal
        yield item
    end()


def end() -> None:
    """Wipes the line that is open, if one is: what comes next has the terminal's line to itself."""
    if _open:
        print(_WIPE, end="", file=sys.stderr, flush=True)
        _open.clear()
