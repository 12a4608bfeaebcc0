"""The web room as the daemon uses it: its server, the key of its sessions, the room on its disk."""

import logging
import secrets
import shutil
import socket
from pathlib import Path

from edge.daemon.private import write_private
from edge.web.address import address
from edge.web.app import create_app
from edge.web.server import Server, threads_for
from edge.web.site import Site

log = logging.getLogger(__name__)

KEY_BYTES = 32


def start_server(site: Site, listening: socket.socket) -> Server:
    """Serves the page at `listening`."""
    web = site.config.web
    server = Server(create_app(site), listening, threads_for(web.max_viewers))
    server.start()
    log.info("the page is at %s", address(web.host, server.port))
    return server


def free_bytes(file: Path) -> int | None:
    """Bytes that can still be written on the disk of `file`; None where the system does not say."""
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return None


def session_key(file: Path) -> bytes:
    """The key that signs sessions, kept in `file`, which only this user may read. A new one where it cannot be read."""
    try:
        kept = file.read_bytes()
        if len(kept) == KEY_BYTES and not file.stat().st_mode & 0o077:
            return kept
    except FileNotFoundError:
        pass
    except OSError as error:
        log.warning("%s cannot be read (%s): who is logged in is logged out", file, error.strerror)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        write_private(file, key)
    except OSError as error:
        log.warning("%s cannot be written (%s): a restart logs everybody out", file, error.strerror)
    return key
