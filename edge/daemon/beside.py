"""What may come up while the main loop looks already."""

import threading
from collections.abc import Callable
from typing import Protocol

from edge.errors import EdgeError


class Part(Protocol):
    """A part of the daemon that runs until it is closed."""

    @property
    def alive(self) -> bool: ...

    def close(self) -> None: ...


def check_alive(name: str, part: Part | None) -> None:
    """Raises EdgeError where `part` has died: a daemon that looks well and answers nobody helps nobody, and systemd
    starts a new one."""
    if part is not None and not part.alive:
        raise EdgeError(f"the {name} has stopped by itself (please report it); Moodcast ends, to be started anew")


class Beside:
    """Makes a part in a thread of its own. Where that fails, `stop` is set, and `check` raises what went wrong."""

    def __init__(self, name: str, make: Callable[[], Part], stop: threading.Event) -> None:
        self._name, self._make, self._stop = name, make, stop
        self._part: Part | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._part = self._make()
        except Exception as error:  # raised again in the main thread
            self._error = error
            self._stop.set()

    def check(self) -> None:
        """Raises what the making failed of, if it has, and EdgeError where the part has died since."""
        if self._error is not None:
            raise self._error
        check_alive(self._name, self._part)

    def close(self) -> None:
        """Waits until the part is made, and closes it."""
        self._thread.join()
        if self._part is not None:
            self._part.close()
