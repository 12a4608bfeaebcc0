"""One connection to the page: what Waitress makes of it, and where that is not enough."""

import json
import logging
import socket
import time
from collections import Counter
from collections.abc import Collection
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

_log = logging.getLogger(__name__)

DRAINED_BYTES = 64 * 2**20  # a body up to this size is read to its end before it is refused
SAID_SECONDS = 600.0  # how often a full house is worth a line in the log


class _Parser(HTTPRequestParser):
    """Reads a body that is too large to its end and drops it: a browser that is still sending when the connection
    closes shows a connection error instead of the answer. Who waits for a `100 Continue` before it sends (curl does)
    is answered at once; Waitress by itself would tell it to go on, and for ever wait for more."""

    path = ""  # where it cannot be read, Waitress still wants to name it
    _to_drop = 0

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # Waitress does not expect it: an address with half a bracket, a length of a page
            raise ParsingError("the address or the length of the request cannot be read") from error

    def received(self, data: bytes) -> int:
        if self._to_drop:
            dropped = min(len(data), self._to_drop)
            self._to_drop -= dropped
            self.completed = not self._to_drop
            return dropped
        consumed = super().received(data)
        if not self.completed:
            return consumed
        waits, self.expect_continue = self.expect_continue, False
        if isinstance(self.error, RequestEntityTooLarge) and not self.chunked and not waits:
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
    """Keeps the door open and the memory small: Waitress by itself lets nobody in while its places are taken, keeps a
    connection on which half a request has come for a minute and more, and holds what has come of each in memory.

    Runs in the server's own thread. Of the client that holds most, the connection that has waited longest ends.
    """

    def __init__(self, waiting: int, sent_bytes: int) -> None:
        """At most `waiting` connections without a whole request, and `sent_bytes` of bodies, at the same time."""
        self._waiting = waiting
        self._sent_bytes = sent_bytes
        self._said_at = -SAID_SECONDS

    def somebody_came(self, present: Collection["Channel"]) -> None:
        waiting = [each for each in present if not each.requests and not each.total_outbufs_len]
        if len(waiting) > self._waiting:
            self._end_one(waiting, Counter(each.client for each in waiting), "connections that ask for nothing")

    def something_came(self, present: Collection["Channel"]) -> None:
        held = Counter[str]()
        for each in present:
            held[each.client] += each.sent_bytes
        if held.total() > self._sent_bytes:
            self._end_one([each for each in present if each.request], held, "bytes of what it has not sent to its end")

    def _end_one(self, candidates: Collection["Channel"], held: Counter[str], what: str) -> None:
        if not candidates:
            return
        last = min(candidates, key=lambda each: (-held[each.client], each.waits_since))
        last.will_close = True
        if time.monotonic() - self._said_at >= SAID_SECONDS:
            self._said_at = time.monotonic()
            _log.warning("the page: %s holds %d %s; its oldest are closed", last.client, held[last.client], what)


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
        self.crowd.somebody_came(self._staying())

    @property
    def sent_bytes(self) -> int:
        """Of the bodies that wait here in memory, whole or not."""
        return sum(request.body_bytes_received for request in (*self.requests, self.request) if request)

    def received(self, data: bytes) -> bool:
        kept = super().received(data)
        if self.request and self.request.body_bytes_received:
            self.crowd.something_came(self._staying())
        return kept

    def _staying(self) -> list["Channel"]:
        channels: Any = self.server.active_channels  # descriptor to channel; types-waitress has it otherwise
        return [each for each in channels.values() if not each.will_close]

    def service(self) -> None:
        super().service()
        self.waits_since = time.monotonic()
