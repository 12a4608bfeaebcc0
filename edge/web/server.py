"""Waitress, a threaded WSGI server, set up for a small device with pages that stay open for days."""

import json
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Collection
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from edge.web.site import ANSWERS, PHOTOS

_log = logging.getLogger(__name__)

PENDING_BYTES = 256 * 1024  # unsent bytes at which a stream waits for its viewer
NEVER_ON_DISK_BYTES = 2**30
DRAINED_BYTES = 64 * 2**20  # a refused body up to this size is read to its end
MAX_HEADER_BYTES = 16 * 1024
IDLE_SECONDS = 60
MAX_CONNECTIONS = 150
WAITING_CONNECTIONS = 100  # of them, at most so many without a complete request
BODIES = 4  # the most bodies of the largest size in memory
LOOP_SECONDS = 0.25  # the longest delay of an answer that does not wake the loop
ENDING_SECONDS = 0.5  # for idle threads to end
SPARE_THREADS = 4  # for short requests


def threads_for(viewers: int) -> int:
    """One for each viewer, photo and long answer, and some for short requests."""
    return viewers + PHOTOS + ANSWERS + SPARE_THREADS


class _Parser(HTTPRequestParser):
    """Reads a too large body to its end and drops it, because a browser shows no answer before it has sent everything.

    A client that waits for `100 Continue` (curl) gets the refusal at once; Waitress would tell it to go on.
    """

    path = ""  # Waitress logs it, also for an unreadable request
    _to_drop = 0

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # not expected by Waitress: half a bracket in the address, a very long length
            raise ParsingError("the address or the length of the request cannot be read") from error

    def received(self, data: bytes) -> int:
        if self._to_drop:
            dropped = min(len(data), self._to_drop)
            self._to_drop -= dropped
            self.completed = not self._to_drop
            return dropped
        consumed = super().received(data)
        if self.completed:
            waits, self.expect_continue = self.expect_continue, False
            too_large = isinstance(self.error, RequestEntityTooLarge) and not self.chunked
            if too_large and not waits and self.content_length <= DRAINED_BYTES:
                self._to_drop = self.content_length
                self.completed = False
        return consumed


class _ErrorTask(ErrorTask):
    """Waitress's own refusals, in the form of the API's."""

    def execute(self) -> None:
        request: Any = self.request  # types-waitress is wrong here
        server: Any = self.channel.server
        error = request.error
        line = server.too_large if isinstance(error, RequestEntityTooLarge) else error.body
        body = json.dumps({"error": " ".join(line.split())}).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _ErrorTask


def make_room(channels: Collection[HTTPChannel], most_bytes: int) -> None:
    """Closes one connection where too many have no complete request, or where the received bodies take more than
    `most_bytes`: the oldest of the client that holds most. Otherwise Waitress would accept no new connections."""
    if len(channels) > WAITING_CONNECTIONS:
        waiting = [each for each in channels if not (each.requests or each.total_outbufs_len or each.will_close)]
        if len(waiting) > WAITING_CONNECTIONS:
            _close_one(waiting, Counter(each.addr[0] for each in waiting))
    sending = [each for each in channels if (each.request or each.requests) and not each.will_close]
    held = Counter[str]()
    for each in sending:
        held[each.addr[0]] += sum(sent.body_bytes_received for sent in (*each.requests, each.request) if sent)
    if held.total() > most_bytes:
        _close_one([each for each in sending if each.request], held)


def _close_one(candidates: Collection[HTTPChannel], held: Counter[str]) -> None:
    if candidates:
        min(candidates, key=lambda each: (-held[each.addr[0]], each.creation_time)).will_close = True


class Server:
    """Serves `app` from its own threads at `listening` (of `address.bind`), which it closes; `port` is its port.

    Each viewer of a live stream holds a thread, so `threads` must be more than `web.max_viewers`. Close the status
    mailbox before the server, so that streams end at once.
    """

    def __init__(self, app: Flask, listening: socket.socket, threads: int) -> None:
        self._app = app
        self._count = threads
        self._socket = listening
        self.port: int = listening.getsockname()[1]
        self._map: Any = {}  # descriptor to dispatcher; types-waitress is wrong here, and for `trigger`
        self._waitress: Any = None
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()

    def start(self) -> None:
        before = set(threading.enumerate())
        server = create_server(
            self._app,
            map=self._map,
            sockets=[self._socket],
            threads=self._count,
            ident=None,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            channel_request_lookahead=1,  # notices a closed connection during a stream
            clear_untrusted_proxy_headers=False,  # proxy.py decides whose are read
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=self._app.config["MAX_CONTENT_LENGTH"],
            # Neither a photo nor a picture for a slow viewer may touch the disk.
            inbuf_overflow=NEVER_ON_DISK_BYTES,
            outbuf_overflow=NEVER_ON_DISK_BYTES,
            outbuf_high_watermark=PENDING_BYTES,
            log_socket_errors=False,  # viewers come and go
        )
        assert isinstance(server, BaseWSGIServer)  # one socket makes one server
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that waits for a thread
        server.channel_class = _Channel
        self._waitress = server
        self._waitress.too_large = self._app.config["TOO_LARGE"]
        workers = [each for each in set(threading.enumerate()) - before if each.name.startswith("waitress-")]
        loop = threading.Thread(target=self._serve, args=(server.active_channels,), name="web", daemon=True)
        loop.start()
        self._threads = [loop, *workers]

    def _serve(self, channels: dict[int, HTTPChannel]) -> None:
        most_bytes = BODIES * self._app.config["MAX_CONTENT_LENGTH"]
        try:
            while not self._ended.is_set():
                wasyncore.loop(LOOP_SECONDS, use_poll=True, map=self._map, count=1)
                make_room(channels.values(), most_bytes)
        except Exception:  # the thread must not end silently
            _log.exception("the page has stopped: restart the daemon, and please report this")

    @property
    def alive(self) -> bool:
        """Whether all of its threads run."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def close(self, timeout: float = 2.0) -> None:
        """Stops listening, drops every connection and waits up to `timeout` seconds for the threads."""
        server, self._waitress = self._waitress, None
        if server is None:
            self._socket.close()
            return
        server.trigger.pull_trigger(self._drop_connections)
        server.task_dispatcher.shutdown(timeout=timeout)
        self._ended.set()
        server.trigger.pull_trigger()
        deadline = time.monotonic() + ENDING_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        # Only when no thread is left, which could write to a descriptor that now belongs to something else.
        if not any(thread.is_alive() for thread in self._threads):
            wasyncore.close_all(self._map, ignore_all=True)

    def _drop_connections(self) -> None:
        """Runs in the server's thread: stops listening and closes every connection."""
        for each in list(self._map.values()):
            if isinstance(each, HTTPChannel):
                each.handle_close()
            elif isinstance(each, BaseWSGIServer):
                wasyncore.dispatcher.close(each)
