"""Somebody else on the broker who means harm: forges, wipes, floods, and never silences us."""

import json
import logging
import socket
import struct
import threading

import pytest

from edge.outputs.broker_error import V5, V311, Protocol, TooLong
from edge.outputs.connection import MAXIMUM_PACKET_BYTES, Connection
from tests.broker.client import BASE, DISCOVERY, StartMqtt, at, until
from tests.broker.listener import Listener, retained
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_status
from tests.broker.stubborn import Stubborn


@pytest.mark.parametrize("forged", [b"offline", b"", b"online?", b"\xff" * 70_000])
def test_a_forged_availability_is_put_right_while_the_connection_lasts(
    start: StartMqtt, broker: Mosquitto, listener: Listener, forged: bytes
) -> None:
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.say(f"{BASE}/availability", forged, retain=True)
    listener.wait_for(f"{BASE}/availability", "online", count=2)
    assert retained(broker.port)[f"{BASE}/availability"] == b"online"


def test_forged_and_wiped_states_and_discovery_are_put_right(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    before = retained(broker.port)
    for topic in before:
        listener.say(topic, "forged", retain=True)
    until(lambda: retained(broker.port, seconds=0.2) == before, "all put right")
    for topic in before:
        listener.say(topic, "", retain=True)
    until(lambda: retained(broker.port, seconds=0.2) == before, "all put back")
    assert "put right" in caplog.text and DISCOVERY in before


def test_nothing_of_ours_is_said_twice_where_nobody_forges(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    for mood in ("sad", "happy", "sad", "happy"):
        mqtt.publish(a_status(mood), a_change(mood), MOMENT)
    listener.wait_for(f"{BASE}/mood", "happy", count=3)
    listener.say("the/end", "")
    threading.Event().wait(1.0)  # twice as long as it takes to look wrong
    assert listener.texts(f"{BASE}/mood") == ["happy", "sad", "happy", "sad", "happy"]


def test_somebody_who_forges_for_ever_does_not_make_us_shout_for_ever_and_is_named(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    mqtt = start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    for count in range(2, 7):
        listener.say(f"{BASE}/availability", "offline", retain=True)
        listener.wait_for(f"{BASE}/availability", "online", count=count)
    listener.say(f"{BASE}/availability", "offline", retain=True)
    until(lambda: "again and again" in mqtt.problem, "named")
    assert listener.texts(f"{BASE}/availability").count("online") == 6


@pytest.mark.parametrize(
    "payload",
    [
        b"[" * 3000,
        b'{"origin":' * 1000 + b"1" + b"}" * 1000,
        b'{"origin": {"name": ' + b"[" * 60_000,
        b'{"origin": {"name": "Moodcast"}, "x": "' + b"x" * 900_000 + b'"}',
        b"\xff\x00" * 5000,
        b'{"origin": [1e999, NaN]}',
    ],
    ids=["lists", "objects", "long", "huge", "no text", "numbers"],
)
@pytest.mark.parametrize("topic", ["homeassistant/sensor/moodcast/mood/config", DISCOVERY, f"{BASE}/camera/set"])
def test_nothing_that_is_kept_on_the_broker_silences_us(
    start: StartMqtt, broker: Mosquitto, listener: Listener, topic: str, payload: bytes
) -> None:
    listener.say(topic, payload, retain=True)
    mqtt = start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online", seconds=20)
    mqtt.publish(a_status("sad"), a_change("sad"), MOMENT)
    listener.wait_for(f"{BASE}/mood", "sad")
    assert mqtt.state == "connected with MQTT 5"


class Announces:
    """A broker that welcomes, and then sends the beginning of a packet of `length` bytes to whoever subscribes."""

    def __init__(self, length: int, level: int) -> None:
        self._head = b"\x30" + self._encoded(length)
        self._welcome = b"\x20\x03\x00\x00\x00" if level == 5 else b"\x20\x02\x00\x00"
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    @staticmethod
    def _encoded(length: int) -> bytes:
        out = bytearray()
        while True:
            length, low = divmod(length, 128)
            out.append(low | (128 if length else 0))
            if not length:
                return bytes(out)

    def __enter__(self) -> "Announces":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            connection.recv(1000)
            connection.sendall(self._welcome)
            connection.sendall(self._head + struct.pack("!H", 4) + b"kept")
            connection.recv(1000)  # until we hang up


@pytest.mark.parametrize("protocol", [V5, V311])
@pytest.mark.parametrize("length", [MAXIMUM_PACKET_BYTES + 1, 250_000_000, 268_435_455])
def test_a_packet_that_is_far_too_long_ends_the_connection_before_its_first_byte(
    protocol: Protocol, length: int
) -> None:
    """Its payload is never sent here: whoever waited for it would wait until the test's end."""
    with Announces(length, 5 if protocol == V5 else 4) as broker:
        connection = Connection(at(broker.port), "me", protocol)
        connection.open()
        with pytest.raises(TooLong, match="a packet of"):
            for _ in range(20):
                connection.serve(1.0)
        connection.close()


def test_a_command_too_long_that_a_broker_of_3_1_1_keeps_costs_the_commands_not_the_mood(
    start: StartMqtt, caplog: pytest.LogCaptureFixture
) -> None:
    with Stubborn("hangs up", kept_bytes=MAXIMUM_PACKET_BYTES + 100) as broker:
        start(at(broker.port))
        until(lambda: f"{BASE}/mood" in broker.published, "the mood")
    assert "none are obeyed for 10 minutes" in caplog.text


def test_thousands_of_commands_are_a_few_lines_in_the_log(
    start: StartMqtt, broker: Mosquitto, listener: Listener, caplog: pytest.LogCaptureFixture, switched: list[bool]
) -> None:
    caplog.set_level(logging.INFO)
    start(at(broker.port))
    listener.wait_for(f"{BASE}/availability", "online")
    caplog.clear()
    for _ in range(250):
        listener.say(f"{BASE}/camera/set", "OFF")
        listener.say(f"{BASE}/camera/set", "ON")
    until(lambda: len(switched) == 500, "every wish is heard, the last one counts")
    assert switched[-1] is True and len(caplog.records) <= 6


def test_home_assistant_s_own_birth_is_heard_with_another_discovery_prefix_too(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(at(broker.port, discovery_prefix="ha"))
    listener.wait_for(f"{BASE}/availability", "online")
    listener.say("homeassistant/status", "online")
    listener.wait_for(f"{BASE}/availability", "online", count=2)
    assert json.loads(retained(broker.port, "ha/#")["ha/device/moodcast/config"])["device"]
