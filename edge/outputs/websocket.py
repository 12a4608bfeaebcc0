"""MQTT over WebSocket (MQTT 5.0, section 6; RFC 6455) by paho, with the limits that paho has not."""

import socket
import time
from typing import Any

from paho.mqtt import client as paho

#: Browsers and servers take headers of 8 to 16 KiB.
_MOST_HEADER_BYTES = 16384
#: What was received of a frame is kept until its end, and a frame may claim to be endless.
MOST_FRAME_BYTES = 2 << 20


class _Greeting:
    """The socket while the server answers the handshake, which paho reads byte by byte for as long as it comes."""

    def __init__(self, sock: socket.socket, patience: float) -> None:
        self._sock, self._left = sock, _MOST_HEADER_BYTES
        self._deadline = time.monotonic() + patience

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def recv(self, size: int) -> bytes:
        remaining = self._deadline - time.monotonic()
        if self._left <= 0 or remaining <= 0:
            raise paho.WebsocketConnectionError("the answer does not end")
        self._left -= size
        self._sock.settimeout(remaining)
        return self._sock.recv(size)


def open_websocket(sock: socket.socket, host: str, port: int, path: str, tls: bool, patience: float) -> Any:
    """What paho takes for a socket, after a handshake of at most `patience` seconds on `sock`. Raises
    paho.WebsocketConnectionError where another than an MQTT broker answers; then `sock` is closed."""
    try:
        opened = paho._WebsocketWrapper(_Greeting(sock, patience), host, port, tls, path, None)  # type: ignore[arg-type]
    except (ValueError, LookupError, TimeoutError) as error:  # a header that is none, or no answer
        sock.close()
        raise paho.WebsocketConnectionError(str(error)) from error
    except BaseException:
        sock.close()
        raise
    opened._socket = sock
    return opened


def frame_bytes(opened: Any) -> int:
    """How many bytes of the present frame are kept; 0 for a socket without frames."""
    return len(opened._readbuffer) if isinstance(opened, paho._WebsocketWrapper) else 0
