"""Waitress, a WSGI server of threads, set up for a small device on which pages stay open for days."""

import errno
import logging
import socket
import threading
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from edge.errors import EdgeError
from edge.web.channel import Channel, Crowd

_log = logging.getLogger(__name__)

VANISHED_MS = 20_000  # a viewer that acknowledges nothing for this long is gone (a phone that left the Wi-Fi)
PENDING_BYTES = 256 * 1024  # a slow viewer of the stream waits when this much is on its way
NEVER_ON_DISK_BYTES = 2**30
MAX_HEADER_BYTES = 16 * 1024
IDLE_SECONDS = 60
MAX_CONNECTIONS = 150  # that many only while requests are being answered: see `Crowd`
WAITING_CONNECTIONS = 100
BODIES = 4  # of the largest size, so much is held in memory at most
LOOP_SECONDS = 1.0


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to `host`:`port` (`::` takes IPv4 too). EdgeError: one line with the key that mends it."""
    where = f"{host}:{port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError) as error:
        raise EdgeError(f"web.host: {host!r} is not an address of this device ({error}); 0.0.0.0 means all") from error
    try:
        listening = socket.create_server(address[:2], family=family, dualstack_ipv6=host == "::")
    except OSError as error:
        raise EdgeError(why_not(error, where)) from error
    # Every accepted connection inherits it: without it a vanished viewer keeps its thread for a quarter of an hour.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MS)
    return listening


def why_not(error: OSError, where: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"web.port: {where} is in use by another program; choose another web.port or stop that program"
    if error.errno == errno.EACCES:
        return f"web.port: {where} needs root, as all ports below 1024 do; choose a higher web.port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"web.host: {where} is not an address of this device; 0.0.0.0 means all"
    return f"web.host, web.port: cannot listen on {where}: {error.strerror or error}"


def probe(host: str, port: int) -> None:
    """Raises the EdgeError that `Server` would for this address; leaves nothing open."""
    bind(host, port).close()


class Server:
    """Serves `app` on `host`:`port` from its own threads; port 0 takes any free one, `port` says which.

    Each viewer of a live stream holds a thread, so `threads` must be more than `web.max_viewers`.
    The address is taken at once (EdgeError when it cannot be); `start` serves, `close` ends it. Close the mailbox
    that the streams follow before the server, then they end by themselves and at once.
    """

    def __init__(self, app: Flask, host: str, port: int, threads: int) -> None:
        self._app = app
        self._threads = threads
        self._socket = bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._map: Any = {}  # descriptor to dispatcher; types-waitress has it otherwise, and `trigger` too
        self._waitress: Any = None
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def start(self) -> None:
        server = create_server(
            self._app,
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
