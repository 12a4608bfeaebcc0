"""What a command has printed."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess
from typing import Any

Edge = Callable[..., CompletedProcess[str]]


def lines(result: CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def one_line(result: CompletedProcess[str], *parts: str) -> None:
    """Status 2, and one line on stderr that says all of `parts`."""
    said = result.stderr.splitlines()
    assert result.returncode == 2, result
    assert len(said) == 1, said
    assert all(part in said[0] for part in parts), said
