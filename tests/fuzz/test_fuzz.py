"""A small part of what `scripts/fuzz` puts in."""

from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from tests.fuzz.__main__ import KINDS


@pytest.mark.parametrize("name", KINDS)
def test_a_small_part_of_the_hostile_inputs_breaks_nothing(name: str, tmp_path: Path) -> None:
    kind = import_module(f"tests.fuzz.{name}")
    rows = list(kind.fuzz(Random(f"{name} 0"), kind.SMALL, tmp_path))
    assert sum(row.count for row in rows) >= kind.SMALL
