"""How long the pipeline may wait for its next frame."""

from dataclasses import dataclass

from edge.config import PaceConfig
from edge.mood.expression import ROUNDING

#: A face whose mood has held this long needs no more than STEADY_FPS: a change is then seen after a quarter of a
#: second, and from that look on the pace is the fast one.
STEADY_SECONDS = 0.5
STEADY_FPS = 4.0
#: A hot SoC runs at this share of the pace until it is COOLER_CELSIUS below `hot_celsius` again.
HOT_SHARE = 0.5
COOLER_CELSIUS = 5.0
#: The CPU budget lengthens the intervals by at most this.
LARGEST_STRETCH = 8.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides the pace. `anybody`: a face is in view, confirmed or not. `pending`: one is being confirmed, a
    first mood is being found, or another mood is gaining. `settled_seconds`: how long looks have agreed with it.
    """

    anybody: bool
    pending: bool
    settled_seconds: float


class Pace:
    """Between `idle_fps` and `max_fps`: slow for an empty room and a steady face, fast while a mood may be changing."""

    def __init__(self, config: PaceConfig) -> None:
        self._config = config
        self._hot = False
        self._throttled = False
        self._stretch = 1.0

    def configure(self, config: PaceConfig) -> None:
        """Goes by `config` from now on."""
        self._config = config

    def load(self, cpu_percent: float, celsius: float | None, throttled: bool | None) -> None:
        """How the device is doing, every few seconds: this process's share of a core, the SoC's heat.

        Over the budget the intervals grow by half of the excess at a time (in proportion), and shrink likewise.
        """
        excess = (max(cpu_percent, 0.1) / self._config.cpu_percent) ** 0.5
        self._stretch = min(max(self._stretch * excess, 1.0), LARGEST_STRETCH)
        if celsius is not None:
            limit = self._config.hot_celsius - (COOLER_CELSIUS if self._hot else 0.0)
            self._hot = celsius >= limit
        self._throttled = bool(throttled)

    def next_interval(self, scene: Scene) -> float:
        """Seconds until the next frame is worth looking at: from 1/max_fps to 1/idle_fps."""
        config = self._config
        slowest, fastest = 1.0 / config.idle_fps, 1.0 / max(config.max_fps, config.idle_fps)
        if not scene.anybody:
            return slowest
        interval = fastest
        if not scene.pending and scene.settled_seconds >= STEADY_SECONDS - ROUNDING:
            interval = max(fastest, 1.0 / STEADY_FPS)
        if self._hot or self._throttled:
            interval /= HOT_SHARE
        return min(interval * self._stretch, slowest)
