"""Brokers that are late, lost, frozen or taken over, and the end."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from tests.broker.client import BASE, DISCOVERY, StartMqtt, at, until
from tests.broker.listener import Listener, retained
from tests.broker.mosquitto import Mosquitto, free_port
from tests.broker.samples import MOMENT, a_change, a_health, a_status
from tests.broker.stubborn import Stubborn


def test_it_starts_without_a_broker_and_connects_when_there_is_one(start: StartMqtt, tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path / "late")
    mqtt = start(at(broker.port), a_status("sad"))
    until(lambda: mqtt.state.startswith("unreachable"), "unreachable")
    with broker:
        until(lambda: mqtt.state.startswith("connected"), "connected")
        with Listener(broker.port) as listener:
            assert listener.wait_for(f"{BASE}/mood").text == "sad"


def test_a_broker_that_forgot_everything_is_told_everything_again(start: StartMqtt, broker: Mosquitto) -> None:
    with Listener(broker.port) as listener:
        start(at(broker.port))
        listener.wait_for(f"{BASE}/availability", "online")
    broker.restart()
    with Listener(broker.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online")
    assert {DISCOVERY, f"{BASE}/mood", f"{BASE}/availability"} <= set(retained(broker.port))


def test_changes_while_the_broker_was_away_are_not_replayed(start: StartMqtt, broker: Mosquitto) -> None:
    mqtt = start(at(broker.port), a_status("absent"))
    until(lambda: mqtt.state.startswith("connected"), "connected")
    broker.stop()
    until(lambda: not mqtt.state.startswith("connected"), "the loss noticed")
    for mood in ("happy", "sad", "angry"):
        mqtt.publish(a_status(mood), a_change(mood), MOMENT)
    assert mqtt.queue == 0
    broker.start()
    with Listener(broker.port) as listener:
        listener.wait_for(f"{BASE}/availability", "online")
        mqtt.publish(a_status("happy"), a_change("happy", "angry"), MOMENT)
        listener.wait_for(f"{BASE}/event")
        assert listener.texts(f"{BASE}/mood")[-2:] == ["angry", "happy"]
        assert len(listener.texts(f"{BASE}/event")) == 1


def test_a_network_that_died_is_noticed_and_never_holds_up_the_caller(start: StartMqtt, broker: Mosquitto) -> None:
    mqtt = start(at(broker.port, keepalive_seconds=1))
    until(lambda: mqtt.state.startswith("connected") and mqtt.queue == 0, "connected")
    broker.freeze(True)
    before = time.thread_time()
    for number in range(2000):
        mqtt.publish(a_status("sad" if number % 2 else "happy"), a_change(), MOMENT)
    mqtt.health(a_health())
    assert time.thread_time() - before < 5.0  # of work; a call that waited for the network would hang the test
    assert mqtt.queue <= 400
    until(lambda: not mqtt.state.startswith("connected"), "the loss noticed")
    broker.freeze(False)
    until(lambda: mqtt.state.startswith("connected"), "connected again")


def test_closing_says_offline_and_sends_no_will(start: StartMqtt, broker: Mosquitto, listener: Listener) -> None:
    mqtt = start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    mqtt.close()
    listener.wait_for(f"{BASE}/availability", "offline")
    assert mqtt.state == "closed"
    time.sleep(0.2)
    assert listener.texts(f"{BASE}/availability") == ["online", "offline"]


def test_closing_takes_a_bounded_time_when_the_broker_says_nothing(start: StartMqtt, broker: Mosquitto) -> None:
    mqtt = start(at(broker.port))
    until(lambda: mqtt.state.startswith("connected") and mqtt.queue == 0, "connected")
    broker.freeze(True)
    closing = threading.Thread(target=mqtt.close)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    broker.freeze(False)


def test_a_killed_process_leaves_its_will(broker: Mosquitto, listener: Listener, root: Path) -> None:
    program = (
        "import time\n"
        "from tests.broker.samples import a_status\n"
        "from edge.config import DeviceConfig, MqttConfig\n"
        "from edge.outputs.mqtt import Mqtt\n"
        f"mqtt = Mqtt(MqttConfig(host='127.0.0.1', port={broker.port}), DeviceConfig(), {{}}, print)\n"
        "mqtt.start(); mqtt.publish(a_status(), None, 0.0); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=root)
    try:
        listener.wait_for(f"{BASE}/availability", "online")
    finally:
        process.kill()
        process.wait()
    assert listener.wait_for(f"{BASE}/availability", "offline")
    assert retained(broker.port)[f"{BASE}/availability"] == b"offline"


def test_another_device_of_the_same_id_is_suspected_in_the_log(
    start: StartMqtt, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    first = start(at(broker.port))
    until(lambda: first.state.startswith("connected"), "connected")
    start(at(broker.port))
    until(lambda: "another device has the device.id 'moodcast' too" in caplog.text, "the hint")


def test_a_broker_that_tells_of_the_other_device_is_left_alone_for_a_while(
    start: StartMqtt, caplog: pytest.LogCaptureFixture
) -> None:
    with Stubborn("taken over") as broker:
        mqtt = start(at(broker.port))
        until(lambda: mqtt.state.startswith("taken over"), "taken over")
        time.sleep(0.5)  # ten times as long as it waits after other failures here
        assert broker.levels == [5]
        mqtt.close()
    assert "session taken over" in caplog.text and "device.id" in caplog.text


def test_an_unreachable_broker_is_logged_once_not_at_every_attempt(
    start: StartMqtt, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    mqtt = start(at(port))
    until(lambda: mqtt.state.startswith("unreachable"), "unreachable")
    time.sleep(1.0)
    assert caplog.text.count(f"no broker at 127.0.0.1:{port}") == 1
    assert "mqtt.host" in caplog.text and "Traceback" not in caplog.text


@pytest.mark.parametrize("host", ["no-such-host.invalid", "bad host", "ä" * 70, "x" * 300])
def test_a_host_that_cannot_be_is_a_line_in_the_log(
    start: StartMqtt, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    mqtt = Mqtt(MqttConfig(host=host), DeviceConfig(), {}, lambda on: None, retry_seconds=(0.05, 0.2, 0.2))
    mqtt.start()
    until(lambda: mqtt.state.startswith("unreachable"), "unreachable")
    mqtt.close()
    assert "mqtt.host" in caplog.text and "Traceback" not in caplog.text
