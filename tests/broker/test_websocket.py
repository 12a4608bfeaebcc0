"""MQTT over WebSocket: a real mosquitto, and servers that are none or mean harm."""

import base64
import contextlib
import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.config import TlsConfig
from edge.outputs.broker_error import V5, BrokerError, TooLong
from edge.outputs.connection import Connection
from edge.outputs.probe import probe
from edge.outputs.websocket import MOST_FRAME_BYTES
from tests.broker.certificates import Certificates, make_certificates
from tests.broker.client import BASE, DEVICE, DISCOVERY, StartMqtt, at, until
from tests.broker.listener import Listener, retained
from tests.broker.mosquitto import Mosquitto, free_port

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def listens(port: int, certificates: Certificates | None = None) -> tuple[str, ...]:
    """A second listener of mosquitto. Without `socket_domain` libwebsockets wants an IPv6."""
    lines = (f"listener {port}", "socket_domain ipv4", "protocol websockets")
    if certificates is None:
        return lines
    return (
        *lines,
        f"cafile {certificates.ca}",
        f"certfile {certificates.server}",
        f"keyfile {certificates.server_key}",
    )


def test_the_daemon_speaks_and_hears_over_websocket(start: StartMqtt, tmp_path: Path, switched: list[bool]) -> None:
    port = free_port()
    with Mosquitto(tmp_path / "broker", more=listens(port)) as broker, Listener(broker.port) as listener:
        mqtt = start(at(port, websocket_path="/mqtt"))
        listener.wait_for(f"{BASE}/availability", "online")
        assert len(retained(broker.port)[DISCOVERY]) > 10_000, "more than one read of it"
        for number in range(20):  # some in one frame
            listener.say(f"{BASE}/camera/set", "OFF" if number % 2 else "ON")
        until(lambda: len(switched) == 20, "every command")
        mqtt.close()
        listener.wait_for(f"{BASE}/availability", "offline")
        assert probe(at(port, websocket_path="/mqtt"), DEVICE).problems == ()


def test_over_tls_it_is_wss(start: StartMqtt, tmp_path: Path) -> None:
    certificates, port = make_certificates(tmp_path), free_port()
    with Mosquitto(tmp_path / "broker", more=listens(port, certificates)):
        mqtt = start(at(port, "localhost", websocket_path="/", tls=TlsConfig(enabled=True, ca_file=certificates.ca)))
        until(lambda: mqtt.state == "connected with MQTT 5" and mqtt.queue == 0, "connected, all confirmed")
        mqtt.close()
        plain = start(at(port, "localhost", websocket_path="/"))
        until(lambda: not plain.state.startswith("connecting"), "refused")
        assert plain.state.startswith("silent")


@contextlib.contextmanager
def server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[int]:
    """A server that gives each caller's request to `answer`; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller = listening.accept()[0]
                    with caller, contextlib.suppress(OSError):
                        answer(caller, caller.recv(4096))

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def endless_header(caller: socket.socket, _: bytes) -> None:
    while True:
        caller.sendall(b"x" * 4096)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda caller, _: caller.sendall(b"HTTP/1.1 404 Not Found\r\n\r\n"), "does not speak MQTT over WebSocket"),
        (lambda caller, _: caller.sendall(b"SSH-2.0-x\r\nSec-WebSocket-Accept\r\n\xff\r\n\r\n"), "does not speak MQTT"),
        (endless_header, "the answer does not end"),
        (lambda caller, _: caller.recv(1), "timed out"),
        (lambda caller, _: None, "does not speak MQTT over WebSocket"),
    ],
    ids=["http", "garbage", "endless", "mute", "hangs up"],
)
def test_what_does_not_speak_it_is_named_in_one_line(answer: Callable[[socket.socket, bytes], None], said: str) -> None:
    with server(answer) as port:
        connection = Connection(at(port, websocket_path="/mqtt"), "me", V5, patience=0.5)
        with contextlib.closing(connection), pytest.raises(BrokerError) as raised:
            connection.open()
    line = str(raised.value)
    assert f"127.0.0.1:{port}/mqtt" in line and said in line and "mqtt.websocket_path" in line and line.isprintable()
    assert raised.value.kind == "silent"


def test_a_frame_without_end_ends_the_connection_before_it_is_in_memory() -> None:
    def flood(caller: socket.socket, request: bytes) -> None:
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
        assert key
        accept = base64.b64encode(hashlib.sha1(key[1] + GUID).digest())
        caller.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        caller.sendall(b"\x82\x7f" + (1 << 40).to_bytes(8) + b"\x20\x03\x00\x00\x00")  # CONNACK, in a frame of a TiB
        topic_and_payload = b"\x00\x01t" + b"\x00" + b"x" * 60_000
        publish = b"\x30" + bytes((len(topic_and_payload) & 127 | 128, len(topic_and_payload) >> 7 & 127 | 128,
                                  len(topic_and_payload) >> 14)) + topic_and_payload  # fmt: skip
        while True:
            caller.sendall(publish)

    with server(flood) as port:
        connection = Connection(at(port, websocket_path="/mqtt"), "me", V5)
        with contextlib.closing(connection):
            connection.open()
            with pytest.raises(TooLong) as raised:
                while True:
                    connection.serve(5.0)
                    connection.next_message()
    assert MOST_FRAME_BYTES < int(re.findall(r"packet of (\d+) bytes", str(raised.value))[0]) < 2 * MOST_FRAME_BYTES
