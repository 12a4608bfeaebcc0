"""What the daemon says on a real mosquitto, in which order, and when again."""

import re
import time

import pytest

from edge.records import Playlist
from tests.broker.client import BASE, DISCOVERY, StartMqtt, at, until
from tests.broker.listener import Heard, Listener, retained
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_health, a_status

#: What is kept of the present moment, in the order in which it is said.
EVERYTHING = (
    "camera/state", "mood", "expression", "presence", "state", "attributes", "figures", "correction", "availability",
)  # fmt: skip


def ours(heard: list[Heard]) -> list[str]:
    """The topics that were said, in order."""
    return [h.topic.removeprefix(BASE + "/") for h in heard]


def test_on_connecting_come_discovery_the_present_and_last_online(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    assert ours(listener.heard) == [DISCOVERY, *EVERYTHING]


def test_what_another_kind_of_discovery_left_is_removed_before_anything_is_announced(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    before = start(at(broker.port, discovery="component"))
    listener.wait_for(f"{BASE}/availability", "online")
    before.close()
    old = "homeassistant/sensor/moodcast/mood/config"
    assert old in retained(broker.port, "homeassistant/#")
    foreign = "homeassistant/light/moodcast/lamp/config"
    listener.say(foreign, "{}", retain=True)
    listener.forget()
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    topics = [heard.topic for heard in listener.heard]
    assert topics.index(old) < topics.index(DISCOVERY)
    assert set(retained(broker.port, "homeassistant/#")) == {DISCOVERY, foreign}


def test_what_is_to_last_is_retained_and_an_event_is_not(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(at(broker.port), a_status("absent", playlist=None))
    listener.wait_for(f"{BASE}/availability", "online")
    mqtt.publish(a_status("happy"), a_change("happy", "absent"), MOMENT)
    mqtt.health(a_health())
    listener.wait_for(f"{BASE}/event")
    listener.wait_for(f"{BASE}/health")
    kept = retained(broker.port)
    assert set(kept) == {DISCOVERY, *(f"{BASE}/{name}" for name in EVERYTHING)}
    assert kept[f"{BASE}/mood"] == b"happy"


def test_a_change_is_one_event_and_the_state_is_there_before_it(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(at(broker.port), a_status("absent"))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.forget()
    mqtt.publish(a_status("sad"), a_change("sad", "absent"), MOMENT)
    for _ in range(20):
        mqtt.publish(a_status("sad"), None, MOMENT)
    event = listener.wait_for(f"{BASE}/event")
    assert event.json["mood"] == "sad" and event.json["at"].startswith("2026-01-31T18:04:05")
    mqtt.publish(a_status("happy"), a_change("happy", "sad"), MOMENT)
    listener.wait_for(f"{BASE}/event", count=2)
    once = ["mood", "expression", "state", "attributes", "figures", "event"]
    assert ours(listener.heard) == once + once


def test_half_a_character_in_a_name_stops_nothing(start: StartMqtt, broker: Mosquitto, listener: Listener) -> None:
    start(at(broker.port), a_status(playlist=Playlist("\ud83d broken", "spotify:x")))
    assert listener.wait_for(f"{BASE}/state").json["playlist"]["name"] == "? broken"


def test_confidence_alone_is_sent_only_every_ten_seconds(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    now = [1000.0]
    mqtt = start(at(broker.port), a_status(confidence=0.9), clock=lambda: now[0])
    listener.wait_for(f"{BASE}/availability", "online")
    for later, confidence in ((1.0, 0.8), (9.0, 0.7), (10.0, 0.6)):
        now[0] = 1000.0 + later
        mqtt.publish(a_status(confidence=confidence), None, MOMENT)
    listener.wait_for(f"{BASE}/state", count=2)
    assert [heard.json["expression"]["confidence"] for heard in listener.heard if heard.topic == f"{BASE}/state"] == [
        0.9,
        0.6,
    ]


def test_a_status_that_cannot_be_said_is_logged_once_and_does_not_raise(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    mqtt = start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    for _ in range(3):
        mqtt.publish(a_status("sad", confidence=float("nan")), a_change("sad"), MOMENT)
    mqtt.publish(a_status("angry"), a_change("angry"), MOMENT)
    listener.wait_for(f"{BASE}/mood", "angry")
    assert len(re.findall("could not be sent", caplog.text)) == 1


def test_home_assistant_s_birth_brings_everything_again(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.forget()
    listener.say("homeassistant/status", "online")
    listener.wait_for(f"{BASE}/availability", "online")
    assert ours(listener.heard)[1:] == [DISCOVERY, *EVERYTHING]


def test_a_fresh_heartbeat_is_sent_again_to_whom_comes_later(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(at(broker.port))
    mqtt.health(a_health())
    listener.wait_for(f"{BASE}/health")
    listener.forget()
    listener.say("homeassistant/status", "online")
    assert listener.wait_for(f"{BASE}/health").json["fps"] == 9.5


def test_online_is_not_said_before_there_is_a_mood_to_tell(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(at(broker.port), None)
    until(lambda: mqtt.state.startswith("connected"), "connected")
    listener.wait_for(DISCOVERY)
    time.sleep(0.2)
    assert listener.texts(f"{BASE}/availability") == []
    mqtt.publish(a_status("neutral"), None, MOMENT)
    listener.wait_for(f"{BASE}/availability", "online")
