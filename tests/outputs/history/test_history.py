"""The history: kept for days, read while it is written, set aside where it is damaged."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import EdgeError
from edge.outputs.history import RETRY_SECONDS
from edge.outputs.history_file import adopt_shared_history, history_path
from edge.past import Quarter
from edge.records import Playlist
from tests.outputs.history.clocks import DAY, NOW, Clocks, entry


def test_what_is_added_is_there_after_a_restart(path: Path, clocks: Clocks) -> None:
    changes = [entry(NOW - 2, "sad", Playlist("Sad Songs", "spotify:playlist:x")), entry(NOW - 1, "absent")]
    first = clocks.history(path)
    for change in changes:
        first.add(change)
    first.close()
    second = clocks.history(path)
    assert second.since(0.0) == changes
    second.close()


def test_it_gives_the_changes_since_a_moment_and_the_one_before_and_the_newest_where_there_are_too_many(
    path: Path, clocks: Clocks
) -> None:
    history = clocks.history(path)
    for number in range(10):
        history.add(entry(NOW + number))
    for _ in ("in memory", "on the disk"):
        assert [e.at - NOW for e in history.since(NOW + 7)] == [6, 7, 8, 9]
        assert [e.at - NOW for e in history.since(NOW + 7.5)] == [7, 8, 9]
        assert [e.at - NOW for e in history.since(NOW + 99)] == [9]
        assert len(history.since(NOW - 1)) == 10
        assert [e.at - NOW for e in history.since(0.0, limit=3)] == [7, 8, 9]
        history.flush()
    history.close()


def test_what_is_older_than_its_days_goes_and_its_room_is_given_back(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path, days=2.0)
    for number in range(5000):
        history.add(entry(NOW + number))
    assert len(history.since(0.0)) == 5000
    history.flush()
    with sqlite3.connect(path) as peek:
        pages = peek.execute("PRAGMA page_count").fetchone()[0]
    peek.close()
    clocks.pass_by(3 * DAY)
    history.add(entry(clocks.wall))
    history.tend()
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
    history.flush()
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


def test_an_empty_file_is_begun_anew_and_said_to_have_been_empty(
    path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.touch()
    history = clocks.history(path)
    history.add(entry(NOW))
    history.close()
    assert caplog.text.count(f"{path} was empty") == 1


def test_a_newer_version_s_file_is_refused_in_one_line_and_left_as_it_is(
    path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    first = clocks.history(path)
    first.add(entry(NOW))
    first.close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version=7")
    other.close()
    before = path.read_bytes()
    history = clocks.history(path)
    for number in range(3):
        history.add(entry(NOW + number))
        clocks.pass_by(RETRY_SECONDS)
        history.tend()
    assert [e.at for e in history.since(0.0)] == [NOW, NOW + 1, NOW + 2]
    history.close()
    assert path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == [path.name]
    (told,) = [record.getMessage() for record in caplog.records if "cannot be" in record.getMessage()]
    assert "a newer version of Moodcast wrote it" in told and "history.path" in told and "damaged" not in told


def test_a_file_of_version_0_1_goes_on(path: Path, clocks: Clocks) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE changes (at REAL NOT NULL, mood TEXT NOT NULL, previous TEXT NOT NULL, "
            "confidence REAL NOT NULL, faces INTEGER NOT NULL, playlist_name TEXT, playlist_url TEXT)"
        )
        old.execute("INSERT INTO changes VALUES (?, 'sad', 'absent', 0.9, 1, NULL, NULL)", (NOW,))
    old.close()
    history = clocks.history(path)
    history.add(entry(NOW + 1))
    assert [(e.at, e.mood) for e in history.since(0.0)] == [(NOW, "sad"), (NOW + 1, "happy")]
    history.close()
    with sqlite3.connect(path) as peek:
        assert peek.execute("PRAGMA page_size").fetchone()[0] == 1024, "or each write would be four times as large"
    peek.close()


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
    assert history_path({"STATE_DIRECTORY": "/var/lib/moodcast"}, "hall") == Path("/var/lib/moodcast/history-hall.db")
    monkeypatch.setenv("HOME", "/home/pi")
    assert history_path({}) == Path("/home/pi/.local/state/moodcast/history.db")


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")  # what Path.home() says of such a user

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(EdgeError, match=r"no home directory: set \$STATE_DIRECTORY"):
        history_path({})


@pytest.mark.parametrize(
    ("states", "moved"), [({"hall.json"}, True), ({"hall.json", "moodcast.json"}, False), (set(), False)]
)
def test_what_0_1_kept_for_every_device_goes_to_the_one_it_was_of(
    path: Path, clocks: Clocks, states: set[str], moved: bool
) -> None:
    first = clocks.history(path)
    first.add(entry(NOW))
    first.close()
    for name in states:
        (path.parent / name).write_text("{}")
    own = path.with_name("history-hall.db")
    adopt_shared_history(own, "hall")
    assert (own.exists(), path.exists()) == (moved, not moved)
    history = clocks.history(own)
    assert history.since(0.0) == ([entry(NOW)] if moved else [])
    history.close()


SMILES = (0.0, 0.0, 0.0, 60.0, 240.0, 0.0, 0.0)


def test_quarters_of_an_hour_are_there_at_once_and_after_a_restart_and_add_up(path: Path, clocks: Clocks) -> None:
    first = clocks.history(path)
    first.add_quarter(Quarter(NOW, SMILES))
    assert first.quarters(0.0) == [Quarter(NOW, SMILES)]
    first.close()
    second = clocks.history(path)
    second.add_quarter(Quarter(NOW, SMILES))
    second.add_quarter(Quarter(NOW + 900, SMILES))
    doubled = tuple(2 * seconds for seconds in SMILES)
    assert second.quarters(0.0) == [Quarter(NOW, doubled), Quarter(NOW + 900, SMILES)]
    assert second.quarters(NOW + 1) == [Quarter(NOW + 900, SMILES)]
    second.flush()
    assert second.quarters(0.0) == [Quarter(NOW, doubled), Quarter(NOW + 900, SMILES)]
    second.close()


def test_old_quarters_go_with_the_old_changes(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path, days=1.0)
    history.add(entry(NOW))
    history.add_quarter(Quarter(NOW, SMILES))
    history.flush()
    for _ in range(30):
        clocks.pass_by(3600.0)
        history.tend()
    assert history.since(0.0) == []
    assert history.quarters(0.0) == []
    history.close()
