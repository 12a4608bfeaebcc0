"""The device's programs on an emulated 64-bit ARM core. scripts/test-arm64 says how one is started."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.daemon.process import Daemon

#: An emulated core is twenty times slower, and the machine may have something else to do.
PATIENCE = 600.0


class Emulated:
    """An emulated `cpu`. `command` is what takes its name, the folders it may see and a program: benchmarks/arm64."""

    def __init__(self, command: Sequence[str], cpu: str) -> None:
        self._command, self._cpu = command, cpu

    def command(self, folder: Path, *program: str | Path) -> list[str]:
        """What runs `program` there, in the repository; `folder` is there too, and its `state` is the program's."""
        own = ["--cpu", self._cpu, "--share", str(folder), "--", "env", f"STATE_DIRECTORY={folder / 'state'}"]
        return [*self._command, *own, *map(str, program)]

    def run(self, folder: Path, *program: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end."""
        command = self.command(folder, *program)
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def edge(self, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs `python -m edge …` to its end."""
        return self.run(folder, "python3", "-m", "edge", *arguments)


class EmulatedDaemon(Daemon):
    """`python -m edge run` there. Use it as a context."""

    def __init__(
        self,
        emulated: Emulated,
        folder: Path,
        env: Mapping[str, str],
        settings: Mapping[str, Any],
        *arguments: str,
    ) -> None:
        super().__init__(folder, env, settings, *arguments)
        self._command = emulated.command(folder, "python3", *self._command[1:])

    def start(self) -> None:
        # A process group of its own: the emulator passes no signal on, so the whole group gets it, as from systemd.
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._env, stdout=log, stderr=log, start_new_session=True
            )

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        os.killpg(self.process.pid, how)
        return self.process.wait(PATIENCE)
