"""Moodcast in a real Home Assistant: run by scripts/test-home-assistant, which says in which; skipped otherwise."""

import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.discovery import announcements
from edge.outputs.mqtt import Mqtt
from edge.records import Playlist
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_health, a_status
from tests.daemon import Daemon
from tests.home_assistant.assistant import Assistant

COMMAND = os.environ.get("MOODCAST_HOME_ASSISTANT", "")
pytestmark = pytest.mark.skipif(not COMMAND, reason="needs a Home Assistant: scripts/test-home-assistant")


def documented_configuration(root: Path) -> str:
    """configuration.yaml with the automations of docs/home-assistant.md, all of them under one key."""
    text = (root / "docs" / "home-assistant.md").read_text()
    blocks = re.findall(r"```yaml\nautomation:\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    return "homeassistant:\n  name: test\nautomation:\n" + "".join(blocks)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def assistant(broker: Mosquitto, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    log = tmp_path_factory.mktemp("assistant") / "log"
    with Assistant(json.loads(COMMAND), broker.port, documented_configuration(root), log) as assistant:
        yield assistant


@pytest.fixture
def switched() -> list[bool]:
    return []


@pytest.fixture
def mqtt(broker: Mosquitto, switched: list[bool]) -> Iterator[Mqtt]:
    mqtt = start(broker, switched)
    yield mqtt
    mqtt.close()


def start(broker: Mosquitto, switched: list[bool], discovery: str = "device") -> Mqtt:
    config = MqttConfig(host="127.0.0.1", port=broker.port, discovery=discovery)
    mqtt = Mqtt(config, DeviceConfig(), {"enter_level": 0.5}, switched.append, retry_seconds=(0.1, 1.0, 1.0))
    mqtt.start()
    mqtt.publish(a_status("absent", 0.0, faces=0, playlist=None), None, MOMENT)
    return mqtt


def expected_entities() -> set[str]:
    """As announced: every `default_entity_id`."""
    (message,) = announcements(MqttConfig(), DeviceConfig(), "1")
    return {c["default_entity_id"] for c in json.loads(message.payload)["components"].values()}


def test_the_device_appears_with_every_entity_and_the_present_mood(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    entities = assistant.ask("entities")
    assert set(entities) == expected_entities()
    assert {entity["device"] for entity in entities.values()} == {"Moodcast"}
    assert assistant.ask("warnings") == []


def test_it_follows_a_change_and_the_event_fires_with_its_playlist(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    mqtt.publish(a_status("happy", 0.91), a_change("happy", "absent"), time.time())
    assistant.wait_for_state("sensor.moodcast_mood", "happy")
    assistant.wait_for_state("sensor.moodcast_confidence", "91")
    assistant.wait_for_state("sensor.moodcast_faces", "1")
    assistant.wait_for_state("sensor.moodcast_playlist", "Happy Hits!")
    assistant.wait_for_state("sensor.moodcast_since", "2026-01-31T18:04:05+00:00")
    event = assistant.ask("states")["event.moodcast_change"]["attributes"]
    assert (event["event_type"], event["mood"], event["previous"]) == ("mood_change", "happy", "absent")
    assert assistant.ask("states")["sensor.moodcast_confidence"]["attributes"]["scores"]["happy"] == 0.91
    assert assistant.ask("warnings") == []


def test_the_automations_of_the_documentation_run(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assistant.calls.clear()
    mqtt.publish(a_status("happy", 0.91), a_change("happy", "absent"), time.time())
    played = assistant.wait_for_call("media_player.play_media")
    assert played["entity_id"] == ["media_player.living_room"]
    assert played["media_content_id"] == "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"
    assert assistant.wait_for_call("scene.turn_on")["entity_id"] == ["scene.happy"]
    mqtt.publish(a_status("absent", 0.0, faces=0, playlist=None), a_change("absent", "happy", None), time.time())
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assistant.wait_for_state("sensor.moodcast_playlist_url", "unknown")
    mqtt.close()
    assistant.wait_for_state("sensor.moodcast_mood", "unavailable")
    again = start_over(mqtt)
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    time.sleep(1.0)
    assert assistant.calls == []  # neither leaving nor coming back is a mood
    again.close()
    assert assistant.ask("warnings") == []


def start_over(mqtt: Mqtt) -> Mqtt:
    """The daemon, started again with the same settings."""
    again = Mqtt(mqtt._config, DeviceConfig(), {}, lambda on: None)
    again.start()
    again.publish(a_status("absent", 0.0, faces=0, playlist=None), None, MOMENT)
    return again


def test_the_switch_pauses_the_camera(assistant: Assistant, mqtt: Mqtt, switched: list[bool]) -> None:
    assistant.wait_for_state("switch.moodcast_camera", "on")
    assistant.ask("call", service="switch.turn_off", entity="switch.moodcast_camera")
    deadline = time.monotonic() + 10
    while switched != [False]:
        assert time.monotonic() < deadline, switched
        time.sleep(0.05)
    mqtt.publish(a_status("paused", 0.0, faces=0, playlist=None, camera_on=False), a_change("paused"), time.time())
    assistant.wait_for_state("switch.moodcast_camera", "off")
    assistant.wait_for_state("sensor.moodcast_mood", "paused")


def test_the_heartbeat_fills_the_diagnostics_and_what_is_not_known_is_unknown(assistant: Assistant, mqtt: Mqtt) -> None:
    mqtt.health(a_health(temperature=None, throttled=True))
    assistant.wait_for_state("sensor.moodcast_fps", "9.5")
    assistant.wait_for_state("binary_sensor.moodcast_throttled", "on")
    assert assistant.state("sensor.moodcast_temperature_celsius") in ("unknown", "unavailable")
    mqtt.health(a_health(temperature=51.5, throttled=False))
    assistant.wait_for_state("sensor.moodcast_temperature_celsius", "51.5")
    assistant.wait_for_state("binary_sensor.moodcast_throttled", "off")
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
    for discovery in ("component", "device"):
        mqtt = start(broker, [], discovery)
        assistant.wait_for_state("sensor.moodcast_mood", "absent")
        assert set(assistant.ask("entities")) == expected_entities()
        mqtt.close()
        assistant.wait_for_state("sensor.moodcast_mood", "unavailable")
    assert assistant.ask("warnings") == []


def test_without_discovery_the_device_is_gone(assistant: Assistant, broker: Mosquitto) -> None:
    mqtt = start(broker, [], "off")
    deadline = time.monotonic() + 20
    while left := assistant.ask("entities"):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    mqtt.close()
    assert assistant.ask("warnings") == []


def test_the_daemon_itself_comes_goes_and_comes_back(
    assistant: Assistant, broker: Mosquitto, tmp_path: Path, python_env: dict[str, str]
) -> None:
    """The demo's portraits before the real detector and model, killed as by a power cut."""
    settings = {"mqtt": {"host": "127.0.0.1", "port": broker.port}, "web": {"enabled": False}}
    with Daemon(tmp_path / "daemon", python_env, settings, "--demo") as daemon:
        assistant.changes.clear()
        daemon.until(lambda: moods(assistant) & {"happy", "neutral", "surprise", "sad"}, "a mood in Home Assistant", 60)
        assistant.ask("call", service="switch.turn_off", entity="switch.moodcast_camera")
        assistant.wait_for_state("sensor.moodcast_mood", "paused")
        assistant.wait_for_state("switch.moodcast_camera", "off")
        assistant.ask("call", service="switch.turn_on", entity="switch.moodcast_camera")
        assistant.wait_for_state("switch.moodcast_camera", "on")
        daemon.kill()
        assistant.wait_for_state("sensor.moodcast_mood", "unavailable", 60)
        assistant.changes.clear()
        daemon.start()
        daemon.until(lambda: moods(assistant) - {"unavailable", "unknown"}, "the mood again", 60)
        daemon.stop()
        assistant.wait_for_state("sensor.moodcast_mood", "unavailable")
    assert assistant.ask("warnings") == []


def moods(assistant: Assistant) -> set[str]:
    """Every mood that Home Assistant has shown since its changes were last cleared."""
    return {change["state"] for change in list(assistant.changes) if change["entity_id"] == "sensor.moodcast_mood"}
