"""The daemon's side of MQTT: a thread that connects again and again; no call waits for the network.

On every connection it subscribes, announces the device, sends the retained status and then `online`. Without a
connection only the newest status is kept: no automation should act on an old event. Retained commands are refused.
"""

import contextlib
import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from edge import __version__
from edge.config import DeviceConfig, MqttConfig
from edge.outputs import messages
from edge.outputs.broker_error import PROTOCOL_NAMES, BrokerError, Kind, TooLong
from edge.outputs.connection import Connection, Received
from edge.outputs.discovery import announcements, discovery_filters, is_leftover
from edge.outputs.messages import Message, Topics
from edge.outputs.outbox import Outbox
from edge.outputs.quiet import Quiet
from edge.outputs.requests import Requests
from edge.outputs.retry import GOOD_SECONDS, RETRY_SECONDS, Retry
from edge.outputs.rivals import Rival, Watch
from edge.outputs.tls import unprotected_password
from edge.outputs.traces import Traces
from edge.records import MoodChange
from edge.status import Health, Status

log = logging.getLogger(__name__)

#: An unconfirmed message longer than this is a likelier cause of a lost connection than a second device.
_LONG_BYTES = 1000
#: After Home Assistant's birth message devices answer at random moments within this time, not all at once.
BIRTH_SECONDS = 5.0
#: The longest wait for the broker to confirm the subscriptions.
ANSWER_SECONDS = 2.0
#: The wait for an answer of another device with our id.
RIVAL_SECONDS = 2.0
#: The wait for Home Assistant to remove an old announcement; without it, it warns of every entity.
CLEAR_SECONDS = 2.0
#: The longest wait for the last messages: a few milliseconds on a LAN; a frozen broker never confirms.
GOODBYE_SECONDS = 1.0
#: After two connections ended by too long packets, nothing is subscribed to for this long: they may be retained.
DEAF_SECONDS = 600.0


