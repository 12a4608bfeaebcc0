"""What is to be said next, and what is not said any more."""

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.messages import Topics
from edge.outputs.outbox import WAITING_MESSAGES, Outbox
from tests.broker.samples import MOMENT, a_change, a_health, a_status

BASE = "moodcast/moodcast/"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(clock: Clock) -> Outbox:
    return Outbox(Topics(MqttConfig(), DeviceConfig()), {}, health_seconds=60.0, clock=clock)


def taken(outbox: Outbox) -> list[str]:
    return [message.topic.removeprefix(BASE) for message in outbox.take()]


def test_while_closed_nothing_waits(outbox: Outbox) -> None:
    assert not outbox.put(a_status("happy"), a_change("happy"), MOMENT)
    assert not outbox.put_health(a_health())
    assert len(outbox) == 0 and taken(outbox) == []


def test_greeting_says_the_newest_status_then_online_then_the_heartbeat(outbox: Outbox) -> None:
    outbox.put(a_status("sad"), a_change("sad"), MOMENT)
    outbox.put(a_status("happy"), a_change("happy", "sad"), MOMENT)
    outbox.put_health(a_health())
    outbox.open()
    messages = outbox.take()
    assert [m.topic.removeprefix(BASE) for m in messages] == [
        "camera/state", "mood", "expression", "presence", "state", "attributes", "figures", "correction",
        "availability", "health",
    ]  # fmt: skip
    assert messages[1].payload == "happy"


def test_an_old_heartbeat_is_not_said_again(outbox: Outbox, clock: Clock) -> None:
    outbox.put_health(a_health())
    clock.now = 59.0
    outbox.open()
    assert taken(outbox) == ["health"]
    clock.now = 60.0
    outbox.open()
    assert taken(outbox) == []


def test_the_same_again_is_no_news(outbox: Outbox, clock: Clock) -> None:
    outbox.open()
    status = a_status("happy")
    assert outbox.put(status, None, MOMENT)
    clock.now = 3600.0
    assert not outbox.put(status, None, MOMENT)


def test_a_mood_that_lasts_is_said_once_however_often_the_rest_changes(outbox: Outbox) -> None:
    outbox.open()
    outbox.put(a_status("happy", faces=1), a_change("happy"), MOMENT)
    outbox.take()
    outbox.put(a_status("happy", faces=2), None, MOMENT)
    assert taken(outbox) == ["state"]


def test_after_closing_online_is_said_anew(outbox: Outbox) -> None:
    outbox.open()
    outbox.put(a_status("happy"), None, MOMENT)
    outbox.close()
    assert len(outbox) == 0
    outbox.open()
    assert taken(outbox)[-1] == "availability"


def test_parting_comes_after_all_that_waits(outbox: Outbox) -> None:
    outbox.open()
    outbox.put(a_status("happy"), a_change("happy"), MOMENT)
    outbox.put_offline()
    last = outbox.take()[-1]
    assert (last.topic, last.payload, last.retain) == (f"{BASE}availability", "offline", True)


def test_what_nobody_takes_does_not_grow_for_ever(outbox: Outbox) -> None:
    outbox.open()
    for _ in range(2 * WAITING_MESSAGES):
        outbox.put(a_status("happy"), a_change("happy"), MOMENT)
    assert len(outbox) == WAITING_MESSAGES


def test_a_status_that_cannot_be_said_leaves_the_next_greeting_whole(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    outbox.put(a_status("happy", confidence=float("nan")), None, MOMENT)
    outbox.open()
    assert taken(outbox) == [] and "could not be sent" in caplog.text
    outbox.put(a_status("happy"), None, MOMENT)
    assert taken(outbox)[-1] == "availability"


def test_other_settings_are_said_at_once_and_again_on_a_new_connection(clock: Clock) -> None:
    outbox = Outbox(Topics(MqttConfig(), DeviceConfig()), {}, 60.0, clock, {"playlists.hold_minutes": 10.0})
    outbox.open()
    assert not outbox.configure({}, {"playlists.hold_minutes": 20.0}), "before the first status nothing is known"
    outbox.put(a_status("happy"), None, MOMENT)
    (told,) = [message for message in outbox.take() if message.topic == f"{BASE}settings"]
    assert (told.payload, told.retain) == ('{"playlists.hold_minutes":20.0}', True)
    assert outbox.configure({}, {"playlists.hold_minutes": 30.0}) and taken(outbox) == ["settings"]
    assert not outbox.configure({}, {"playlists.hold_minutes": 30.0}) and taken(outbox) == []
    outbox.close()
    assert not outbox.configure({}, {"playlists.hold_minutes": 40.0})
    outbox.open()
    assert "settings" in taken(outbox)
