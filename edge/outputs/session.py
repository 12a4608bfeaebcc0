"""What is said and heard on one connection after another; used by the network thread only.

The order on every connection: listen, announce the device, send the retained picture of the moment and then `online`.
"""

import contextlib
import logging
import socket
import threading
from collections.abc import Callable

from edge import __version__
from edge.config import DeviceConfig, MqttConfig
from edge.outputs import messages
from edge.outputs.connection import Connection, Received
from edge.outputs.discovery import announcements, discovery_filters, is_leftover
from edge.outputs.failure import BrokerError
from edge.outputs.heard import Heard, understand
from edge.outputs.messages import Message, Topics
from edge.outputs.outbox import Outbox
from edge.outputs.quiet import Quiet
from edge.outputs.rival import Rival
from edge.outputs.traces import Traces
from edge.outputs.watch import Watch

log = logging.getLogger(__name__)

#: After Home Assistant's birth every device answers at a random moment within this time, not all at once.
BIRTH_SECONDS = 5.0
#: How long the broker may take to confirm the subscriptions before we go on.
ANSWER_SECONDS = 2.0
#: How long another device of our id may take to say that it is here.
RIVAL_SECONDS = 2.0
#: How long the goodbye may take: on a LAN it takes a few milliseconds, and a broker that is frozen takes for ever.
GOODBYE_SECONDS = 1.0
#: After two packets in a row that were far too long, nothing is listened to for this long: they may be kept there.
DEAF_SECONDS = 600.0


