"""The inside of the process in which pictures from outside are decoded: it forks for each picture, and limits the fork.

It has one thread and reads no picture itself, so every fork begins clean; what a picture does to its decoder ends with
the fork. A fork may use what it has (two open files, its memory up to a limit, seconds of the CPU) and get no more: no
file can be opened, no connection made, no program started, for none of those works without a new descriptor.
"""

import ctypes
import os
import resource
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.picture.errors import PictureError

CPU_SECONDS = 5
#: Beyond what the process has before the picture comes, and the picture's own bytes: a progressive JPEG of 16
#: megapixels takes 110 (`tests/picture`).
MEMORY_BYTES = 144 * 2**20
#: Processes that are not asked for end by themselves, should the one that started them not end them.
IDLE_SECONDS = 120.0
NICE = 10  # the main loop goes first
READ, REFUSED = b"+", b"-"  # what an answer begins with
LENGTH = struct.Struct("<Q")
STATUS = struct.Struct("<i")
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _SIGKILL = 1, 4, 9  # <linux/prctl.h>


def serve(control: socket.socket, work: Callable[[bytes], bytes]) -> None:
    """Answers until nobody asks. Each message on `control` (SOCK_SEQPACKET) brings a socket on which a fork reads a
    picture, and writes what `work` makes of it, or the line of the PictureError it raises; the fork's status follows
    on `control`."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core file holds a picture, and no other process reads it here
    with suppress(OSError):
        os.nice(NICE)
    with suppress(OSError):  # where memory runs out, this process goes and not the daemon
        Path("/proc/self/oom_score_adj").write_text("1000")
    control.settimeout(IDLE_SECONDS)
    control.send(READ)
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except TimeoutError:
            return
        if not message:
            return
        (asked,) = descriptors
        fork = os.fork()
        if fork == 0:
            try:
                prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
                control.close()
                _answer(socket.socket(fileno=asked), work)
            except BaseException:  # whatever it is, the fork must not go on as the one that forks
                os._exit(1)
            os._exit(0)
        os.close(asked)
        control.send(STATUS.pack(os.waitpid(fork, 0)[1]))


def _answer(asked: socket.socket, work: Callable[[bytes], bytes]) -> None:
    (length,) = LENGTH.unpack(_received(asked, LENGTH.size))
    data = _received(asked, length)
    _limit(length)
    try:
        answer = READ + work(data)
    except PictureError as error:
        answer = REFUSED + str(error).encode()
    except MemoryError:
        answer = REFUSED + b"the picture takes more memory than there is for it: make it smaller"
    asked.sendall(answer)


def _limit(length: int) -> None:
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, has + length + MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _received(source: socket.socket, length: int) -> bytes:
    data = bytearray(length)
    view, at = memoryview(data), 0
    while at < length:
        read = source.recv_into(view[at:])
        if not read:
            raise EOFError
        at += read
    return bytes(data)
