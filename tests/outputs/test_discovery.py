"""What Home Assistant is told. A real one reads it in tests/home_assistant."""

import json
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.languages import LANGUAGES, texts
from edge.outputs.discovery import announcements, home_announcements, is_leftover, leftover_filters
from edge.outputs.messages import COMMANDS, Message
from edge.records import LABELS, MOODS

DEVICE = DeviceConfig(id="hall-way", name="Hallway")


def announced(discovery: str, **config: Any) -> dict[str, Any]:
    """What is announced, by topic."""
    messages = announcements(MqttConfig(discovery=discovery, **config), DEVICE, "1.2.3")
    return {message.topic: json.loads(message.payload) for message in messages}


def components() -> dict[str, Any]:
    """Without those that are removed, which have nothing but a platform."""
    found: dict[str, Any] = announced("device")["homeassistant/device/hall-way/config"]["components"]
    return {key: each for key, each in found.items() if each != {"platform": each["platform"]}}


def test_one_retained_message_announces_the_device() -> None:
    (message,) = announcements(MqttConfig(), DEVICE, "1.2.3")
    assert (message.topic, message.retain, message.qos) == ("homeassistant/device/hall-way/config", True, 1)
    body = json.loads(message.payload)
    assert body["device"]["name"] == "Hallway" and body["device"]["sw_version"] == "1.2.3"
    assert body["origin"] == {"name": "Moodcast", "sw_version": "1.2.3"}
    assert body["availability_topic"] == "moodcast/hall-way/availability"


def test_the_device_names_its_page_and_its_room_where_it_has_them() -> None:
    def told(device: DeviceConfig, page: str) -> dict[str, str]:
        (message,) = announcements(MqttConfig(), device, "1.2.3", page)
        said = json.loads(message.payload)
        found: dict[str, str] = said["device"] | said["origin"]
        return {key: found[key] for key in ("configuration_url", "support_url", "suggested_area") if key in found}

    assert told(DEVICE, "") == {}
    assert told(DeviceConfig(area="Hall"), "http://10.0.0.2:8080/") == {
        "configuration_url": "http://10.0.0.2:8080/", "support_url": "http://10.0.0.2:8080/health",
        "suggested_area": "Hall",
    }  # fmt: skip


