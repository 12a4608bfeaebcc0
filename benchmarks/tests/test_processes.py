"""What a process holds and how long it has been computing, as the benchmarks read it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import memory, start
from benchmarks.start_phases import phases


def test_memory_is_what_the_kernel_says_and_private_is_part_of_it() -> None:
    held = memory.held("self")
    assert 0 < held["private"] < held["resident"] <= held["peak"] + 1


def test_memory_that_a_process_takes_shows() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "kept = bytearray(b'x') * (64 << 20); print('taken', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    held = memory.held(child.pid)
    child.communicate(b"\n")
    assert 64 < held["private"] < 90


def test_what_is_imported_is_listed_in_order_with_python_first() -> None:
    rows = memory.imported()
    assert rows[0][0] == "Python"
    assert [row[0] for row in rows[1:]] == [name for name in memory.IMPORTS if name in {row[0] for row in rows}]
    assert {"cv2", "flask"} <= {row[0] for row in rows}


def test_a_daemon_that_is_not_there_is_not_waited_for_for_ever() -> None:
    with pytest.raises(TimeoutError, match="does not answer"):
        memory.reach(f"http://127.0.0.1:{memory.free_port()}/", seconds=0.2)


def test_a_process_ends_when_its_block_does() -> None:
    with memory.process([sys.executable, "-c", "import time; time.sleep(60)"], os.environ) as running:
        assert running.poll() is None
    assert running.poll() is not None


def test_cpu_seconds_of_a_process_are_read_whatever_its_name() -> None:
    busy = time.process_time() + 0.05
    while time.process_time() < busy:
        pass
    assert start.cpu_seconds(os.getpid()) > 0


def test_the_phases_of_the_start_end_with_a_mood(
    tmp_path: Path, model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOODCAST_STARTED", str(time.monotonic()))
    monkeypatch.setenv("MOODCAST_MODEL", str(model_path))
    video = tmp_path / "person.avi"
    start.record(video)
    named = [phase for phase, _, _ in phases(video)]
    assert named[0] == "Python"
    assert named[-1].startswith("looks until a mood is sure")


def test_the_photo_that_is_sent_is_as_large_as_asked() -> None:
    assert memory.photo(None) == memory.PHOTO.read_bytes()
    picture = cv2.imdecode(np.frombuffer(memory.photo(2.0), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None and picture.shape[0] * picture.shape[1] == pytest.approx(2e6, rel=0.01)
