"""A process for pictures whose decoder was taken over: it does what the first word of the picture says."""

import ctypes
import os
import socket
import sys
import time
from pathlib import Path

from edge.picture.zygote import serve


def work(data: bytes) -> bytes:
    match data.split(b" ")[0]:
        case b"spin":
            while True:
                pass
        case b"sleep":
            time.sleep(60)
        case b"eat":
            return b"%d" % len(bytearray(400 * 2**20))
        case b"crash":
            ctypes.string_at(0)
        case b"exit":
            os._exit(0)
        case b"chatter":
            return bytes(10 * 2**20)
        case b"write":
            Path("/tmp/moodcast-was-here").write_text("a picture")
        case b"read":
            return Path("/etc/hostname").read_bytes()
        case b"connect":
            socket.create_connection(("127.0.0.1", int(data.split(b" ")[1])), 1)
        case b"spawn":
            os.execv("/bin/sh", ["sh", "-c", "echo spawned >&2"])
        case b"environment":
            return repr(sorted(os.environ)).encode()
    return data


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), work)
