"""One connection to the broker, from CONNECT to its end, used by one thread only.

paho is driven by hand (its calls for a foreign event loop) instead of by its own thread: what goes wrong is then an
exception here and not a thread that ends unnoticed, waiting between attempts is ours, and since every connection
gets a new client, nothing that was queued for an old one can be sent late.
"""

import select
import socket
import ssl
import time
from collections import deque
from typing import Any, Final, Literal

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import MqttConfig
from edge.outputs.failure import BrokerError, Kind
from edge.outputs.messages import Message
from edge.outputs.tls import tls_context

Protocol = Literal[MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311]
V5: Final = MQTTProtocolVersion.MQTTv5
V311: Final = MQTTProtocolVersion.MQTTv311
PROTOCOL_NAMES: dict[Protocol, str] = {V5: "MQTT 5", V311: "MQTT 3.1.1"}

CONNECT_SECONDS = 5.0
#: The broker is asked (v5) to send nothing longer: a command is three letters.
MAXIMUM_PACKET_BYTES = 1 << 20
#: Publications the broker has not yet confirmed; announcing a device takes about 25.
QUEUED_MESSAGES = 200

_UNSUPPORTED_VERSION = 132
_WRONG_PASSWORD = (134, 135)
_TAKEN_OVER = 142


class Connection:
    """`open`, then `send` and `step` until one of them raises `BrokerError`; `close` in any case."""

    def __init__(
        self,
        config: MqttConfig,
        client_id: str,
        protocol: Protocol,
        will: Message | None = None,
        patience: float = CONNECT_SECONDS,
    ) -> None:
        """`patience` bounds, in seconds, each of the TCP connection, TLS, and the wait for the broker's answer."""
        self._config = config
        self._patience = patience
        self._where = f"{config.host}:{config.port}"
        self._protocol = protocol
        self._answer: ReasonCode | None = None
        self._ended: ReasonCode | None = None
        self._refused: deque[str] = deque(maxlen=20)
        self._received: deque[tuple[str | None, bytes, bool]] = deque(maxlen=200)
        self._sent_topics: dict[int, str] = {}
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=protocol, reconnect_on_failure=False,
            clean_session=None if protocol == V5 else True,
        )  # fmt: skip
        client.connect_timeout = patience
        client.max_queued_messages_set(QUEUED_MESSAGES)
        if config.username is not None:
            try:
                client.username_pw_set(config.username, config.password)
            except ValueError as error:
                raise BrokerError("refused", "mqtt.username or mqtt.password is not text that can be sent") from error
        if will is not None:
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        # The callbacks only take notes, so that nothing of ours runs, or fails, inside paho.
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe

    def open(self) -> None:
        """Connects and waits for the broker's answer: at most three times `patience`."""
        properties = None
        if self._protocol == V5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it without types
            properties.MaximumPacketSize = MAXIMUM_PACKET_BYTES
        config = self._config
        try:
            if config.tls.enabled:
                self._client.tls_set_context(tls_context(config.tls))
        except ValueError as error:
            raise BrokerError("tls", str(error)) from error
        try:
            self._client.connect(
                config.host, config.port, config.keepalive_seconds, properties=properties,
                clean_start=True if self._protocol == V5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            )  # fmt: skip
        except ssl.SSLCertVerificationError as error:
            raise BrokerError("tls", f"{self._where} shows a certificate that is not trusted: {error.verify_message}; "
                              "check mqtt.tls.ca_file and mqtt.host") from error  # fmt: skip
        except ssl.SSLError as error:
            raise BrokerError("tls", f"TLS with {self._where} fails: {error.reason or error}; check mqtt.port "
                              "(TLS is usually 8883) and mqtt.tls") from error  # fmt: skip
        except (OSError, ValueError) as error:  # ValueError: a host name that cannot be one
            text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            runs = "runs, with TLS on this port" if config.tls.enabled else "runs"
            raise BrokerError("unreachable", f"no broker at {self._where}: {text}; check mqtt.host and "
                              f"mqtt.port, and that the broker {runs}") from error  # fmt: skip
        deadline = time.monotonic() + self._patience
        while self._answer is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise BrokerError("silent", f"{self._where} does not answer; is it an MQTT broker, "
                                  "and does it expect TLS?")  # fmt: skip
            self.step(remaining)
        if self._answer.is_failure:
            raise self._refusal(self._answer)

    def step(self, timeout: float, wake: socket.socket | None = None) -> None:
        """Serves the network for up to `timeout` seconds; returns sooner when something came, or `wake` is readable."""
        sock = self._client.socket()
        if sock is None:
            raise self._end()
        readers: list[Any] = [sock] if wake is None else [sock, wake]
        pending = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
        writers = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select(readers, writers, [], 0 if pending else timeout)
        rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        if pending or sock in readable:
            try:
                rc = self._client.loop_read()
            except Exception as error:  # paho fails in many ways on what is not MQTT
                kind: Kind = "silent" if self._answer is None else "lost"
                raise BrokerError(kind, f"{self._where} says what is not MQTT; check mqtt.port") from error
        if rc == MQTTErrorCode.MQTT_ERR_SUCCESS and writable:
            rc = self._client.loop_write()
        if rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            rc = self._client.loop_misc()
        if self._answer is not None and self._answer.is_failure:
            return  # the broker hangs up after it, with less to say; `open` tells
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or self._client.socket() is None:
            raise self._end()

    def send(self, message: Message) -> None:
        """Queues one message; `step` moves it. Raises where the broker has confirmed nothing for a whole queue."""
        payload = message.payload.encode("utf-8", "replace")  # a name from the config may hold half a character
        sent = self._client.publish(message.topic, payload, message.qos, message.retain)
        if sent.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            raise BrokerError("lost", f"{self._where} confirms nothing any more")
        if message.qos:
            self._sent_topics[sent.mid] = message.topic

    def subscribe(self, *topics: str, qos: int = 1) -> None:
        """One subscription each. The broker's refusal turns up in `refusals`."""
        for topic in topics:
            _, mid = self._client.subscribe(topic, qos)
            if mid is not None:
                self._sent_topics[mid] = topic

    def received(self) -> tuple[str | None, bytes, bool] | None:
        """The next message that has come: topic (None where it is not UTF-8), payload, whether it was retained."""
        return self._received.popleft() if self._received else None

    def refusals(self) -> list[str]:
        """What the broker has not allowed since the last call, one line each (MQTT 3.1.1 brokers never tell)."""
        told, self._refused = list(self._refused), deque(maxlen=20)
        return told

    @property
    def unconfirmed(self) -> int:
        """How many messages the broker has not yet confirmed."""
        return len(self._sent_topics)

    def flush(self, timeout: float) -> bool:
        """Serves the network until everything is confirmed; False where the time was not enough."""
        deadline = time.monotonic() + timeout
        while self._sent_topics or self._client.want_write():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            self.step(remaining)
        return True

    def close(self) -> None:
        """Says goodbye, so that the broker sends no will, and lets go of the socket. Never raises."""
        self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:
            # paho closes the socket once its own loop sees the end; there is none here.
            self._client.loop_write()
            self._client.loop_misc()
            if isinstance(sock, socket.socket):
                sock.close()

    def _end(self) -> BrokerError:
        if self._answer is None:
            return BrokerError("silent", f"{self._where} hangs up on us at once; is it an MQTT broker, "
                               "and does it expect TLS?")  # fmt: skip
        if self._ended is not None and self._ended.value == _TAKEN_OVER:
            return BrokerError("taken over", f"session taken over: another device connected to {self._where} "
                               "with this device.id; give each its own")  # fmt: skip
        why = "" if self._ended is None else f" ({self._ended})"
        return BrokerError("lost", f"lost the connection to {self._where}{why}")

    def _refusal(self, answer: ReasonCode) -> BrokerError:
        if answer.value == _UNSUPPORTED_VERSION:
            return BrokerError("version", f"{self._where} does not speak {PROTOCOL_NAMES[self._protocol]}")
        if answer.value in _WRONG_PASSWORD:
            who = "a client without a name" if self._config.username is None else f"user {self._config.username!r}"
            return BrokerError("refused", f"{self._where} refuses {who} or the password ({answer}); "
                               "check mqtt.username and mqtt.password")  # fmt: skip
        return BrokerError("refused", f"{self._where} refuses the connection: {answer}")

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        self._answer = reason

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        if flags.is_disconnect_packet_from_server:  # else paho has made the reason up
            self._ended = reason

    def _on_message(self, client: Any, data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic: str | None = message.topic
        except UnicodeDecodeError:
            topic = None
        self._received.append((topic, bytes(message.payload), message.retain))

    def _on_publish(self, client: Any, data: Any, mid: int, reason: ReasonCode, properties: Any) -> None:
        topic = self._sent_topics.pop(mid, "")
        if reason.is_failure:
            self._refused.append(f"{self._where} does not accept what is published to {topic}: {reason}; "
                                 "check the broker's access list")  # fmt: skip

    def _on_subscribe(self, client: Any, data: Any, mid: int, reasons: list[ReasonCode], properties: Any) -> None:
        topic = self._sent_topics.pop(mid, "")
        if any(reason.is_failure for reason in reasons):
            self._refused.append(f"{self._where} does not let us read {topic}: {reasons[0]}; "
                                 "check the broker's access list")  # fmt: skip
