"""When to connect again, in which protocol, and how often to speak of it."""

import pytest

from edge.outputs.broker_error import V5, V311
from edge.outputs.connection import CONNECT_SECONDS
from edge.outputs.quiet import Quiet
from edge.outputs.retry import GOOD_SECONDS, RETRY_SECONDS, Retry


def retry(random: float = 0.5) -> Retry:
    return Retry(*RETRY_SECONDS, lambda: random)


@pytest.mark.parametrize(("host_answers", "expected"), [(True, [1, 2, 3, 3, 3]), (False, [1, 2, 4, 6, 6])])
def test_waits_double_up_to_the_longest(host_answers: bool, expected: list[float]) -> None:
    waits = retry()
    assert [waits.after("unreachable", None, host_answers) for _ in range(5)] == expected


def test_a_broker_that_is_back_is_found_in_time_however_long_it_was_away() -> None:
    """Five seconds where its machine answered all the time; fifteen where the last attempt had just begun to fail."""
    waits = retry(1.0)
    for _ in range(1000):
        answered = waits.after("unreachable", None, host_answers=True)
        assert answered <= 5.0
    for kind in ("refused", "silent", "unreachable"):
        silent = retry(1.0)
        assert max(silent.after(kind, None) for _ in range(100)) + CONNECT_SECONDS <= 15.0


def test_waits_vary_so_that_devices_do_not_knock_together() -> None:
    assert retry(0.0).after("unreachable", None) == 0.5
    assert retry(1.0).after("unreachable", None) == 1.5


def test_after_a_good_connection_the_next_attempt_comes_soon() -> None:
    waits = retry()
    for _ in range(6):
        waits.after("unreachable", None)
    assert waits.after("lost", GOOD_SECONDS) == 1


def test_a_long_absence_does_not_make_the_next_one_long() -> None:
    waits = retry()
    for _ in range(40):
        waits.after("unreachable", None, host_answers=True)
    assert waits.after("lost", 3.0) == 1
    assert waits.after("unreachable", None, host_answers=True) == 1


def test_a_connection_that_breaks_at_once_is_not_retried_at_once_for_ever() -> None:
    waits = retry()
    assert [waits.after("lost", 0.2) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_refused_version_is_tried_in_the_other_at_once_and_stays() -> None:
    waits = retry()
    protocols = [waits.protocol]
    assert waits.after("version", None) == 0.0
    protocols.append(waits.protocol)
    waits.after("lost", 3600.0)
    protocols.append(waits.protocol)
    assert protocols == [V5, V311, V311]


def test_a_broker_that_refuses_both_versions_is_not_hammered() -> None:
    waits = retry()
    assert [waits.after("version", None) for _ in range(4)] == [0, 2, 4, 6]


def test_a_broker_that_hangs_up_is_tried_in_both_protocols_in_turn() -> None:
    waits = retry()
    tried = []
    for _ in range(4):
        tried.append(waits.protocol)
        waits.after("silent", None)
    assert tried == [V5, V311, V5, V311]


def test_after_a_silent_start_mqtt_5_is_tried_again_on_the_next_connection() -> None:
    waits = retry()
    waits.after("silent", None)
    waits.after("lost", 100.0)
    assert waits.protocol == V5


def test_two_devices_of_one_id_leave_each_other_time() -> None:
    waits = retry(0.0)
    assert [waits.after("taken over", 0.1) for _ in range(6)] == [30, 60, 120, 240, 300, 300]


def test_what_repeats_is_logged_now_and_then() -> None:
    quiet = Quiet(lines=2, seconds=60)
    assert [quiet.allows("x", now) for now in (0, 1, 2, 59, 60, 61, 62)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]
    assert quiet.allows("something else", 62)


def test_forgetting_lets_the_next_line_through() -> None:
    quiet = Quiet(lines=1, seconds=60)
    assert quiet.allows("x", 0) and not quiet.allows("x", 1)
    quiet.forget()
    assert quiet.allows("x", 2)


def test_remembering_what_was_said_does_not_grow_for_ever() -> None:
    quiet = Quiet(lines=1, seconds=1e9)
    assert all(quiet.allows(str(number), 0) for number in range(10_000))
    assert quiet.allows("0", 0)  # forgotten long ago
