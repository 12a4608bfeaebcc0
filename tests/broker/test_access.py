"""Brokers with passwords and access lists."""

from pathlib import Path

import pytest

from edge.config import MqttConfig, TlsConfig
from edge.outputs.probe import probe
from tests.broker.client import BASE, DEVICE, StartMqtt, at, until
from tests.broker.listener import Listener
from tests.broker.mosquitto import Account, Mosquitto, free_port

ACCOUNT = Account("moodcast", "not telling")


def test_the_right_password_opens(start: StartMqtt, tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker", account=ACCOUNT) as broker:
        config = at(broker.port, username=ACCOUNT.username, password=ACCOUNT.password)
        start(config)
        with Listener(broker.port, ACCOUNT.username, ACCOUNT.password) as listener:
            assert listener.wait_for(f"{BASE}/mood").text == "happy"
        assert probe(config, DEVICE).problems == ()


@pytest.mark.parametrize("given", [{"username": "moodcast", "password": "a guess"}, {"username": "who"}, {}])
def test_a_wrong_password_is_one_line_that_does_not_tell_it(
    start: StartMqtt, tmp_path: Path, caplog: pytest.LogCaptureFixture, given: dict[str, str]
) -> None:
    with Mosquitto(tmp_path / "broker", account=ACCOUNT) as broker:
        mqtt = start(at(broker.port, **given))
        until(lambda: mqtt.state.startswith("refused"), "refused")
        until(lambda: broker.log.read_text().count("not authorised") >= 3, "three attempts")
        (line,) = [record.getMessage() for record in caplog.records]
        assert "mqtt.username and mqtt.password" in line and f"127.0.0.1:{broker.port}" in line
        assert "a guess" not in line + mqtt.state + repr(at(broker.port, **given))
        (problem,) = probe(at(broker.port, **given), DEVICE).problems
        assert "refuses" in problem


def test_an_access_list_that_forbids_us_is_told(
    start: StartMqtt, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Mosquitto(tmp_path / "broker", access="topic read something/else\n") as broker:
        start(at(broker.port))
        until(lambda: f"does not accept what is published to {BASE}/mood" in caplog.text, "the line")
        assert "access list" in caplog.text


def test_a_name_that_cannot_be_sent_does_not_end_the_thread(start: StartMqtt, caplog: pytest.LogCaptureFixture) -> None:
    config = at(free_port(), username="\ud800", password="x")
    mqtt = start(config)
    until(lambda: mqtt.state.startswith("refused"), "told")
    mqtt.close()
    assert mqtt.state == "closed" and caplog.text.count("mqtt.username or mqtt.password is not text") == 1
    assert probe(config, DEVICE).problems == ("mqtt.username or mqtt.password is not text that can be sent",)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("retain_available false",), "retain"),
        (("max_qos 0",), "QoS 1"),
        (("max_packet_size 1000",), ""),
        (("message_size_limit 1000",), ""),
    ],
    ids=["no retain", "QoS 0", "short packets", "short messages"],
)
def test_a_broker_that_lacks_what_is_needed_is_no_fine_broker(tmp_path: Path, lines: tuple[str], said: str) -> None:
    with Mosquitto(tmp_path / "broker", more=lines) as broker:
        problems = probe(at(broker.port), DEVICE).problems
    assert bool(problems) == bool(said) and all(said in problem for problem in problems), problems


@pytest.mark.parametrize("limit", ["max_packet_size 1000", "message_size_limit 1000"])
def test_a_message_too_long_for_the_broker_is_named_and_no_second_device_is_suspected(
    start: StartMqtt, tmp_path: Path, caplog: pytest.LogCaptureFixture, limit: str
) -> None:
    with Mosquitto(tmp_path / "broker", more=(limit,)) as broker, Listener(broker.port) as listener:
        start(at(broker.port))
        listener.wait_for(f"{BASE}/availability", "online")
        until(lambda: "no message as long as homeassistant/device/moodcast/config" in caplog.text, "the line")
        assert "has the device.id" not in caplog.text and "max_packet_size" in caplog.text


@pytest.mark.parametrize(
    ("host", "tls", "warned"),
    [("broker.lan", False, True), ("127.0.0.1", False, False), ("localhost", False, False), ("::1", False, False),
     ("broker.lan", True, False)],
)  # fmt: skip
def test_a_password_that_goes_out_readable_is_warned_of(
    start: StartMqtt, caplog: pytest.LogCaptureFixture, host: str, tls: bool, warned: bool
) -> None:
    config = MqttConfig(host=host, username="me", password="hunter2", tls=TlsConfig(enabled=tls))
    start(config).close()
    assert ("unencrypted" in caplog.text) == warned and "hunter2" not in caplog.text
