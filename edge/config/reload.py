"""What a configuration that was read again changes: what can be applied to a running daemon, what needs a restart.

Pure: it compares two configurations.
"""

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from edge.config.sections import Config

#: Sections and options that take effect without a restart.
APPLICABLE = ("mood", "pace", "playlists", "hold_minutes", "log_level")
#: Of those, what is set once for the whole process.
_ONCE = ("pace.threads",)


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
    changed = _changed(present, read)
    applied = tuple(key for key in changed if key.split(".")[0] in APPLICABLE and key not in _ONCE)
    sections: dict[str, Any] = {name: getattr(read, name) for name in APPLICABLE}
    sections["pace"] = replace(read.pace, threads=present.pace.threads)
    return Reload(replace(present, **sections), applied, tuple(key for key in changed if key not in applied))


def _changed(one: Any, other: Any, prefix: str = "") -> list[str]:
    keys: list[str] = []
    for field in fields(one):
        if not field.compare:
            continue
        before, after = getattr(one, field.name), getattr(other, field.name)
        if is_dataclass(before):
            keys += _changed(before, after, f"{prefix}{field.name}.")
        elif field.name == "playlists":
            keys += [f"playlists.{mood}" for mood in {**before, **after} if before.get(mood) != after.get(mood)]
        elif before != after:
            keys.append("playlists.hold_minutes" if field.name == "hold_minutes" else prefix + field.name)
    return keys
