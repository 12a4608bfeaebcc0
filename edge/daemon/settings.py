"""The configuration a running daemon goes by, and what becomes of it when its owner changes the file and says so."""

import logging
from collections.abc import Callable, Iterable, Mapping

from edge import config as configuration
from edge.config import Config
from edge.config.reload import compare
from edge.errors import ConfigError

log = logging.getLogger(__name__)


class Settings:
    """Used by the main thread. `apply` are called with the whole configuration when something in it was applied."""

    def __init__(self, config: Config, environ: Mapping[str, str], apply: Iterable[Callable[[Config], object]]) -> None:
        self.config = config
        self._environ, self._apply = environ, tuple(apply)

    def reload(self) -> None:
        """Reads the file again. One with problems changes nothing: the configuration before stays in force."""
        log.info("reading %s again", self.config.file or "the configuration")
        try:
            found = compare(self.config, configuration.load(self.config.file, self._environ))
        except ConfigError as error:
            for line in error.problems:
                log.error("%s", line)
            log.error("nothing of it is applied: the configuration before stays in force")
            return
        if found.applied:
            self.config = found.config
            logging.getLogger().setLevel(found.config.log_level.upper())
            for apply in self._apply:
                apply(found.config)
        for line in found.lines():
            log.info("%s", line)
