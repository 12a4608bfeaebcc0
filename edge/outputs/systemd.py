"""Telling systemd how it goes (sd_notify), without its library: one datagram a message. See sd_notify(3)."""

import contextlib
import os
import socket
from collections.abc import Mapping


class Notifier:
    """Sends READY, WATCHDOG, STATUS and STOPPING to the socket of `Type=notify`; does nothing where there is none.

    `watchdog_seconds` is how long systemd waits for a sign of life (None: it does not), to be fed twice as often.
    Nothing here raises or blocks: a daemon must not die of its own reports.
    """

    def __init__(self, address: str | None = None, watchdog_seconds: float | None = None) -> None:
        self.watchdog_seconds = watchdog_seconds
        self._socket: socket.socket | None = None
        if address and address[0] in "/@":
            # A leading @ stands for the zero byte of an abstract address.
            self._address = "\0" + address[1:] if address[0] == "@" else address
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], pid: int | None = None) -> "Notifier":
        """From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID (the watchdog may be meant for another process).

        `pid` is this process's where it is not given.
        """
        own = str(os.getpid() if pid is None else pid)
        watchdog: float | None = None
        if environment.get("WATCHDOG_PID", own) == own:
            with contextlib.suppress(ValueError):
                watchdog = int(environment.get("WATCHDOG_USEC", "")) / 1e6 or None
        return cls(environment.get("NOTIFY_SOCKET"), watchdog)

    def ready(self, status: str = "") -> None:
        self._send("READY=1", status)

    def watchdog(self, status: str = "") -> None:
        """A sign of life; to be given only after progress, never from a timer."""
        self._send("WATCHDOG=1", status)

    def status(self, status: str) -> None:
        """One line for `systemctl status`."""
        self._send("", status)

    def stopping(self) -> None:
        self._send("STOPPING=1", "")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, assignment: str, status: str) -> None:
        if self._socket is None:
            return
        lines = [assignment] if assignment else []
        if status:
            lines.append("STATUS=" + " ".join(status.split()))
        with contextlib.suppress(OSError):  # systemd is busy or gone: it has its own watchdog for the case
            self._socket.sendto("\n".join(lines).encode(), self._address)
