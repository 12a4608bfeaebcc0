"""The history on a disk: spared, full, read-only, locked, and after a kill."""

import logging
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.outputs import history_file
from edge.outputs.history import BETWEEN_WRITES_SECONDS, RETRY_SECONDS, WAITING_ENTRIES, WRITE_SECONDS
from tests.disk import fill
from tests.outputs.history.clocks import NOW, Clocks, entry


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
from edge.past import HistoryEntry
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


def rows(path: Path) -> list[float]:
    """What somebody else finds in the file."""
    other = sqlite3.connect(path)
    try:
        return [at for (at,) in other.execute("SELECT at FROM changes ORDER BY at")]
    finally:
        other.close()


def test_a_change_is_written_after_a_minute_and_many_together_after_five(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    history.add(entry(NOW))
    history.tend()
    assert rows(path) == []
    clocks.pass_by(WRITE_SECONDS)
    history.tend()
    assert rows(path) == [NOW]
    writes: list[int] = []
    for number in range(1, 200):
        history.add(entry(NOW + number))
        clocks.pass_by(7.0)
        history.tend()
        if not writes or writes[-1] != len(rows(path)):
            writes.append(len(rows(path)))
    assert len(writes) <= 2 + 200 * 7.0 / BETWEEN_WRITES_SECONDS, writes
    history.close()
    assert len(rows(path)) == 200


def test_without_changes_nothing_is_written(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    history.add(entry(NOW))
    history.flush()
    before = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(path.parent.iterdir())]
    for _ in range(2000):
        clocks.pass_by(60.0)
        history.tend()
        history.since(0.0)
        list(history.walk(0.0))
    after = [(file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(path.parent.iterdir())]
    assert after == before
    history.close()


KILLED = """
import sys, time
from pathlib import Path
from edge.outputs.history import History
from edge.past import HistoryEntry
history = History(Path(sys.argv[1]), 1e6)
for number in range(100_000):
    history.add(HistoryEntry(float(number), "happy", "sad", 0.5, 1, None))
    if number % 7 == 0:
        history.flush()
        print(number, flush=True)
"""


def test_after_a_kill_everything_that_was_written_is_there_and_nothing_else(
    path: Path, root: Path, clocks: Clocks
) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], cwd=root, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    written = [int(process.stdout.readline()) for _ in range(200)]
    process.kill()
    said, _ = process.communicate(timeout=30)
    written += [int(line) for line in said.splitlines() if line]
    clocks.wall = 1000.0
    history = clocks.history(path, days=1e6)
    found = [e.at for e in history.walk(0.0)]
    assert found == [float(number) for number in range(len(found))] and len(found) > written[-1]
    history.close()


def test_a_file_that_somebody_else_has_locked_is_written_when_it_is_free(
    path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_file, "_BUSY_SECONDS", 0.05)
    history = clocks.history(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history.add(entry(NOW))
    history.flush()
    assert "locked" in history.problem and history.since(0.0) == [entry(NOW)]
    other.execute("ROLLBACK")
    other.close()
    clocks.pass_by(RETRY_SECONDS)
    history.tend()
    assert history.problem == "" and rows(path) == [NOW]
    history.close()
    assert caplog.text.count("cannot be written") == 1


def test_a_card_that_turns_read_only_is_written_when_it_is_no_longer(small_disk: Path, clocks: Clocks) -> None:
    def mount_again(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(small_disk)], check=True)

    history = clocks.history(small_disk / "history.db")
    history.add(entry(NOW))
    history.close()
    mount_again("ro")
    history = clocks.history(small_disk / "history.db")
    history.add(entry(NOW + 1))
    history.flush()
    assert history.problem
    mount_again("rw")
    clocks.pass_by(RETRY_SECONDS)
    history.tend()
    assert history.problem == ""
    assert [e.at for e in history.since(0.0)] == [NOW, NOW + 1]
    history.close()


def test_what_cannot_be_read_is_said_to_be_unreadable_not_unwritable(
    path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    history = clocks.history(path)
    history.add(entry(NOW))
    history.flush()
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE changes")
    other.close()
    assert history.since(0.0) == [] and "no such table" in history.problem
    assert "cannot be read" in caplog.text and "cannot be written" not in caplog.text
    history.close()
