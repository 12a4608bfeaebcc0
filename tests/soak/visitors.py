"""People who open the page, follow it for a while, ask for all of the history, and leave."""

import contextlib
import http.client
import random
import threading


class Visitors:
    """`count` of them at a time, each a thread that comes again and again until `close`."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._gone = threading.Event()
        self._visits = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._come, args=(number,)) for number in range(count)]
        for thread in self._threads:
            thread.start()

    @property
    def visits(self) -> int:
        return self._visits

    def close(self) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join(30)

    def _come(self, number: int) -> None:
        chance = random.Random(number)
        while not self._gone.is_set():
            kind = chance.randrange(4)
            with contextlib.suppress(OSError, http.client.HTTPException):
                if kind == 0:
                    self._follow(chance.uniform(0.5, 4.0))
                elif kind == 1:
                    self._read("/api/history?hours=720")
                elif kind == 2:
                    self._read("/api/history.csv?hours=720", 4096)  # and leaves in the middle
                else:
                    self._read("/")
                with self._lock:
                    self._visits += 1
            self._gone.wait(chance.uniform(0.3, 1.5))

    def _read(self, path: str, most: int | None = None) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            if most is None:
                while answer.read(65536):
                    continue
            else:
                answer.read(most)

    def _follow(self, seconds: float) -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            connection.request("GET", "/api/events")
            answer = connection.getresponse()
            answer.readline()
            self._gone.wait(seconds)
