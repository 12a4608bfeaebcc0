"""What a configuration that was read again changes: what can be applied to a running daemon, what needs a restart.

Pure: it compares two configurations.
"""

from dataclasses import dataclass

from edge.config.options import put, walk
from edge.config.sections import Config


@dataclass(frozen=True, slots=True)
class Reload:
    """`config` is the one to run with from now on: the present one, with what can be applied. `applied` and `restart`
    name the options that changed, in the order of the file."""

    config: Config
    applied: tuple[str, ...]
    restart: tuple[str, ...]

    def lines(self) -> list[str]:
        """For the log."""
        said = [f"applied: {', '.join(self.applied)}"] if self.applied else []
        if self.restart:
            said.append(f"not applied until a restart: {', '.join(self.restart)}")
        return said or ["nothing in it has changed"]


def compare(present: Config, read: Config) -> Reload:
    """`read` is the same file's, as it is now."""
    before = {key: value for key, _, value in walk(present)}
    changed = [(key, option.live, value) for key, option, value in walk(read) if value != before[key]]
    live = {key: value for key, is_live, value in changed if is_live}
    return Reload(put(present, live), tuple(live), tuple(key for key, is_live, _ in changed if not is_live))
