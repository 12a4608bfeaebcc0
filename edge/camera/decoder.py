"""The process `python -m edge.camera.decoder`, which `remote` starts for a network camera: what such a camera sends may
crash or hang this process or fill its memory, and no other."""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

import cv2

from edge.camera.stream import open_feed
from edge.errors import CameraError

#: The limit of anonymous memory. FFmpeg takes about a third of it for 1080p (H.264, H.265).
MEMORY_BYTES = 256 * 2**20
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4  # <sys/prctl.h>
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # <malloc.h>
_LARGE_BYTES = 256 * 1024  # a larger block goes back to the system as soon as it is freed


def main(requests: BinaryIO, answers: BinaryIO) -> None:
    """Reads one JSON line that says what to open, then a letter for each request: `r` reads a frame, `s` skips one.

    Each answer is a JSON line; a frame's pixels (BGR, row by row) follow its line. Ends at the end of `requests`.
    """
    limit_itself()
    cv2.setNumThreads(1)

    def answer(**fields: Any) -> None:
        answers.write(json.dumps(fields).encode() + b"\n")

    request = json.loads(requests.readline())
    try:
        feed = open_feed(request["url"], request["timeout_seconds"], loop=request["loop"])
        with contextlib.closing(feed):
            answer(live=feed.live, backlog=feed.backlog, still_seconds=feed.still_seconds, fps=feed.fps)
            answers.flush()
            while request := requests.read(1):
                if request == b"s":
                    answer(more=feed.skip())
                elif (frame := feed.read()) is None:
                    answer(more=False)
                else:
                    answer(more=True, t=frame.t, width=frame.width, height=frame.height)
                    answers.write(frame.bgr().data)
                frame = None  # frees its memory before the next one is decoded
                answers.flush()
    except CameraError as error:
        answer(error=str(error))
        answers.flush()


def limit_itself() -> None:
    """Has this process die with its parent, go first where memory is short, and leave no core file."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are for the daemon, which ends this process
    with contextlib.suppress(OSError):  # first: once the process is not dumpable, root owns its files in /proc
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, MEMORY_BYTES)):
        with contextlib.suppress(OSError, ValueError):  # a lower limit is already set
            resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_DUMPABLE, 0)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_ARENA_MAX, 1)


if __name__ == "__main__":
    # Foreign libraries print to stdout: it becomes stderr, and the answers get a descriptor of their own.
    private = os.dup(1)
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        main(sys.stdin.buffer, os.fdopen(private, "wb"))