class Mqtt:
    """`start`, then `publish` and `health` from any one thread, then `close`. None of them blocks or raises.

    The network thread calls `on_camera`, `on_pause`, `on_settings`, `on_correction` and `commands`: see Requests.
    `settings` are published until `configure` gives others. `instance` tells this device from another of its id; `page`
    and `picture` give the addresses of the page and of what the camera sees, for others, or an empty text. `traces` are
    of the device's former topics; `on_removed` is called by the network thread after they are removed, or at the first
    connection. `retry_seconds` and `random` are Retry's. `state` is `connecting`, `connected with MQTT 5`, `closed`, or
    a Kind or `failed`, then details.
    """

    def __init__(
        self,
        config: MqttConfig,
        device: DeviceConfig,
        thresholds: Mapping[str, float],
        on_camera: Callable[[bool], None],
        *,
        instance: str = "",
        on_pause: Callable[[bool], None] = lambda off: None,
        on_settings: Callable[[Mapping[str, Any]], None] = lambda values: None,
        on_correction: Callable[[str], None] = lambda right: None,
        commands: Mapping[str, Callable[[], None]] = MappingProxyType({}),
        settings: Mapping[str, float] = MappingProxyType({}),
        page: Callable[[], str] = str,
        picture: Callable[[], str] = str,
        traces: Traces | None = None,
        on_removed: Callable[[], None] = lambda: None,
        retry_seconds: tuple[float, float, float] = RETRY_SECONDS,
        random: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config = config
        self._device = device
        self._topics = Topics(config, device)
        self._outbox = Outbox(self._topics, thresholds, config.health_seconds, clock, settings)
        self._retry = Retry(*retry_seconds, random)
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._closing = threading.Event()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._problems = Quiet(lines=1, seconds=600)
        self._instance, self._page, self._picture = instance, page, picture
        self._requests = Requests(
            self._topics, config.pause_topic, on_camera, on_pause, on_settings, on_correction, commands
        )
        self._on_removed = on_removed
        self._traces, self._removed = traces, False
        self._random = random
        self._brake = Quiet(lines=5, seconds=60)
        self._watch = Watch()
        self._rival = Rival(instance, self._topics)
        self._cleared = False  # whether an old announcement was removed
        self._unconfirmed = 0  # messages that the broker has not confirmed
        self._too_long = 0  # connections in a row that a too long packet ended
        self._broke_at = 0  # bytes of the message at which the last connection broke
        self._most_bytes: int | None = None  # the broker's limit, where it is known
        self.state = "connecting"

    @property
    def problem(self) -> str:
        """A line where another device uses our device.id, or somebody else writes to our topics; else empty."""
        now, found = self._clock(), ""
        if self._rival.seen_lately(now):
            found = f"another device on this broker has the device.id {self._device.id!r} too: give each its own"
        elif self._watch.is_contested(now):
            found = (f"somebody else publishes under {self._topics.base} again and again: is there another device with "
                     "the device.id, or has anybody else the right to?")  # fmt: skip
        if self.state.startswith("taken over"):
            return f"{found or 'another device has this device.id'}; until then this one keeps quiet on MQTT"
        return found

    @property
    def alive(self) -> bool:
        """Whether its thread runs, connected or not."""
        return self._thread.is_alive()

    @property
    def queue(self) -> int:
        """Messages that wait to be sent or confirmed."""
        return len(self._outbox) + self._unconfirmed

    def start(self) -> None:
        """Begins to connect; returns at once."""
        if warning := unprotected_password(self._config):
            log.warning("%s", warning)
        self._thread.start()

    def publish(self, status: Status, change: MoodChange | None, at: float) -> None:
        """Publishes the present status, and a mood change at `at` (seconds since 1970). May be called for every frame:
        what has not changed is not sent again."""
        if self._outbox.put(status, change, at):
            self._wake()

    def configure(self, thresholds: Mapping[str, float], settings: Mapping[str, float]) -> None:
        """Changes the thresholds, sent with the next status, and the settings, sent at once."""
        if self._outbox.configure(thresholds, settings):
            self._wake()

    def health(self, health: Health) -> None:
        """Sends the heartbeat; without a connection the newest is kept for the time of one heartbeat."""
        if self._outbox.put_health(health):
            self._wake()

    def close(self, timeout: float = GOODBYE_SECONDS + 0.5) -> None:
        """Sends `offline` and disconnects; waits up to `timeout` seconds for that."""
        self._closing.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout)
        if not self._thread.is_alive():
            self._wake_reader.close()
            self._wake_writer.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # the pair is full, which wakes it too, or closed
            self._wake_writer.send(b"\0")

    # From here on: the network thread.

    def _run(self) -> None:
        while not self._closing.is_set():
            kind, lasted, host_answers = self._connect_once()
            if lasted is not None and lasted >= GOOD_SECONDS:
                self._problems.forget()
            self._closing.wait(self._retry.after(kind, lasted, host_answers))
        self.state = "closed"

    def _connect_once(self) -> tuple[Kind | None, float | None, bool]:
        """One connection from its attempt to its end: how it ended, for how many seconds the broker had accepted us,
        and whether its host answers."""
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
                self.state = found
                self._serve(connection, deaf=self._too_long >= 2)
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
            self.state = f"{kind}: {error}"
        except Exception:  # a bug must not end MQTT silently
            self.state = "failed: see the log"
            if self._problems.allows("thread", self._clock()):
                log.exception("MQTT stumbled and connects anew (please report it)")
        finally:
            self._outbox.close()
            self._watch.clear()
            self._unconfirmed = 0
        return kind, None if accepted is None else self._clock() - accepted, host_answers

    def _hint(self, connection: Connection, error: BrokerError) -> str:
        """Another possible cause of a connection that broke soon; not every broker reports a session taken over."""
        topic, size = connection.longest_unconfirmed
        if isinstance(error, TooLong) or (self._instance and size < _LONG_BYTES):
            return ""
        if size >= _LONG_BYTES:
            if self._broke_at == size:  # for the second time
                self._most_bytes = size
            self._broke_at = size
            return f"; if that goes on, it takes nothing as long as {topic} ({size} bytes; mosquitto: max_packet_size)"
        return f"; if that goes on, see whether another device has the device.id {self._device.id!r} too"

    def _serve(self, connection: Connection, deaf: bool) -> None:
        """Serves an accepted connection until `close`; raises BrokerError where it ends before. `deaf`: subscribes only
        after DEAF_SECONDS."""
        subscribe_at = self._clock() + DEAF_SECONDS if deaf else None
        if deaf:
            self._log_seldom(logging.WARNING, "MQTT: something far too long is kept where commands are listened for; "
                             f"none are obeyed for {DEAF_SECONDS / 60:.0f} minutes")  # fmt: skip
        else:
            self._subscribe(connection)
        self._receive_all(connection)
        if self._rival.left_online:
            # If the other device still runs, it answers this.
            connection.send(messages.availability(self._topics, online=True))
            self._wait(connection, RIVAL_SECONDS)
        if self._cleared:
            self._cleared = False
            self._wait(connection, CLEAR_SECONDS)
        self._announce(connection)
        if not self._removed:
            self._removed, self._traces = True, None
            self._on_removed()
        announce_at: float | None = None
        longest_step = min(5.0, self._config.keepalive_seconds / 4)
        while not self._closing.is_set():
            now = self._clock()
            if subscribe_at is not None and now >= subscribe_at:
                subscribe_at = None
                self._subscribe(connection)
            if announce_at is not None and now >= announce_at:
                announce_at = None
                self._announce(connection)
            self._send_outbox(connection)
            for answer in self._requests.take_answers(now):
                self._publish(connection, answer)
            for message in self._watch.to_restore(now):
                self._log_seldom(logging.WARNING, f"MQTT: somebody else wrote to {message.topic}; put right. Who may "
                                 "write there is for the broker's access list to say")  # fmt: skip
                self._publish(connection, message)
            wait = min(longest_step, self._watch.next_in(now), self._requests.next_in(now))
            connection.serve(max(0.0, wait if announce_at is None else min(wait, announce_at - now)), self._wake_reader)
            with contextlib.suppress(BlockingIOError):
                while self._wake_reader.recv(4096):
                    pass
            if self._receive_all(connection) and announce_at is None:
                announce_at = self._clock() + self._random() * BIRTH_SECONDS
        self._outbox.put_offline()
        with contextlib.suppress(BrokerError):  # then the broker sends the will
            self._send_outbox(connection)
            connection.flush(GOODBYE_SECONDS)

    def _subscribe(self, connection: Connection) -> None:
        if self._traces is not None:
            connection.subscribe(*self._traces.filters, qos=0, needed=False)
        connection.subscribe(*discovery_filters(self._config, self._device), qos=0, needed=False)
        # Our own topics too, because somebody else may write there.
        connection.subscribe(f"{self._topics.base}/+", self._topics.camera_state, qos=0, needed=False)
        topics = self._topics
        connection.subscribe(topics.camera_set, topics.command_set, topics.settings_set, topics.correction_set)
        if self._config.pause_topic:
            connection.subscribe(self._config.pause_topic)
        if self._config.discovery != "off":
            connection.subscribe(*self._topics.births)
        # Brokers confirm in order: after this, the retained messages of the first subscriptions have arrived.
        connection.flush(ANSWER_SECONDS)

    def _receive_all(self, connection: Connection) -> bool:
        """Handles all received messages; True where Home Assistant has started and needs the announcement."""
        wanted = False
        while (message := connection.next_message()) is not None:
            try:
                wanted = self._receive(connection, message) or wanted
            except BrokerError:
                raise
            except Exception:  # no message may end MQTT
                if self._brake.allows("failure", self._clock()):
                    log.exception("MQTT: a message could not be understood (please report it)")
        for line in connection.take_refusals():
            self._log_seldom(logging.WARNING, f"MQTT: {line}")
        return wanted

    def _receive(self, connection: Connection, message: Received) -> bool:
        topic, payload, retained, _ = message
        if topic is None:
            return False
        if self._requests.handle_pause_topic(topic, payload):
            return False
        now = self._clock()
        leftover = is_leftover(self._config, self._device, topic, payload)
        if leftover or (self._traces is not None and self._traces.holds(message, self._instance)):
            connection.send(Message(topic, "", retain=True))
            self._cleared = True
            return False
        if topic.startswith(f"{self._topics.base}/"):
            answer = self._rival.handle(message, now)
            if answer == "yield":
                connection.send(messages.availability(self._topics, online=True))  # tells the other device about us
                connection.flush(RIVAL_SECONDS)
                raise BrokerError("taken over", self.problem)
            if answer == "answer" and self._brake.allows("rival", now):
                self._log_seldom(logging.WARNING, f"MQTT: {self.problem}")
                self._publish(connection, messages.availability(self._topics, online=True))
        self._watch.note_received(topic, payload, now)
        announce, warning = self._requests.handle(topic, payload, retained, now)
        if warning:
            self._log_seldom(logging.WARNING, f"MQTT: {warning}")
        return announce

    def _wait(self, connection: Connection, seconds: float) -> None:
        """Receives for `seconds`, or until `close`."""
        until = self._clock() + seconds
        while not self._closing.is_set() and (remaining := until - self._clock()) > 0:
            connection.serve(min(remaining, 0.2))
            self._receive_all(connection)

    def _announce(self, connection: Connection) -> None:
        for message in announcements(self._config, self._device, __version__, self._page(), self._picture()):
            self._publish(connection, message)
        self._outbox.open()

    def _send_outbox(self, connection: Connection) -> None:
        for message in self._outbox.take():
            self._publish(connection, message)
        self._unconfirmed = connection.unconfirmed

    def _publish(self, connection: Connection, message: Message) -> None:
        self._watch.note_published(message)
        connection.send(message)

    def _log_seldom(self, level: int, line: str) -> None:
        if self._problems.allows(line, self._clock()):
            log.log(level, "%s", line)
