"""The history: kept for days, on a disk that may be full, read-only or damaged."""

import logging
import os
import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import EdgeError
from edge.outputs.history import RETRY_SECONDS, WAITING_ENTRIES, History, history_path
from edge.records import HistoryEntry, Playlist

DAY = 86400.0
NOW = 1_800_000_000.0


def entry(at: float, mood: str = "happy", playlist: Playlist | None = None) -> HistoryEntry:
    return HistoryEntry(at, mood, "absent", 0.9, 1, playlist)


class Clocks:
    """Both clocks of a history, turned by hand."""

    def __init__(self) -> None:
        self.wall = NOW
        self.running = 0.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.running += seconds

    def history(self, path: Path, days: float = 30.0) -> History:
        return History(path, days, clock=lambda: self.wall, monotonic=lambda: self.running)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.db"


def test_what_is_added_is_there_after_a_restart(path: Path, clocks: Clocks) -> None:
    changes = [entry(NOW - 2, "sad", Playlist("Sad Songs", "spotify:playlist:x")), entry(NOW - 1, "absent")]
    first = clocks.history(path)
    for change in changes:
        first.add(change)
    first.close()
    second = clocks.history(path)
    assert second.since(0.0) == changes
    second.close()


def test_it_gives_the_changes_since_a_moment_oldest_first_and_the_newest_where_there_are_too_many(
    path: Path, clocks: Clocks
) -> None:
    history = clocks.history(path)
    for number in range(10):
        history.add(entry(NOW + number))
    assert [e.at - NOW for e in history.since(NOW + 7)] == [7, 8, 9]
    assert [e.at - NOW for e in history.since(0.0, limit=3)] == [7, 8, 9]
    history.close()


def test_what_is_older_than_its_days_goes_and_its_room_is_given_back(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path, days=2.0)
    for number in range(5000):
        history.add(entry(NOW + number))
    assert len(history.since(0.0)) == 5000
    with sqlite3.connect(path) as peek:
        pages = peek.execute("PRAGMA page_count").fetchone()[0]
    peek.close()
    clocks.pass_by(3 * DAY)
    history.add(entry(clocks.wall))
    assert [e.at for e in history.since(0.0)] == [clocks.wall]
    history.close()
    with sqlite3.connect(path) as peek:
        assert peek.execute("PRAGMA page_count").fetchone()[0] < pages / 4
    peek.close()


def modes(path: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_nobody_else_may_read_it(path: Path, clocks: Clocks, usual_umask: None) -> None:
    history = clocks.history(path)
    history.add(entry(NOW))
    assert modes(path) == {"history.db": 0o600, "history.db-wal": 0o600, "history.db-shm": 0o600}
    history.close()
    path.chmod(0o644)  # as it was once
    clocks.history(path).close()
    assert modes(path) == {"history.db": 0o600}


def test_it_writes_ahead_so_that_readers_and_the_sd_card_are_spared(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    with sqlite3.connect(path) as peek:
        assert peek.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    peek.close()
    history.close()


@pytest.mark.parametrize("damage", ["noise", "truncated", "a page", "another program"])
def test_a_damaged_file_is_set_aside_and_a_new_history_begun(
    path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    history = clocks.history(path)
    for number in range(500):
        history.add(entry(NOW + number))
    history.close()
    whole = path.read_bytes()
    if damage == "noise":
        path.write_bytes(bytes(range(256)) * 64)
    elif damage == "truncated":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "a page":
        path.write_bytes(whole[:8192] + b"\xa5" * 8192 + whole[16384:])
    else:
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE changes (something_else TEXT)")
        other.close()
    spoilt = path.read_bytes()
    history = clocks.history(path)
    history.add(entry(NOW))
    assert history.since(0.0) == [entry(NOW)]
    assert history.problem == ""
    history.close()
    (aside,) = [
        file for file in path.parent.iterdir() if ".corrupt-2027-01-15T" in file.name and file.suffix[-1] != "l"
    ]
    assert aside.read_bytes() == spoilt
    assert caplog.text.count("is damaged (") == 1 and aside.name in caplog.text


def test_an_empty_file_is_simply_begun(path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.touch()
    history = clocks.history(path)
    history.add(entry(NOW))
    history.close()
    assert caplog.text == ""


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


def test_web_threads_read_while_the_main_thread_writes(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    wrong: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            times = [e.at for e in history.since(0.0)]
            if times != sorted(times) or len(set(times)) != len(times):
                wrong.append(repr(times))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(500):
        history.add(entry(NOW + number))
    done.set()
    for reader in readers:
        reader.join(10)
    assert not wrong and len(history.since(0.0)) == 500
    history.close()


def test_the_place_is_systemd_s_state_directory_else_the_user_s(monkeypatch: pytest.MonkeyPatch) -> None:
    assert history_path({"STATE_DIRECTORY": "/var/lib/moodcast"}) == Path("/var/lib/moodcast/history.db")
    assert history_path({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}) == Path("/var/lib/a/history.db")
    monkeypatch.setenv("HOME", "/home/pi")
    assert history_path({}) == Path("/home/pi/.local/state/moodcast/history.db")


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")  # what Path.home() says of such a user

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(EdgeError, match=r"no home directory: set \$STATE_DIRECTORY"):
        history_path({})
