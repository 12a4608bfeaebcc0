"""What Home Assistant is told. A real one reads it in tests/home_assistant."""

import json
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.discovery import announcements
from edge.records import MOODS

DEVICE = DeviceConfig(id="hall-way", name="Hallway")


def announced(discovery: str, **config: Any) -> dict[str, Any]:
    """What is announced, by topic; what is removed is None."""
    messages = announcements(MqttConfig(discovery=discovery, **config), DEVICE, "1.2.3")
    return {message.topic: json.loads(message.payload) if message.payload else None for message in messages}


def components() -> dict[str, Any]:
    found: dict[str, Any] = announced("device")["homeassistant/device/hall-way/config"]["components"]
    return found


def test_one_retained_message_announces_the_device() -> None:
    messages = announcements(MqttConfig(), DEVICE, "1.2.3")
    (message,) = [message for message in messages if message.payload]
    assert (message.topic, message.retain, message.qos) == ("homeassistant/device/hall-way/config", True, 1)
    body = json.loads(message.payload)
    assert body["device"]["name"] == "Hallway" and body["device"]["sw_version"] == "1.2.3"
    assert body["origin"] == {"name": "Moodcast", "sw_version": "1.2.3"}
    assert body["availability_topic"] == "moodcast/hall-way/availability"


def test_everything_worth_knowing_is_an_entity() -> None:
    assert {key: value["platform"] for key, value in components().items()} == {
        "mood": "sensor", "confidence": "sensor", "faces": "sensor", "since": "sensor", "playlist": "sensor",
        "playlist_url": "sensor", "change": "event", "camera": "switch", "camera_state": "sensor", "fps": "sensor",
        "inference_ms": "sensor", "cpu_percent": "sensor", "rss_mib": "sensor", "temperature_celsius": "sensor",
        "throttled": "binary_sensor", "changes_per_hour": "sensor",
    }  # fmt: skip


def test_the_mood_is_an_enum_with_every_value_it_may_take() -> None:
    assert components()["mood"]["device_class"] == "enum"
    assert components()["mood"]["options"] == list(MOODS)


def test_every_entity_has_an_id_of_its_own_and_a_default_with_its_domain() -> None:
    entities = components()
    assert len({entity["unique_id"] for entity in entities.values()}) == len(entities)
    assert all("object_id" not in entity for entity in entities.values())
    assert entities["mood"]["default_entity_id"] == "sensor.hall_way_mood"
    assert entities["camera"]["default_entity_id"] == "switch.hall_way_camera"


def test_only_what_the_heartbeat_feeds_expires() -> None:
    for key, entity in components().items():
        fed_by_heartbeat = entity.get("state_topic") == "moodcast/hall-way/health"
        assert ("expire_after" in entity) == fed_by_heartbeat, key
    beats = announced("device", health_seconds=10.0)["homeassistant/device/hall-way/config"]["components"]
    assert beats["fps"]["expire_after"] == 30


def test_component_discovery_says_the_same_one_entity_a_message() -> None:
    messages = {topic: body for topic, body in announced("component").items() if body}
    assert set(messages) == {
        f"homeassistant/{entity['platform']}/hall-way/{key}/config" for key, entity in components().items()
    }
    mood = messages["homeassistant/sensor/hall-way/mood/config"]
    assert mood["availability_topic"] and mood["device"] and mood["origin"] and mood["options"] == list(MOODS)


@pytest.mark.parametrize(("discovery", "device", "component"), [
    ("device", True, False), ("component", False, True), ("both", True, True), ("off", False, False),
])  # fmt: skip
def test_what_is_not_announced_any_more_is_removed(discovery: str, device: bool, component: bool) -> None:
    messages = announced(discovery)
    assert (messages["homeassistant/device/hall-way/config"] is not None) == device
    assert (messages["homeassistant/sensor/hall-way/mood/config"] is not None) == component
    assert len(messages) == 17


def test_the_old_is_removed_before_the_new_is_announced() -> None:
    empty = [not message.payload for message in announcements(MqttConfig(discovery="component"), DEVICE, "1.2.3")]
    assert empty == sorted(empty, reverse=True)


def test_removing_is_retained_too_or_it_would_remove_nothing() -> None:
    removed = announcements(MqttConfig(discovery="off"), DEVICE, "1.2.3")
    assert removed and all(m.retain and m.payload == "" for m in removed)
