"""When to connect again, and in which protocol. Pure."""

from collections.abc import Callable

from edge.outputs.broker_error import V5, V311, Kind, Protocol

#: After a connection that held for so long, a failure is logged again and retried soon.
GOOD_SECONDS = 30.0
#: The shortest wait; the longest for a host that refuses the connection; the longest for one that does not answer, or
#: a broker that refuses us.
RETRY_SECONDS = (1.0, 3.0, 6.0)
#: The longest wait for a broker that accepts us and soon breaks the connection, each time.
BREAKS_SECONDS = 60.0
#: The wait after another device took the session; doubles up to the second. Shorter, two would take it in turns.
TAKEN_OVER_SECONDS, TAKEN_OVER_LONGEST_SECONDS = 30.0, 600.0


class Retry:
    """MQTT 5 first; 3.1.1 where the broker refuses 5, or hangs up on it, or does not answer.

    Waits double from the shortest to the longest of RETRY_SECONDS, each between half and one and a half times that
    (`random` gives 0 to 1), so that many devices do not connect at the same moment.
    """

    def __init__(self, shortest: float, longest: float, longest_silent: float, random: Callable[[], float]) -> None:
        self.protocol: Protocol = V5
        self._shortest, self._longest, self._longest_silent = shortest, longest, longest_silent
        self._random = random
        self._failures = 0  # attempts in a row that the broker did not accept
        self._breaks = 0  # accepted connections in a row that soon broke
        self._taken_over = 0  # in a row
        self._v5_refused = False

    def falls_back(self, kind: Kind | None) -> bool:
        """Whether an attempt that ended with `kind` is followed at once by one in the other version."""
        return self._failures == 0 and kind in ("version", "silent")

    def after(self, kind: Kind | None, lasted: float | None, host_answers: bool = False) -> float:
        """Seconds to wait. `kind` says how it ended (None: a bug), `lasted` for how many seconds the broker had
        accepted us (None: not at all), `host_answers` that its host refused the connection."""
        at_once = self.falls_back(kind)
        if lasted is not None:
            self._failures = 0
            self._breaks = self._breaks + 1 if lasted < GOOD_SECONDS else 0
            if not self._v5_refused:
                self.protocol = V5
        else:
            self._failures += 1
            if kind in ("version", "silent"):
                self._v5_refused = kind == "version" and self.protocol == V5
                self.protocol = V311 if self.protocol == V5 else V5
                if at_once:
                    return 0.0
        if kind == "taken over":
            self._taken_over = self._taken_over + 1 if lasted is None or lasted < TAKEN_OVER_LONGEST_SECONDS else 1
            wait = min(TAKEN_OVER_LONGEST_SECONDS, TAKEN_OVER_SECONDS * 2.0**self._taken_over)
            return wait * (0.5 + self._random() / 2)
        longest, times = (self._longest if host_answers else self._longest_silent), self._failures
        if lasted is not None:
            longest, times = BREAKS_SECONDS, self._breaks
        return min(longest, self._shortest * 2.0 ** min(max(times - 1, 0), 20)) * (0.5 + self._random())