def test_everything_worth_knowing_is_an_entity() -> None:
    assert {key: value["platform"] for key, value in components().items()} == {
        **dict.fromkeys(COMMANDS, "button"),
        **{f"becomes_{mood}": "device_automation" for mood in MOODS},
        "mood": "sensor", "expression": "sensor", "presence": "binary_sensor", "strength": "sensor",
        "confidence": "sensor", "why": "sensor", **{f"share_{label}": "sensor" for label in LABELS},
        "faces": "sensor", "since": "sensor", "playlist": "sensor",
        "playlist_url": "sensor", "change": "event", "camera": "switch", "camera_state": "sensor", "fps": "sensor",
        "inference_ms": "sensor", "cpu_percent": "sensor", "rss_mib": "sensor", "temperature_celsius": "sensor",
        "throttled": "binary_sensor", "problem": "binary_sensor", "changes_per_hour": "sensor",
        "hold_minutes": "number", "enter_share": "number", "not_quite": "select", "update": "update",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_entity_has_a_name_in_the_device_s_language(language: str) -> None:
    device = DeviceConfig(language=language)

    def names(messages: tuple[Message, ...]) -> dict[str, str]:
        components = json.loads(messages[0].payload)["components"]
        return {key: each["name"] for key, each in components.items() if "name" in each}

    english = names(announcements(MqttConfig(), DeviceConfig(), "1", picture="http://10.0.0.2/"))
    named = names(announcements(MqttConfig(), device, "1", picture="http://10.0.0.2/"))
    home = names(home_announcements(MqttConfig(), DeviceConfig(id="home", language=language), "1"))
    assert named.keys() == english.keys() | {"mood_in_words", "expression_in_words"}
    assert len(set(named.values())) == len(named), "two entities of one name"
    assert named["since"] != english["since"]
    assert named["share_happy"].endswith(texts(language)["within"]["happy"])
    used = {"share", *home, *(key for key in named if not key.startswith("share_"))}
    assert texts(language)["entities"].keys() == used


def test_the_picture_is_an_entity_while_it_has_an_address_and_is_removed_else() -> None:
    def picture(address: str, discovery: str = "device") -> Any:
        (message, *_) = announcements(MqttConfig(discovery=discovery), DEVICE, "1", picture=address)
        return json.loads(message.payload)["components"]["picture"]

    shown = picture("http://10.0.0.2:8080/snapshot.jpg")
    assert shown["url_template"] == "http://10.0.0.2:8080/snapshot.jpg"
    assert shown["url_topic"] == "moodcast/hall-way/expression"
    # Nothing but the platform: Home Assistant removes it (its MQTT integration's device discovery).
    assert picture("") == picture("", "both") == {"platform": "image"}
    alone = announcements(MqttConfig(discovery="component"), DEVICE, "1", picture="http://10.0.0.2/")
    assert not [message.topic for message in alone if "/image/" in message.topic]


def test_mood_and_expression_are_words_of_the_device_s_language_for_dashboards() -> None:
    (message,) = announcements(MqttConfig(), DeviceConfig(language="fr"), "1")
    said = json.loads(message.payload)["components"]
    assert '"sad": "Triste"' in said["mood_in_words"]["value_template"]
    assert '"none": "Personne en vue"' in said["expression_in_words"]["value_template"]
    assert said["expression_in_words"]["state_topic"] == said["expression"]["state_topic"]
    for key in ("mood", "expression"):
        assert said[key]["options"] == components()[key]["options"], "what automations ask for"
        assert f"{key}_in_words" not in components()


def test_what_is_newest_is_told_by_whoever_keeps_the_devices() -> None:
    update = components()["update"]
    assert (update["value_template"], update["latest_version_topic"]) == ("1.2.3", "moodcast/newest")


def test_the_mood_is_an_enum_with_every_value_it_may_take() -> None:
    assert components()["mood"]["device_class"] == "enum"
    assert components()["mood"]["options"] == [mood for mood in MOODS if mood != "unknown"]


def test_the_expression_is_an_enum_and_presence_an_occupancy() -> None:
    assert components()["expression"]["options"] == [*LABELS, "none", "paused"]
    assert components()["presence"]["device_class"] == "occupancy"
    assert components()["presence"]["state_topic"] == "moodcast/hall-way/presence"


def test_a_mood_nobody_knows_is_unknown_to_home_assistant_too() -> None:
    # What it takes for unknown is the word None (its MQTT integration's PAYLOAD_NONE).
    assert components()["mood"]["value_template"] == "{{ None if value == 'unknown' else value }}"


def test_a_problem_of_the_camera_is_a_sensor_of_its_own() -> None:
    problem = components()["problem"]
    assert (problem["device_class"], problem["state_topic"]) == ("problem", "moodcast/hall-way/state")
    assert problem["value_template"] == "{{ 'ON' if value_json.problem else 'OFF' }}"


def test_what_only_few_want_is_off_by_default() -> None:
    off = {key for key, entity in components().items() if entity.get("enabled_by_default") is False}
    assert off == {"why", "change", "since", "fps", "inference_ms", "cpu_percent", "rss_mib", "temperature_celsius",
                   "changes_per_hour", "update", "camera_state", "throttled",
                   *(f"share_{label}" for label in LABELS)}  # fmt: skip


def test_every_mood_is_a_trigger_to_be_clicked_and_a_type_of_the_event() -> None:
    triggers = [each for each in components().values() if each["platform"] == "device_automation"]
    assert [trigger["payload"] for trigger in triggers] == components()["change"]["event_types"] == list(MOODS)
    assert [trigger["type"] for trigger in triggers] == [f"becomes {mood}" for mood in MOODS]
    assert {trigger["topic"] for trigger in triggers} == {"moodcast/hall-way/event"}


def test_every_command_is_a_button() -> None:
    buttons = [each for each in components().values() if each["platform"] == "button"]
    assert [button["payload_press"] for button in buttons] == list(COMMANDS)
    assert {button["command_topic"] for button in buttons} == {"moodcast/hall-way/command/set"}


def test_what_can_be_set_is_a_number_with_its_bounds_in_its_unit() -> None:
    hold, share = components()["hold_minutes"], components()["enter_share"]
    assert {each["entity_category"] for each in (hold, share)} == {"config"}
    assert (hold["min"], hold["max"], hold["unit_of_measurement"]) == (0, 1440, "min")
    assert (share["min"], share["max"], share["unit_of_measurement"]) == (1, 30, "%")
    for each in (hold, share):
        assert each["state_topic"] == "moodcast/hall-way/settings"
        assert each["command_topic"] == "moodcast/hall-way/settings/set"
    assert hold["command_template"] == "{{ {'playlists.hold_minutes': value / 1} | tojson }}"


def test_the_mood_is_corrected_by_a_select_that_goes_back_to_nothing() -> None:
    select = components()["not_quite"]
    assert select["options"] == [*LABELS, "absent"]
    assert select["command_topic"] == f"{select['state_topic']}/set" == "moodcast/hall-way/correction/set"
    assert select["value_template"] == "{{ None if value == 'none' else value }}"


def test_every_entity_has_an_id_of_its_own_and_a_default_with_its_domain() -> None:
    entities = {key: each for key, each in components().items() if each["platform"] != "device_automation"}
    assert len({entity["unique_id"] for entity in entities.values()}) == len(entities)
    assert all(entity["default_entity_id"].endswith("." + entity["object_id"]) for entity in entities.values())
    assert entities["mood"]["default_entity_id"] == "sensor.hall_way_mood"
    assert entities["temperature_celsius"]["default_entity_id"] == "sensor.hall_way_temperature"
    assert entities["camera"]["default_entity_id"] == "switch.hall_way_camera"


def test_only_what_the_heartbeat_feeds_expires() -> None:
    for key, entity in components().items():
        fed_by_heartbeat = entity.get("state_topic") == "moodcast/hall-way/health"
        assert ("expire_after" in entity) == fed_by_heartbeat, key
    beats = announced("device", health_seconds=10.0)["homeassistant/device/hall-way/config"]["components"]
    assert beats["fps"]["expire_after"] == 30


def test_component_discovery_says_the_same_one_entity_a_message() -> None:
    messages = announced("component")
    assert set(messages) == {
        f"homeassistant/{entity['platform']}/hall-way/{key}/config" for key, entity in components().items()
    }
    mood = messages["homeassistant/sensor/hall-way/mood/config"]
    assert mood["availability_topic"] and mood["device"] and mood["origin"]
    assert mood["options"] == components()["mood"]["options"]


@pytest.mark.parametrize(("discovery", "device", "component"), [
    ("device", True, False), ("component", False, True), ("both", True, True), ("off", False, False),
])  # fmt: skip
def test_each_kind_announces_itself_and_watches_for_what_another_left(
    discovery: str, device: bool, component: bool
) -> None:
    announced_as = announced(discovery)
    assert ("homeassistant/device/hall-way/config" in announced_as) == device
    assert ("homeassistant/sensor/hall-way/mood/config" in announced_as) == component
    for kind in ("device", "component"):
        for topic, body in announced(kind).items():
            left = is_leftover(MqttConfig(discovery=discovery), DEVICE, topic, json.dumps(body).encode())
            assert left == (topic not in announced_as)


@pytest.mark.parametrize(
    "payload", [b"", b"{", b"\xff", b"[]", b"null", b'{"name": "x"}', b'{"origin": {"name": "other"}}']
)
def test_what_somebody_else_announced_there_is_left_alone(payload: bytes) -> None:
    topic = "homeassistant/sensor/hall-way/mood/config"
    assert not is_leftover(MqttConfig(discovery="device"), DEVICE, topic, payload)


def test_only_this_device_s_topics_are_watched() -> None:
    body = b'{"origin": {"name": "Moodcast"}}'
    assert not is_leftover(MqttConfig(discovery="off"), DEVICE, "homeassistant/device/attic/config", body)
    assert not is_leftover(MqttConfig(discovery="off"), DEVICE, None, body)
    assert leftover_filters(MqttConfig(discovery="both"), DEVICE) == ()
