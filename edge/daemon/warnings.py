"""The last warnings of the log, for the page: kept in memory, without secrets."""

import logging
from collections import deque
from collections.abc import Iterable

from edge.config import Config
from edge.config.kinds import PASSWORD, hide_user
from edge.config.options import walk

KEPT = 20
MAX_CHARACTERS = 300


class LastWarnings(logging.Handler):
    """A handler for the root logger; `lines` may be read from any thread."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(logging.WARNING)
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)
        self._lines: deque[tuple[float, str]] = deque(maxlen=KEPT)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = " ".join(record.getMessage().split())
        except Exception:  # a wrong format must not end the program
            self.handleError(record)
            return
        for secret in self._secrets:
            text = text.replace(secret, "…")
        self._lines.append((record.created, hide_user(text)[:MAX_CHARACTERS]))

    @property
    def lines(self) -> list[tuple[float, str]]:
        """(seconds since 1970, the line), the newest first."""
        return list(self._lines.copy())[::-1]  # copying a deque is atomic


def passwords(config: Config) -> list[str]:
    return [value for _, option, value in walk(config) if option.kind is PASSWORD and value]
