"""A program that runs beside a test: a broker, a player."""

import signal
import subprocess
from typing import Self


class LocalProcess:
    """What starts `_process`, by `start`, which the subclass has; use it as a context, which ends it."""

    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        raise NotImplementedError

    def kill(self) -> None:
        """What a power cut does."""
        self._end(signal.SIGKILL)

    def freeze(self, frozen: bool) -> None:
        """Frozen it keeps its connections and says nothing: what a dead network looks like from here."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(10)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
