"""The resting face: learned slowly, shown once, bounded, kept and undone."""

import json

import pytest

from edge.config import MoodConfig
from edge.mood.baseline import CALM, Baseline
from edge.mood.expression import ExpressionFilter
from edge.records import LABELS, Scores
from tests.mood.streams import always, face, play, scores, times, told
from tests.mood.wander import Wander

SAD, NEUTRAL = LABELS.index("sad"), LABELS.index("neutral")
#: A calm face that the model calls sad.
RESTING = scores(sad=0.66, neutral=0.3)
TEARS = scores(sad=0.9, neutral=0.08)
SMILE = scores(happy=0.93, sad=0.03)


def learned(look: Scores, hours: float) -> Baseline:
    """What a time constant of 8 hours makes of `hours` of one look, in a hundredth of the time."""
    baseline = Baseline(8.0 / 100)
    for _ in range(round(hours * 3600 / 100)):
        baseline.learn(look, 1.0, 1.0)
    return baseline


@pytest.fixture(scope="module")
def accustomed() -> dict[str, object]:
    """What a device has learned from 40 hours of one resting face."""
    return learned(RESTING, 40).to_dict()


def restored(data: object) -> Baseline:
    baseline = Baseline(8.0)
    baseline.restore(data)
    return baseline


def filtered(baseline: Baseline) -> ExpressionFilter:
    expressions = ExpressionFilter(MoodConfig())
    expressions.baseline = baseline
    return expressions


def test_a_new_device_corrects_nothing() -> None:
    fresh = Baseline(8.0)
    assert fresh.correct(RESTING) == pytest.approx(RESTING)


def test_a_resting_face_that_reads_sad_is_neutral_once_it_is_known(accustomed: dict[str, object]) -> None:
    look = (face(RESTING),)
    assert told(play(filtered(Baseline(8.0)), lambda _: look, times(10, 30))) == ["sad"]
    assert told(play(filtered(restored(accustomed)), lambda _: look, times(10, 30))) == ["neutral"]


@pytest.mark.parametrize(("real", "mood"), [(SMILE, "happy"), (TEARS, "sad"), (scores(angry=0.8), "angry")])
def test_a_real_mood_comes_through_all_the_same_and_in_time(
    accustomed: dict[str, object], real: Scores, mood: str
) -> None:
    changes = play(filtered(restored(accustomed)), lambda now: (face(RESTING if now < 10 else real),), times(10, 20))
    assert told(changes) == ["neutral", mood]
    assert changes[1].at - 10 <= 2.0


def test_no_mood_is_ever_locked_in(accustomed: dict[str, object]) -> None:
    """After 40 hours of one mood every other one can still be entered, and that one again."""
    for long, label in ((SMILE, "happy"), (TEARS, "sad"), (scores(neutral=0.9), "neutral")):
        moods = filtered(learned(long, 40))
        looks = ((SMILE, "happy"), (TEARS, "sad"), (scores(neutral=0.9), "neutral"), (long, label))
        for i, (look, name) in enumerate(looks):
            play(moods, always(face(look)), times(10, 10, start=10.0 * i))
            assert moods.expression is not None
            assert moods.expression.label == name


def test_it_learns_slowly() -> None:
    """An hour of tears is an hour of tears, not a face; its time constant is time in view."""
    assert learned(TEARS, 1).correct(TEARS) == pytest.approx(TEARS)
    assert learned(RESTING, 20).correct(RESTING)[SAD] < RESTING[SAD] - 0.1


def test_a_smile_is_never_taken_for_a_resting_face() -> None:
    happy = learned(SMILE, 40)
    mild = scores(happy=0.6, neutral=0.35)
    assert happy.correct(mild)[LABELS.index("happy")] >= 0.6


def test_somebody_sad_now_and_then_is_not_corrected() -> None:
    mixed = scores(sad=0.3, neutral=0.62)
    assert learned(mixed, 40).correct(mixed) == pytest.approx(mixed)


def test_how_often_it_looks_does_not_change_what_it_learns() -> None:
    often, seldom = Baseline(8.0), Baseline(8.0)
    for _ in range(3600 * 10):
        often.learn(RESTING, 1.0, 0.1)
    for _ in range(3600):
        seldom.learn(RESTING, 1.0, 1.0)
    assert often.average == pytest.approx(seldom.average)


def test_bad_looks_teach_little_and_a_gap_teaches_nothing() -> None:
    baseline = Baseline(0.1)
    baseline.learn(RESTING, 0.0, 1.0)
    assert baseline.average == CALM
    baseline.learn(RESTING, 1.0, 3600.0)
    assert baseline.average[SAD] < CALM[SAD] + 0.01


def test_the_filter_learns_only_where_the_config_says_so() -> None:
    for on in (True, False):
        moods = ExpressionFilter(MoodConfig(baseline=on, baseline_hours=0.1))
        play(moods, lambda _: (face(RESTING),), times(4, 600))
        assert (moods.baseline.average[SAD] > 0.4) == on


# "This is my neutral face".


