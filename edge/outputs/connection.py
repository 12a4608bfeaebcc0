"""One connection to the broker, from CONNECT to its end, used by one thread only.

It calls paho's functions for an external event loop instead of paho's own thread: a failure is an exception here
instead of a thread that ends unnoticed, the wait between attempts is decided here, and every connection has a new
client, so that no message queued for an old connection is sent late.
"""

import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import MqttConfig
from edge.outputs.broker_error import LACKS, V5, V311, BrokerError, Kind, Protocol, TooLong, refusal
from edge.outputs.messages import Message
from edge.outputs.tls import tls_context
from edge.outputs.websocket import MOST_FRAME_BYTES, frame_bytes, open_websocket

CONNECT_SECONDS = 5.0
#: The broker is asked (v5) to send nothing longer; a longer packet ends the connection. Commands have a few letters.
MAXIMUM_PACKET_BYTES = 1 << 20
#: An upper bound for what a packet has besides topic and payload.
_ENVELOPE_BYTES = 64
#: The most that is kept of a payload; an announcement has about 16 KiB.
_KEPT_BYTES = 1 << 16
#: Publications the broker has not yet confirmed; announcing a device takes about 25.
QUEUED_MESSAGES = 200

_TAKEN_OVER = 142
_TOO_LONG = (149, 151)
#: The user property (v5) that tells two devices of one id whose message it is.
_INSTANCE = "moodcast-instance"


class Received(NamedTuple):
    """A message from the broker. `topic` is None where it is not UTF-8. `sender` is the instance of the Moodcast that
    sent it, empty where the message does not say (MQTT 3.1.1, or another program)."""

    topic: str | None
    payload: bytes
    retained: bool
    sender: str


class _Oversize(Exception):
    """A packet is longer than MAXIMUM_PACKET_BYTES; its length in bytes."""


class _Client(paho.Client):
    """Refuses long packets: paho asks the socket for a whole packet at once, and Python allocates the length that the
    sender claims before a byte has arrived. Speaks over WebSocket where it has a `path` for that."""

    path: str | None = None

    def _create_socket(self) -> Any:
        sock: Any = super()._create_socket()
        if self.path is None:
            return sock
        return open_websocket(sock, self.host, self.port, self.path, self._ssl, self.connect_timeout)

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > MAXIMUM_PACKET_BYTES:
            raise _Oversize(bufsize)
        if (held := frame_bytes(self._sock)) > MOST_FRAME_BYTES:
            raise _Oversize(held)
        received: bytes = super()._sock_recv(bufsize)
        return received


@contextmanager
def connect(config: MqttConfig, client_id: str, will: Message | None = None) -> Iterator["Connection"]:
    """Connects, in MQTT 5 or else in 3.1.1, and closes at the end. Raises BrokerError."""
    for protocol in (V5, V311):
        with closing(Connection(config, client_id, protocol, will)) as connection:
            try:
                connection.open()
            except BrokerError as error:
                if protocol == V5 and error.kind in ("version", "silent"):
                    continue
                raise
            yield connection
            return


