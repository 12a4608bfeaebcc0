"""What somebody else may say on the broker, and brokers that say what is no MQTT."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.broker_error import V5, V311, BrokerError
from edge.outputs.connection import Connection, Received
from edge.outputs.discovery import announcements, is_leftover
from edge.outputs.messages import Message, Topics, parse_request
from edge.outputs.rivals import Rival, Watch
from edge.outputs.traces import MqttPlace, Traces
from tests.fuzz.outcome import Broken, Row
from tests.fuzz.pictures import mutated

FULL, SMALL = 40_000, 400
#: One in so many inputs is a whole connection to a broker that lies.
STREAM_SHARE = 20
_CONFIG, _DEVICE = MqttConfig(), DeviceConfig()
_PAYLOADS = (
    b"ON", b"OFF", b"online", b"offline", b"", b'{"origin": {"name": "Moodcast"}}', b"[" * 500, b'{"a":' * 300,
    b"\xff\xfe", b'{"origin": [{}]}', b"null", b"1e999", b"\x00" * 64, b"sad",
    b'{"playlists.hold_minutes": 30}', b'{"mood.enter_share": 1e999, "playlists.hold_minutes": NaN}',
)  # fmt: skip


#: Kinds of packet, and lengths that are not theirs.
_KINDS = (0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x90, 0xB0, 0xD0, 0xE0, 0xF0, 0x00)
_LENGTHS = (b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff\x01", b"\x00", b"\x80\x80\x01")


def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]:
    streams = count // STREAM_SHARE
    yield _messages(random, count - streams)
    yield _streams(random, streams)


def _messages(random: Random, count: int) -> Row:
    topics = Topics(_CONFIG, _DEVICE)
    (announced,) = announcements(_CONFIG, _DEVICE, "1")
    payloads = (*_PAYLOADS, announced.payload.encode())
    places = (topics.camera_set, topics.settings_set, topics.correction_set, topics.availability, topics.mood,
              topics.births[0], announced.topic, None,
              "homeassistant/sensor/moodcast/mood/config", "moodcast/moodcast/", "$SYS/x", "\U0001f600")  # fmt: skip
    watch, rival = Watch(), Rival("b", topics)
    traces = Traces(MqttPlace("old", "moodcast", "homeassistant"), _CONFIG, _DEVICE, MqttPlace.of(_CONFIG, _DEVICE))
    watch.note_published(announced)
    watch.note_published(Message(topics.availability, "online", retain=True))
    switched = 0
    for number in range(count):
        payload = mutated(random, random.choice(payloads)) if random.randrange(8) else random.choice(payloads)
        topic, kept = random.choice(places), random.random() < 0.5
        message = Received(topic, payload, kept, random.choice(("", "a", "b", "\x9b", "c" * 100)))
        try:
            heard = parse_request(topics, topic, payload, kept)
            is_leftover(_CONFIG, _DEVICE, topic, payload)
            traces.holds(message, "b")
            rival.handle(message, float(number))
            if topic is not None:
                watch.note_received(topic, payload, float(number))
            again = watch.to_restore(float(number))
        except Exception as error:
            raise Broken(f"message {number} is a {type(error).__name__}: {error}; {message!r}") from error
        if heard.camera is not None:
            switched += 1
            if kept or topic != topics.camera_set or payload.strip().upper() not in (b"ON", b"OFF"):
                raise Broken(f"message {number} switches the camera: {message!r}")
        if not heard.warning.isprintable() or len(heard.warning) > 400:
            raise Broken(f"message {number} makes a bad line: {heard.warning!a}")
        for said in again:
            if said.topic == announced.topic:
                json.loads(said.payload)
            watch.note_published(said)
    return Row("messages on our topics", count, f"none ends MQTT, {switched:,} switch the camera, all by ON or OFF")


def _streams(random: Random, count: int) -> Row:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        for number in range(count):
            said = _lies(random)
            thread = threading.Thread(target=_say, args=(listening, said))
            thread.start()
            connection = Connection(
                MqttConfig(host="127.0.0.1", port=port), "me", V5 if number % 2 else V311, patience=0.5
            )
            try:
                connection.open()
                while True:
                    connection.serve(0.5)
                    while connection.next_message():
                        continue
            except BrokerError as error:
                if "\n" in str(error):
                    raise Broken(f"stream {number} is more than a line: {error}") from error
            except Exception as error:
                raise Broken(f"stream {number} is a {type(error).__name__}: {error}; {said!r}") from error
            finally:
                connection.close()
                thread.join()
    return Row("brokers that lie", count, "each is one line and a connection that ends")


def _lies(random: Random) -> bytes:
    """A welcome, or what looks like one, and packets of every kind with lengths that may be wrong."""
    said = random.choice((b"\x20\x02\x00\x00", b"\x20\x03\x00\x00\x00", b"\x20\x06\x00\x00\x03\x22\x00\x05", b""))
    for _ in range(random.randrange(6)):
        body = bytes(random.randrange(256) for _ in range(random.randrange(24)))
        length = random.choice(
            (bytes([len(body)]), b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff\x01", b"\x00", b"\x80\x80\x01")
        )
        said += (
            bytes([random.choice((0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x90, 0xB0, 0xD0, 0xE0, 0xF0, 0x00))])
            + length
            + body
        )
    return mutated(random, said) if random.randrange(2) else said


def _say(listening: socket.socket, said: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        try:
            connection.recv(1000)
            connection.sendall(said)
        except OSError:
            return  # hung up on already
