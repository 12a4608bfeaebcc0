"""How often the pipeline looks."""

import pytest

from edge.config import PaceConfig
from edge.mood.pace import STEADY_FPS, STEADY_SECONDS, Pace

#: anybody, pending, settled_seconds
NOBODY = (False, False, 0.0)
STEADY = (True, False, 60.0)
CHANGING = (True, True, 0.0)


@pytest.fixture
def pace() -> Pace:
    return Pace(PaceConfig())


def test_an_empty_room_is_looked_at_seldom(pace: Pace) -> None:
    assert pace.next_interval(*NOBODY) == pytest.approx(1 / PaceConfig().idle_fps)


def test_a_mood_that_may_be_changing_is_looked_at_most(pace: Pace) -> None:
    assert pace.next_interval(*CHANGING) == pytest.approx(1 / PaceConfig().max_fps)


def test_a_steady_face_is_looked_at_in_between(pace: Pace) -> None:
    assert pace.next_interval(*STEADY) == pytest.approx(1 / STEADY_FPS)
    assert pace.next_interval(True, False, STEADY_SECONDS / 2) == pytest.approx(1 / PaceConfig().max_fps)


def test_an_unconfirmed_face_is_looked_at_again_soon(pace: Pace) -> None:
    assert pace.next_interval(True, True, 100.0) == pytest.approx(1 / PaceConfig().max_fps)


def test_over_the_cpu_budget_it_slows_down_until_it_keeps_it(pace: Pace) -> None:
    """A device on which every look costs 100 ms of CPU: 10 a second would be 100 % of a core."""
    for _ in range(30):
        pace.set_load(0.1 / pace.next_interval(*CHANGING) * 100, None, None)
    assert 0.1 / pace.next_interval(*CHANGING) * 100 == pytest.approx(30.0, rel=0.05)
    for _ in range(30):
        pace.set_load(2.0, None, None)
    assert pace.next_interval(*CHANGING) == pytest.approx(1 / PaceConfig().max_fps)


def test_it_never_slows_below_the_idle_pace() -> None:
    pace = Pace(PaceConfig(idle_fps=3.0))
    for _ in range(30):
        pace.set_load(400.0, 90.0, True)
    for scene in (NOBODY, STEADY, CHANGING):
        assert pace.next_interval(*scene) == pytest.approx(1 / 3)


def test_a_hot_soc_is_given_a_rest_until_it_is_well_below(pace: Pace) -> None:
    hot = PaceConfig().hot_celsius
    for celsius, slowed in ((hot - 1, False), (hot + 1, True), (hot - 1, True), (hot - 6, False), (hot - 1, False)):
        pace.set_load(5.0, celsius, False)
        assert (pace.next_interval(*CHANGING) > 0.11) == slowed, celsius


def test_throttling_slows_down_too(pace: Pace) -> None:
    pace.set_load(5.0, None, True)
    assert pace.next_interval(*CHANGING) == pytest.approx(2 / PaceConfig().max_fps)
    pace.set_load(5.0, None, None)
    assert pace.next_interval(*CHANGING) == pytest.approx(1 / PaceConfig().max_fps)


def test_max_fps_below_the_steady_pace_holds() -> None:
    pace = Pace(PaceConfig(max_fps=3.0, idle_fps=1.0))
    assert pace.next_interval(*STEADY) == pytest.approx(1 / 3)


def test_an_idle_pace_above_the_maximum_is_the_pace() -> None:
    pace = Pace(PaceConfig(max_fps=1.0, idle_fps=2.0))
    assert {pace.next_interval(*scene) for scene in (NOBODY, STEADY, CHANGING)} == {0.5}
