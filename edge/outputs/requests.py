"""Does what others ask for over MQTT: the switch, the buttons, settings, a correction, and `pause_topic`."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from edge.errors import EdgeError
from edge.outputs import messages
from edge.outputs.messages import Message, Topics, parse_request
from edge.outputs.quiet import Quiet

log = logging.getLogger(__name__)

#: A correction stays in its topic for so long, so that a client that shows the choice sees both changes.
ECHO_SECONDS = 1.0


class Requests:
    """Used by the network thread alone. Calls `on_camera` with the value of `camera/set`, `on_pause` with whether
    `pause_topic` is ON, `on_settings` with `settings/set`, `on_correction` with `correction/set`, and the one of
    `buttons` that `command/set` names. All but the first two may raise EdgeError. No method raises: a failed callback
    must not end the connection."""

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
        """Whether `topic` is `pause_topic`. It is a state, so a retained message counts too."""
        if topic != self._pause_topic:
            return False
        self._on_pause(payload.strip().upper() == messages.ON.encode())
        return True

    def handle(self, topic: str, payload: bytes, retained: bool, now: float) -> tuple[bool, str]:
        """(whether Home Assistant has started and needs the announcement, a warning about a refused request)."""
        request = parse_request(self._topics, topic, payload, retained)
        if request.camera is not None:
            if self._brake.allows("switch", now):
                log.info("MQTT: the camera is asked to be %s", messages.ON if request.camera else messages.OFF)
            try:
                self._on_camera(request.camera)
            except Exception:  # a bug must not end the connection
                log.exception("the camera could not be switched (please report it)")
        if request.command:
            self._do(request.command, lambda: self._press(request.command), now)
        if request.settings:
            asked = request.settings
            self._do("another setting", lambda: self._on_settings(asked), now)
        if request.right and self._do("a correction", lambda: self._on_correction(request.right), now):
            self._answers.append((now, messages.correction(self._topics, request.right)))
            self._answers.append((now + ECHO_SECONDS, messages.correction(self._topics)))
        warns = request.warning and self._brake.allows("warning", now)
        return request.announce, request.warning if warns else ""

    def take_answers(self, now: float) -> list[Message]:
        """The messages to publish by now."""
        due = [message for at, message in self._answers if at <= now]
        self._answers = deque(answer for answer in self._answers if answer[0] > now)
        return due

    def next_in(self, now: float) -> float:
        """Seconds until `take_answers` gives something."""
        return min((at - now for at, _ in self._answers), default=float("inf"))

    def _press(self, button: str) -> None:
        self._buttons[button]()

    def _do(self, what: str, do: Callable[[], None], now: float) -> bool:
        """Calls `do`, at most five times a minute for each `what`; False where that is exceeded."""
        if not self._brake.allows(what, now):
            return False
        log.info("MQTT: asked for %s", what)
        try:
            do()
        except EdgeError as error:
            log.warning("MQTT: %s is refused: %s", what, error)
        except Exception:  # a bug must not end the connection
            log.exception("%s could not be done (please report it)", what)
        return True
