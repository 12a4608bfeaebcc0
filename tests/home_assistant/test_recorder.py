"""What Home Assistant records (a row for each change of a state or an attribute), and what it offers to be clicked."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.records import MOODS
from tests.broker.client import until
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_health, a_status
from tests.home_assistant.assistant import Assistant
from tests.home_assistant.device import COMMAND

pytestmark = pytest.mark.skipif(not COMMAND, reason="needs a Home Assistant: scripts/test-home-assistant")

HOUR = 3600


@pytest.fixture(scope="module")
def assistant(broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    parts: dict[str, Any] = {"homeassistant": {"name": "test"}, "logbook": {}, "recorder": {"commit_interval": 0}}
    files = {"configuration.yaml": json.dumps(parts)}
    with Assistant(json.loads(COMMAND), broker.port, files, tmp_path_factory.mktemp("assistant") / "log") as assistant:
        yield assistant


def test_an_hour_of_a_still_picture_is_a_few_rows(assistant: Assistant, broker: Mosquitto) -> None:
    """A face that shows one expression all the time: what is read of it moves by two points or so every second."""
    now, random = [0.0], Random(26)
    mqtt = Mqtt(
        MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, lambda _: None, clock=lambda: now[0]
    )
    mqtt.start()
    mqtt.publish(a_status("happy", 0.82), None, MOMENT)
    assistant.wait_for_state("sensor.moodcast_mood", "happy")
    time.sleep(1.0)  # a row each for what has just appeared
    assistant.changes.clear()
    for second in range(HOUR):
        now[0] = float(second)
        read = a_status("happy", round(random.gauss(0.82, 0.02), 3))
        shares = tuple(round(share + random.gauss(0.0, 0.01), 3) for share in read.shares)
        mqtt.publish(replace(read, strength=round(random.gauss(0.8, 0.01), 3), shares=shares), None, MOMENT)
        if second % 60 == 0:
            health = replace(a_health(), fps=random.gauss(9.5, 0.2), cpu_percent=random.gauss(12.0, 2.0))
            mqtt.health(replace(health, rss_mib=random.gauss(80.0, 0.3), temperature_celsius=random.gauss(51.0, 0.5)))
        until(lambda: mqtt.queue == 0, "all sent")
    time.sleep(1.0)
    rows = Counter(change["entity_id"] for change in list(assistant.changes))
    mqtt.close()
    print(dict(rows))
    assert 0 < rows.total() <= 20, rows


def test_each_mood_is_a_trigger_that_can_be_clicked(assistant: Assistant, broker: Mosquitto) -> None:
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, lambda _: None)
    mqtt.start()
    mqtt.publish(a_status("absent", 0.0, faces=0, playlist=None), None, MOMENT)
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    assert sorted(assistant.ask("attach")) == sorted(f"becomes {mood}" for mood in MOODS)
    time.sleep(2.0)  # Home Assistant gathers what it subscribes to
    mqtt.publish(a_status("sad"), a_change("sad", "absent"), time.time())
    assistant.wait_for_call("becomes sad")
    assert not assistant.called("becomes happy")
    assert assistant.ask("warnings") == []
    mqtt.close()


def test_the_logbook_has_one_line_for_a_change_and_it_says_which_mood(assistant: Assistant, broker: Mosquitto) -> None:
    mqtt = Mqtt(MqttConfig(host="127.0.0.1", port=broker.port), DeviceConfig(), {}, lambda _: None)
    mqtt.start()
    mqtt.publish(a_status("neutral", expression="neutral"), None, MOMENT)
    assistant.wait_for_state("sensor.moodcast_mood", "neutral")
    time.sleep(1.0)  # a line each for what has just appeared
    path = f"/api/logbook/{datetime.now(UTC).isoformat().replace('+00:00', 'Z')}"

    def lines() -> list[tuple[str, str, str]]:
        found = json.loads(assistant.ask("fetch", path=path)["body"])
        return [(line["entity_id"], line["name"], line["state"]) for line in found]

    mqtt.publish(a_status("sad", expression="neutral"), a_change("sad", "neutral"), time.time())
    until(lambda: bool(lines()), "a line")
    time.sleep(1.0)
    assert lines() == [("sensor.moodcast_mood", "Moodcast Mood", "sad")]
    mqtt.close()
    assert assistant.ask("warnings") == []
