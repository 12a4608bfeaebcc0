"""The resting face: the page asks for it, the main loop learns it, the state keeps it."""

import logging
from collections.abc import Callable

from edge.daemon.state import State
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.mood.expression import ExpressionFilter

log = logging.getLogger(__name__)

KEEP_SECONDS = 3600.0  # between two writes of what was learned; more would wear the flash card

NOT_TAKEN = "neutral face: not taken, for the camera was switched; ask for it again while the camera is on"


class RestingFace:
    """The `Calibration` of the web room, over the expression filter's baseline.

    `looking` tells whether the camera is on.
    """

    def __init__(self, expressions: ExpressionFilter, state: State, looking: Callable[[], bool]) -> None:
        self._expressions, self._state, self._looking = expressions, state, looking
        self._asked: Latest[str] = Latest()
        self._seen = 0
        self._kept_at: float | None = None
        kept = state.get("baseline")
        if kept is not None:
            try:
                expressions.baseline.restore(kept)
            except ValueError as error:
                log.warning("%s: the resting face is not usable (%s); learning it anew", state.path, error)

    @property
    def state(self) -> str:
        """For people: none, collecting, set, or why it failed. A request that waits counts as done."""
        asked = self._asked.wait(after=self._seen, timeout=0)
        if asked is not None:
            return "none" if asked[1] == "reset" else "collecting: keep a calm face and look at the camera"
        now = self._expressions.calibration
        if now.state == "collecting":
            return f"collecting: {now.message}"
        if now.state == "failed":
            return f"failed: {now.message}"
        return "none" if self._expressions.baseline.calibrated is None else "set"

    def start(self) -> None:
        """From any thread: takes the face in view during the next seconds as neutral. Raises EdgeError while the camera
        is off."""
        if not self._looking():
            raise EdgeError("the camera is off: switch it on first")
        self._asked.put("start")

    def reset(self) -> None:
        """From any thread: deletes the calibration and what was learned."""
        self._asked.put("reset")

    def apply(self, now: float) -> None:
        """From the main thread, once a turn of the loop: does what was asked for."""
        got = self._asked.wait(after=self._seen, timeout=0)
        if got is None:
            return
        self._seen, asked_for = got
        if asked_for == "start" and not self._looking():
            log.warning(NOT_TAKEN)
        elif asked_for == "start":
            self._expressions.calibrate(now)
        else:
            self._expressions.forget_resting_face()
            log.info("neutral face: forgotten")
            self.keep()

    def end_calibration(self) -> None:
        """From the main thread, before the filter forgets what it saw: warns that a calibration ends."""
        if self._expressions.calibration.state == "collecting":
            log.warning(NOT_TAKEN)

    def keep_learned(self, now: float) -> None:
        """From the main thread, after every reading: logs the filter's note and writes down what it learned."""
        note = self._expressions.note
        if note:
            log.info("%s", note)
        if note or self._kept_at is None or now - self._kept_at >= KEEP_SECONDS:
            self._kept_at = now
            self.keep()

    def keep(self) -> None:
        """Writes down what is known now."""
        self._state.keep("baseline", self._expressions.baseline.to_dict())
