"""How far something long has come: a line on stderr every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
SECONDS = 10.0


def counted(items: Iterable[T], what: str, total: int | None = None, each: int = 1) -> Iterator[T]:
    """The items themselves, counted aloud while they are gone through; each stands for `each` of `total`."""
    last = time.monotonic()
    for done, item in enumerate(items):
        if time.monotonic() - last >= SECONDS:
            last = time.monotonic()
            print(f"{what}: {done * each}" + ("" if total is None else f" of {total}"), file=sys.stderr, flush=True)
        yield item
