"""Prints config.yaml as it ships; with --table, docs/configuration.md. Both come from the options' declarations."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from edge.config.kinds import PLAYLISTS
from edge.config.options import Option, members, walk
from edge.config.sections import Config

_HEAD = """\
# Moodcast's configuration: every option with its unit and its default. What you leave out keeps its default;
# `python -m edge check` tells everything that is wrong with it. Relative paths start from this file's folder.
"""
_TABLE_HEAD = """\
# Options

All that [`config.yaml`](../config.yaml) may say. What takes a reload is taken up at `systemctl reload moodcast` (or
SIGHUP); what says `/settings` is changed on that page as well, at once, and kept apart from the file
([api.md](api.md#the-settings)); the rest waits for a restart. `python -m edge.config --table` makes this page.
"""
_COLUMNS = "\n| option | default | may be | what it is | a change takes a |\n|---|---|---|---|---|\n"
_COMMENTS_AT = 26


def config_yaml() -> str:
    return _HEAD + "".join(_section(Config(), ""))


def table() -> str:
    lines, section = [_TABLE_HEAD], None
    for key, option, default in walk(Config()):
        begins = section != (section := key.rpartition(".")[0])
        lines += [f"\n## {section or 'No section'}\n"] if begins else []
        lines += [f"\n{option.heading}\n"] if option.heading else []
        lines += [_COLUMNS] if begins or option.heading else []
        line = option.line + (f"; `${option.environment}` wins over it" if option.environment else "")
        allowed = (option.kind.span or option.kind.words) + _limit(option)
        shown = _yaml(option, default).replace("\n    ", " ").strip()
        change = "reload, or `/settings`" if option.changeable else "reload" if option.live else "restart"
        cells = (f"`{key}`", f"`{shown}`", allowed, line, change)
        lines.append(f"| {' | '.join(cell.replace(' |', ',') for cell in cells)} |\n")
    return "".join(lines)


def _section(section: Any, indent: str) -> Iterator[str]:
    for name, part in members(section).items():
        if not isinstance(part, Option):
            yield f"{indent}{name}:\n" if indent else f"\n{name}:\n"
            yield from _section(part, indent + "  ")
            continue
        yield from (f"{indent}# {line}\n" for line in part.heading.splitlines())
        value = f"{indent}{name}: {_yaml(part, getattr(section, name))}".replace(": \n", ":\n")
        comment = "; ".join(text for text in (part.kind.span + _limit(part), part.line) if text)
        line = f"{value:<{_COMMENTS_AT}}  # {comment}" if comment else value
        yield f"{line}\n" if indent else f"\n{line}\n"


def _limit(option: Option) -> str:
    return f", at most {option.at_most}" if option.at_most else ""


def _yaml(option: Option, value: Any) -> str:
    if option.kind is PLAYLISTS:
        lists = [f'{{name: {one.name}, url: "{one.url}"}}' for one in value] or ["null"]
        return lists[0] if len(lists) == 1 else "".join(f"\n    - {one}" for one in lists)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return "[]" if value == () else str(value)


if __name__ == "__main__":
    print(table() if "--table" in sys.argv else config_yaml(), end="")
