"""Both versions of MQTT, brokers that speak only one, the probe of `check`, and things that are no broker."""

import contextlib
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from edge.outputs.broker_error import PROTOCOL_NAMES, V5, V311, BrokerError, Kind, Protocol
from edge.outputs.connection import Connection
from edge.outputs.messages import Message
from edge.outputs.probe import probe
from tests.broker.client import BASE, DEVICE, StartMqtt, at, until
from tests.broker.listener import Listener, retained
from tests.broker.mosquitto import Mosquitto, free_port
from tests.broker.samples import MOMENT, a_change, a_status
from tests.broker.stubborn import Stubborn


@pytest.mark.parametrize("protocol", [V5, V311])
def test_a_connection_says_and_hears_in_either_protocol(tmp_path: Path, protocol: Protocol) -> None:
    with Mosquitto(tmp_path / "broker") as broker, Listener(broker.port) as listener:
        will = Message("will", "gone", retain=True)
        connection = Connection(at(broker.port), "me", protocol, will)
        connection.open()
        listener.say("kept", b"\xff", retain=True)
        connection.subscribe("kept", "live")
        connection.send(Message("said", "ä", retain=True))
        assert connection.flush(5.0) and connection.unconfirmed == 0
        assert listener.wait_for("said").text == "ä"
        listener.say("live", "now")
        heard: list[tuple[str | None, bytes, bool]] = []

        def both_came() -> bool:
            while message := connection.next_message():
                heard.append(message[:3])
            if len(heard) < 2:
                connection.serve(0.1)
            return len(heard) == 2

        until(both_came, "both messages")
        assert heard == [("kept", b"\xff", True), ("live", b"now", False)]
        connection.close()
        time.sleep(0.2)
        assert listener.texts("will") == []  # it said goodbye


def test_what_expires_is_delivered_to_nobody_after_that_in_mqtt_5(broker: Mosquitto) -> None:
    for protocol in (V5, V311):
        with contextlib.closing(Connection(at(broker.port), "me", protocol)) as connection:
            connection.open()
            connection.send(Message(f"old/{PROTOCOL_NAMES[protocol]}", "news", retain=True, expires=1))
            assert connection.flush(5.0)
    until(lambda: set(retained(broker.port, "old/#")) == {"old/MQTT 3.1.1"}, "the news has gone")


@pytest.mark.parametrize("manner", ["v5 answer", "v3 answer", "hangs up"])
def test_a_broker_that_refuses_mqtt_5_gets_3_1_1(start: StartMqtt, manner: Any) -> None:
    with Stubborn(manner) as broker:
        mqtt = start(at(broker.port))
        until(lambda: f"{BASE}/mood" in broker.published, "the mood")
        assert broker.levels == [5, 4]
        assert mqtt.state == "connected with MQTT 3.1.1"
        broker.drop_everybody()
        until(lambda: broker.levels.count(4) == 2, "the next connection")
        assert broker.levels.count(5) == (2 if manner == "hangs up" else 1)  # who has said no is not asked again
        mqtt.close()


def test_amqtt_which_speaks_only_3_1_1_is_served(start: StartMqtt, tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "amqtt.yaml"
    config.write_text(
        f"listeners: {{default: {{type: tcp, bind: '127.0.0.1:{port}'}}}}\n"
        "plugins: {amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}}\n"
    )
    with (tmp_path / "amqtt.log").open("w") as log:
        broker = subprocess.Popen([str(Path(sys.executable).with_name("amqtt")), "-c", str(config)],
                                  stdout=log, stderr=log)  # fmt: skip
    try:
        mqtt = start(at(port))
        until(lambda: mqtt.state.startswith("connected"), f"connected; {(tmp_path / 'amqtt.log').read_text()}", 30)
        assert mqtt.state == "connected with MQTT 3.1.1"
        with Listener(port) as listener:
            assert listener.wait_for(f"{BASE}/mood").text == "happy"
            mqtt.publish(a_status("sad"), a_change("sad", "happy"), MOMENT)
            listener.wait_for(f"{BASE}/mood", "sad")
            assert listener.wait_for("moodcast/moodcast/event").json["previous"] == "happy"
        assert probe(at(port), DEVICE).note.endswith("MQTT 3.1.1, the only one it speaks (that is enough)")
        mqtt.close()
    finally:
        broker.terminate()
        broker.wait(10)


def test_the_probe_tells_what_is_spoken_and_leaves_a_running_daemon_alone(start: StartMqtt, tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        mqtt = start(at(broker.port))
        until(lambda: mqtt.state.startswith("connected"), "connected")
        found = probe(at(broker.port), DEVICE)
        assert found.problems == () and found.note == f"connected to 127.0.0.1:{broker.port} with MQTT 5"
        time.sleep(0.2)
        assert mqtt.state.startswith("connected")


def test_the_probe_of_nothing_says_where_it_looked() -> None:
    port = free_port()
    (problem,) = probe(at(port), DEVICE).problems
    assert f"no broker at 127.0.0.1:{port}: Connection refused" in problem and "mqtt.port" in problem


def test_something_else_on_the_port_is_told_of(start: StartMqtt) -> None:
    with Stubborn("garbage") as server:
        mqtt = start(at(server.port))
        until(lambda: mqtt.state.startswith("silent"), "told")
        mqtt.close()


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    with Stubborn("mute") as server:
        connection = Connection(at(server.port), "me", V5, patience=0.2)
        with pytest.raises(BrokerError, match="does not answer"):
            connection.open()
        connection.close()


def test_noise_from_a_server_never_gives_anything_but_a_broker_error() -> None:
    """Random packets, before and after the broker has accepted us; the same in every run."""
    noise = random.Random(7)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                client.recv(4096)
                body = noise.randbytes(noise.randrange(1, 40))
                welcome = b"\x20\x03\x00\x00\x00" if noise.random() < 0.5 else b""
                client.sendall(welcome + bytes([noise.randrange(256), len(body)]) + body)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        for number in range(300):
            connection = Connection(at(server.getsockname()[1]), "me", V311 if number % 3 == 0 else V5, patience=1.0)
            with pytest.raises(BrokerError) as raised:
                connection.open()
                connection.subscribe("a")
                connection.send(Message("b", "c"))
                connection.flush(1.0)
                while connection.next_message():
                    pass
                for _ in range(10):
                    connection.serve(1.0)
            assert raised.value.kind in get_args(Kind)
            connection.close()
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        server.close()
