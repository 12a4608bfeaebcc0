"""Quiet hours: the times of day at which the camera goes off by itself."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from edge.config import Config
from edge.daemon.switch import Switch

#: From and to, as minutes of the day.
Hours = Sequence[tuple[int, int]]


def quiet_until(hours: Hours, now: float) -> float | None:
    """The end of the quiet hours at `now`, both in wall-clock seconds, in this device's time zone; None outside quiet
    hours. Where two overlap, the later end."""
    here = datetime.fromtimestamp(now)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = []
    for begin, end in hours:
        for day in (-1, 0):  # they may have begun yesterday
            first = midnight + timedelta(days=day)
            start, stop = first + timedelta(minutes=begin), first + timedelta(minutes=end, days=int(end <= begin))
            if start <= here < stop:
                ends.append(stop.timestamp())
    return max(ends, default=None)


class QuietHours:
    """Used by the main thread. Pauses the camera from the start of quiet hours to their end. A camera that somebody
    switches on meanwhile stays on until they next begin; one that is off for good stays off."""

    def __init__(self, config: Config, switch: Switch, wall: Callable[[], float] = time.time) -> None:
        self._hours, self._switch, self._wall = config.camera.quiet_hours, switch, wall
        self._until: float | None = None

    def configure(self, config: Config) -> None:
        """Uses the hours of `config` from now on."""
        self._hours = config.camera.quiet_hours

    def apply(self) -> None:
        """Once a turn of the loop."""
        if not self._hours:
            self._until = None  # the same hours, set again later, count as begun
            return
        now = self._wall()
        until = quiet_until(self._hours, now)
        began = until is not None and until != self._until
        self._until = until
        ends = self._switch.until
        if began and until is not None and (self._switch.wanted or (ends is not None and ends < until)):
            self._switch.ask(False, until - now)
