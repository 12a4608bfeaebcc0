"""Waitress, a WSGI server of threads, set up for a small device on which pages stay open for days."""

import logging
import socket
import threading
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher

from edge.web.app import ANSWERS, PHOTOS
from edge.web.channel import Channel, Crowd

_log = logging.getLogger(__name__)

PENDING_BYTES = 256 * 1024  # a slow viewer of the stream waits when this much is on its way
NEVER_ON_DISK_BYTES = 2**30
MAX_HEADER_BYTES = 16 * 1024
IDLE_SECONDS = 60
MAX_CONNECTIONS = 150  # that many only while requests are being answered: see `Crowd`
WAITING_CONNECTIONS = 100
BODIES = 4  # of the largest size, so much is held in memory at most
LOOP_SECONDS = 0.25  # an answer that the loop was not woken for waits so long
SELDOM_SECONDS = 3600.0  # from one line that more was asked than there are threads to the next


#: Threads for requests that end soon, besides those that may be held for long.
SPARE_THREADS = 4


def threads_for(viewers: int) -> int:
    """As many as are held at most by who follows live, by photos and by long answers, and some for all the rest."""
    return viewers + PHOTOS + ANSWERS + SPARE_THREADS


class _Dispatcher(ThreadedTaskDispatcher):
    """Threads that go on whatever happens to them; Waitress's end where something goes wrong between two requests."""

    def handler_thread(self, thread_no: int) -> None:
        while True:
            try:
                super().handler_thread(thread_no)
            except BaseException:  # the border of this thread
                _log.exception("a thread of the page has failed and goes on; please report this")
            else:
                return


class _Seldom(logging.Filter):
    """Lets one record an hour through."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created - self._said_at < SELDOM_SECONDS:
            return False
        self._said_at = record.created
        return True


class Server:
    """Serves `app` from its own threads at `listening` (of `address.bind`), which it closes; `port` is its port.

    Each viewer of a live stream holds a thread, so `threads` must be more than `web.max_viewers`.
    `start` serves, `close` ends it. Close the mailbox that the streams follow before the server, then they end by
    themselves and at once.
    """

    def __init__(self, app: Flask, listening: socket.socket, threads: int) -> None:
        self._app = app
        self._threads = threads
        self._socket = listening
        self.port: int = listening.getsockname()[1]
        self._map: Any = {}  # descriptor to dispatcher; types-waitress has it otherwise, and `trigger` too
        self._waitress: Any = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        dispatcher = _Dispatcher()
        server = create_server(
            self._app,
            _dispatcher=dispatcher,
            map=self._map,
            sockets=[self._socket],
            threads=self._threads,
            ident=None,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            channel_request_lookahead=1,  # reading on while a stream runs is how a closed connection is noticed
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=self._app.config["MAX_CONTENT_LENGTH"],
            # A photo is not to touch the disk, nor is a picture for a slow viewer.
            inbuf_overflow=NEVER_ON_DISK_BYTES,
            outbuf_overflow=NEVER_ON_DISK_BYTES,
            outbuf_high_watermark=PENDING_BYTES,
            log_socket_errors=False,  # viewers come and go
        )
        assert isinstance(server, BaseWSGIServer)  # one socket makes one server
        dispatcher.set_thread_count(self._threads)
        queue_log = logging.getLogger("waitress.queue")
        if not any(isinstance(each, _Seldom) for each in queue_log.filters):
            queue_log.addFilter(_Seldom())
        largest = self._app.config["MAX_CONTENT_LENGTH"]
        shared = {"too_large": self._app.config["TOO_LARGE"], "crowd": Crowd(WAITING_CONNECTIONS, BODIES * largest)}
        server.channel_class = type("_Channel", (Channel,), shared)
        self._waitress = server
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        try:
            while self._map and not self._ended.is_set():
                wasyncore.loop(LOOP_SECONDS, use_poll=True, map=self._map, count=1)
        except Exception:  # the border of this thread: it must not die without a word
            _log.exception("the page has stopped: restart the daemon, and please report this")

    @property
    def alive(self) -> bool:
        """Whether somebody listens."""
        return self._thread is not None and self._thread.is_alive()

    def close(self, timeout: float = 2.0) -> None:
        """Stops listening, drops every connection and waits up to `timeout` seconds for the threads."""
        server, thread = self._waitress, self._thread
        self._waitress = self._thread = None
        if server is None or thread is None:
            self._socket.close()
            return
        # The trigger is closed last and from here: whoever pulls it writes to its file number, whosever that is by
        # then. Where a thread does not end in time it stays; the threads are daemons and end with the process.
        server.trigger.pull_trigger(self._drop_connections)
        server.task_dispatcher.shutdown(timeout=timeout)
        self._ended.set()
        server.trigger.pull_trigger()
        thread.join(timeout)
        if not server.task_dispatcher.threads and not thread.is_alive():
            wasyncore.close_all(self._map, ignore_all=True)

    def _drop_connections(self) -> None:
        """Runs in the server's own thread: no more requests come in, and the running ones learn that nobody listens."""
        for each in list(self._map.values()):
            if isinstance(each, HTTPChannel):
                each.handle_close()
            elif isinstance(each, BaseWSGIServer):
                wasyncore.dispatcher.close(each)
