"""Brokers with passwords and access lists."""

from pathlib import Path

import pytest

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
