"""Limits of threads and requests for each visitor, so that none takes all."""

import ipaddress
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

#: The most addresses whose requests are counted; the ones longest without a request are dropped.
REMEMBERED = 1024


def client(address: str | None) -> str:
    """The client of an address: for IPv6 its /64 network, because one host there has 2^64 addresses."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(ip, ipaddress.IPv6Address) and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else str(ip)


class Place:
    """One of `Places`; `ended`: it was given to another client."""

    def __init__(self, client: str, leave: Callable[["Place"], None]) -> None:
        self.client = client
        self.ended = False
        self._leave = leave

    def leave(self) -> None:
        """Gives it back; may be called twice."""
        self._leave(self)


class Places:
    """At most `total` places at the same time, and `each` for one client. Called from any thread."""

    def __init__(self, total: int, each: int, what: str, *, yielding: bool = False) -> None:
        """`what` is part of a refusal. `yielding`: where all are taken, a client that has few gets one of the client
        that has most."""
        self.total, self._each, self._what, self._yielding = total, each, what, yielding
        self._lock = threading.Lock()
        self._taken: list[Place] = []

    @property
    def present(self) -> int:
        return len(self._taken)

    def enter(self, client: str) -> Place:
        """Raises 503 where no place is free, 429 where this client has its share."""
        place = Place(client, self._leave)
        with self._lock:
            has = Counter(each.client for each in self._taken)
            if len(self._taken) >= self.total:
                most, count = has.most_common(1)[0]
                if not self._yielding or count <= has[client] + 1:
                    raise ServiceUnavailable(f"{self.total} {self._what} already: try again in a moment", retry_after=5)
                last = next(each for each in reversed(self._taken) if each.client == most)
                last.ended = True
                self._taken.remove(last)
            elif has[client] >= self._each:
                line = f"{self._each} {self._what} from your address already: try again in a moment"
                raise TooManyRequests(line, retry_after=5)
            self._taken.append(place)
        return place

    def _leave(self, place: Place) -> None:
        with self._lock:
            if place in self._taken:
                self._taken.remove(place)


class Rates:
    """A budget for each client: `burst` at once, then one every `seconds`. Called from any thread."""

    def __init__(self, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._seconds, self._clock = burst, seconds, clock
        self._lock = threading.Lock()
        #: When the client's budget is whole again; the one that asked last stands last.
        self._whole_at = OrderedDict[str, float]()

    def wait(self, client: str) -> float:
        """Seconds until the client may ask again; 0: now."""
        with self._lock:
            over = self._whole_at.get(client, 0.0) - self._clock() - (self._burst - 1) * self._seconds
        return max(0.0, over)

    def spend(self, client: str) -> None:
        """Takes one from the client's budget."""
        with self._lock:
            now = self._clock()
            self._whole_at[client] = max(now, self._whole_at.pop(client, now)) + self._seconds
            if len(self._whole_at) > REMEMBERED:
                self._whole_at.popitem(last=False)

    def forgive(self, client: str) -> None:
        """Restores the whole budget."""
        with self._lock:
            self._whole_at.pop(client, None)
