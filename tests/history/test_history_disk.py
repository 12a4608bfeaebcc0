"""The history on a disk that is full, or cannot be written."""

import logging
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.outputs.history import RETRY_SECONDS, WAITING_ENTRIES
from tests.history.clocks import NOW, Clocks, entry


def test_a_place_that_cannot_be_written_is_told_once_and_nothing_is_lost(
    tmp_path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    in_the_way = tmp_path / "state"
    in_the_way.write_text("a file where the folder should be")
    history = clocks.history(in_the_way / "history.db")
    for number in range(3):
        history.add(entry(NOW + number))
        clocks.pass_by(RETRY_SECONDS)
    assert [e.at for e in history.since(0.0)] == [NOW, NOW + 1, NOW + 2]
    assert caplog.text.count("cannot be written") == 1 and str(in_the_way) in history.problem
    in_the_way.unlink()
    clocks.pass_by(RETRY_SECONDS)
    history.add(entry(NOW + 3))
    assert history.problem == "" and "written again" in caplog.text
    history.close()
    again = clocks.history(in_the_way / "history.db")
    assert len(again.since(0.0)) == 4
    again.close()


def test_what_waits_in_memory_is_bounded_and_the_loss_told(tmp_path: Path, clocks: Clocks,
                                                           caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    (tmp_path / "file").touch()
    history = clocks.history(tmp_path / "file" / "history.db")
    for number in range(WAITING_ENTRIES + 10):
        history.add(entry(NOW + number))
    kept = history.since(0.0)
    assert len(kept) == WAITING_ENTRIES and kept[-1].at == NOW + WAITING_ENTRIES + 9
    assert "the oldest are being dropped" in caplog.text
    history.close()
    assert f"{WAITING_ENTRIES} mood changes could not be written" in caplog.text


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from edge.outputs.history import History
from edge.records import HistoryEntry
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
now = [0.0]
history = History(Path(sys.argv[1]), 1e6, monotonic=lambda: now[0])
history.add(HistoryEntry(1.0, "happy", "sad", 0.5, 1, None))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
for number in range(2, 1001):
    history.add(HistoryEntry(float(number), "happy", "sad", 0.5, 1, None))
    now[0] += 60.0
assert history.problem, "the disk was not full"
assert len(history.since(0.0)) == 1000, len(history.since(0.0))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
now[0] += 60.0
history.add(HistoryEntry(1001.0, "happy", "sad", 0.5, 1, None))
assert not history.problem, history.problem
assert len(history.since(0.0)) == 1001
history.close()
"""


def test_a_full_disk_loses_nothing_and_is_written_to_again_when_there_is_room(path: Path, root: Path,
                                                                              clocks: Clocks) -> None:  # fmt: skip
    """For the process a file that may not grow is a full disk: the kernel refuses the write."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", FULL_DISK, str(path), "65536"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot be written") == 1
    clocks.wall = 1001.0
    history = clocks.history(path, days=1e6)
    assert [e.at for e in history.since(0.0)] == [float(n) for n in range(1, 1002)]
    history.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Takes all the room there is, and gives the file that holds it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    return filler


def test_a_really_full_file_system_is_the_same(
    small_disk: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    history = clocks.history(small_disk / "history.db")
    history.add(entry(NOW))
    filler = fill(small_disk)
    for number in range(1, 300):
        history.add(entry(NOW + number))
        clocks.pass_by(60)
    assert "full" in history.problem
    assert len(history.since(0.0)) == 300
    filler.unlink()
    clocks.pass_by(60)
    history.add(entry(NOW + 300))
    assert history.problem == ""
    assert caplog.text.count("cannot be written") == 1 and caplog.text.count("written again") == 1
    history.close()
    again = clocks.history(small_disk / "history.db")
    assert len(again.since(0.0)) == 301
    again.close()


def test_it_starts_on_a_full_file_system_and_begins_when_there_is_room(small_disk: Path, clocks: Clocks) -> None:
    filler = fill(small_disk)
    history = clocks.history(small_disk / "history.db")
    history.add(entry(NOW))
    assert history.problem and history.since(0.0) == [entry(NOW)]
    filler.unlink()
    clocks.pass_by(60)
    assert history.since(0.0) == [entry(NOW)] and history.problem == ""
    history.close()
    assert not list(small_disk.glob("*corrupt*"))
