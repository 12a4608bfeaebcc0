"""Somebody else on the same broker: hears everything, and can say something."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion


class Heard(NamedTuple):
    topic: str
    payload: bytes
    retained: bool
    qos: int

    @property
    def text(self) -> str:
        return self.payload.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Listener:
    """Subscribes to everything, in MQTT 3.1.1; use it as a context."""

    def __init__(self, port: int, username: str | None = None, password: str | None = None) -> None:
        self.heard: list[Heard] = []
        self._new = threading.Condition()
        self._subscribed = threading.Event()
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        if username is not None:
            client.username_pw_set(username, password)
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda client, *_: client.subscribe("#", 1)
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = self._on_message
        self._port = port

    def __enter__(self) -> Self:
        self._client.connect_async("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._subscribed.wait(10), "the listener could not subscribe"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # The ways back to us: in a ring of references the collector may drop paho's sockets before paho can close them.
        self._client.on_subscribe = self._client.on_message = None

    def say(self, topic: str, payload: bytes | str, retain: bool = False) -> None:
        """Returns once the broker has it."""
        sent = self._client.publish(topic, payload, qos=1, retain=retain)
        assert sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS
        sent.wait_for_publish(10)

    def wait_for(self, topic: str, payload: str | None = None, count: int = 1, seconds: float = 30) -> Heard:
        """The `count`th message of that topic (and payload), waiting for it; fails the test where it does not come."""

        def fits(heard: Heard) -> bool:
            return heard.topic == topic and (payload is None or heard.payload == payload.encode())

        return self._wait(lambda: [h for h in self.heard if fits(h)][count - 1 :], f"{topic} {payload or ''}", seconds)

    def texts(self, topic: str) -> list[str]:
        """Every payload of a topic so far."""
        with self._new:
            return [heard.text for heard in self.heard if heard.topic == topic]

    def forget(self) -> None:
        with self._new:
            self.heard.clear()

    def _wait(self, found: Callable[[], list[Heard]], what: str, seconds: float) -> Heard:
        deadline = time.monotonic() + seconds
        with self._new:
            while not (hits := found()):
                if not self._new.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"{what!r} did not come in {seconds} s; what came: {self.heard[-30:]}")
        return hits[0]

    def _on_message(self, client: paho.Client, data: object, message: paho.MQTTMessage) -> None:
        with self._new:
            self.heard.append(Heard(message.topic, bytes(message.payload), message.retain, message.qos))
            self._new.notify_all()


def retained(port: int, topic: str = "#", seconds: float = 0.5) -> dict[str, bytes]:
    """What the broker keeps: asked by a client that has just come."""
    with Listener(port) as listener:
        time.sleep(seconds)
        return {h.topic: h.payload for h in listener.heard if h.retained and paho.topic_matches_sub(topic, h.topic)}
