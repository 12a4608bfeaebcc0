"""A broker of a few lines that speaks only MQTT 3.1.1, and turns MQTT 5 away in each of the ways seen in the field."""

import socket
import struct
import threading
from typing import BinaryIO, Literal, Self

Manner = Literal["v5 answer", "v3 answer", "hangs up", "garbage", "mute", "taken over"]
_TO_LEVEL_5 = {
    "v5 answer": b"\x20\x03\x00\x84\x00",
    "v3 answer": b"\x20\x02\x00\x01",
    "taken over": b"\x20\x03\x00\x00\x00",
}
CONNECT, PUBLISH, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 8, 12, 14


class Stubborn:
    """To a CONNECT of level 5 it answers in `manner`; at level 4 it accepts and confirms everything.

    `v5 answer`: CONNACK with reason 0x84; `v3 answer`: CONNACK with return code 1; `hangs up`: closes the socket;
    `garbage` and `mute`, at any level: an HTTP answer, and nothing. `taken over` accepts level 5, and sends
    DISCONNECT with reason 0x8E as soon as something is subscribed to.
    """

    def __init__(self, manner: Manner, kept_bytes: int = 0) -> None:
        """`kept_bytes`: the length of a retained packet that whoever subscribes to a command gets."""
        self._kept_bytes = kept_bytes
        self.levels: list[int] = []
        self.published: list[str] = []
        self._manner = manner
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(5)
        self._listening.close()
        self.drop_everybody()
        for thread in self._threads[1:]:
            thread.join(5)

    def drop_everybody(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has gone already

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                while (packet := _packet(stream)) is not None:
                    answer = self._answer(*packet)
                    if answer is None:
                        return
                    connection.sendall(answer)
        except OSError:
            pass  # dropped
        finally:
            self._open.remove(connection)

    def _answer(self, kind: int, flags: int, body: bytes) -> bytes | None:
        """What to send back; None hangs up."""
        if kind == CONNECT:
            self.levels.append(body[6])
            return self._welcome(body[6])
        if kind == PUBLISH:
            (length,) = struct.unpack_from("!H", body)
            self.published.append(body[2 : 2 + length].decode())
            return b"\x40\x02" + body[2 + length : 4 + length] if flags & 6 else b""
        if kind == SUBSCRIBE and self._manner == "taken over":
            return b"\xe0\x02\x8e\x00"
        if kind == SUBSCRIBE:
            kept = b""
            if self._kept_bytes and b"camera/set" in body:
                length, rest = self._kept_bytes, bytearray()
                while length:
                    length, low = divmod(length, 128)
                    rest.append(low | (128 if length else 0))
                kept = b"\x31" + bytes(rest) + bytes(self._kept_bytes)
            return b"\x90\x03" + body[:2] + b"\x01" + kept
        if kind == PINGREQ:
            return b"\xd0\x00"
        return None

    def _welcome(self, level: int) -> bytes | None:
        if self._manner == "garbage":
            return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + 1000 * b"<html>"
        if self._manner == "mute":
            return b""
        if level == 5:
            return _TO_LEVEL_5.get(self._manner)
        return b"\x20\x02\x00\x00"


def _packet(stream: BinaryIO) -> tuple[int, int, bytes] | None:
    read = stream.read
    first = read(1)
    if not first:
        return None
    length, shift = 0, 0
    while True:
        byte = read(1)
        if not byte:
            return None
        length |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    return first[0] >> 4, first[0] & 15, read(length)
