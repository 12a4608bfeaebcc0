"""What others ask of the device over MQTT, done: the switch, the buttons, settings, a correction, and the topic that
holds the camera."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from edge.errors import EdgeError
from edge.outputs import messages
from edge.outputs.messages import Message, Topics, parse_request
from edge.outputs.quiet import Quiet

log = logging.getLogger(__name__)

#: For so long a correction is told, so that whoever shows what was chosen sees it come and go.
ECHO_SECONDS = 1.0


class Requests:
    """Used by the network thread alone. `on_camera` is called with what `camera/set` asks for, `on_pause` with whether
    `pause_topic` says ON, `on_settings` with what `settings/set` holds, `on_correction` with what `correction/set`
    says, and that of `buttons` which `command/set` names; all but the first two may raise EdgeError. Nothing here
    raises: a failure in a callback must not end the connection."""

    def __init__(
        self,
        topics: Topics,
        pause_topic: str | None,
        on_camera: Callable[[bool], None],
        on_pause: Callable[[bool], None],
        on_settings: Callable[[Mapping[str, Any]], None],
        on_correction: Callable[[str], None],
        buttons: Mapping[str, Callable[[], None]],
    ) -> None:
        self._topics, self._pause_topic = topics, pause_topic
        self._on_camera, self._on_pause, self._buttons = on_camera, on_pause, buttons
        self._on_settings, self._on_correction = on_settings, on_correction
        self._brake = Quiet(lines=5, seconds=60)
        self._answers = deque[tuple[float, Message]]()

    def handle_pause_topic(self, topic: str, payload: bytes) -> bool:
        """Whether it was the topic that holds the camera; a state, so that one the broker had kept is as good."""
        if topic != self._pause_topic:
            return False
        self._on_pause(payload.strip().upper() == messages.ON.encode())
        return True

    def handle(self, topic: str, payload: bytes, retained: bool, now: float) -> tuple[bool, str]:
        """Whether Home Assistant has started and wants to know about us, and a warning about what was refused."""
        request = parse_request(self._topics, topic, payload, retained)
        if request.camera is not None:
            if self._brake.allows("switch", now):
                log.info("MQTT: the camera is asked to be %s", messages.ON if request.camera else messages.OFF)
            try:
                self._on_camera(request.camera)
            except Exception:  # a mistake of ours must not end the connection
                log.exception("the camera could not be switched (please report it)")
        if request.command:
            self._do(request.command, lambda: self._press(request.command), now)
        if request.settings:
            asked = request.settings
            self._do("another setting", lambda: self._on_settings(asked), now)
        if request.right and self._do("a correction", lambda: self._on_correction(request.right), now):
            self._answers.append((now, messages.correction(self._topics, request.right)))
            self._answers.append((now + ECHO_SECONDS, messages.correction(self._topics)))
        told = request.warning and self._brake.allows("warning", now)
        return request.announce, request.warning if told else ""

    def take_answers(self, now: float) -> list[Message]:
        """What is to be published by now."""
        due = [message for at, message in self._answers if at <= now]
        self._answers = deque(answer for answer in self._answers if answer[0] > now)
        return due

    def next_in(self, now: float) -> float:
        """Seconds until `take_answers` may have something."""
        return min((at - now for at, _ in self._answers), default=float("inf"))

    def _press(self, button: str) -> None:
        self._buttons[button]()

    def _do(self, what: str, do: Callable[[], None], now: float) -> bool:
        """At most five times a minute each: what is asked for more often is nobody's wish. False then."""
        if not self._brake.allows(what, now):
            return False
        log.info("MQTT: asked for %s", what)
        try:
            do()
        except EdgeError as error:
            log.warning("MQTT: %s is refused: %s", what, error)
        except Exception:  # a mistake of ours must not end the connection
            log.exception("%s could not be done (please report it)", what)
        return True
