"""The settings that Home Assistant shows as numbers."""

from dataclasses import replace

from edge.config import Config
from edge.config.overlay import CHANGEABLE
from edge.outputs.numbers import NUMBERS, OPTIONS, values_in_force


def test_they_are_among_what_can_be_changed_here_and_told_as_they_are_in_force() -> None:
    assert set(OPTIONS) < set(CHANGEABLE)
    config = replace(Config(), playlists=replace(Config().playlists, hold_minutes=30.0))
    assert values_in_force(config) == {"playlists.hold_minutes": 30.0, "mood.enter_share": 0.2}


def test_their_bounds_are_those_of_the_options() -> None:
    assert {number.option: (number.bounds, number.unit) for number in NUMBERS} == {
        "playlists.hold_minutes": ((0, 1440), "min"),
        "mood.enter_share": ((1, 30), "%"),
    }
