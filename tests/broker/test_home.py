"""Several rooms, and the home that hears them, on a real mosquitto; and two brokers with a bridge between them."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.cli.home import Home
from edge.config import Config, DeviceConfig, HomeConfig, MqttConfig
from edge.errors import EdgeError
from tests.broker.client import StartMqtt, at, until
from tests.broker.listener import Listener, retained
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_status
from tests.broker.stubborn import Stubborn

StartHome = Callable[..., Home]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start_home() -> Iterator[StartHome]:
    stop, threads = threading.Event(), list[threading.Thread]()

    def start(mqtt: MqttConfig, home: HomeConfig | None = None) -> Home:
        running = Home(Config(mqtt=mqtt, home=home or HomeConfig()), stop, retry_seconds=(0.05, 0.2, 0.2))
        threads.append(threading.Thread(target=running.run))
        threads[-1].start()
        return running

    yield start
    stop.set()
    for thread in threads:
        thread.join(10)


def room(name: str) -> DeviceConfig:
    return DeviceConfig(id=name, name=name.title())


def test_the_home_follows_its_rooms(
    start: StartMqtt, start_home: StartHome, broker: Mosquitto, listener: Listener
) -> None:
    kitchen = start(at(broker.port), a_status("happy"), device=room("kitchen"))
    start(at(broker.port), a_status("absent", faces=0), device=room("hall"))
    for name in ("kitchen", "hall"):
        listener.wait_for(f"moodcast/{name}/availability", "online")
    start_home(at(broker.port))
    listener.wait_for("moodcast/home/availability", "online")
    assert listener.texts("moodcast/home/mood") == ["happy"]  # the first is that of all rooms, not of the first one
    assert listener.wait_for("moodcast/home/attributes").json == {"rooms": {"hall": "absent", "kitchen": "happy"}}
    kitchen.publish(a_status("absent", faces=0), a_change("absent", "happy"), MOMENT)
    listener.wait_for("moodcast/home/mood", "absent")
    listener.wait_for("moodcast/home/presence", "OFF")
    kitchen.publish(a_status("paused", faces=0, camera_on=False), None, MOMENT)
    assert listener.wait_for("moodcast/home/attributes", count=3).json["rooms"]["kitchen"] == "paused"
    kept = retained(broker.port)
    assert json.loads(kept["homeassistant/device/home/config"])["device"]["name"] == "Home"
    assert {f"moodcast/home/{part}" for part in ("mood", "presence", "state", "attributes", "availability")} <= set(
        kept
    )


def test_a_room_that_has_gone_does_not_count_and_none_is_unknown(
    start: StartMqtt, start_home: StartHome, broker: Mosquitto, listener: Listener
) -> None:
    start_home(at(broker.port))
    listener.wait_for("moodcast/home/mood", "unknown")
    kitchen = start(at(broker.port), a_status("sad"), device=room("kitchen"))
    listener.wait_for("moodcast/home/mood", "sad")
    kitchen.close()
    listener.wait_for("moodcast/home/mood", "unknown", count=2)
    assert listener.wait_for("moodcast/home/presence", "unknown", count=2)


def test_what_somebody_else_writes_in_its_name_is_put_right(
    start_home: StartHome, broker: Mosquitto, listener: Listener
) -> None:
    start_home(at(broker.port))
    listener.wait_for("moodcast/home/availability", "online")
    listener.say("moodcast/home/availability", "offline", retain=True)
    listener.wait_for("moodcast/home/availability", "online", count=2)


def test_it_connects_again_and_tells_everything_to_a_broker_that_forgot(
    start_home: StartHome, broker: Mosquitto
) -> None:
    start_home(at(broker.port))
    with Listener(broker.port) as listener:
        listener.wait_for("moodcast/home/availability", "online")
    broker.restart()
    with Listener(broker.port) as listener:
        listener.wait_for("moodcast/home/availability", "online")
        listener.wait_for("homeassistant/device/home/config")


def test_a_broker_that_speaks_3_1_1_alone_is_told(start_home: StartHome) -> None:
    with Stubborn("v5 answer") as broker:
        start_home(at(broker.port))
        until(lambda: "moodcast/home/mood" in broker.published, "the mood")
        assert broker.levels == [5, 4]


def test_its_line_in_the_access_list_is_enough_and_lets_it_do_no_more(
    start: StartMqtt, start_home: StartHome, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    access = (ROOT / "systemd" / "mosquitto-moodcast.acl").read_text(encoding="utf-8")
    accounts = {"moodcast": "one", "moodcast-home": "two", "reader": "three"}
    with Mosquitto(tmp_path / "broker", accounts=accounts, access=access + "\nuser reader\ntopic read #\n") as broker:
        start(at(broker.port, username="moodcast", password="one"))
        with Listener(broker.port, "reader", "three") as listener:
            start_home(at(broker.port, username="moodcast-home", password="two"))
            listener.wait_for("moodcast/home/mood", "happy")
            listener.wait_for("homeassistant/device/home/config")
            with Listener(broker.port, "moodcast-home", "two") as other:
                other.say("moodcast/moodcast/camera/set", "OFF")
            assert not listener.texts("moodcast/moodcast/camera/set")
        assert not [record for record in caplog.records if "access list" in record.getMessage()]


def test_forgetting_the_home_leaves_nothing_of_it(
    start_home: StartHome, broker: Mosquitto, listener: Listener, python_env: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"mqtt: {{host: 127.0.0.1, port: {broker.port}}}\n")
    command = [sys.executable, "-m", "edge", "home", "--config", str(config)]
    with subprocess.Popen(command, env=python_env, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        listener.wait_for("moodcast/home/availability", "online", seconds=30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr and "the mood of the home is unknown (no room on the broker)" in process.stderr.read()
    listener.wait_for("moodcast/home/availability", "offline")
    command = [sys.executable, "-m", "edge", "forget", "--config", str(config), "--id", "home"]
    done = subprocess.run(command, env=python_env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "keeps nothing of home any more (6 topics cleared)" in done.stdout
    assert retained(broker.port) == {}


@pytest.mark.parametrize(("config", "line"), [
    (Config(mqtt=MqttConfig(enabled=False)), "mqtt.enabled is false"),
    (Config(home=HomeConfig(rooms=("hall", "home"))), "home.rooms: 'home' is home.id"),
])  # fmt: skip
def test_a_configuration_that_has_no_use_for_it_is_one_line(config: Config, line: str) -> None:
    with pytest.raises(EdgeError, match=line):
        Home(config, threading.Event())


def bridge(port: int) -> tuple[str, ...]:
    """To the broker there, as docs/several-rooms.md has it."""
    text = (ROOT / "docs" / "several-rooms.md").read_text(encoding="utf-8")
    lines = text.partition("connection cabin\n")[2].partition("```")[0].replace("192.168.1.5:1883", f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port}" in lines
    return ("connection cabin", *lines.splitlines())


def available(broker: Mosquitto, announced: dict[str, Any]) -> bool:
    """What Home Assistant makes of the announcement and of what this broker keeps (its availability_mode `all`)."""
    assert announced["availability_mode"] == "all"
    kept = retained(broker.port)
    return all(kept.get(one["topic"]) == one.get("payload_available", "online").encode()
               for one in announced["availability"])  # fmt: skip


def test_behind_a_bridge_that_is_down_a_device_is_not_available(start: StartMqtt, tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "main") as main, Mosquitto(tmp_path / "cabin", more=bridge(main.port)) as cabin:
        with Listener(main.port) as listener:
            start(at(cabin.port, bridge_topic="bridge/cabin"), device=room("cabin"))
            announced = listener.wait_for("homeassistant/device/cabin/config").json
            listener.wait_for("moodcast/cabin/availability", "online")
            listener.wait_for("bridge/cabin", "1")
            assert available(main, announced)
            cabin.kill()
            listener.wait_for("bridge/cabin", "0")
        assert retained(main.port)["moodcast/cabin/availability"] == b"online"  # its will never came
        assert not available(main, announced)


def test_over_the_bridge_the_far_house_is_switched_set_and_corrected(start: StartMqtt, tmp_path: Path) -> None:
    asked: list[object] = []
    heard: dict[str, Any] = {
        "on_camera": asked.append, "commands": {"another_playlist": lambda: asked.append("another")},
        "on_settings": asked.append, "on_correction": asked.append,
    }  # fmt: skip
    with (
        Mosquitto(tmp_path / "main") as main,
        Mosquitto(tmp_path / "cabin", more=bridge(main.port)) as cabin,
        Listener(main.port) as home,
        Listener(cabin.port) as far,
    ):
        start(at(cabin.port, bridge_topic="bridge/cabin"), device=room("cabin"), **heard)
        home.wait_for("moodcast/cabin/availability", "online")
        home.wait_for("bridge/cabin", "1")
        hold = '{"playlists.hold_minutes": 30}'
        said = {"camera": "OFF", "command": "another_playlist", "settings": hold, "correction": "sad"}
        for topic, payload in said.items():
            home.say(f"moodcast/cabin/{topic}/set", payload)
        until(lambda: asked == [False, "another", {"playlists.hold_minutes": 30}, "sad"], "all of them")
        home.say("moodcast/newest", "0.2.0", retain=True)
        far.wait_for("moodcast/newest", "0.2.0")
        far.say("moodcast/newest", "0.1.0", retain=True)
        far.say("moodcast/cabin/said_after", "it")
        home.wait_for("moodcast/cabin/said_after", "it")
        assert retained(main.port)["moodcast/newest"] == b"0.2.0", "the cabin's is an old one"
