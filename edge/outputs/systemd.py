"""Notifications to systemd without its library, one datagram each: sd_notify(3)."""

import contextlib
import socket


class Notifier:
    """Sends READY, STATUS, WATCHDOG and STOPPING to the socket of `Type=notify`, where there is one. Nothing raises or
    blocks."""

    def __init__(self, address: str | None) -> None:
        """`address` is the environment's NOTIFY_SOCKET; None or empty where systemd did not start us."""
        self._line = ""
        self._socket: socket.socket | None = None
        if address and address[0] in "/@":
            # A leading @ stands for the zero byte of an abstract address.
            self._address = "\0" + address[1:] if address[0] == "@" else address
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    def ready(self) -> None:
        self._send("READY=1")

    def status(self, line: str) -> None:
        """The line in `systemctl status`; the same line is not sent twice."""
        if line != self._line:
            self._line = line
            self._send(f"STATUS={line}")

    def watchdog(self) -> None:
        """Call it only after progress, never from a timer."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, assignment: str) -> None:
        if self._socket is None:
            return
        with contextlib.suppress(OSError):  # systemd is busy or gone
            self._socket.sendto(assignment.encode(), self._address)
