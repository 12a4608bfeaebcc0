"""What is still known while no new frame comes. Pure: `now` in, a word out."""

from typing import Literal

#: After so long without a new frame the presence is unknown, and then the mood, whatever the camera's timeout.
PRESENCE_SECONDS, MOOD_SECONDS = 2.0, 5.0

Claim = Literal["all", "mood", "nothing"]


class Sight:
    """Knows when the last frame came. All times are monotonic."""

    def __init__(self, now: float) -> None:
        self._seen = now
        self._interval = 0.0

    def looked(self, now: float, next_in: float = 0.0) -> None:
        """A frame was looked at, or the camera was switched; the next is wanted in `next_in` seconds."""
        self._seen, self._interval = now, next_in

    def claim(self, now: float) -> Claim:
        """`all`; `mood`: it is still true, but whether somebody is in view is not known; `nothing`."""
        # Where a frame is wanted every three seconds only (pace.idle_fps), none is missed after two.
        blind = now - self._seen - self._interval
        if blind >= MOOD_SECONDS:
            return "nothing"
        return "mood" if blind >= PRESENCE_SECONDS else "all"
