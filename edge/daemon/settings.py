"""The configuration of a running daemon, and its changes: a file read again, or an option set on the page."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge import config as configuration
from edge.config import Config
from edge.config.options import walk
from edge.config.overlay import admit, compare, lay_over, merge
from edge.daemon.private import write_private
from edge.daemon.state import read_object
from edge.errors import ConfigError

log = logging.getLogger(__name__)

#: Each portrait of the demo stays for sixteen seconds, too short for a mood of minutes.
DEMO_MEMORY_SECONDS, DEMO_FIRST_SECONDS, DEMO_ABSENT_SECONDS = 8.0, 1.0, 4.0


def times_of(source: str) -> Callable[[Config], Config]:
    """The function that adapts the configuration to `source`: for the demo a mood of seconds, and no playlist held."""
    if source != "demo":
        return lambda config: config
    log.info("the demo: its mood is that of the last seconds, not minutes, and no playlist is held")

    def shorten_times(config: Config) -> Config:
        mood = replace(
            config.mood,
            memory_seconds=DEMO_MEMORY_SECONDS,
            first_seconds=DEMO_FIRST_SECONDS,
            absent_seconds=DEMO_ABSENT_SECONDS,
        )
        return replace(config, mood=mood, playlists=replace(config.playlists, hold_minutes=0.0))

    return shorten_times


class Settings:
    """The configuration in force: the owner's file, and over it what was changed on the page, through the API or over
    MQTT. Changes are written to the file `kept`, never to the owner's.

    `owners` is what the owner's file says, without options that wait for a restart. Any thread may use `config`,
    `owners`, `origins` and `change`; the rest is for the main thread.
    """

    def __init__(self, config: Config, environ: Mapping[str, str], kept: Path) -> None:
        self._environ, self._kept = environ, kept
        self._lock = threading.Lock()
        self._followers: list[Callable[[Config], object]] = []
        self.owners, self._given = config, configuration.given(config.file)
        self._changes = read_object(kept, "what was changed here is not in force") or {}
        self._lay_over()
        self._applied = self.config
        if self._changes:
            log.info("changed here, whatever %s says: %s", _file(config), ", ".join(self._changes))

    def follow(self, apply: Callable[[Config], object]) -> None:
        """Has `apply` called with the whole configuration after every change of it."""
        self._followers.append(apply)

    def origins(self) -> dict[str, str]:
        """The origin of each option's value: `live` (changed here), `environment` (a variable, credential or password
        file), `config.yaml` or `default`."""
        changes, given = self._changes, self._given
        found = {}
        for (key, option, value), (_, _, default) in zip(walk(self.owners), walk(Config()), strict=True):
            stands = "config.yaml" if key in given else "default" if value == default else "environment"
            found[key] = "environment" if self._environ.get(option.environment) else stands
        return found | dict.fromkeys(changes, "live")

    def change(self, values: Mapping[str, Any]) -> bool:
        """Changes all of `values` or none, from the next turn of the main loop on: by key, in the file's form, None
        removes a change. False where they cannot be written; then nothing changes. Raises ConfigError."""
        with self._lock:
            changes = merge(self._changes, values)
            config = lay_over(self.owners, changes)
            if changes != self._changes:
                if not self._write(changes):
                    return False
                self._changes, self.config = changes, config
        return True

    def apply(self) -> tuple[str, ...]:
        """Once a turn of the loop: applies what was changed; returns its keys."""
        config = self.config
        if config is self._applied:
            return ()
        applied = compare(self._applied, config).applied
        self._applied = config
        if applied:
            log.info("applied: %s", ", ".join(applied))
            logging.getLogger().setLevel(config.log_level.upper())
            for apply in self._followers:
                apply(config)
        return applied

    def reload(self) -> None:
        """Reads the file again. A file with problems changes nothing."""
        log.info("reading %s again", _file(self.config))
        try:
            read = configuration.load(self.config.file, self._environ)
            given = configuration.given(read.file)
        except ConfigError as error:
            for line in error.problems:
                log.error("%s", line)
            log.error("nothing of it is applied: the configuration before stays in force")
            return
        with self._lock:
            found = compare(self.owners, read)
            self.owners, self._given = found.config, given
            self._lay_over()
        applied = self.apply()
        covered = [key for key in found.applied if key in self._changes]
        if covered:
            log.info("changed here, so what the file says of it waits: %s", ", ".join(covered))
        if found.restart:
            log.info("not applied until a restart: %s", ", ".join(found.restart))
        elif not (applied or covered):
            log.info("nothing in it has changed")

    def _lay_over(self) -> None:
        """Puts the changes over the owner's configuration and drops those that it no longer accepts."""
        changes, refused = admit(self.owners, self._changes)
        for key, line in refused.items():
            log.warning(
                "what was changed of %s, which %s does not admit, is dropped: %s", key, _file(self.owners), line
            )
        if refused:
            self._write(changes)
        self._changes, self.config = changes, lay_over(self.owners, changes)

    def _write(self, changes: Mapping[str, Any]) -> bool:
        try:
            write_private(self._kept, json.dumps(changes).encode())
        except OSError as error:
            log.warning("%s cannot be written: %s", self._kept, error.strerror)
            return False
        return True


def _file(config: Config) -> str:
    return str(config.file or "the configuration")
