"""`home`: hears the rooms on the broker, and tells what they are like as one, until it is stopped."""

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable

from edge import __version__
from edge.config import Config, DeviceConfig
from edge.errors import EdgeError
from edge.mood.home import HomeMood
from edge.outputs import messages
from edge.outputs.broker_error import PROTOCOL_NAMES, BrokerError, Kind
from edge.outputs.connection import Connection
from edge.outputs.discovery import home_announcements
from edge.outputs.messages import Message, Topics
from edge.outputs.mqtt import ANSWER_SECONDS, GOODBYE_SECONDS
from edge.outputs.quiet import Quiet
from edge.outputs.retry import RETRY_SECONDS, Retry
from edge.outputs.rivals import Watch
from edge.outputs.rooms import Rooms, home_messages
from edge.outputs.tls import unprotected_password
from edge.records import PAUSED

log = logging.getLogger(__name__)

#: The network is served for at most so long before the rooms are looked at again, and SIGTERM obeyed.
TICK_SECONDS = 0.5
#: What only moves (shares, strength) is told anew at most so often, as a room tells it.
REFRESH_SECONDS = 10.0


class Home:
    """`run`, in the main thread. `clock` is monotonic; `retry_seconds` are Mqtt's."""

    def __init__(
        self,
        config: Config,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
        retry_seconds: tuple[float, float, float] = RETRY_SECONDS,
    ) -> None:
        """Raises EdgeError where the configuration has no use for a home."""
        if not config.mqtt.enabled:
            raise EdgeError("mqtt.enabled is false: the rooms are heard, and the home is told, over MQTT alone")
        if config.home.id in config.home.rooms:
            raise EdgeError(f"home.rooms: {config.home.id!r} is home.id: the home is no room of its own")
        self._config, self._stop, self._clock = config.mqtt, stop, clock
        self._device = DeviceConfig(id=config.home.id, name=config.home.name, language=config.device.language)
        self._topics = Topics(config.mqtt, self._device)
        self._rooms = Rooms(config.mqtt, config.home)
        self._mood = HomeMood()
        self._retry = Retry(*retry_seconds, random.random)
        self._problems = Quiet(lines=1, seconds=600)
        self._watch = Watch()
        self._kept: dict[str, str] = {}  # topics and payloads on this connection
        self._state_at = 0.0

    def run(self) -> None:
        """Until `stop` is set: connects, and connects again."""
        if warning := unprotected_password(self._config):
            log.warning("%s", warning)
        while not self._stop.is_set():
            kind, lasted, host_answers = self._connect_once()
            self._stop.wait(self._retry.after(kind, lasted, host_answers))

    def _connect_once(self) -> tuple[Kind | None, float | None, bool]:
        """How it ended, for how many seconds the broker had accepted us, and whether its machine answers."""
        will = messages.availability(self._topics, online=False)
        protocol, accepted = self._retry.protocol, None
        connection = Connection(self._config, f"moodcast-{self._device.id}-home", protocol, will)
        try:
            with contextlib.closing(connection):
                connection.open()
                accepted = self._clock()
                self._log_seldom(logging.INFO, f"connected with {PROTOCOL_NAMES[protocol]} to "
                                 f"{self._config.host}:{self._config.port}")  # fmt: skip
                self._serve(connection)
            return None, self._clock() - accepted, False
        except BrokerError as error:
            if accepted is not None or not self._retry.falls_back(error.kind):
                self._log_seldom(logging.WARNING, f"{error}; trying again until it works")
            return error.kind, None if accepted is None else self._clock() - accepted, error.host_answers
        finally:
            self._rooms.clear()
            self._watch.clear()
            self._kept.clear()

    def _serve(self, connection: Connection) -> None:
        connection.subscribe(f"{self._topics.base}/+", qos=0, needed=False)  # somebody else may write there
        connection.subscribe(*self._rooms.filters)
        # Brokers confirm in order: after this, what is kept of the rooms has come, and the first mood is that of all.
        connection.flush(ANSWER_SECONDS)
        self._receive_all(connection)
        for message in home_announcements(self._config, self._device, __version__):
            self._publish(connection, message)
        while not self._stop.is_set():
            self._tell(connection)
            for message in self._watch.to_restore(self._clock()):
                self._log_seldom(logging.WARNING, f"somebody else wrote to {message.topic}; put right")
                self._publish(connection, message)
            connection.serve(TICK_SECONDS)
            self._receive_all(connection)
        with contextlib.suppress(BrokerError):  # then the broker sends the will
            connection.send(messages.availability(self._topics, online=False))
            connection.flush(GOODBYE_SECONDS)

    def _receive_all(self, connection: Connection) -> None:
        while (message := connection.next_message()) is not None:
            if message.topic is not None:
                self._watch.note_received(message.topic, message.payload, self._clock())
                self._rooms.handle(message.topic, message.payload, self._clock())
        for line in connection.take_refusals():
            self._log_seldom(logging.WARNING, line)

    def _tell(self, connection: Connection) -> None:
        """What differs from what was told; what only moves waits for its time."""
        now = self._clock()
        words = self._rooms.words(now)
        left = frozenset(name for name, word in words.items() if word == PAUSED)
        home = self._mood.step(self._rooms.known(now), left, now)
        if self._kept.get(self._topics.mood) != home.mood:
            log.info("the mood of the home is %s (%s)", home.mood, ", ".join(f"{name}: {words[name]}" for name in words)
                     or "no room on the broker")  # fmt: skip
        said = (*home_messages(self._topics, home, words), messages.availability(self._topics, online=True))
        news = [message for message in said if self._kept.get(message.topic) != message.payload]
        if [message.topic for message in news] == [self._topics.state] and now - self._state_at < REFRESH_SECONDS:
            return
        for message in news:
            self._publish(connection, message)
            self._kept[message.topic] = message.payload
            self._state_at = now

    def _publish(self, connection: Connection, message: Message) -> None:
        self._watch.note_published(message)
        connection.send(message)

    def _log_seldom(self, level: int, line: str) -> None:
        if self._problems.allows(line, self._clock()):
            log.log(level, "MQTT: %s", line)
