"""The daemon's MQTT beside a Home Assistant, and what docs/home-assistant.md puts into its configuration."""

import json
import os
import re
from pathlib import Path
from typing import Any

import yaml

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.records import Playlist
from edge.status import Status
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_status

COMMAND = os.environ.get("MOODCAST_HOME_ASSISTANT", "")

PLAY, PAUSE, RESUME, LIGHT = (
    "media_player.play_media", "media_player.media_pause", "media_player.media_play", "scene.turn_on",
)  # fmt: skip
SAD_SONGS = Playlist("Sad Songs", "spotify:playlist:37i9dQZF1DX7qK8ma5wgG1")
RAIN = Playlist("Rain", "https://example.org/rain.m3u")


def documented_configuration(root: Path) -> dict[str, str]:
    """configuration.yaml with what docs/home-assistant.md and docs/music.md put into it, as JSON, which is YAML."""
    automations: list[Any] = []
    others: dict[str, Any] = {"homeassistant": {"name": "test"}}
    for block in yaml_blocks(root / "docs" / "home-assistant.md"):
        parts = yaml.safe_load(block)
        automations += parts.pop("automation", [])
        others |= parts
    (quiet,) = [block for block in yaml_blocks(root / "docs" / "music.md") if "alias:" in block]
    automations += yaml.safe_load(quiet)
    assert [(automation["id"], automation["alias"]) for automation in automations] == [
        ("moodcast_music", "Play what fits the mood"),
        ("moodcast_empty_room", "Pause in an empty room"),
        ("moodcast_light", "Light that fits the expression"),
        ("moodcast_not_now", "Quiet when somebody says not now"),
    ]
    return {"configuration.yaml": json.dumps({**others, "automation": automations})}


def yaml_blocks(document: Path) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)


def start(
    broker: Mosquitto, switched: list[bool], discovery: str = "device", status: Status | None = None, picture: str = ""
) -> Mqtt:
    """Says that nobody is there, unless told what else."""
    config = MqttConfig(host="127.0.0.1", port=broker.port, discovery=discovery)
    mqtt = Mqtt(config, DeviceConfig(), {"enter_level": 0.5}, switched.append, retry_seconds=(0.1, 1.0, 1.0),
                picture=lambda: picture)  # fmt: skip
    mqtt.start()
    mqtt.publish(status or a_status("absent", 0.0, faces=0, playlist=None), None, MOMENT)
    return mqtt
