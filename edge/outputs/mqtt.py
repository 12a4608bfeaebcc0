"""The daemon's side of MQTT: a thread of its own that keeps a connection for ever, and never holds up its caller.

On every connection it subscribes, announces the device, sends the retained picture of the moment and then `online`.
While there is no connection nothing is kept but the newest status: changes of that time are in the history, and an
event that is old is a lie. Commands are obeyed only live: one that the broker has kept (retained) is not.
"""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping

from edge import __version__
from edge.config import DeviceConfig, MqttConfig
from edge.outputs import messages
from edge.outputs.commands import Heard, understand
from edge.outputs.connection import PROTOCOL_NAMES, Connection, Protocol
from edge.outputs.discovery import announcements, is_leftover, leftover_filters
from edge.outputs.failure import BrokerError, Kind
from edge.outputs.messages import Message, Topics
from edge.outputs.outbox import Outbox
from edge.outputs.quiet import Quiet
from edge.outputs.retry import GOOD_SECONDS, Retry
from edge.records import Health, MoodChange, Status

log = logging.getLogger(__name__)

#: After Home Assistant's birth every device answers at a random moment within this time, not all at once.
BIRTH_SECONDS = 5.0
#: How long the broker may take to confirm the subscriptions before we go on.
ANSWER_SECONDS = 2.0
#: How long the goodbye may take.
GOODBYE_SECONDS = 2.0


