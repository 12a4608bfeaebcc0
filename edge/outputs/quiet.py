"""Limits how often the same line is logged."""

from collections import deque


class Quiet:
    """Allows `lines` lines of one key within `seconds`. Remembers the latest 50 keys; reads no clock."""

    def __init__(self, lines: int, seconds: float) -> None:
        self._lines = lines
        self._seconds = seconds
        self._times: dict[str, deque[float]] = {}

    def allows(self, key: str, now: float) -> bool:
        """Whether a line of `key` may be logged at `now`; True counts as logged."""
        times = self._times.pop(key, None) or deque(maxlen=self._lines)
        self._times[key] = times
        while len(self._times) > 50:
            del self._times[next(iter(self._times))]
        if len(times) == self._lines and now - times[0] < self._seconds:
            return False
        times.append(now)
        return True

    def forget(self) -> None:
        """Everything may be logged again."""
        self._times.clear()
