"""One connection to the page: what Waitress makes of it, in three things otherwise than it would."""

import json
import logging
import socket
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

_log = logging.getLogger(__name__)

DRAINED_BYTES = 64 * 2**20  # a body up to this size is read to its end before it is refused
SAID_SECONDS = 600.0  # how often a full house is worth a line in the log


class _Parser(HTTPRequestParser):
    """Reads a body that is too large to its end and drops it: a browser that is still sending when the connection
    closes shows a connection error instead of the answer."""

    _to_drop = 0

    def received(self, data: bytes) -> int:
        if self._to_drop:
            dropped = min(len(data), self._to_drop)
            self._to_drop -= dropped
            self.completed = not self._to_drop
            return dropped
        consumed = super().received(data)
        if self.completed and isinstance(self.error, RequestEntityTooLarge) and not self.chunked:
            self._to_drop = self.content_length if self.content_length <= DRAINED_BYTES else 0
            self.completed = not self._to_drop
        return consumed


class _ErrorTask(ErrorTask):
    """What Waitress itself refuses, in the words and the form of the rest of the API."""

    def execute(self) -> None:
        request: Any = self.request  # types-waitress says the error itself
        error = request.error
        assert isinstance(self.channel, Channel)
        line = self.channel.too_large if isinstance(error, RequestEntityTooLarge) else error.body
        body = json.dumps({"error": " ".join(line.split())}).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Crowd:
    """Keeps the door open: Waitress by itself lets nobody in while its places are taken, and a connection on which
    nothing or half a request has come keeps its place for a minute and more."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._said_at = -SAID_SECONDS

    def make_room(self, present: Iterable["Channel"]) -> None:
        """Runs in the server's own thread when somebody has come. With more than `limit` connections that wait for
        a request, one ends: of the client that holds most of them, the one that has waited longest."""
        waiting = [each for each in present if not each.requests and not each.total_outbufs_len]
        if len(waiting) <= self._limit:
            return
        client, held = Counter(each.client for each in waiting).most_common(1)[0]
        min((each for each in waiting if each.client == client), key=lambda each: each.waits_since).handle_close()
        if time.monotonic() - self._said_at >= SAID_SECONDS:
            self._said_at = time.monotonic()
            _log.warning("the page: %s holds %d connections that ask for nothing; the oldest are closed", client, held)


class Channel(HTTPChannel):
    """`too_large` and `crowd` are the server's to give."""

    parser_class = _Parser
    error_task_class = _ErrorTask
    too_large = ""
    crowd: Crowd

    def __init__(
        self, server: BaseWSGIServer, sock: socket.socket, addr: Any, adj: Adjustments, map: Any = None
    ) -> None:
        super().__init__(server, sock, addr, adj, map)
        self.client = str(addr[0])
        self.waits_since = time.monotonic()  # `last_activity` moves with every byte of a request that never ends
        present: Any = server.active_channels  # descriptor to channel; types-waitress has it otherwise
        self.crowd.make_room(list(present.values()))

    def service(self) -> None:
        super().service()
        self.waits_since = time.monotonic()
