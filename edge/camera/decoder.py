"""The decoder's process: `python -m edge.camera.decoder`, started by `remote`, which says what it asks and answers.

What a camera on the network sends may crash, hang or fill the memory of its decoder: this process, and no other.
"""

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

#: Of anonymous memory: what FFmpeg takes for 1080p (H.264, H.265) is about a third.
MEMORY_BYTES = 256 * 2**20
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4  # <sys/prctl.h>
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # <malloc.h>
_LARGE_BYTES = 256 * 1024  # a block of more goes back to the system as soon as it is free


def main(asked: BinaryIO, answers: BinaryIO) -> None:
    """Reads one JSON line that says what to open, then a letter for each wish: `r` a frame, `s` to go one frame on.

    Each answer is a JSON line; a frame's pixels (BGR, row by row) follow its line. It ends when nobody asks any more.
    """
    limit_itself()
    cv2.setNumThreads(1)

    def answer(**fields: Any) -> None:
        answers.write(json.dumps(fields).encode() + b"\n")

    wanted = json.loads(asked.readline())
    try:
        feed = open_feed(wanted["url"], wanted["timeout_seconds"], loop=wanted["loop"])
        with contextlib.closing(feed):
            answer(live=feed.live, backlog=feed.backlog, still_seconds=feed.still_seconds, fps=feed.fps)
            answers.flush()
            while wish := asked.read(1):
                if wish == b"s":
                    answer(more=feed.skip())
                elif (frame := feed.read()) is None:
                    answer(more=False)
                else:
                    answer(more=True, t=frame.t, width=frame.width, height=frame.height)
                    answers.write(frame.bgr().data)
                frame = None  # before the next one takes as much memory
                answers.flush()
    except CameraError as error:
        answer(error=str(error))
        answers.flush()


def limit_itself() -> None:
    """It dies with its parent, before anything else when memory is short, and leaves nothing behind."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they are for the daemon, which ends this
    with contextlib.suppress(OSError):  # as long as it is dumpable its files in /proc are its own
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, MEMORY_BYTES)):
        with contextlib.suppress(OSError, ValueError):  # a lower limit is in force already
            resource.setrlimit(limit, (most, most))
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_DUMPABLE, 0)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_ARENA_MAX, 1)


if __name__ == "__main__":
    # What foreign libraries print is not to get among the answers.
    private = os.dup(1)
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        main(sys.stdin.buffer, os.fdopen(private, "wb"))
