"""What is forgotten is gone, from the disk too, and nothing is made up in its place."""

import os
from pathlib import Path

import pytest

from edge.outputs.history import History, unknown_between
from edge.past import HistoryEntry, Quarter
from edge.records import LABELS, UNKNOWN, Playlist
from tests.outputs.history.clocks import NOW, Clocks

SECRET = Playlist("Nobody should read this", "https://example.org/secret")


def change(at: float, mood: str, previous: str, playlist: Playlist | None = None) -> HistoryEntry:
    return HistoryEntry(NOW + at, mood, previous, 0.5, 1, playlist)


@pytest.fixture
def history(path: Path, clocks: Clocks) -> History:
    made = clocks.history(path)
    for one in (
        change(-900, "happy", "absent"),
        change(-600, "sad", "happy", SECRET),
        change(-300, "neutral", "sad", SECRET),
        change(-100, "surprise", "neutral"),
    ):
        made.add(one)
    return made


def told(history: History) -> list[tuple[float, str, str]]:
    return [(entry.at - NOW, entry.mood, entry.previous) for entry in history.since(0.0)]


def test_in_the_place_of_a_range_stands_that_nobody_knows(history: History) -> None:
    assert history.forget(NOW - 700, NOW - 200)
    assert told(history) == [
        (-900, "happy", "absent"),
        (-700, UNKNOWN, "happy"),
        (-200, "neutral", UNKNOWN),
        (-100, "surprise", "neutral"),
    ]
    history.close()


def test_a_range_without_a_change_is_not_known_either(history: History) -> None:
    assert history.forget(NOW - 800, NOW - 700)
    assert told(history)[:3] == [(-900, "happy", "absent"), (-800, UNKNOWN, "happy"), (-700, "happy", UNKNOWN)]
    history.close()


def test_of_all_that_was_the_present_mood_is_left_from_now_on(history: History) -> None:
    assert history.forget(float("-inf"), float("inf"))
    assert told(history) == [(0, "surprise", UNKNOWN)]
    history.close()


def test_an_empty_history_forgets_nothing(path: Path, clocks: Clocks) -> None:
    empty = clocks.history(path)
    assert empty.forget(float("-inf"), float("inf"))
    assert told(empty) == []
    empty.close()


def test_quarters_that_touch_the_range_go(history: History) -> None:
    some = (1.0,) * len(LABELS)
    start = NOW // 900 * 900
    for quarter in range(-3, 3):
        history.add_quarter(Quarter(start + quarter * 900, some))
    assert history.forget(start - 1000, start + 10)
    assert [(quarter.at - start) / 900 for quarter in history.quarters(0.0)] == [-3, 1, 2]
    history.close()


def test_nothing_of_it_is_left_on_the_disk(history: History, path: Path) -> None:
    history.flush()
    held = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Nobody should read this" in held
    assert history.forget(NOW - 700, NOW - 310)
    assert history.forget(NOW - 310, NOW - 200)
    assert history.forget(float("-inf"), float("inf"))
    left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"Nobody should read this" not in left
    history.close()


def test_where_the_file_cannot_be_opened_nothing_is_forgotten(path: Path, clocks: Clocks) -> None:
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_text("a file where a folder should be")
    history = clocks.history(path)
    history.add(change(-900, "happy", "absent"))
    assert not history.forget(float("-inf"), float("inf"))
    assert told(history) == [(-900, "happy", "absent")]
    path.parent.unlink()
    os.sync()
    history.close()


def test_what_nobody_knew_before_is_not_said_twice() -> None:
    before, standing = change(-900, UNKNOWN, "sad"), change(-500, "happy", UNKNOWN)
    (only,) = unknown_between(before, standing, NOW - 700, NOW - 200)
    assert (only.at, only.mood, only.previous) == (NOW - 200, "happy", UNKNOWN)
    assert unknown_between(before, before, NOW - 700, NOW - 200) == []
