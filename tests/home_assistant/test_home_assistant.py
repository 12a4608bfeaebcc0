"""Moodcast in a real Home Assistant: run by scripts/test-home-assistant, which says in which; skipped otherwise."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from edge import __version__
from edge.config import DeviceConfig, MqttConfig
from edge.outputs.discovery import announcements
from edge.outputs.mqtt import Mqtt
from edge.records import LABELS, Playlist
from tests.broker.client import until
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_health, a_status
from tests.daemon.process import Daemon
from tests.home_assistant.assistant import Assistant
from tests.home_assistant.device import (
    COMMAND,
    start,
)

PICTURE = "image.moodcast_picture"

pytestmark = pytest.mark.skipif(not COMMAND, reason="needs a Home Assistant: scripts/test-home-assistant")


def expected_entities() -> set[str]:
    """As announced: every `default_entity_id`."""
    (message,) = announcements(MqttConfig(), DeviceConfig(), "1")
    components = json.loads(message.payload)["components"].values()
    return {c["default_entity_id"] for c in components if "default_entity_id" in c}


def test_the_device_appears_with_every_entity_and_the_present_mood(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assistant.wait_for_state("sensor.moodcast_expression", "none")
    entities = assistant.ask("entities")
    assert set(entities) == expected_entities()
    assert assistant.state("sensor.moodcast_confidence") == assistant.state("sensor.moodcast_strength") == "unknown"
    assert {entity["device"] for entity in entities.values()} == {"Moodcast"}
    assert assistant.ask("warnings") == []


def test_it_follows_a_change_and_the_event_fires_with_its_playlist(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assistant.ask("enable")
    assistant.wait_for_state("sensor.moodcast_share_happy", "unknown")
    mqtt.publish(a_status("happy", 0.91, expression="surprise"), a_change("happy", "absent"), time.time())
    assistant.wait_for_state("sensor.moodcast_mood", "happy")
    assistant.wait_for_state("sensor.moodcast_expression", "surprise")
    assistant.wait_for_state("binary_sensor.moodcast_presence", "on")
    assistant.wait_for_state("sensor.moodcast_strength", "80")
    assistant.wait_for_state("sensor.moodcast_confidence", "91")
    assistant.wait_for_state("sensor.moodcast_share_surprise", "100")
    assistant.wait_for_state("sensor.moodcast_faces", "1")
    assistant.wait_for_state("sensor.moodcast_playlist", "Happy Hits!")
    assistant.wait_for_state("sensor.moodcast_since", "2026-01-31T18:04:05+00:00")
    states = assistant.ask("states")
    event = states["event.moodcast_change"]["attributes"]
    assert (event["event_type"], event["mood"], event["previous"]) == ("happy", "happy", "absent")
    assert event["strength"] == 0.9 and event["playlist"]["name"] == "Happy Hits!" and "confidence" not in event
    assert states["sensor.moodcast_why"]["state"] == "mood: happy"
    assert states["sensor.moodcast_why"]["attributes"]["scores"]["surprise"] == 0.91
    assert assistant.ask("warnings") == []


def test_presence_is_an_occupancy_that_is_unknown_without_a_picture(assistant: Assistant, mqtt: Mqtt) -> None:
    presence = "binary_sensor.moodcast_presence"
    assistant.wait_for_state(presence, "off")
    assert assistant.ask("states")[presence]["attributes"]["device_class"] == "occupancy"
    mqtt.publish(a_status("neutral"), a_change("neutral", "absent"), time.time())
    assistant.wait_for_state(presence, "on")
    mqtt.publish(a_status("neutral", faces=0, expression="none"), None, time.time())  # the mood lasts longer
    assistant.wait_for_state(presence, "off")
    assistant.wait_for_state("sensor.moodcast_expression", "none")
    assert assistant.state("sensor.moodcast_mood") == "neutral"
    mqtt.publish(a_status("unknown", 0.0, faces=0), a_change("unknown", "neutral"), time.time())
    for entity in (presence, "sensor.moodcast_expression", "sensor.moodcast_mood"):
        assistant.wait_for_state(entity, "unknown")
    assert assistant.ask("warnings") == []


def test_a_button_asks_for_another_playlist(assistant: Assistant, broker: Mosquitto) -> None:
    asked: list[str] = []
    commands = {"another_playlist": lambda: asked.append("another")}
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, lambda _: None, commands=commands)
    mqtt.start()
    mqtt.publish(a_status("happy"), None, MOMENT)
    assistant.wait_for_state("sensor.moodcast_mood", "happy")
    assistant.ask("call", service="button.press", entity="button.moodcast_another_playlist")
    until(lambda: asked == ["another"], "the command")
    mqtt.close()


def test_numbers_set_and_a_select_corrects(assistant: Assistant, broker: Mosquitto) -> None:
    asked: list[Any] = []
    told = {"playlists.hold_minutes": 10.0, "mood.enter_share": 0.07}
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, lambda _: None,
                on_settings=asked.append, on_correction=asked.append, settings=told)  # fmt: skip
    mqtt.start()
    mqtt.publish(a_status("happy"), None, MOMENT)
    hold, share, select = "number.moodcast_hold_minutes", "number.moodcast_enter_share", "select.moodcast_not_quite"
    assistant.wait_for_state(hold, "10.0")
    assistant.wait_for_state(share, "7.0")
    assistant.wait_for_state(select, "unknown")
    assert {assistant.ask("entities")[number]["category"] for number in (hold, share)} == {"config"}
    assert assistant.ask("states")[share]["attributes"]["max"] == 30

    assistant.ask("call", service="number.set_value", entity=hold, data={"value": 30})
    until(lambda: asked == [{"playlists.hold_minutes": 30.0}], "the number")
    assert assistant.state(hold) == "10.0", "as it is told, not as it was asked for"
    mqtt.configure({}, told | asked.pop())
    assistant.wait_for_state(hold, "30.0")
    assistant.ask("call", service="number.set_value", entity=share, data={"value": 29})
    until(lambda: asked == [{"mood.enter_share": 0.29}], "the share")

    asked.clear()
    assistant.changes.clear()
    assistant.ask("call", service="select.select_option", entity=select, data={"option": "sad"})
    until(lambda: asked == ["sad"], "the correction")
    until(lambda: [c["state"] for c in assistant.changes if c["entity_id"] == select] == ["sad", "unknown"], "its end")
    mqtt.close()
    assert assistant.ask("warnings") == []


def test_the_switch_pauses_the_camera(assistant: Assistant, mqtt: Mqtt, switched: list[bool]) -> None:
    assistant.wait_for_state("switch.moodcast_camera", "on")
    assistant.ask("call", service="switch.turn_off", entity="switch.moodcast_camera")
    deadline = time.monotonic() + 10
    while switched != [False]:
        assert time.monotonic() < deadline, switched
        time.sleep(0.05)
    mqtt.publish(a_status("paused", 0.0, faces=0, playlist=None, camera_on=False), a_change("paused"), time.time())
    assistant.wait_for_state("switch.moodcast_camera", "off")
    for entity in ("sensor.moodcast_mood", "sensor.moodcast_expression"):
        assistant.wait_for_state(entity, "paused")
    assistant.wait_for_state("binary_sensor.moodcast_presence", "unknown")


def test_the_heartbeat_fills_the_diagnostics_and_what_is_not_known_is_unknown(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assistant.ask("enable")
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    mqtt.health(a_health(temperature=None, throttled=True))
    assistant.wait_for_state("sensor.moodcast_fps", "10")
    assistant.wait_for_state("binary_sensor.moodcast_throttled", "on")
    assert assistant.state("sensor.moodcast_temperature") in ("unknown", "unavailable")
    mqtt.health(a_health(temperature=51.5, throttled=False))
    assistant.wait_for_state("sensor.moodcast_temperature", "52")
    assistant.wait_for_state("binary_sensor.moodcast_throttled", "off")
    assert assistant.ask("warnings") == []


def test_a_picture_comes_and_goes_with_the_option(assistant: Assistant, broker: Mosquitto) -> None:
    mqtt = start(broker, [], picture="http://127.0.0.1:9/snapshot.jpg")
    until(lambda: PICTURE in assistant.ask("entities"), "the picture")
    until(lambda: assistant.state(PICTURE).startswith("20"), "when it was last told of")
    mqtt.close()
    mqtt = start(broker, [])
    until(lambda: PICTURE not in assistant.ask("entities"), "no picture")
    mqtt.close()
    assert assistant.ask("warnings") == []


def test_home_assistant_shows_the_picture_of_a_camera_that_may_be_seen(
    assistant: Assistant, broker: Mosquitto, tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    web = {"host": "0.0.0.0", "port": free_port, "snapshot": True}
    mqtt = {"host": "127.0.0.1", "port": broker.port}
    with Daemon(tmp_path / "daemon", python_env, {"mqtt": mqtt, "web": web}, "--demo") as daemon:
        daemon.until(lambda: assistant.state(PICTURE).startswith("20"), "the picture", 60)
        shown = assistant.ask("states")[PICTURE]["attributes"]["entity_picture"]
        fetched = assistant.ask("fetch", path=shown)
        assert (fetched["type"], fetched["body"][:2]) == ("image/jpeg", "\xff\xd8")
        assert daemon.stop() == 0, daemon.log
    mqtt_without = start(broker, [])
    until(lambda: PICTURE not in assistant.ask("entities"), "no picture")
    mqtt_without.close()
    assert assistant.ask("warnings") == []


def test_a_template_of_the_documents_has_an_icon_for_each_mood(assistant: Assistant, mqtt: Mqtt) -> None:
    icons = []
    for mood in (*LABELS, "absent", "paused"):
        mqtt.publish(a_status(mood), None, MOMENT)
        assistant.wait_for_state("sensor.moodcast_mood_with_icon", mood)
        icons.append(assistant.ask("states")["sensor.moodcast_mood_with_icon"]["attributes"]["icon"])
    assert len(set(icons)) == len(icons)
    there = json.loads(assistant.ask("fetch", path="/static/mdi/iconList.json")["body"])
    assert set(icons) <= {f"mdi:{icon['name']}" for icon in there}
    mqtt.publish(a_status("unknown", 0.0, faces=0), None, MOMENT)
    assistant.wait_for_state("sensor.moodcast_mood_with_icon", "unavailable")
    assert assistant.ask("warnings") == []


def test_a_dashboard_has_mood_and_expression_in_the_device_s_language(assistant: Assistant, broker: Mosquitto) -> None:
    mood, expression = "sensor.moodcast_mood_in_words", "sensor.moodcast_expression_in_words"
    config = MqttConfig(host="127.0.0.1", port=broker.port)
    mqtt = Mqtt(config, DeviceConfig(language="de"), {}, list[bool]().append, retry_seconds=(0.1, 1.0, 1.0))
    mqtt.start()
    mqtt.publish(a_status("sad", expression="none"), None, MOMENT)
    assistant.wait_for_state(mood, "Traurig")
    assistant.wait_for_state(expression, "Niemand im Bild")
    assistant.wait_for_state("sensor.moodcast_mood", "sad")
    mqtt.publish(a_status("unknown", 0.0, faces=0), a_change("unknown", "sad"), MOMENT)
    assistant.wait_for_state(mood, "unknown")
    assistant.wait_for_state(expression, "unknown")
    mqtt.close()
    mqtt = start(broker, [])
    until(lambda: not {mood, expression} & set(assistant.ask("entities")), "in English there is none")
    mqtt.close()
    assert assistant.ask("warnings") == []


def test_what_is_newest_is_an_update_once_somebody_says_so(assistant: Assistant, mqtt: Mqtt, broker: Mosquitto) -> None:
    update = "update.moodcast_update"
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assistant.ask("enable")
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    with Listener(broker.port) as keeper:
        assistant.wait_for_state(update, "unknown")
        keeper.say("moodcast/newest", __version__)
        assistant.wait_for_state(update, "off")
        keeper.say("moodcast/newest", "99.0")
        assistant.wait_for_state(update, "on")
    told = assistant.ask("states")[update]["attributes"]
    assert (told["installed_version"], told["latest_version"]) == (__version__, "99.0")
    assert assistant.ask("warnings") == []


def test_after_home_assistant_has_started_again_everything_is_there(
    assistant: Assistant, mqtt: Mqtt, broker: Mosquitto
) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    with Listener(broker.port) as listener:
        listener.forget()
        assistant.ask("reload")
        listener.wait_for("homeassistant/status", "online", seconds=60)
        listener.wait_for("moodcast/moodcast/availability", "online")
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assert assistant.ask("warnings") == []


def test_a_long_address_is_unknown_and_warns_of_nothing(assistant: Assistant, mqtt: Mqtt) -> None:
    playlist = Playlist("x" * 300, "https://example.org/" + "y" * 300)
    mqtt.publish(a_status("sad", playlist=playlist), a_change("sad", "absent", playlist), time.time())
    assistant.wait_for_state("sensor.moodcast_mood", "sad")
    assistant.wait_for_state("sensor.moodcast_playlist_url", "unknown")
    assert assistant.ask("warnings") == []


def test_changing_the_kind_of_discovery_keeps_the_entities(assistant: Assistant, broker: Mosquitto) -> None:
    assistant.calls.clear()
    for discovery in ("component", "device"):
        mqtt = start(broker, [], discovery)
        assistant.wait_for_state("sensor.moodcast_mood", "absent")
        assert set(assistant.ask("entities")) == expected_entities()
        mqtt.close()
        assistant.wait_for_state("sensor.moodcast_mood", "unavailable")
    assert assistant.calls == []  # entities that come and go are no moods
    assert assistant.ask("warnings") == []


def test_without_discovery_the_device_is_gone(assistant: Assistant, broker: Mosquitto) -> None:
    mqtt = start(broker, [], "off")
    deadline = time.monotonic() + 20
    while left := assistant.ask("entities"):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    mqtt.close()
    assert assistant.calls == []
    assert assistant.ask("warnings") == []


def test_the_daemon_itself_comes_goes_and_comes_back(
    assistant: Assistant, broker: Mosquitto, tmp_path: Path, python_env: dict[str, str]
) -> None:
    """The demo's portraits before the real detector and model, killed as by a power cut."""
    settings = {"mqtt": {"host": "127.0.0.1", "port": broker.port}, "web": {"enabled": False}}
    with Daemon(tmp_path / "daemon", python_env, settings, "--demo") as daemon:
        assistant.changes.clear()
        daemon.until(lambda: shown(assistant, "sensor.moodcast_mood") & {*LABELS}, "a mood in Home Assistant", 60)
        daemon.until(lambda: shown(assistant, "sensor.moodcast_expression") & {*LABELS}, "an expression there", 60)
        daemon.until(lambda: "on" in shown(assistant, "binary_sensor.moodcast_presence"), "somebody there", 60)
        assistant.ask("call", service="switch.turn_off", entity="switch.moodcast_camera")
        assistant.wait_for_state("sensor.moodcast_mood", "paused")
        assistant.wait_for_state("switch.moodcast_camera", "off")
        assistant.ask("call", service="switch.turn_on", entity="switch.moodcast_camera")
        assistant.wait_for_state("switch.moodcast_camera", "on")
        daemon.kill()
        assistant.wait_for_state("sensor.moodcast_mood", "unavailable", 60)
        assistant.changes.clear()
        daemon.start()
        daemon.until(
            lambda: shown(assistant, "sensor.moodcast_mood") - {"unavailable", "unknown"}, "the mood again", 60
        )
        daemon.stop()
        assistant.wait_for_state("sensor.moodcast_mood", "unavailable")
    assert assistant.ask("warnings") == []


def shown(assistant: Assistant, entity: str) -> set[str]:
    """Every state that an entity has had since its changes were last cleared."""
    return {change["state"] for change in list(assistant.changes) if change["entity_id"] == entity}