class Connection:
    """`open`, then `send` and `serve` until one of them raises `BrokerError`; `close` in any case."""

    def __init__(
        self,
        config: MqttConfig,
        client_id: str,
        protocol: Protocol,
        will: Message | None = None,
        patience: float = CONNECT_SECONDS,
        instance: str = "",
        most_bytes: int | None = None,
    ) -> None:
        """`patience` in seconds bounds each of TCP, TLS, and the wait for the broker's answer. In v5 published messages
        carry `instance`. Packets of more than `most_bytes` are not sent."""
        self._config = config
        self._patience = patience
        self._where = f"{config.host}:{config.port}"
        self.protocol = protocol
        self._answer: ReasonCode | None = None
        self._ended: ReasonCode | None = None
        self._refused: deque[str] = deque(maxlen=20)
        self._received: deque[Received] = deque(maxlen=200)
        self._sent_topics: dict[int, tuple[str, int]] = {}  # and the payload's bytes
        self._quiet_mids: set[int] = set()
        self._instance = instance
        self._most_bytes = most_bytes
        self._client = client = _Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=protocol, reconnect_on_failure=False,
            clean_session=None if protocol == V5 else True,
        )  # fmt: skip
        client.connect_timeout = patience
        client.path = config.websocket_path
        client.max_queued_messages_set(QUEUED_MESSAGES)
        if config.username is not None:
            try:
                client.username_pw_set(config.username, config.password)
            except ValueError as error:
                raise BrokerError("refused", "mqtt.username or mqtt.password is not text that can be sent") from error
        if will is not None:
            client.will_set(will.topic, will.payload, will.qos, will.retain, self._properties(PacketTypes.WILLMESSAGE))
        # The callbacks only store values, so that none of them can fail inside paho.
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe

    def open(self) -> None:
        """Connects and waits for the broker's answer: at most three times `patience`."""
        properties = None
        if self.protocol == V5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types here
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
                clean_start=True if self.protocol == V5 else paho.MQTT_CLEAN_START_FIRST_ONLY,
            )  # fmt: skip
        except ssl.SSLCertVerificationError as error:
            raise BrokerError("tls", f"{self._where} shows a certificate that is not trusted: {error.verify_message}; "
                              "check mqtt.tls.ca_file and mqtt.host") from error  # fmt: skip
        except ssl.SSLError as error:
            raise BrokerError("tls", f"TLS with {self._where} fails: {error.reason or error}; check mqtt.port "
                              "(TLS is usually 8883) and mqtt.tls") from error  # fmt: skip
        except paho.WebsocketConnectionError as error:
            raise BrokerError("silent", f"{self._where}{config.websocket_path} does not speak MQTT over WebSocket: "
                              f"{error}; check mqtt.websocket_path and mqtt.port") from error  # fmt: skip
        except (OSError, ValueError) as error:  # ValueError: a host name that cannot be one
            text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            runs = "runs, with TLS on this port" if config.tls.enabled else "runs"
            raise BrokerError("unreachable", f"no broker at {self._where}: {text}; check mqtt.host and "
                              f"mqtt.port, and that the broker {runs}",
                              host_answers=isinstance(error, ConnectionRefusedError)) from error  # fmt: skip
        deadline = time.monotonic() + self._patience
        while self._answer is None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise BrokerError("silent", f"{self._where} does not answer; is it an MQTT broker, "
                                  "and does it expect TLS?")  # fmt: skip
            self.serve(remaining)
        if self._answer.is_failure:
            raise refusal(self._config, self.protocol, self._answer)

    def serve(self, timeout: float, wake: socket.socket | None = None) -> None:
        """Serves the network for up to `timeout` seconds, or until a message came or `wake` is readable."""
        sock = self._client.socket()
        if sock is None:
            raise self._end()
        readers: list[Any] = [sock] if wake is None else [sock, wake]
        pending = hasattr(sock, "pending") and sock.pending() > 0  # TLS has read more than it gave
        writers = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select(readers, writers, [], 0 if pending else timeout)
        rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        if pending or sock in readable:
            try:
                rc = self._client.loop_read()
            except _Oversize as error:
                raise TooLong("lost", f"{self._where} sends a packet of {error} bytes, more than is taken "
                              f"({MAXIMUM_PACKET_BYTES}); who else writes there?") from error  # fmt: skip
            except Exception as error:  # paho fails in many ways on what is not MQTT
                kind: Kind = "silent" if self._answer is None else "lost"
                raise BrokerError(kind, f"{self._where} does not speak MQTT; check mqtt.port") from error
        if rc == MQTTErrorCode.MQTT_ERR_SUCCESS and writable:
            rc = self._client.loop_write()
        if rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            rc = self._client.loop_misc()
        if self._answer is not None and self._answer.is_failure:
            return  # `open` raises it; the disconnect that follows has a vaguer reason
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or self._client.socket() is None:
            raise self._end()

    def send(self, message: Message) -> None:
        """Queues one message for `serve`. Raises BrokerError where the queue is full of unconfirmed messages."""
        payload = message.payload.encode("utf-8", "replace")  # a name may hold half a surrogate pair
        whole = len(payload) + len(message.topic.encode("utf-8", "replace")) + _ENVELOPE_BYTES
        if self._most_bytes is not None and whole > self._most_bytes:
            self._refused.append(self._too_long(message.topic, len(payload)))
            return
        sent = self._client.publish(
            message.topic, payload, message.qos, message.retain, self._properties(PacketTypes.PUBLISH, message.expires)
        )
        if sent.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            raise BrokerError("lost", f"{self._where} confirms nothing any more")
        if message.qos:
            self._sent_topics[sent.mid] = message.topic, len(payload)

    def subscribe(self, *topics: str, qos: int = 1, needed: bool = True) -> None:
        """One subscription for each topic. Where it is `needed`, a refusal is given by `take_refusals`."""
        for topic in topics:
            _, mid = self._client.subscribe(topic, qos)
            if mid is not None:
                self._sent_topics[mid] = topic, 0
                if not needed:
                    self._quiet_mids.add(mid)

    def next_message(self) -> Received | None:
        """The next message, or None."""
        return self._received.popleft() if self._received else None

    def take_refusals(self) -> list[str]:
        """What the broker refused since the last call, a line each. MQTT 3.1.1 has no such answers."""
        refused, self._refused = list(self._refused), deque(maxlen=20)
        return refused

    @property
    def has_refusals(self) -> bool:
        """Whether `take_refusals` would give any."""
        return bool(self._refused)

    @property
    def unconfirmed(self) -> int:
        """How many messages the broker has not yet confirmed."""
        return len(self._sent_topics)

    @property
    def longest_unconfirmed(self) -> tuple[str, int]:
        """Topic and bytes of the longest message that the broker has not confirmed; ("", 0) where there is none."""
        return max(self._sent_topics.values(), key=lambda sent: sent[1], default=("", 0))

    def flush(self, timeout: float) -> bool:
        """Serves the network until everything is confirmed; False where the time was not enough."""
        deadline = time.monotonic() + timeout
        while self._sent_topics or self._client.want_write():
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            self.serve(remaining)
        return True

    def close(self) -> None:
        """Disconnects, so that the broker does not send the will, and closes the socket. Never raises."""
        self._client.disconnect()
        sock = self._client.socket()
        if sock is not None:
            # paho closes the socket in its own loop, which does not run here.
            self._client.loop_write()
            self._client.loop_misc()
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

    def _properties(self, packet: int, expires: int | None = None) -> Properties | None:
        """None where there are none, and in MQTT 3.1.1."""
        if self.protocol != V5 or not (self._instance or expires):
            return None
        properties = Properties(packet)  # type: ignore[no-untyped-call]
        if self._instance:
            properties.UserProperty = (_INSTANCE, self._instance)
        if expires:
            properties.MessageExpiryInterval = expires
        return properties

    def _too_long(self, topic: str, size: int) -> str:
        return (f"{self._where} takes no message as long as {topic} ({size} bytes), which is not sent: raise its limit "
                "(mosquitto: max_packet_size, message_size_limit)")  # fmt: skip

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        self._answer = reason
        self._most_bytes = getattr(properties, "MaximumPacketSize", self._most_bytes)
        if getattr(properties, "MaximumQoS", 1) == 0:
            self._refused.append(f"{self._where} has no {LACKS[155]}, which Moodcast needs")

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        if flags.is_disconnect_packet_from_server:  # otherwise paho invented the reason
            self._ended = reason

    def _on_message(self, client: Any, data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic: str | None = message.topic
        except UnicodeDecodeError:
            topic = None
        properties = getattr(message.properties, "UserProperty", ())
        sender = next((value for key, value in properties if key == _INSTANCE), "")
        self._received.append(Received(topic, bytes(message.payload[:_KEPT_BYTES]), message.retain, sender))

    def _on_publish(self, client: Any, data: Any, mid: int, reason: ReasonCode, properties: Any) -> None:
        topic, size = self._sent_topics.pop(mid, ("", 0))
        if reason.value in _TOO_LONG:
            self._refused.append(self._too_long(topic, size))
        elif reason.is_failure:
            self._refused.append(f"{self._where} does not accept what is published to {topic}: {reason}; "
                                 "check the broker's access list")  # fmt: skip

    def _on_subscribe(self, client: Any, data: Any, mid: int, reasons: list[ReasonCode], properties: Any) -> None:
        topic, _ = self._sent_topics.pop(mid, ("", 0))
        if mid not in self._quiet_mids and any(reason.is_failure for reason in reasons):
            self._refused.append(f"{self._where} does not let us read {topic}: {reasons[0]}; "
                                 "check the broker's access list")  # fmt: skip