class Session:
    """`run` for each connection. `closing` ends it, `wake` is readable where the outbox has news; `say` logs a line,
    the same one seldom; what the other arguments are for stands at `Mqtt`."""

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
        say: Callable[[int, str], None],
        random: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._config, self._device, self._outbox = config, device, outbox
        self._topics = Topics.of(config, device)
        self._on_camera, self._on_tidy = on_camera, on_tidy
        self._instance, self._traces, self._tidy = instance, traces, False
        self._closing, self._wake = closing, wake
        self._say, self._random, self._clock = say, random, clock
        self._commands = Quiet(lines=5, seconds=60)
        self._answers = Quiet(lines=5, seconds=60)
        self._stumbled = Quiet(lines=1, seconds=600)
        self._watch = Watch()
        self._rival = Rival(instance, self._topics)
        self._kept_warning = ""
        self.unconfirmed = 0  # messages that the broker has not confirmed

    def problem(self, now: float) -> str:
        """A line for the owner where the device.id, or what is said under it, is somebody else's too; else empty."""
        if self._rival.spoken_of(now):
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
        """From the welcome until `closing` is set; raises BrokerError where the connection ends before. `deaf`: listens
        to nothing for a while."""
        deaf_until = self._clock() + DEAF_SECONDS if deaf else None
        if deaf_until is None:
            self._subscribe(connection)
        else:
            self._say(logging.WARNING, "MQTT: something far too long is kept where commands are listened for; "
                      f"none are obeyed for {DEAF_SECONDS / 60:.0f} minutes")  # fmt: skip
        self._listen(connection)
        if self._rival.left_online:
            self._ask_for_rival(connection)
        self._greet(connection)
        self._tidied()
        greet_at: float | None = None
        longest_step = min(5.0, self._config.keepalive_seconds / 4)
        while not self._closing.is_set():
            now = self._clock()
            if deaf_until is not None and now >= deaf_until:
                deaf_until = None
                self._subscribe(connection)
            if greet_at is not None and now >= greet_at:
                greet_at = None
                self._greet(connection)
            self._send_outbox(connection)
            self._put_right(connection, now)
            wait = min(longest_step, self._watch.next_in(now))
            connection.step(max(0.0, wait if greet_at is None else min(wait, greet_at - now)), self._wake)
            with contextlib.suppress(BlockingIOError):
                while self._wake.recv(4096):
                    pass
            if self._listen(connection) and greet_at is None:
                greet_at = self._clock() + self._random() * BIRTH_SECONDS
        self._outbox.part()
        with contextlib.suppress(BrokerError):  # then the broker tells by itself: that is what the will is for
            self._send_outbox(connection)
            connection.flush(GOODBYE_SECONDS)

    def _subscribe(self, connection: Connection) -> None:
        if self._traces is not None:
            connection.subscribe(*self._traces.filters, qos=0, needed=False)
        connection.subscribe(*discovery_filters(self._config, self._device), qos=0, needed=False)
        # What we say ourselves, for somebody else may say it too.
        connection.subscribe(f"{self._topics.base}/+", self._topics.camera_state, qos=0, needed=False)
        connection.subscribe(self._topics.camera_set)
        if self._config.discovery != "off":
            connection.subscribe(*self._topics.births)
        # Brokers confirm in order: after this, what was kept under the first subscriptions has come.
        connection.flush(ANSWER_SECONDS)

    def _listen(self, connection: Connection) -> bool:
        """Deals with everything that has come; True where Home Assistant was born and wants to know about us."""
        born = False
        while (message := connection.received()) is not None:
            try:
                born = self._hear(connection, message) or born
            except BrokerError:
                raise
            except Exception:  # whoever may write to the broker may write anything; that must not silence us
                if self._stumbled.allows("message", self._clock()):
                    log.exception("MQTT: a message could not be understood (please report it)")
        for line in connection.refusals():
            self._say(logging.WARNING, f"MQTT: {line}")
        return born

    def _hear(self, connection: Connection, message: Received) -> bool:
        topic, payload, retained, _ = message
        if topic is None:
            return False
        now = self._clock()
        leftover = is_leftover(self._config, self._device, topic, payload)
        if leftover or (self._traces is not None and self._traces.holds(message, self._instance)):
            connection.send(Message(topic, "", retain=True))
            return False
        if topic.startswith(f"{self._topics.base}/"):
            todo = self._rival.heard(message, now)
            if todo == "we yield":
                connection.send(messages.availability(self._topics, online=True))  # so that the other one knows of us
                connection.flush(RIVAL_SECONDS)
                raise BrokerError("taken over", self.problem(now))
            if todo == "answer" and self._answers.allows("rival", now):
                self._say(logging.WARNING, f"MQTT: {self.problem(now)}")
                self._publish(connection, messages.availability(self._topics, online=True))
        self._watch.saw(topic, payload, now)
        heard = understand(self._topics, topic, payload, retained)
        self._obey(heard)
        return heard.born

    def _ask_for_rival(self, connection: Connection) -> None:
        """Another device of our id was `online` when we came. Says so as well: if it lives, it answers."""
        connection.send(messages.availability(self._topics, online=True))
        until = self._clock() + RIVAL_SECONDS
        while not self._closing.is_set() and (remaining := until - self._clock()) > 0:
            connection.step(remaining)
            self._listen(connection)

    def _put_right(self, connection: Connection, now: float) -> None:
        for message in self._watch.wrong(now):
            self._say(logging.WARNING, f"MQTT: somebody else wrote to {message.topic}; put right. Who may write there "
                      "is for the broker's access list to say")  # fmt: skip
            self._publish(connection, message)

    def _tidied(self) -> None:
        if not self._tidy:
            self._tidy, self._traces = True, None
            self._on_tidy()

    def _greet(self, connection: Connection) -> None:
        """Everything a newcomer needs to know, in the order in which it can be made sense of."""
        for message in announcements(self._config, self._device, __version__):
            self._publish(connection, message)
        self._outbox.greet()

    def _send_outbox(self, connection: Connection) -> None:
        for message in self._outbox.take():
            self._publish(connection, message)
        self.unconfirmed = connection.unconfirmed

    def _publish(self, connection: Connection, message: Message) -> None:
        self._watch.said(message)
        connection.send(message)

    def _obey(self, heard: Heard) -> None:
        told = heard.again and heard.warning == self._kept_warning
        if heard.warning and not told and self._commands.allows("command", self._clock()):
            log.warning("MQTT: %s", heard.warning)
            if heard.again:
                self._kept_warning = heard.warning
        if heard.camera is None:
            return
        if self._commands.allows("asked", self._clock()):
            log.info("MQTT: the camera is asked to be %s", messages.ON if heard.camera else messages.OFF)
        try:
            self._on_camera(heard.camera)
        except Exception:  # the callback is somebody else's; the connection must not suffer
            log.exception("the camera could not be switched (please report it)")
