"""Clients of the real server."""

import http.client
import json
import socket
import time
from collections.abc import Callable
from contextlib import closing

VIEWERS = 2  # how many may follow live


class Viewer:
    """A client of an event stream, reading one event at a time."""

    def __init__(self, port: int, path: str = "/api/events") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self._connection.request("GET", path)
        self.answer = self._connection.getresponse()

    def part(self, within: float | None = None) -> dict[str, str]:
        """The fields up to the next empty line; a comment has the name of nothing. Raises TimeoutError where none come
        `within` so many seconds."""
        if within is not None and self._connection.sock:
            self._connection.sock.settimeout(within)
        fields = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        return fields

    def event(self) -> dict[str, object]:
        while "data" not in (fields := self.part()):
            assert fields, "the stream has ended"
        assert fields["event"] == "status"
        return dict(json.loads(fields["data"]))

    def ended(self) -> bool:
        try:
            return self.answer.read() is not None
        except (http.client.HTTPException, OSError):
            return True

    def leave(self) -> None:
        self.answer.close()
        self._connection.close()


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()


def until(what: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def http_answer(wire: socket.socket) -> tuple[bytes, bytes, bytes]:
    data = b""
    while part := wire.recv(65536):
        data += part
    return data.partition(b"\r\n\r\n")
