"""The messages to publish next: the main thread adds them, the network thread takes them."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from edge.outputs import messages
from edge.outputs.figures import Steady
from edge.outputs.messages import Message, Topics
from edge.outputs.quiet import Quiet
from edge.records import MoodChange
from edge.status import Health, Status

log = logging.getLogger(__name__)

#: Confidence and scores alone are sent at most this often; a change of anything else at once.
REFRESH_SECONDS = 10.0
#: When more wait, the oldest are dropped; one change makes eight messages.
WAITING_MESSAGES = 200


class Outbox:
    """Open while there is a connection. While closed it keeps only the newest status and heartbeat, for `open`. Any
    thread may call anything; nothing raises or waits for the network.

    A heartbeat is kept for `health_seconds`; `clock` is monotonic.
    """

    def __init__(
        self,
        topics: Topics,
        thresholds: Mapping[str, float],
        health_seconds: float,
        clock: Callable[[], float],
        settings: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self._topics = topics
        self._thresholds, self._settings = dict(thresholds), dict(settings)
        self._health_seconds = health_seconds
        self._clock = clock
        self._quiet = Quiet(lines=1, seconds=600)
        self._lock = threading.Lock()
        self._waiting: deque[Message] = deque(maxlen=WAITING_MESSAGES)
        self._is_open = False
        self._kept: dict[str, str] = {}  # retained topics and their payloads, on this connection
        self._status: Status | None = None
        self._sent: Status | None = None
        self._sent_at = 0.0
        self._steady = Steady()
        self._health: tuple[Health, float] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, status: Status, change: MoodChange | None, at: float) -> bool:
        """The present status, and a mood change at `at` (seconds since 1970). True where something is to be sent."""
        with self._lock:
            self._status = status
            self._steady.look(status.expression, self._clock())
            if not self._is_open or (change is None and not self._is_due(status)):
                return False
            # The state first, so that an automation that acts on the event reads the new state.
            self._queue(lambda: self._present(status))
            if change is not None:
                self._queue(lambda: (messages.event(self._topics, change, at),))
            return True

    def configure(self, thresholds: Mapping[str, float], settings: Mapping[str, float]) -> bool:
        """Changes the thresholds, sent with the next status, and the settings, sent at once. True where they
        changed."""
        with self._lock:
            self._thresholds, self._settings = dict(thresholds), dict(settings)
            before = len(self._waiting)
            if self._is_open and self._status is not None:
                self._queue(lambda: self._news(self._settings_messages()))
            return len(self._waiting) > before

    def put_health(self, health: Health) -> bool:
        """The heartbeat. True where it will be sent."""
        with self._lock:
            self._health = health, self._clock()
            if self._is_open:
                self._queue(lambda: (messages.health(self._topics, health),))
            return self._is_open

    def open(self) -> None:
        """Queues what a new connection needs: the status, `online`, and the last heartbeat if it is fresh. Before the
        first status, `online` waits for it."""
        with self._lock:
            self._is_open = True
            self._kept.clear()
            status, health = self._status, self._health
            if status is not None:
                self._queue(lambda: self._present(status))
            if health is not None and self._clock() - health[1] < self._health_seconds:
                self._queue(lambda: (messages.health(self._topics, health[0]),))

    def put_offline(self) -> None:
        """Queues `offline` after everything else."""
        with self._lock:
            self._waiting.append(messages.availability(self._topics, online=False))

    def close(self) -> None:
        """Drops what waits: events are not sent later."""
        with self._lock:
            self._is_open = False
            self._waiting.clear()

    def take(self) -> list[Message]:
        """Everything that waits, in order."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
        return taken

    # Everything below is called with the lock held.

    def _is_due(self, status: Status) -> bool:
        if self._sent is None or not self._kept or not messages.same_scene(self._sent, status):
            return True
        return self._clock() - self._sent_at >= REFRESH_SECONDS and status != self._sent

    def _present(self, status: Status) -> list[Message]:
        """Only what differs from the broker's retained messages: simple clients take a repeated mood for a change."""
        online = messages.availability(self._topics, online=True)
        figures = self._steady.of(status, self._clock())
        still = (*self._settings_messages(), messages.correction(self._topics))
        present = (*messages.present(self._topics, status, self._thresholds, figures), *still, online)
        self._sent, self._sent_at = status, self._clock()
        return self._news(present)

    def _settings_messages(self) -> tuple[Message, ...]:
        return (messages.settings(self._topics, self._settings),) if self._settings else ()

    def _news(self, retained: Iterable[Message]) -> list[Message]:
        """Those that differ from the broker's retained messages."""
        news = [message for message in retained if self._kept.get(message.topic) != message.payload]
        self._kept.update((message.topic, message.payload) for message in news)
        return news

    def _queue(self, build: Callable[[], Iterable[Message]]) -> None:
        try:
            self._waiting.extend(build())
        except Exception:  # one message must not end the connection
            if self._quiet.allows("build", self._clock()):
                log.exception("this could not be sent on MQTT (please report it)")
