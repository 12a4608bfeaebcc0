"""The process in which pictures from outside are decoded: it forks for each picture, and limits the fork.

It has one thread and reads no picture itself, so every fork starts clean, and a picture can harm its own fork only. A
fork has two open files, memory up to a limit and a few seconds of CPU time. It can get no new descriptor, so it opens
no file, makes no connection and starts no program.
"""

import ctypes
import os
import resource
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.errors import PictureError

CPU_SECONDS = 5
#: What a fork may take beside the process's memory and the picture's bytes: a progressive JPEG of 16 megapixels takes
#: 110 MiB (`tests/picture`).
MEMORY_BYTES = 144 * 2**20
#: The process ends after this long without a picture, should its parent not end it.
IDLE_SECONDS = 120.0
NICE = 10  # the main loop goes first
READ, REFUSED = b"+", b"-"  # an answer's first byte
LENGTH = struct.Struct("<Q")
STATUS = struct.Struct("<i")
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _SIGKILL = 1, 4, 9  # <linux/prctl.h>


def serve(control: socket.socket, work: Callable[[bytes], bytes]) -> None:
    """Serves pictures until `control` (SOCK_SEQPACKET) ends, or IDLE_SECONDS. Each message on it brings a socket: a
    fork reads a picture there and writes the result of `work`, or the line of the PictureError that `work` raises. The
    fork's status follows on `control`."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # no core file holds a picture, and no other process reads this memory
    with suppress(OSError):
        os.nice(NICE)
    with suppress(OSError):  # where memory runs out, this process ends and not the daemon
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
                _answer_one(socket.socket(fileno=asked), work)
            except BaseException:  # the fork must never return into this loop
                os._exit(1)
            os._exit(0)
        os.close(asked)
        control.send(STATUS.pack(os.waitpid(fork, 0)[1]))


def _answer_one(asked: socket.socket, work: Callable[[bytes], bytes]) -> None:
    (length,) = LENGTH.unpack(_receive_exactly(asked, LENGTH.size))
    data = _receive_exactly(asked, length)
    _limit_fork(length)
    try:
        answer = READ + work(data)
    except PictureError as error:
        answer = REFUSED + str(error).encode()
    except MemoryError:
        answer = REFUSED + b"the picture takes more memory than there is for it: make it smaller"
    asked.sendall(answer)


def _limit_fork(length: int) -> None:
    """Allows no more than a picture of `length` bytes needs."""
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


def _receive_exactly(source: socket.socket, length: int) -> bytes:
    data = bytearray(length)
    view, at = memoryview(data), 0
    while at < length:
        read = source.recv_into(view[at:])
        if not read:
            raise EOFError
        at += read
    return bytes(data)
