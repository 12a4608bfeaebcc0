"""What is believed of what the rooms say, and of what others say in their place."""

import json
from typing import Any

import pytest

from edge.config import DeviceConfig, HomeConfig, MqttConfig
from edge.outputs.discovery import home_announcements
from edge.outputs.figures import steady
from edge.outputs.messages import Topics, availability, present
from edge.outputs.rooms import MOST_ROOMS, Rooms, home_messages
from edge.records import LABELS
from edge.status import HomeNow
from tests.broker.samples import a_status

SHARES = dict.fromkeys(LABELS, 0.1)
STATE: dict[str, Any] = {"mood": "happy", "strength": 0.7, "shares": SHARES, "faces": 2}


def rooms_of(*listed: str) -> Rooms:
    return Rooms(MqttConfig(), HomeConfig(rooms=listed))


def say(rooms: Rooms, room: str, state: Any = STATE, now: float = 0.0, online: str = "online") -> None:
    rooms.handle(f"moodcast/{room}/availability", online.encode(), now)
    rooms.handle(f"moodcast/{room}/presence", b"ON", now)
    payload = state if isinstance(state, bytes) else json.dumps(state).encode()
    rooms.handle(f"moodcast/{room}/state", payload, now)


def test_what_a_room_publishes_is_understood() -> None:
    rooms, status = rooms_of(), a_status("sad", faces=2)
    topics = Topics(MqttConfig(), DeviceConfig(id="hall-way"))
    for message in (availability(topics, True), *present(topics, status, {}, steady(status))):
        rooms.handle(message.topic, message.payload.encode(), 0.0)
    known = rooms.known(0.0)["hall-way"]
    assert (known.mood, known.strength, known.presence, known.face_count) == ("sad", 0.8, True, 2)
    assert known.shares == status.shares


def test_only_rooms_that_are_there_and_say_a_mood_count() -> None:
    rooms = rooms_of()
    say(rooms, "kitchen")
    say(rooms, "hall", online="offline")
    say(rooms, "attic", STATE | {"mood": "paused"})
    say(rooms, "cellar", STATE | {"mood": "unknown"})
    say(rooms, "empty", STATE | {"mood": "absent", "faces": 0})
    rooms.handle("moodcast/left/state", json.dumps(STATE).encode(), 0.0)  # and never `online`
    assert set(rooms.known(0.0)) == {"kitchen", "empty"}
    assert rooms.words(0.0) == {"kitchen": "happy", "hall": "offline", "attic": "paused", "cellar": "unknown",
                                "empty": "absent", "left": "offline"}  # fmt: skip


def test_a_room_of_which_nothing_comes_any_more_is_silent_until_it_does() -> None:
    rooms = rooms_of()
    say(rooms, "kitchen", now=0.0)
    rooms.handle("moodcast/kitchen/health", b"{}", 60.0)
    assert set(rooms.known(239.0)) == {"kitchen"}
    assert not rooms.known(240.0) and rooms.words(240.0) == {"kitchen": "silent"}
    rooms.handle("moodcast/kitchen/health", b"{}", 250.0)
    assert set(rooms.known(250.0)) == {"kitchen"}


@pytest.mark.parametrize("state", [
    b"", b"{", b"\xff", b"[]", b"null", b"7", b"[" * 5000, STATE | {"mood": "furious"}, STATE | {"mood": ["happy"]},
    STATE | {"strength": float("nan")}, STATE | {"strength": 7}, STATE | {"strength": True}, STATE | {"faces": -1},
    STATE | {"faces": 1e9}, STATE | {"faces": None}, STATE | {"shares": [0.1] * 7}, STATE | {"shares": {}},
    STATE | {"shares": SHARES | {"sad": float("inf")}}, STATE | {"counted": []},
])  # fmt: skip
def test_what_is_no_state_of_a_room_is_a_room_that_is_not_known(state: Any) -> None:
    rooms = rooms_of()
    say(rooms, "kitchen")
    say(rooms, "kitchen", state)
    assert not rooms.known(0.0) and rooms.words(0.0) == {"kitchen": "unknown"}


@pytest.mark.parametrize("topic", [
    "moodcast/home/state", "moodcast/Kitchen/state", "moodcast/kitchen/camera/state", "moodcast/state",
    "other/kitchen/state", "moodcast//state",
])  # fmt: skip
def test_what_is_no_room_of_ours_is_not_followed(topic: str) -> None:
    rooms = rooms_of()
    rooms.handle(topic, json.dumps(STATE).encode(), 0.0)
    assert not rooms.words(0.0)


def test_only_rooms_that_are_listed_count_where_some_are() -> None:
    rooms = rooms_of("kitchen", "hall")
    say(rooms, "kitchen")
    say(rooms, "attic")
    assert rooms.words(0.0) == {"kitchen": "happy", "hall": "offline"}
    assert rooms.filters[:2] == ("moodcast/kitchen/availability", "moodcast/kitchen/presence")
    assert rooms_of().filters == tuple(f"moodcast/+/{part}" for part in ("availability", "presence", "state", "health"))


def test_made_up_rooms_have_an_end_and_one_that_the_broker_forgets_is_gone() -> None:
    rooms = rooms_of()
    for number in range(2 * MOST_ROOMS):
        say(rooms, f"room{number}")
    assert len(rooms.words(0.0)) == MOST_ROOMS
    for part in ("availability", "presence", "state"):
        rooms.handle(f"moodcast/room0/{part}", b"", 0.0)
    assert "room0" not in rooms.words(0.0)


def test_home_assistant_is_told_of_one_more_device() -> None:
    home = DeviceConfig(id="home", name="Home")
    (message,) = home_announcements(MqttConfig(), home, "1.2.3")
    body = json.loads(message.payload)
    assert message.topic == "homeassistant/device/home/config" and message.retain
    assert {entity["default_entity_id"] for entity in body["components"].values()} == {
        "sensor.home_mood", "binary_sensor.home_presence", "sensor.home_faces", "sensor.home_rooms",
    }  # fmt: skip
    assert body["components"]["mood"]["options"] == [*LABELS, "absent"]
    nothing = HomeNow("unknown", 0.0, (0.0,) * 7, None, None, ())
    published = {message.topic for message in home_messages(Topics(MqttConfig(), home), nothing, {})}
    listened = {
        value for entity in body["components"].values() for key, value in entity.items() if key.endswith("topic")
    }
    assert listened <= published


def test_the_home_says_unknown_where_it_knows_nothing() -> None:
    nothing = HomeNow("unknown", 0.0, (0.0,) * 7, None, None, ())
    said = {
        m.topic: m.payload
        for m in home_messages(Topics(MqttConfig(), DeviceConfig(id="home")), nothing, {"hall": "offline"})
    }
    assert (said["moodcast/home/mood"], said["moodcast/home/presence"]) == ("unknown", "unknown")
    assert json.loads(said["moodcast/home/state"])["faces"] is None
    assert json.loads(said["moodcast/home/attributes"]) == {"rooms": {"hall": "offline"}}