def calibrated(look: Scores, seconds: float = 8.0, quality: float = 0.8) -> ExpressionFilter:
    moods = filtered(Baseline(8.0))
    play(moods, lambda _: (face(look, quality=quality),), times(10, 10))
    moods.calibrate(10.0)
    play(moods, lambda _: (face(look, quality=quality),), times(10, seconds, start=10))
    return moods


def test_a_shown_neutral_face_is_neutral_from_then_on() -> None:
    moods = calibrated(RESTING)
    assert moods.calibration.state == "done"
    assert moods.expression is not None
    assert moods.expression.label == "neutral"


def test_through_real_noise_a_shown_face_stays_neutral_and_tears_are_still_seen() -> None:
    wander, tears = Wander(5, {"sad": 0.9}, noise=0.6), Wander(6, {"sad": 4.2}, noise=0.6)
    moods = filtered(Baseline(8.0))
    moods.calibrate(0.0)
    changes = play(moods, lambda now: (face((wander if now < 300 else tears).at(now)),), times(5, 320))
    assert told([change for change in changes if change.at > 10]) == ["sad"]
    assert changes[-1].at > 300


def test_what_a_face_shows_beyond_the_shown_one_is_not_taken_back() -> None:
    """Somebody else, or the same one, who is sadder than the resting face that was shown."""
    baseline = Baseline(8.0)
    baseline.calibrate(RESTING)
    sad = [baseline.correct(scores(sad=s, neutral=0.96 - s))[SAD] for s in (0.66, 0.7, 0.75, 0.8, 0.85, 0.9)]
    assert sad == sorted(sad)
    assert sad[0] < 0.3
    assert sad[4] > 0.7
    assert sad[5] == pytest.approx(0.9, abs=0.02)


def test_on_a_device_that_was_shown_a_resting_face_tears_of_others_are_told() -> None:
    moods = calibrated(RESTING)
    sad = scores(sad=0.85, neutral=0.11)
    changes = play(moods, lambda now: (face(RESTING if now < 30 else sad),), times(10, 40, start=20))
    assert told(changes)[-1] == "sad"
    assert changes[-1].at - 30 <= 2.0


def test_a_calibration_under_way_says_what_to_do() -> None:
    moods = calibrated(RESTING, seconds=2.0)
    assert moods.calibration.state == "collecting"
    assert "look at the camera" in moods.calibration.message


def test_a_face_not_seen_for_long_enough_calibrates_nothing() -> None:
    moods = calibrated(RESTING, quality=0.05)
    assert moods.calibration.state == "failed"
    assert "not seen for long enough" in moods.calibration.message
    assert moods.baseline.calibrated is None


def test_a_smile_is_not_taken_for_a_neutral_face() -> None:
    moods = calibrated(SMILE)
    assert moods.calibration.state == "failed"
    assert "calm face" in moods.calibration.message


def test_a_calibration_ends_with_a_line_for_the_log() -> None:
    moods = filtered(Baseline(8.0))
    moods.calibrate(0.0)
    notes = []
    for now in times(10, 6):
        moods.update((face(RESTING),), now)
        notes += [moods.note] if moods.note else []
    assert notes == ["neutral face: kept"]


def test_a_pause_ends_a_calibration_under_way() -> None:
    moods = calibrated(RESTING, seconds=2.0)
    moods.forget()
    assert moods.calibration.state == "failed"


def test_one_call_undoes_it_even_while_it_is_under_way() -> None:
    moods = calibrated(RESTING)
    moods.forget_resting_face()
    assert moods.baseline.correct(RESTING) == pytest.approx(RESTING)
    moods.calibrate(20.0)
    moods.forget_resting_face()
    play(moods, lambda _: (face(RESTING),), times(10, 10, start=20))
    assert moods.baseline.calibrated is None
    assert moods.calibration.state == "idle"


def test_the_strongest_calibration_leaves_strong_sadness() -> None:
    baseline = Baseline(8.0)
    baseline.calibrate(scores(sad=0.99))
    corrected = baseline.correct(scores(sad=0.96, neutral=0.03))
    assert corrected[SAD] > 0.7 > corrected[NEUTRAL]


# Kept across restarts.


def test_it_survives_a_restart_as_json() -> None:
    before = calibrated(RESTING).baseline
    after = restored(json.loads(json.dumps(before.to_dict())))
    assert after.correct(RESTING) == pytest.approx(before.correct(RESTING), abs=1e-4)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "sad",
        {},
        {"version": 2},
        {"version": 1, "labels": ["happy"], "average": [1.0]},
        {"version": 1, "labels": list(LABELS), "average": [0.5] * 7},
        {"version": 1, "labels": list(LABELS), "average": [float("nan")] * 7},
        {"version": 1, "labels": list(LABELS), "average": list(CALM), "calibrated": [1, 2]},
        {"version": 1, "labels": list(LABELS), "average": list(CALM), "calibrated": "no"},
        {"version": 1, "labels": list(LABELS), "average": ["a"] * 7},
        {"version": 1, "labels": list(LABELS), "average": [True] + [0.0] * 6},
    ],
)
def test_a_damaged_file_changes_nothing(data: object) -> None:
    baseline = Baseline(8.0)
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        baseline.restore(data)
    assert (baseline.average, baseline.calibrated) == (CALM, None)
