"""No false change in ten minutes of a steady face; a real one within two seconds: all composed recordings.

The long part of the suite, started by scripts/bench; test_short.py is what every run has.
"""

from pathlib import Path
from statistics import median

import pytest

from edge.cli.judge import JudgedSegment
from edge.records import NONE
from edge.vision.model import Model
from tests.recordings.changing import changing_scenarios, company_scenarios
from tests.recordings.material import Material
from tests.recordings.scenario import Outcome, Scenario, outcome
from tests.recordings.steady import empty_scenarios, steady_scenarios

pytestmark = pytest.mark.bench

NOWHERE = Material(Path())  # names of scenarios only: no face is loaded
STEADY = [scenario.name for scenario in steady_scenarios(NOWHERE)]
EMPTY = [scenario.name for scenario in empty_scenarios(NOWHERE)]
CHANGING = [scenario.name for scenario in changing_scenarios(NOWHERE)]
COMPANY = [scenario.name for scenario in company_scenarios(NOWHERE)]
#: Other people's faces one after the other.
FER = "FER-2013"


def played(scenarios: list[Scenario], name: str, model: Model) -> Outcome:
    result = outcome(next(scenario for scenario in scenarios if scenario.name == name), model)
    print(result.row(name))
    return result


def late(result: Outcome, seconds: float) -> int:
    """True changes never reported, or later than this."""
    return result.missed + sum(delay > seconds for delay in result.delays)


def arrivals(result: Outcome) -> list[JudgedSegment]:
    """The true expressions, `none` left out."""
    return [judged for judged in result.verdict.segments if judged.segment.label != NONE]


@pytest.mark.parametrize("name", STEADY)
def test_ten_minutes_of_a_steady_face_have_one_expression(name: str, material: Material, model: Model) -> None:
    result = played(steady_scenarios(material), name, model)
    assert len(result.changes) == 1
    assert result.verdict.false_changes == ()
    assert late(result, 2.0) == 0


@pytest.mark.parametrize("name", EMPTY)
def test_where_nobody_is_nothing_is_told(name: str, material: Material, model: Model) -> None:
    assert played(empty_scenarios(material), name, model).changes == ()


@pytest.mark.parametrize("name", [name for name in CHANGING if FER not in name])
def test_real_changes_are_reported_within_two_seconds(name: str, material: Material, model: Model) -> None:
    result = played(changing_scenarios(material), name, model)
    assert result.missed == 0
    assert result.verdict.false_changes == ()
    assert late(result, 2.0) == 0


@pytest.mark.parametrize("name", [name for name in CHANGING if FER in name])
def test_faces_on_which_the_crowd_agrees_are_told_as_soon(name: str, material: Material, model: Model) -> None:
    """One in thirty may be told as something else: the model reads so many of such faces otherwise than the crowd
    does (97.0 % of 1,321 are right, `train evaluate --split saying`)."""
    result = played(changing_scenarios(material), name, model)
    misread = len(arrivals(result)) // 30
    assert len(result.verdict.false_changes) <= misread
    assert result.missed <= misread
    # `none` waits for its own two seconds; every expression is there before.
    assert late(result, 2.2) == result.missed
    told = [change.delay for change in arrivals(result) if change.delay is not None]
    assert max(told) <= 2.0


@pytest.mark.parametrize("name", COMPANY)
def test_who_comes_nearer_decides_mostly_within_two_seconds_and_who_does_not_changes_nothing(
    name: str, material: Material, model: Model
) -> None:
    """Sixty visits: with twelve it is chance whether one of the slow ones is among them."""
    result = played(company_scenarios(material), name, model)
    assert result.verdict.false_changes == ()
    assert result.missed == 0
    assert late(result, 2.0) <= 0.05 * len(result.delays)
    assert median(result.delays) <= 1.5
