"""How long the pipeline may wait for its next frame."""

from edge.config import PaceConfig
from edge.mood.expression import ROUNDING

#: When looks have agreed for this long, STEADY_FPS are enough: a change is then seen after a quarter of a second, and
#: from that look on the pace is fast.
STEADY_SECONDS = 0.5
STEADY_FPS = 4.0
#: A hot SoC runs at this share of the pace until it is COOLER_CELSIUS below `hot_celsius` again.
HOT_SHARE = 0.5
COOLER_CELSIUS = 5.0
#: The CPU budget lengthens the intervals by at most this.
LARGEST_STRETCH = 8.0


class Pace:
    """From `idle_fps` to `max_fps`: slow for an empty room and a steady face, fast while an expression may change."""

    def __init__(self, config: PaceConfig) -> None:
        self._config = config
        self._hot = False
        self._throttled = False
        self._stretch = 1.0

    def configure(self, config: PaceConfig) -> None:
        """Sets the options."""
        self._config = config

    def set_load(self, cpu_percent: float, celsius: float | None, throttled: bool | None) -> None:
        """Takes the device's load every few seconds: this process's share of a core in percent, the SoC's temperature.
        Each time the intervals change by the square root of the ratio of load to budget."""
        excess = (max(cpu_percent, 0.1) / self._config.cpu_percent) ** 0.5
        self._stretch = min(max(self._stretch * excess, 1.0), LARGEST_STRETCH)
        if celsius is not None:
            limit = self._config.hot_celsius - (COOLER_CELSIUS if self._hot else 0.0)
            self._hot = celsius >= limit
        self._throttled = bool(throttled)

    def next_interval(self, anybody: bool, pending: bool, settled_seconds: float) -> float:
        """Seconds until the next frame is worth looking at: from 1/max_fps to 1/idle_fps.

        `anybody`: a face is in view, confirmed or not. `pending`: a face is being confirmed, or the expression may be
        changing. `settled_seconds`: how long the looks have agreed with the expression.
        """
        config = self._config
        slowest, fastest = 1.0 / config.idle_fps, 1.0 / max(config.max_fps, config.idle_fps)
        if not anybody:
            return slowest
        interval = fastest
        if not pending and settled_seconds >= STEADY_SECONDS - ROUNDING:
            interval = max(fastest, 1.0 / STEADY_FPS)
        if self._hot or self._throttled:
            interval /= HOT_SHARE
        return min(interval * self._stretch, slowest)