class Mqtt:
    """`start`, then `publish` and `health` from any one thread, then `close`. None of them blocks or raises.

    `on_camera` is called in the network thread with what `camera/set` asks for. `retry_seconds` are the shortest
    and the longest wait between two attempts; `random` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        config: MqttConfig,
        device: DeviceConfig,
        thresholds: Mapping[str, float],
        on_camera: Callable[[bool], None],
        *,
        retry_seconds: tuple[float, float] = (1.0, 60.0),
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._device = device
        self._topics = Topics.of(config, device)
        self._outbox = Outbox(self._topics, thresholds, config.health_seconds, clock)
        self._on_camera = on_camera
        self._retry = Retry(*retry_seconds, random)
        self._random = random
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._closing = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._problems = Quiet(lines=1, seconds=600)
        self._commands = Quiet(lines=5, seconds=60)
        self._kept_warning = ""
        self._unconfirmed = 0
        self._state = "connecting"

    @property
    def state(self) -> str:
        """`connecting`, `connected with MQTT 5`, `closed`, or what is wrong: a `Kind` or `failed`, then details."""
        return self._state

    @property
    def alive(self) -> bool:
        """Whether its thread runs, connected or not."""
        return self._thread.is_alive()

    @property
    def queue(self) -> int:
        """How many messages wait to be sent, or to be confirmed by the broker."""
        return len(self._outbox) + self._unconfirmed

    def start(self) -> None:
        """Begins to connect; returns at once, whether there is a broker or not."""
        self._thread.start()

    def publish(self, status: Status, change: MoodChange | None, at: float) -> None:
        """Tells of the present moment, and of a mood change at `at` (seconds since 1970) if there was one.

        May be called for every frame: what has not changed is not sent again.
        """
        if self._outbox.tell(status, change, at):
            self._wake()

    def health(self, health: Health) -> None:
        """Sends the heartbeat; without a connection only the newest is kept, until it is a heartbeat old."""
        if self._outbox.tell_health(health):
            self._wake()

    def close(self, timeout: float = GOODBYE_SECONDS + 1.0) -> None:
        """Says `offline` and hangs up; waits up to `timeout` seconds for that."""
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
            kind, lasted = self._live_once(self._retry.protocol)
            if lasted is not None and lasted >= GOOD_SECONDS:
                self._problems.forget()
            self._closing.wait(self._retry.after(kind, lasted))
        self._state = "closed"

    def _live_once(self, protocol: Protocol) -> tuple[Kind | None, float | None]:
        """One connection from its attempt to its end: how it ended, and for how long the broker had accepted us."""
        will = messages.availability(self._topics, online=False)
        client_id = f"moodcast-{self._device.id}"
        kind: Kind | None = None
        accepted: float | None = None
        try:
            connection = Connection(self._config, client_id, protocol, will, self._retry.patience)
            with contextlib.closing(connection):
                connection.open()
                accepted = self._clock()
                found = f"connected with {PROTOCOL_NAMES[protocol]}"
                self._say(logging.INFO, f"MQTT: {found} to {self._config.host}:{self._config.port}")
                self._state = found
                self._serve(connection)
        except BrokerError as error:
            kind = error.kind
            level = logging.INFO if kind == "version" else logging.WARNING
            hint = ""
            if kind == "lost" and accepted is not None and self._clock() - accepted < GOOD_SECONDS:
                # Not every broker says that a session was taken over.
                hint = f"; if that goes on, see whether another device has the device.id {self._device.id!r} too"
            if accepted is None and self._retry.falls_back(kind):
                log.info("MQTT: no welcome in %s; trying the other version", PROTOCOL_NAMES[protocol])
            else:
                self._say(level, f"MQTT: {error}{hint}; trying again until it works")
            self._state = f"{kind}: {error}"
        except Exception:  # a mistake of ours must not end MQTT for good and in silence
            self._state = "failed: see the log"
            if self._problems.allows("thread", self._clock()):
                log.exception("MQTT stumbled and connects anew (please report it)")
        finally:
            self._outbox.close()
            self._unconfirmed = 0
        return kind, None if accepted is None else self._clock() - accepted

    def _serve(self, connection: Connection) -> None:
        connection.subscribe(*leftover_filters(self._config, self._device), qos=0)
        connection.subscribe(self._topics.camera_set)
        if self._config.discovery != "off":
            connection.subscribe(self._topics.birth)
        # Brokers confirm in order: after this, what was kept under the first subscriptions has come.
        connection.flush(ANSWER_SECONDS)
        self._listen(connection)
        self._greet(connection)
        greet_at: float | None = None
        longest_step = min(5.0, self._config.keepalive_seconds / 4)
        while not self._closing.is_set():
            now = self._clock()
            if greet_at is not None and now >= greet_at:
                greet_at = None
                self._greet(connection)
            self._send_outbox(connection)
            wait = longest_step if greet_at is None else min(longest_step, greet_at - now)
            connection.step(max(0.0, wait), self._wake_reader)
            with contextlib.suppress(BlockingIOError):
                while self._wake_reader.recv(4096):
                    pass
            if self._listen(connection) and greet_at is None:
                greet_at = self._clock() + self._random() * BIRTH_SECONDS
        self._outbox.part()
        with contextlib.suppress(BrokerError):  # then the broker tells by itself: that is what the will is for
            self._send_outbox(connection)
            connection.flush(GOODBYE_SECONDS)

    def _listen(self, connection: Connection) -> bool:
        """Deals with everything that has come; True where Home Assistant was born and wants to know about us."""
        born = False
        while (message := connection.received()) is not None:
            topic, payload, retained = message
            if topic is not None and is_leftover(self._config, self._device, topic, payload):
                connection.send(Message(topic, "", retain=True))
                continue
            heard = understand(self._topics, topic, payload, retained)
            born = born or heard.born
            self._obey(heard)
        for line in connection.refusals():
            self._say(logging.WARNING, f"MQTT: {line}")
        return born

    def _greet(self, connection: Connection) -> None:
        """Everything a newcomer needs to know, in the order in which it can be made sense of."""
        for message in announcements(self._config, self._device, __version__):
            connection.send(message)
        self._outbox.greet()

    def _send_outbox(self, connection: Connection) -> None:
        for message in self._outbox.take():
            connection.send(message)
        self._unconfirmed = connection.unconfirmed

    def _obey(self, heard: Heard) -> None:
        told = heard.again and heard.warning == self._kept_warning
        if heard.warning and not told and self._commands.allows("command", self._clock()):
            log.warning("MQTT: %s", heard.warning)
            if heard.again:
                self._kept_warning = heard.warning
        if heard.camera is None:
            return
        log.info("MQTT: the camera is asked to be %s", messages.ON if heard.camera else messages.OFF)
        try:
            self._on_camera(heard.camera)
        except Exception:  # the callback is somebody else's; the connection must not suffer
            log.exception("the camera could not be switched (please report it)")

    def _say(self, level: int, line: str) -> None:
        if self._problems.allows(line, self._clock()):
            log.log(level, "%s", line)
