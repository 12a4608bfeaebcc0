"""What is sent and received on one connection after another; used by the network thread only.

The order on every connection: subscribe, announce the device, send the retained status and then `online`.
"""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable

from edge import __version__
from edge.config import DeviceConfig, MqttConfig
from edge.outputs import messages
from edge.outputs.connection import BrokerError, Connection, Received
from edge.outputs.discovery import announcements, discovery_filters, is_leftover
from edge.outputs.messages import Message, Topics, parse_request
from edge.outputs.outbox import Outbox
from edge.outputs.quiet import Quiet
from edge.outputs.rivals import Rival, Watch
from edge.outputs.traces import Traces

log = logging.getLogger(__name__)

#: After Home Assistant's birth every device answers at a random moment within this time, not all at once.
BIRTH_SECONDS = 5.0
#: How long the broker may take to confirm the subscriptions before we go on.
ANSWER_SECONDS = 2.0
#: How long another device of our id may take to answer.
RIVAL_SECONDS = 2.0
#: How long the last messages may take: on a LAN a few milliseconds, and a broker that is frozen takes none.
GOODBYE_SECONDS = 1.0
#: After two packets in a row that were far too long, nothing is subscribed to for this long: the broker may keep them.
DEAF_SECONDS = 600.0


class Session:
    """`run` for each connection. `closing` ends it, `wake` is readable where the outbox has news; `log_seldom` logs a
    line, the same one seldom; what the other arguments are for stands at `Mqtt`."""

    def __init__(
        self,
        config: MqttConfig,
        device: DeviceConfig,
        outbox: Outbox,
        on_camera: Callable[[bool], None],
        instance: str,
        traces: Traces | None,
        on_tidy: Callable[[], None],
        closing: threading.Event,
        wake: socket.socket,
        log_seldom: Callable[[int, str], None],
        random: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._config, self._device, self._outbox = config, device, outbox
        self._topics = Topics(config, device)
        self._on_camera, self._on_tidy = on_camera, on_tidy
        self._instance, self._traces, self._tidy = instance, traces, False
        self._closing, self._wake = closing, wake
        self._log_seldom, self._random, self._clock = log_seldom, random, clock
        self._brake = Quiet(5, 60)
        self._watch = Watch()
        self._rival = Rival(instance, self._topics)
        self.unconfirmed = 0  # messages that the broker has not confirmed

    def problem(self, now: float) -> str:
        """A line for the owner where the device.id, or what is said under it, is somebody else's too; else empty."""
        if self._rival.seen_lately(now):
            return f"another device on this broker has the device.id {self._device.id!r} too: give each its own"
        if self._watch.contested(now):
            return (f"somebody else publishes under {self._topics.base} again and again: is there another device with "
                    "the device.id, or has anybody else the right to?")  # fmt: skip
        return ""

    def end(self) -> None:
        """The connection is over."""
        self._outbox.close()
        self._watch.clear()
        self.unconfirmed = 0

    def run(self, connection: Connection, deaf: bool) -> None:
        """From the welcome until `closing` is set; raises BrokerError where the connection ends before. `deaf`: nothing
        is subscribed to for a while."""
        subscribe_at = self._clock() + DEAF_SECONDS if deaf else None
        if deaf:
            self._log_seldom(logging.WARNING, "MQTT: something far too long is kept where commands are listened for; "
                             f"none are obeyed for {DEAF_SECONDS / 60:.0f} minutes")  # fmt: skip
        else:
            self._subscribe(connection)
        self._receive_all(connection)
        if self._rival.left_online:
            self._ask_for_rival(connection)
        self._announce(connection)
        if not self._tidy:
            self._tidy, self._traces = True, None
            self._on_tidy()
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
            self._restore(connection, now)
            wait = min(longest_step, self._watch.next_in(now))
            connection.step(max(0.0, wait if announce_at is None else min(wait, announce_at - now)), self._wake)
            with contextlib.suppress(BlockingIOError):
                while self._wake.recv(4096):
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
        # Our own topics too, for somebody else may write there.
        connection.subscribe(f"{self._topics.base}/+", self._topics.camera_state, qos=0, needed=False)
        connection.subscribe(self._topics.camera_set)
        if self._config.discovery != "off":
            connection.subscribe(*self._topics.births)
        # Brokers confirm in order: after this, what was kept under the first subscriptions has come.
        connection.flush(ANSWER_SECONDS)

    def _receive_all(self, connection: Connection) -> bool:
        """Deals with everything that has come; True where Home Assistant has started and wants to know about us."""
        wanted = False
        while (message := connection.received()) is not None:
            try:
                wanted = self._receive(connection, message) or wanted
            except BrokerError:
                raise
            except Exception:  # anybody may write to the broker; that must not end MQTT
                if self._brake.allows("failure", self._clock()):
                    log.exception("MQTT: a message could not be understood (please report it)")
        for line in connection.refusals():
            self._log_seldom(logging.WARNING, f"MQTT: {line}")
        return wanted

    def _receive(self, connection: Connection, message: Received) -> bool:
        topic, payload, retained, _ = message
        if topic is None:
            return False
        now = self._clock()
        leftover = is_leftover(self._config, self._device, topic, payload)
        if leftover or (self._traces is not None and self._traces.holds(message, self._instance)):
            connection.send(Message(topic, "", retain=True))
            return False
        if topic.startswith(f"{self._topics.base}/"):
            answer = self._rival.received(message, now)
            if answer == "yield":
                connection.send(messages.availability(self._topics, online=True))  # so that the other one knows of us
                connection.flush(RIVAL_SECONDS)
                raise BrokerError("taken over", self.problem(now))
            if answer == "answer" and self._brake.allows("rival", now):
                self._log_seldom(logging.WARNING, f"MQTT: {self.problem(now)}")
                self._publish(connection, messages.availability(self._topics, online=True))
        self._watch.received(topic, payload, now)
        request = parse_request(self._topics, topic, payload, retained)
        if request.warning and self._brake.allows("warning", now):
            self._log_seldom(logging.WARNING, f"MQTT: {request.warning}")
        if request.camera is not None:
            self._switch(request.camera, now)
        return request.announce

    def _switch(self, on: bool, now: float) -> None:
        if self._brake.allows("switch", now):
            log.info("MQTT: the camera is asked to be %s", messages.ON if on else messages.OFF)
        try:
            self._on_camera(on)
        except Exception:  # a failure in the callback must not end the connection
            log.exception("the camera could not be switched (please report it)")

    def _ask_for_rival(self, connection: Connection) -> None:
        """Another device of our id was `online` when we came. Publishes the same: if it runs, it answers."""
        connection.send(messages.availability(self._topics, online=True))
        until = self._clock() + RIVAL_SECONDS
        while not self._closing.is_set() and (remaining := until - self._clock()) > 0:
            connection.step(remaining)
            self._receive_all(connection)

    def _restore(self, connection: Connection, now: float) -> None:
        for message in self._watch.to_restore(now):
            self._log_seldom(logging.WARNING, f"MQTT: somebody else wrote to {message.topic}; put right. Who may write "
                             "there is for the broker's access list to say")  # fmt: skip
            self._publish(connection, message)

    def _announce(self, connection: Connection) -> None:
        for message in announcements(self._config, self._device, __version__):
            self._publish(connection, message)
        self._outbox.open()

    def _send_outbox(self, connection: Connection) -> None:
        for message in self._outbox.take():
            self._publish(connection, message)
        self.unconfirmed = connection.unconfirmed

    def _publish(self, connection: Connection, message: Message) -> None:
        self._watch.published(message)
        connection.send(message)
