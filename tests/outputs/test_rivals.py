"""Who else writes under our topics: two devices of one id, of which one goes on, and what is published again."""

from pathlib import Path

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.connection import Received
from edge.outputs.messages import Message, Topics
from edge.outputs.rivals import REPORTED_SECONDS, SETTLE_SECONDS, TIMES, WITHIN_SECONDS, Rival, Watch, instance_of

TOPICS = Topics(MqttConfig(), DeviceConfig())


def said(sender: str, payload: bytes = b"online", topic: str = TOPICS.availability, retained: bool = False) -> Received:
    return Received(topic, payload, retained, sender)


def test_of_two_exactly_one_yields_and_the_other_answers() -> None:
    assert Rival("a", TOPICS).handle(said("b"), 0.0) == "answer"
    assert Rival("b", TOPICS).handle(said("a"), 0.0) == "yield"


@pytest.mark.parametrize(
    "message",
    [said("b"), said(""), said("a", b"offline"), said("a", retained=True)],
    ids=["ours", "somebody else's", "a will", "kept"],
)
def test_what_says_nothing_of_a_living_rival(message: Received) -> None:
    rival = Rival("b", TOPICS)
    assert rival.handle(message, 0.0) == "" and not rival.seen_lately(0.0)


def test_one_that_was_online_when_we_came_is_to_be_asked() -> None:
    rival = Rival("b", TOPICS)
    rival.handle(said("a", retained=True), 0.0)
    assert rival.left_online
    rival.handle(said("b", retained=True), 0.0)
    assert not rival.left_online


def test_it_is_reported_for_a_while() -> None:
    rival = Rival("a", TOPICS)
    rival.handle(said("b", b"sad", TOPICS.mood), 100.0)
    assert rival.seen_lately(101.0) and not rival.seen_lately(100.0 + REPORTED_SECONDS)


def test_without_an_instance_of_our_own_nobody_is_a_rival() -> None:
    assert Rival("", TOPICS).handle(said("a"), 0.0) == ""


def test_an_instance_is_the_same_after_a_restart_and_another_on_other_hardware_or_in_another_folder(
    tmp_path: Path,
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for root, address in ((here, "b8:27:eb:00:00:01"), (there, "b8:27:eb:00:00:02")):
        (root / "sys/class/net/eth0").mkdir(parents=True)
        (root / "sys/class/net/eth0/address").write_text(address)
        (root / "etc").mkdir()
        (root / "etc/machine-id").write_text("the same: a card that was copied")
    state = Path("/var/lib/moodcast")
    found = [instance_of(state, here), instance_of(state, there), instance_of(Path("/var/lib/b"), here)]
    assert len(set(found)) == 3 and instance_of(state, here) == found[0]
    assert all(len(one) == 12 and int(one, 16) >= 0 for one in found)


MOOD = Message("base/mood", "happy", retain=True)


def watching(*said: Message) -> Watch:
    watch = Watch()
    for message in said:
        watch.note_published(message)
    return watch


def test_what_somebody_else_put_there_is_said_again_a_moment_later() -> None:
    watch = watching(MOOD)
    watch.note_received("base/mood", b"sad", 10.0)
    assert watch.to_restore(10.0) == [] and watch.next_in(10.0) == SETTLE_SECONDS
    assert watch.to_restore(10.0 + SETTLE_SECONDS) == [MOOD]


def test_what_was_wiped_is_said_again() -> None:
    watch = watching(MOOD)
    watch.note_received("base/mood", b"", 10.0)
    assert watch.to_restore(11.0) == [MOOD]


def test_our_own_words_that_come_back_late_are_no_forgery() -> None:
    watch = watching(MOOD, Message("base/mood", "sad", retain=True))
    watch.note_received("base/mood", b"happy", 10.0)
    watch.note_received("base/mood", b"sad", 10.1)
    assert watch.to_restore(20.0) == []


def test_what_is_said_anew_in_the_meantime_needs_no_second_time() -> None:
    watch = watching(MOOD)
    watch.note_received("base/mood", b"sad", 10.0)
    watch.note_published(MOOD)
    assert watch.to_restore(20.0) == []


def test_topics_and_messages_that_do_not_last_are_passed_over() -> None:
    watch = watching(Message("base/event", "{}"))
    watch.note_received("base/event", b"forged", 10.0)
    watch.note_received("base/other", b"x", 10.0)
    assert watch.to_restore(20.0) == []


def test_two_who_put_each_other_right_come_to_an_end() -> None:
    watch = watching(MOOD)
    said = 0
    for second in range(300):
        watch.note_received("base/mood", b"sad", float(second))
        for message in watch.to_restore(float(second) + SETTLE_SECONDS):
            watch.note_published(message)
            said += 1
    assert said == TIMES and watch.is_contested(300.0)
    later = 300.0 + 2 * WITHIN_SECONDS
    assert not watch.is_contested(later) and watch.to_restore(later) == [MOOD]


def test_after_the_end_of_a_connection_nothing_is_left() -> None:
    watch = watching(MOOD)
    watch.note_received("base/mood", b"sad", 10.0)
    watch.clear()
    watch.note_received("base/mood", b"sad", 11.0)
    assert watch.to_restore(20.0) == []
