"""Brokers of other kinds: MQTT 3.1.1 only, with passwords, TLS, access lists, and things that are no broker."""

import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from broker.certificates import Certificates, make_certificates
from broker.listener import Listener
from broker.mosquitto import Account, Mosquitto, free_port
from broker.samples import MOMENT, a_change, a_status
from broker.stubborn import Stubborn

from edge.config import DeviceConfig, MqttConfig, TlsConfig
from edge.outputs.connection import V5, V311, Connection, Protocol
from edge.outputs.failure import BrokerError, Kind
from edge.outputs.messages import Message
from edge.outputs.mqtt import Mqtt
from edge.outputs.probe import probe

MOOD = "moodcast/moodcast/mood"
ACCOUNT = Account("moodcast", "not telling")
DEVICE = DeviceConfig()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def start() -> Iterator[Callable[[MqttConfig], Mqtt]]:
    started: list[Mqtt] = []

    def start(config: MqttConfig) -> Mqtt:
        mqtt = Mqtt(config, DEVICE, {}, lambda on: None, retry_seconds=(0.05, 0.2))
        started.append(mqtt)
        mqtt.start()
        mqtt.publish(a_status("happy"), None, MOMENT)
        return mqtt

    yield start
    for mqtt in started:
        mqtt.close()


def until(condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


def ask(port: int, host: str = "127.0.0.1", **more: Any) -> MqttConfig:
    return MqttConfig(host=host, port=port, **more)


# Both protocols, and MQTT 3.1.1 only


@pytest.mark.parametrize("protocol", [V5, V311])
def test_a_connection_says_and_hears_in_either_protocol(tmp_path: Path, protocol: Protocol) -> None:
    with Mosquitto(tmp_path / "broker") as broker, Listener(broker.port) as listener:
        will = Message("will", "gone", retain=True)
        connection = Connection(ask(broker.port), "me", protocol, will)
        connection.open()
        listener.say("kept", b"\xff", retain=True)
        connection.subscribe("kept", "live")
        connection.send(Message("said", "ä", retain=True))
        assert connection.flush(5.0) and connection.unconfirmed == 0
        assert listener.wait_for("said").text == "ä"
        listener.say("live", "now")
        heard: list[tuple[str | None, bytes, bool]] = []

        def both_came() -> bool:
            while message := connection.received():
                heard.append(message)
            if len(heard) < 2:
                connection.step(0.1)
            return len(heard) == 2

        until(both_came, "both messages")
        assert heard == [("kept", b"\xff", True), ("live", b"now", False)]
        connection.close()
        time.sleep(0.2)
        assert listener.texts("will") == []  # it said goodbye


@pytest.mark.parametrize("manner", ["v5 answer", "v3 answer", "hangs up"])
def test_a_broker_that_refuses_mqtt_5_gets_3_1_1(start: Callable[[MqttConfig], Mqtt], manner: Any) -> None:
    with Stubborn(manner) as broker:
        mqtt = start(ask(broker.port))
        until(lambda: MOOD in broker.published, "the mood")
        assert broker.levels == [5, 4]
        assert mqtt.state == "connected with MQTT 3.1.1"
        broker.drop_everybody()
        until(lambda: broker.levels.count(4) == 2, "the next connection")
        assert broker.levels.count(5) == (2 if manner == "hangs up" else 1)  # who has said no is not asked again
        mqtt.close()


def test_amqtt_which_speaks_only_3_1_1_is_served(start: Callable[[MqttConfig], Mqtt], tmp_path: Path) -> None:
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
        mqtt = start(ask(port))
        until(lambda: mqtt.state.startswith("connected"), f"connected; {(tmp_path / 'amqtt.log').read_text()}", 30)
        assert mqtt.state == "connected with MQTT 3.1.1"
        with Listener(port) as listener:
            assert listener.wait_for(MOOD).text == "happy"
            mqtt.publish(a_status("sad"), a_change("sad", "happy"), MOMENT)
            listener.wait_for(MOOD, "sad")
            assert listener.wait_for("moodcast/moodcast/event").json["previous"] == "happy"
        assert probe(ask(port), DEVICE).note.endswith("MQTT 3.1.1, the only one it speaks (that is enough)")
        mqtt.close()
    finally:
        broker.terminate()
        broker.wait(10)


# Passwords and access


def test_the_right_password_opens(start: Callable[[MqttConfig], Mqtt], tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker", account=ACCOUNT) as broker:
        config = ask(broker.port, username=ACCOUNT.username, password=ACCOUNT.password)
        start(config)
        with Listener(broker.port, ACCOUNT.username, ACCOUNT.password) as listener:
            assert listener.wait_for(MOOD).text == "happy"
        assert probe(config, DEVICE).problems == ()


@pytest.mark.parametrize("given", [{"username": "moodcast", "password": "a guess"}, {"username": "who"}, {}])
def test_a_wrong_password_is_one_line_that_does_not_tell_it(
    start: Callable[[MqttConfig], Mqtt], tmp_path: Path, caplog: pytest.LogCaptureFixture, given: dict[str, str]
) -> None:
    with Mosquitto(tmp_path / "broker", account=ACCOUNT) as broker:
        mqtt = start(ask(broker.port, **given))
        until(lambda: mqtt.state.startswith("refused"), "refused")
        until(lambda: broker.log.read_text().count("not authorised") >= 3, "three attempts")
        (line,) = [record.getMessage() for record in caplog.records]
        assert "mqtt.username and mqtt.password" in line and f"127.0.0.1:{broker.port}" in line
        assert "a guess" not in line + mqtt.state + repr(ask(broker.port, **given))
        (problem,) = probe(ask(broker.port, **given), DEVICE).problems
        assert "refuses" in problem


def test_an_access_list_that_forbids_us_is_told(
    start: Callable[[MqttConfig], Mqtt], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Mosquitto(tmp_path / "broker", access="topic read something/else\n") as broker:
        start(ask(broker.port))
        until(lambda: f"does not accept what is published to {MOOD}" in caplog.text, "the line")
        assert "access list" in caplog.text


def test_a_name_that_cannot_be_sent_does_not_end_the_thread(
    start: Callable[[MqttConfig], Mqtt], caplog: pytest.LogCaptureFixture
) -> None:
    config = ask(free_port(), username="\ud800", password="x")
    mqtt = start(config)
    until(lambda: mqtt.state.startswith("refused"), "told")
    mqtt.close()
    assert mqtt.state == "closed" and caplog.text.count("mqtt.username or mqtt.password is not text") == 1
    assert probe(config, DEVICE).problems == ("mqtt.username or mqtt.password is not text that can be sent",)


# TLS


@pytest.fixture
def tls_broker(tmp_path: Path, certificates: Certificates) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker", certificates=certificates) as broker:
        yield broker


def test_tls_with_the_right_authority(
    start: Callable[[MqttConfig], Mqtt], tls_broker: Mosquitto, certificates: Certificates
) -> None:
    mqtt = start(ask(tls_broker.port, "localhost", tls=TlsConfig(enabled=True, ca_file=certificates.ca)))
    until(lambda: mqtt.state == "connected with MQTT 5" and mqtt.queue == 0, "connected, all confirmed")


@pytest.mark.parametrize(("host", "own_authority", "tells"), [
    ("localhost", False, "not trusted"),
    ("127.0.0.1", True, "IP address mismatch"),
])  # fmt: skip
def test_a_certificate_that_does_not_fit_is_refused_with_the_reason(
    start: Callable[[MqttConfig], Mqtt],
    tls_broker: Mosquitto,
    certificates: Certificates,
    host: str,
    own_authority: bool,
    tells: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tls = TlsConfig(enabled=True, ca_file=certificates.ca if own_authority else None)
    config = ask(tls_broker.port, host, tls=tls)
    mqtt = start(config)
    until(lambda: mqtt.state.startswith("tls"), "refused")
    assert tells in caplog.text and "mqtt.tls.ca_file" in caplog.text and "Traceback" not in caplog.text
    (problem,) = probe(config, DEVICE).problems
    assert tells in problem


def test_insecure_takes_another_host_s_certificate_but_none_of_another_authority(
    start: Callable[[MqttConfig], Mqtt], tls_broker: Mosquitto, certificates: Certificates
) -> None:
    mqtt = start(ask(tls_broker.port, tls=TlsConfig(enabled=True, ca_file=certificates.ca, insecure=True)))
    until(lambda: mqtt.state.startswith("connected"), "connected")
    (problem,) = probe(ask(tls_broker.port, tls=TlsConfig(enabled=True, insecure=True)), DEVICE).problems
    assert "not trusted" in problem


def test_a_client_certificate_is_shown_where_the_broker_asks_for_one(
    start: Callable[[MqttConfig], Mqtt], tmp_path: Path, certificates: Certificates
) -> None:
    with Mosquitto(tmp_path / "broker", certificates=certificates, client_certificates=True) as broker:
        own = TlsConfig(True, certificates.ca, certificates.client, certificates.client_key)
        mqtt = start(ask(broker.port, "localhost", tls=own))
        until(lambda: mqtt.state.startswith("connected"), "connected")
        none = TlsConfig(True, certificates.ca)
        (problem,) = probe(ask(broker.port, "localhost", tls=none), DEVICE).problems
        assert f"localhost:{broker.port}" in problem


def test_tls_files_that_are_missing_or_no_certificates_are_named(tmp_path: Path, certificates: Certificates) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nothing")
    for tls, named in (
        (TlsConfig(True, tmp_path / "none.pem"), f"mqtt.tls.ca_file {tmp_path / 'none.pem'}: No such file"),
        (TlsConfig(True, nonsense), f"mqtt.tls.ca_file {nonsense}: not a usable PEM file"),
        (TlsConfig(True, certificates.ca, nonsense, nonsense), f"mqtt.tls.cert_file {nonsense}"),
        (TlsConfig(True, certificates.ca, certificates.client, certificates.server_key), "mqtt.tls.cert_file"),
    ):
        (problem,) = probe(ask(free_port(), tls=tls), DEVICE).problems
        assert named in problem and "\n" not in problem


def test_a_locked_key_is_told_of_and_asks_nobody(tmp_path: Path, certificates: Certificates) -> None:
    locked = tmp_path / "locked.key"
    subprocess.run(["openssl", "ec", "-aes256", "-passout", "pass:secret", "-in", str(certificates.client_key),
                    "-out", str(locked)], check=True, capture_output=True)  # fmt: skip
    tls = TlsConfig(True, certificates.ca, certificates.client, locked)
    (problem,) = probe(ask(free_port(), tls=tls), DEVICE).problems
    assert "passphrase" in problem


def test_tls_on_a_port_without_it_and_the_other_way_round(tmp_path: Path, tls_broker: Mosquitto) -> None:
    with Mosquitto(tmp_path / "plain") as plain:
        (problem,) = probe(ask(plain.port, tls=TlsConfig(enabled=True)), DEVICE).problems
        assert f"127.0.0.1:{plain.port}" in problem and "TLS" in problem
    (problem,) = probe(ask(tls_broker.port), DEVICE).problems
    assert "does it expect TLS?" in problem


# check


def test_the_probe_tells_what_is_spoken_and_leaves_a_running_daemon_alone(
    start: Callable[[MqttConfig], Mqtt], tmp_path: Path
) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        mqtt = start(ask(broker.port))
        until(lambda: mqtt.state.startswith("connected"), "connected")
        found = probe(ask(broker.port), DEVICE)
        assert found.problems == () and found.note == f"connected to 127.0.0.1:{broker.port} with MQTT 5"
        time.sleep(0.2)
        assert mqtt.state.startswith("connected")


def test_the_probe_of_nothing_says_where_it_looked() -> None:
    port = free_port()
    (problem,) = probe(ask(port), DEVICE).problems
    assert f"no broker at 127.0.0.1:{port}: Connection refused" in problem and "mqtt.port" in problem


# What is no broker


def test_something_else_on_the_port_is_told_of(start: Callable[[MqttConfig], Mqtt]) -> None:
    with Stubborn("garbage") as server:
        mqtt = start(ask(server.port))
        until(lambda: mqtt.state.startswith("silent"), "told")
        mqtt.close()


def test_a_server_that_says_nothing_is_given_up_on() -> None:
    with Stubborn("mute") as server:
        connection = Connection(ask(server.port), "me", V5, patience=0.2)
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
            connection = Connection(ask(server.getsockname()[1]), "me", V311 if number % 3 == 0 else V5, patience=1.0)
            with pytest.raises(BrokerError) as raised:
                connection.open()
                connection.subscribe("a")
                connection.send(Message("b", "c"))
                connection.flush(1.0)
                while connection.received():
                    pass
                for _ in range(10):
                    connection.step(1.0)
            assert raised.value.kind in get_args(Kind)
            connection.close()
    finally:
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        server.close()
