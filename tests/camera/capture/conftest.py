"""The capture thread, started and closed."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edge.camera.capture import Capture
from edge.camera.source import Source
from edge.mailbox import Latest
from edge.records import Frame
from tests.camera.capture.frames import Start, eventually


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a Capture; at the end it is closed, and its threads must be gone."""
    captures: list[Capture] = []
    before = set(threading.enumerate())

    def start(open_source: Callable[[], Source], timeout: float = 5.0, **options: Any) -> tuple[Capture, Latest[Frame]]:
        frames: Latest[Frame] = Latest()
        capture = Capture(open_source, frames, timeout, **{"retry_seconds": 0.05, **options})
        captures.append(capture)
        capture.start()
        return capture, frames

    yield start
    for capture in captures:
        capture.close()
    eventually(lambda: set(threading.enumerate()) <= before)
