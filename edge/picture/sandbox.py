"""Work on pictures from outside in a process of its own; `zygote` is that process's side."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from edge.errors import EdgeError, PictureError
from edge.picture.zygote import CPU_SECONDS, LENGTH, READ, STATUS

#: How long a picture may take: four times its CPU time, for the device may be busy.
TIMEOUT_SECONDS = 20.0
#: How long the process may take to load the libraries and the model, on a Zero 2 W with a slow card.
START_SECONDS = 60.0
#: How long the process is kept for the next picture.
KEEP_SECONDS = 30.0
_MOST_LINE_BYTES = 1000
_HOME = Path(__file__).resolve().parents[2]  # where the package `edge` is
#: The environment may hold passwords, so the process gets only these and PYTHON….
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH")


class Sandbox:
    """A process that is started for the first picture and ended `keep_seconds` after the last one.

    It runs `python -m module ARGUMENTS DESCRIPTOR`, which calls `zygote.serve` on that descriptor. Any thread may call
    `ask`; one picture is worked on at a time.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        timeout_seconds: float = TIMEOUT_SECONDS,
        keep_seconds: float = KEEP_SECONDS,
    ) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._timeout_seconds, self._keep_seconds = timeout_seconds, keep_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._end: threading.Timer | None = None

    def pid(self) -> int | None:
        """The process's id; None while there is none."""
        process = self._process
        return process.pid if process else None

    def ask(self, data: bytes, most_bytes: int) -> bytes:
        """The process's answer to a picture: at most `most_bytes`. The caller must check it, for a hostile picture may
        have taken the process over. Raises PictureError with the process's line, or where it died or took too long;
        EdgeError where it cannot be started."""
        with self._lock:
            if self._end:
                self._end.cancel()
            try:
                return self._exchange(self._connect(), data, most_bytes)
            except TimeoutError:
                self._stop()
                raise PictureError(f"the picture took longer than {self._timeout_seconds:g} s: save it again") from None
            except OSError as error:  # the process was ended from outside
                self._stop()
                raise PictureError(f"the picture could not be read ({error}): send it again") from error
            except BaseException:
                if not self._alive():
                    self._stop()
                raise
            finally:
                if self._process:
                    self._end = threading.Timer(self._keep_seconds, self.close)
                    self._end.daemon = True
                    self._end.start()

    def close(self) -> None:
        """Ends the process; the next picture starts another."""
        with self._lock:
            if self._end:
                self._end.cancel()
            self._stop()

    # Everything below is called with the lock held.

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _connect(self) -> socket.socket:
        """The socket to the process, which is started if there is none."""
        if self._control and self._alive():
            return self._control
        self._stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        kept |= {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
        with theirs:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno())],
                cwd=_HOME,
                env=kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # libpng alone writes a line for each damaged chunk
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # only the daemon handles Ctrl-C
            )
        self._control = ours
        ours.settimeout(START_SECONDS)
        answer = ours.recv(_MOST_LINE_BYTES)
        if answer != READ:
            self._stop()
            raise EdgeError(_decode_line(answer) or "photos cannot be read: the process for them does not start")
        return ours

    def _exchange(self, control: socket.socket, data: bytes, most_bytes: int) -> bytes:
        deadline = time.monotonic() + self._timeout_seconds
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(control, [b"?"], [theirs.fileno()])
            ours.settimeout(self._timeout_seconds)
            with suppress(BrokenPipeError, ConnectionResetError):  # it died; its status says why
                ours.sendall(LENGTH.pack(len(data)))
                ours.sendall(data)
            answer = bytearray()
            with suppress(ConnectionResetError):
                while len(answer) <= most_bytes and (part := _receive_some(ours, deadline)):
                    answer += part
        control.settimeout(max(0.01, deadline - time.monotonic()))
        (status,) = STATUS.unpack(control.recv(STATUS.size))
        if len(answer) > max(most_bytes, _MOST_LINE_BYTES):
            raise PictureError("the picture could not be read: what came of it is too much")
        if status == 0 and answer[:1] == READ:
            return bytes(answer[1:])
        if status == 0 and answer:
            raise PictureError(_decode_line(answer[1:]))
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            raise PictureError(f"the picture took more than {CPU_SECONDS} s to decode: save it again")
        raise PictureError("the picture is damaged: its decoder failed on it")

    def _stop(self) -> None:
        if self._control:
            self._control.close()
            self._control = None
        process, self._process = self._process, None  # first, so that `pid` never names a process that is gone
        if process:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the group includes a fork that hangs
            process.wait()


def _receive_some(source: socket.socket, deadline: float) -> bytes:
    source.settimeout(max(0.01, deadline - time.monotonic()))
    return source.recv(1 << 16)


def _decode_line(answer: bytes | bytearray) -> str:
    text = bytes(answer[:_MOST_LINE_BYTES]).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)
