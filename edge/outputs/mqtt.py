"""The daemon's side of MQTT: a thread of its own that keeps a connection for ever, and never holds up its caller.

While there is no connection nothing is kept but the newest status: changes of that time are in the history, and nobody
is to act on an old event. A command that the broker has kept (retained) is refused.
"""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping

from edge.config import DeviceConfig, MqttConfig
from edge.outputs import messages
from edge.outputs.connection import PROTOCOL_NAMES, BrokerError, Connection, Kind, TooLong
from edge.outputs.messages import Topics
from edge.outputs.outbox import Outbox
from edge.outputs.quiet import Quiet
from edge.outputs.retry import GOOD_SECONDS, RETRY_SECONDS, Retry
from edge.outputs.session import GOODBYE_SECONDS, Session
from edge.outputs.tls import unprotected_password
from edge.outputs.traces import Traces
from edge.records import Health, MoodChange, Status

log = logging.getLogger(__name__)

#: A message that was under way when the broker hung up, and is longer, is a likelier cause than a second device.
_LONG_BYTES = 1000


class Mqtt:
    """`start`, then `publish` and `health` from any one thread, then `close`. None of them blocks or raises.

    `on_camera` is called in the network thread with what `camera/set` asks for. `instance` tells this device from
    another of its id. `traces` are of where the device spoke before; `on_tidy` is called in the network thread once
    they are removed, or at the first connection. `retry_seconds` are the shortest wait between two attempts, the
    longest to a host that answers, and the longest to one that does not; `random` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        config: MqttConfig,
        device: DeviceConfig,
        thresholds: Mapping[str, float],
        on_camera: Callable[[bool], None],
        *,
        instance: str = "",
        traces: Traces | None = None,
        on_tidy: Callable[[], None] = lambda: None,
        retry_seconds: tuple[float, float, float] = RETRY_SECONDS,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._device = device
        self._topics = Topics(config, device)
        self._outbox = Outbox(self._topics, thresholds, config.health_seconds, clock)
        self._retry = Retry(*retry_seconds, random)
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._closing = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._problems = Quiet(lines=1, seconds=600)
        self._instance = instance
        self._session = Session(
            config, device, self._outbox, on_camera, instance, traces, on_tidy, self._closing, self._wake_reader,
            self._log_seldom, random, clock,
        )  # fmt: skip
        self._too_long = 0  # connections in a row that a packet has ended
        self._broke_at = 0  # bytes of the message at which the broker hung up last
        self._most_bytes: int | None = None  # what it takes, as far as that was found out
        self._state = "connecting"

    @property
    def state(self) -> str:
        """`connecting`, `connected with MQTT 5`, `closed`, or what is wrong: a `Kind` or `failed`, then details."""
        return self._state

    @property
    def problem(self) -> str:
        """A line for the owner where the device.id, or what is said under it, is somebody else's too; else empty."""
        found = self._session.problem(self._clock())
        if self._state.startswith("taken over"):
            return f"{found or 'another device has this device.id'}; until then this one keeps quiet on MQTT"
        return found

    @property
    def alive(self) -> bool:
        """Whether its thread runs, connected or not."""
        return self._thread.is_alive()

    @property
    def queue(self) -> int:
        """How many messages wait to be sent, or to be confirmed by the broker."""
        return len(self._outbox) + self._session.unconfirmed

    def start(self) -> None:
        """Begins to connect; returns at once, whether there is a broker or not."""
        if warning := unprotected_password(self._config):
            log.warning("%s", warning)
        self._thread.start()

    def publish(self, status: Status, change: MoodChange | None, at: float) -> None:
        """Publishes the present moment, and a mood change at `at` (seconds since 1970) if there was one.

        May be called for every frame: what has not changed is not sent again.
        """
        if self._outbox.put(status, change, at):
            self._wake()

    def configure(self, thresholds: Mapping[str, float]) -> None:
        """Other thresholds, to be sent with the next status."""
        self._outbox.configure(thresholds)

    def health(self, health: Health) -> None:
        """Sends the heartbeat; without a connection only the newest is kept, until it is a heartbeat old."""
        if self._outbox.put_health(health):
            self._wake()

    def close(self, timeout: float = GOODBYE_SECONDS + 0.5) -> None:
        """Sends `offline` and hangs up; waits up to `timeout` seconds for that."""
        self._closing.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout)
        if not self._thread.is_alive():
            self._wake_reader.close()
            self._wake_writer.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # the pair is full (it is awake already), or closed
            self._wake_writer.send(b"\0")

    # From here on: the network thread.

    def _run(self) -> None:
        while not self._closing.is_set():
            kind, lasted, host_answers = self._connect_once()
            if lasted is not None and lasted >= GOOD_SECONDS:
                self._problems.forget()
            self._closing.wait(self._retry.after(kind, lasted, host_answers))
        self._state = "closed"

    def _connect_once(self) -> tuple[Kind | None, float | None, bool]:
        """One connection from its attempt to its end: how it ended, for how long the broker had accepted us, and
        whether the broker's machine answers."""
        protocol = self._retry.protocol
        will = messages.availability(self._topics, online=False)
        client_id = f"moodcast-{self._device.id}-{self._instance}" if self._instance else f"moodcast-{self._device.id}"
        kind: Kind | None = None
        accepted: float | None = None
        host_answers = False
        connection = None
        try:
            connection = Connection(
                self._config, client_id, protocol, will, instance=self._instance, most_bytes=self._most_bytes
            )
            with contextlib.closing(connection):
                connection.open()
                accepted = self._clock()
                found = f"connected with {PROTOCOL_NAMES[protocol]}"
                self._log_seldom(logging.INFO, f"MQTT: {found} to {self._config.host}:{self._config.port}")
                self._state = found
                self._session.run(connection, deaf=self._too_long >= 2)
        except BrokerError as error:
            kind, host_answers = error.kind, error.host_answers
            if accepted is not None:
                self._too_long = self._too_long + 1 if isinstance(error, TooLong) else 0
            level = logging.INFO if kind == "version" else logging.WARNING
            hint = ""
            if kind == "lost" and connection and accepted is not None and self._clock() - accepted < GOOD_SECONDS:
                hint = self._hint(connection, error)
            if accepted is None and self._retry.falls_back(kind):
                log.info("MQTT: no welcome in %s; trying the other version", PROTOCOL_NAMES[protocol])
            else:
                self._log_seldom(level, f"MQTT: {error}{hint}; trying again until it works")
            self._state = f"{kind}: {error}"
        except Exception:  # a mistake of ours must not end MQTT for good and in silence
            self._state = "failed: see the log"
            if self._problems.allows("thread", self._clock()):
                log.exception("MQTT stumbled and connects anew (please report it)")
        finally:
            self._session.end()
        return kind, None if accepted is None else self._clock() - accepted, host_answers

    def _hint(self, connection: Connection, error: BrokerError) -> str:
        """What else may be behind a connection that broke soon; not every broker says that a session was taken over."""
        topic, size = connection.longest_unconfirmed
        if isinstance(error, TooLong) or (self._instance and size < _LONG_BYTES):
            return ""
        if size >= _LONG_BYTES:
            if self._broke_at == size:  # for the second time
                self._most_bytes = size
            self._broke_at = size
            return f"; if that goes on, it takes nothing as long as {topic} ({size} bytes; mosquitto: max_packet_size)"
        return f"; if that goes on, see whether another device has the device.id {self._device.id!r} too"

    def _log_seldom(self, level: int, line: str) -> None:
        if self._problems.allows(line, self._clock()):
            log.log(level, "%s", line)
