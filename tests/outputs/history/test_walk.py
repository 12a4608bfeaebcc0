"""The history read a few changes at a time, however long it is."""

import threading
from itertools import islice
from pathlib import Path

import pytest

from edge.outputs.history import WRITE_SECONDS
from edge.records import Playlist
from tests.outputs.history.clocks import NOW, Clocks, entry


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1700])
def test_it_gives_every_change_once_oldest_first_written_or_waiting(path: Path, clocks: Clocks, count: int) -> None:
    history = clocks.history(path)
    changes = [entry(NOW + number, playlist=Playlist(str(number), "spotify:x")) for number in range(count)]
    for change in changes:
        history.add(change)
    assert list(history.walk(0.0)) == changes
    history.flush()
    assert list(history.walk(0.0)) == changes
    history.close()


def test_it_begins_with_since_and_ends_before_until(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    for number in range(200):
        history.add(entry(NOW + number))
    assert [e.at - NOW for e in history.walk(NOW + 50, NOW + 53)] == [50, 51, 52]
    history.close()


def test_changes_of_one_moment_and_of_a_clock_that_went_back_are_all_there(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    for number in range(1200):
        history.add(entry(NOW + (number * 7) % 3))
    history.flush()
    history.add(entry(NOW - 3600))
    times = [e.at for e in history.walk(0.0)]
    assert len(times) == 1201 and times == sorted(times)
    history.close()


def test_it_holds_up_no_writer_and_shows_what_was_there_when_it_began(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    for number in range(1500):
        history.add(entry(NOW + number))
    walk = history.walk(0.0)
    begun = list(islice(walk, 10))
    done = threading.Event()

    def write() -> None:
        for number in range(1500, 1700):
            history.add(entry(NOW + number))
        history.flush()
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert done.wait(60), "a walk that is under way keeps the history from being written"
    writer.join()
    assert [e.at - NOW for e in [*begun, *walk]] == list(range(1500))
    history.close()


def test_a_walk_that_nobody_ends_keeps_nothing_locked(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    for number in range(600):
        history.add(entry(NOW + number))
    assert next(history.walk(0.0)) == entry(NOW)
    clocks.pass_by(WRITE_SECONDS)
    history.add(entry(NOW + 600))
    history.close()
    again = clocks.history(path)
    assert len(list(again.walk(0.0))) == 601
    again.close()


def test_a_closed_history_has_nothing_to_walk_through(path: Path, clocks: Clocks) -> None:
    history = clocks.history(path)
    history.add(entry(NOW))
    history.close()
    assert list(history.walk(0.0)) == []
