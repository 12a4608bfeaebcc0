"""Where this device spoke on MQTT before: what it left there is to be removed when it speaks elsewhere now.

Kept beside the state, by the configuration's file: the state itself is kept by device.id, which may be what changed.
"""

import contextlib
import shutil
from pathlib import Path

from edge.config import Config
from edge.daemon.state import State
from edge.outputs.traces import Place, Traces


class Former:
    """`folder` is where the state is kept. To be made before the state is read: it may bring that along."""

    def __init__(self, folder: Path, config: Config) -> None:
        self._config = config
        self._folder = folder
        self._kept = State(folder / "mqtt.announced.json")  # no device.id has a dot
        self._key = str(config.file.absolute()) if config.file else ""
        self._now = Place.of(config.mqtt, config.device)
        self._before = Place.from_json(self._kept.get(self._key))
        self._take_state_along()

    @property
    def traces(self) -> Traces | None:
        """What is to be removed; None where there is nothing."""
        if self._before is None or self._before == self._now:
            return None
        return Traces(self._before, self._config.mqtt, self._config.device, self._now)

    def tidied(self) -> None:
        """The device speaks where it does now, and the broker has nothing of it elsewhere."""
        self._kept.keep(self._key, self._now.to_json())

    def _take_state_along(self) -> None:
        """The state of the former device.id becomes the new one's, where that has none: a camera that was switched off
        stays off."""
        if self._before is None:
            return
        old, new = (self._folder / f"{name}.json" for name in (self._before.device_id, self._config.device.id))
        if old != new and not new.exists():
            with contextlib.suppress(OSError):
                shutil.copy2(old, new)
