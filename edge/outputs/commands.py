"""What others ask of the device over MQTT, done: the switch, the buttons, and the topic that holds the camera."""

import logging
from collections.abc import Callable, Mapping

from edge.errors import EdgeError
from edge.outputs import messages
from edge.outputs.messages import Topics, parse_request
from edge.outputs.quiet import Quiet

log = logging.getLogger(__name__)


class Commands:
    """Used by the network thread alone. `on_camera` is called with what `camera/set` asks for, `on_pause` with whether
    `pause_topic` says ON, and that of `buttons` which `command/set` names; it may raise EdgeError. Nothing here
    raises: a failure in a callback must not end the connection."""

    def __init__(
        self,
        topics: Topics,
        pause_topic: str | None,
        on_camera: Callable[[bool], None],
        on_pause: Callable[[bool], None],
        buttons: Mapping[str, Callable[[], None]],
    ) -> None:
        self._topics, self._pause_topic = topics, pause_topic
        self._on_camera, self._on_pause, self._buttons = on_camera, on_pause, buttons
        self._brake = Quiet(lines=5, seconds=60)

    def hold(self, topic: str, payload: bytes) -> bool:
        """Whether it was the topic that holds the camera; a state, so that one the broker had kept is as good."""
        if topic != self._pause_topic:
            return False
        self._on_pause(payload.strip().upper() == messages.ON.encode())
        return True

    def obey(self, topic: str, payload: bytes, retained: bool, now: float) -> tuple[bool, str]:
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
            self._press(request.command, now)
        told = request.warning and self._brake.allows("warning", now)
        return request.announce, request.warning if told else ""

    def _press(self, button: str, now: float) -> None:
        """At most five times a minute each: what is asked for more often is nobody's wish."""
        if not self._brake.allows(button, now):
            return
        log.info("MQTT: asked for %s", button)
        try:
            self._buttons[button]()
        except EdgeError as error:
            log.warning("MQTT: %s is refused: %s", button, error)
        except Exception:  # a mistake of ours must not end the connection
            log.exception("%s could not be done (please report it)", button)
