"""`Latest` hands the newest value from one thread to others."""

import threading

import pytest

from edge.mailbox import Closed, Latest


def test_a_reader_gets_the_newest_value_and_its_version() -> None:
    box: Latest[str] = Latest()
    box.put("old")
    box.put("new")
    assert box.wait() == (2, "new")


def test_waiting_for_something_newer_ends_with_none_when_the_time_is_up() -> None:
    box: Latest[int] = Latest()
    box.put(1)
    assert box.wait(after=1, timeout=0.01) is None


def test_a_waiting_thread_wakes_up_at_the_next_put() -> None:
    box: Latest[int] = Latest()
    got: list[tuple[int, int] | None] = []
    reader = threading.Thread(target=lambda: got.append(box.wait(after=0, timeout=10)))
    reader.start()
    box.put(7)
    reader.join(10)
    assert got == [(1, 7)]


def test_the_writers_failure_is_raised_after_its_last_value_was_read() -> None:
    box: Latest[int] = Latest()
    box.put(1)
    box.fail(OSError("the camera is gone"))
    assert box.wait() == (1, 1)
    with pytest.raises(OSError, match="the camera is gone"):
        box.wait(after=1)


def test_closing_wakes_waiters_and_later_values_are_dropped() -> None:
    box: Latest[int] = Latest()
    box.close()
    box.put(1)
    assert box.peek() is None
    with pytest.raises(Closed):
        box.wait()


def test_what_was_taken_out_is_gone_for_everybody_and_the_next_value_comes_as_ever() -> None:
    box: Latest[str] = Latest()
    box.put("picture")
    box.empty()
    assert box.peek() is None
    assert box.wait(timeout=0) is None
    box.put("next")
    assert box.wait(after=1, timeout=0) == (2, "next")


def test_a_value_newer_than_the_one_that_was_seen_stays() -> None:
    box: Latest[str] = Latest()
    box.put("seen")
    box.put("new")
    box.empty(seen=1)
    assert box.peek() == "new"
    box.empty(seen=2)
    assert box.peek() is None
