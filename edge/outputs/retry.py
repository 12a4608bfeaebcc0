"""When to connect again, and in which protocol. Pure: told what happened, it answers with seconds."""

from collections.abc import Callable

from edge.outputs.broker_error import V5, V311, Kind, Protocol

#: A connection that held for so long was a good one: the next failure is news, and retried soon.
GOOD_SECONDS = 30.0
#: The shortest wait; the longest to a host that refuses the connection, which costs next to nothing; the longest to
#: one that says nothing, or to a broker that does not want us.
RETRY_SECONDS = (1.0, 3.0, 6.0)
#: To a broker that accepts us and breaks soon, each time.
BREAKS_SECONDS = 60.0
#: Two devices of one id would otherwise take the session from each other all the time. Doubles, up to the second.
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
        self._failures = 0  # attempts in a row that were not accepted
        self._breaks = 0  # connections in a row that were, and broke soon
        self._taken_over = 0  # in a row
        self._v5_refused = False

    def falls_back(self, kind: Kind | None) -> bool:
        """Whether an attempt that ended so is followed at once by one in the other version: no news yet."""
        return self._failures == 0 and kind in ("version", "silent")

    def after(self, kind: Kind | None, lasted: float | None, host_answers: bool = False) -> float:
        """Seconds to wait. `kind` says how it ended (None: a mistake of ours), `lasted` for how many seconds the
        broker had accepted us (None: not at all), `host_answers` that its machine refused the connection."""
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
