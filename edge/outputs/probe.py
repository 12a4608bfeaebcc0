"""Tests the broker with one connection, for `check`."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.broker_error import PROTOCOL_NAMES, V311, BrokerError
from edge.outputs.connection import Connection, connect
from edge.outputs.messages import ONLINE, Message, Topics
from edge.outputs.tls import unprotected_password

_ANSWER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Probe:
    """`problems`: one line each, with what to do; `note`: what was found, for the owner."""

    problems: tuple[str, ...]
    note: str = ""


def probe(config: MqttConfig, device: DeviceConfig, instances: Collection[str] = ()) -> Probe:
    """Connects like the daemon, but with another client id, so that a running daemon keeps its session. Sends a
    retained message, which must come back. `instances` are those that a daemon on this machine may have."""
    topics = Topics(config, device)
    will = Message(f"{topics.base}/check", "", retain=True)
    try:
        with connect(config, f"moodcast-{device.id}-check", will) as connection:
            connection.subscribe(topics.availability, topics.camera_set)
            connection.flush(_ANSWER_SECONDS)
            problems = [*_rivals(connection, topics, device, instances), *_retained(connection, will.topic)]
            note = f"connected to {config.host}:{config.port} with {PROTOCOL_NAMES[connection.protocol]}"
            if connection.protocol == V311:
                note += ", the only one it speaks (that is enough)"
            if warning := unprotected_password(config):
                note += f"; {warning}"
            return Probe((*connection.take_refusals(), *problems), note)
    except BrokerError as error:
        return Probe((str(error),))


def _rivals(connection: Connection, topics: Topics, device: DeviceConfig, instances: Collection[str]) -> Iterator[str]:
    while (message := connection.next_message()) is not None:
        known = not message.sender or message.sender in instances
        if message.topic == topics.availability and message.payload == ONLINE.encode() and not known:
            yield f"another device on this broker has the device.id {device.id!r} and is online; give each its own"


def _retained(connection: Connection, topic: str) -> Iterator[str]:
    """A line where the broker does not keep retained messages."""
    connection.send(Message(topic, "check", retain=True))
    if not connection.flush(_ANSWER_SECONDS):
        yield "the broker does not confirm a message of QoS 1"
        return
    connection.subscribe(topic)
    connection.flush(_ANSWER_SECONDS)
    kept = False
    deadline = time.monotonic() + _ANSWER_SECONDS
    while not kept and (remaining := deadline - time.monotonic()) > 0:
        while (message := connection.next_message()) is not None:
            kept = kept or (message.topic == topic and message.retained)
        if not kept:
            connection.serve(min(remaining, 0.1))
    connection.send(Message(topic, "", retain=True))
    connection.flush(_ANSWER_SECONDS)
    if not kept and not connection.has_refusals:
        yield (f"{topic} was not kept: the broker has no retained messages (mosquitto: retain_available true), or its "
               "access list does not let us read there")  # fmt: skip
