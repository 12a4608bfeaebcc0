"""Whether the broker keeps what we said, and what is said again."""

from edge.outputs.messages import Message
from edge.outputs.rivals import SETTLE_SECONDS, TIMES, WITHIN_SECONDS, Watch

MOOD = Message("base/mood", "happy", retain=True)


def watching(*said: Message) -> Watch:
    watch = Watch()
    for message in said:
        watch.published(message)
    return watch


def test_what_somebody_else_put_there_is_said_again_a_moment_later() -> None:
    watch = watching(MOOD)
    watch.received("base/mood", b"sad", 10.0)
    assert watch.to_restore(10.0) == [] and watch.next_in(10.0) == SETTLE_SECONDS
    assert watch.to_restore(10.0 + SETTLE_SECONDS) == [MOOD]


def test_what_was_wiped_is_said_again() -> None:
    watch = watching(MOOD)
    watch.received("base/mood", b"", 10.0)
    assert watch.to_restore(11.0) == [MOOD]


def test_our_own_words_that_come_back_late_are_no_forgery() -> None:
    watch = watching(MOOD, Message("base/mood", "sad", retain=True))
    watch.received("base/mood", b"happy", 10.0)
    watch.received("base/mood", b"sad", 10.1)
    assert watch.to_restore(20.0) == []


def test_what_is_said_anew_in_the_meantime_needs_no_second_time() -> None:
    watch = watching(MOOD)
    watch.received("base/mood", b"sad", 10.0)
    watch.published(MOOD)
    assert watch.to_restore(20.0) == []


def test_topics_and_messages_that_do_not_last_are_passed_over() -> None:
    watch = watching(Message("base/event", "{}"))
    watch.received("base/event", b"forged", 10.0)
    watch.received("base/other", b"x", 10.0)
    assert watch.to_restore(20.0) == []


def test_two_who_put_each_other_right_come_to_an_end() -> None:
    watch = watching(MOOD)
    said = 0
    for second in range(300):
        watch.received("base/mood", b"sad", float(second))
        for message in watch.to_restore(float(second) + SETTLE_SECONDS):
            watch.published(message)
            said += 1
    assert said == TIMES and watch.contested(300.0)
    later = 300.0 + 2 * WITHIN_SECONDS
    assert not watch.contested(later) and watch.to_restore(later) == [MOOD]


def test_after_the_end_of_a_connection_nothing_is_left() -> None:
    watch = watching(MOOD)
    watch.received("base/mood", b"sad", 10.0)
    watch.clear()
    watch.received("base/mood", b"sad", 11.0)
    assert watch.to_restore(20.0) == []
