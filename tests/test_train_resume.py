"""What a run's state says of itself, held against what is asked for now."""

from dataclasses import replace
from pathlib import Path

import pytest

from edge.errors import EdgeError
from train.checkpoint import save
from train.recipe import Recipe
from train.resume import GROUPS, about, resumed


def test_a_state_of_before_an_option_was_there_is_one_without_it(tmp_path: Path) -> None:
    said = about(Recipe(), 3, [], "faces")
    del said["recipe"]["sam"]
    save(tmp_path / "state.npz", {group: [0.0] for group in GROUPS}, said)
    assert resumed(tmp_path / "state.npz", Recipe(), "faces")[1]["epoch"] == 3
    with pytest.raises(EdgeError, match=r"state.npz: was made with another --sam \(0.0\)"):
        resumed(tmp_path / "state.npz", replace(Recipe(), sam=0.1), "faces")
