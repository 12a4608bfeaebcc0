"""How a recording's changes are scored against what people saw."""

from pathlib import Path

import pytest

from edge.judge import Segment, TruthError, judge, read_segments
from edge.records import ABSENT, MoodChange

HEADER = "file,t0,t1,label,certainty\n"


def changed(*moods: tuple[float, str]) -> list[MoodChange]:
    previous, found = ABSENT, []
    for at, mood in moods:
        found.append(MoodChange(mood, previous, 0.8, at, 1))
        previous = mood
    return found


SEGMENTS = (Segment(0.0, 5.0, "sad"), Segment(6.0, 12.0, "happy"), Segment(14.0, 20.0, ABSENT))


def test_right_time_is_counted_within_labelled_ranges_only() -> None:
    verdict = judge(changed((1.0, "sad"), (7.0, "happy"), (16.0, ABSENT)), SEGMENTS, 20.0)
    assert verdict.labelled_seconds == 17.0
    assert verdict.right_seconds == pytest.approx(4 + 5 + 4)
    assert verdict.right_share == pytest.approx(13 / 17)
    assert verdict.false_changes == ()


def test_each_true_change_has_its_delay() -> None:
    verdict = judge(changed((1.0, "sad"), (5.7, "happy"), (16.5, ABSENT)), SEGMENTS, 20.0)
    assert [(c.mood, c.delay) for c in verdict.true_changes] == [("sad", 1.0), ("happy", 0.0), (ABSENT, 2.5)]


def test_a_change_that_never_came_is_missed() -> None:
    verdict = judge(changed((1.0, "sad")), SEGMENTS, 20.0)
    assert [c.delay for c in verdict.true_changes] == [1.0, None, None]
    assert verdict.to_dict()["missed_changes"] == 2


def test_a_mood_nobody_saw_is_a_false_change() -> None:
    verdict = judge(changed((1.0, "sad"), (3.0, "angry"), (4.0, "sad"), (7.0, "happy")), SEGMENTS, 13.0)
    assert [(c.at, c.mood) for c in verdict.false_changes] == [(3.0, "angry")]


def test_a_late_change_is_late_and_one_later_still_is_false() -> None:
    assert judge(changed((6.5, "sad")), SEGMENTS, 13.0).false_changes == ()
    assert len(judge(changed((7.5, "sad")), SEGMENTS, 13.0).false_changes) == 1


def test_changes_outside_the_labelled_ranges_are_not_judged() -> None:
    verdict = judge(changed((1.0, "sad"), (13.0, "fear")), SEGMENTS, 20.0)
    assert (verdict.unjudged_changes, verdict.false_changes) == (1, ())


def test_two_ranges_of_one_mood_are_one_change() -> None:
    segments = (Segment(0.0, 2.2, "sad"), Segment(2.5, 6.0, "sad"))
    assert len(judge(changed((1.0, "sad")), segments, 6.0).true_changes) == 1


def test_what_lies_beyond_the_recording_is_cut_off() -> None:
    verdict = judge(changed((1.0, "sad")), SEGMENTS, 3.0)
    assert verdict.labelled_seconds == 3.0
    assert len(verdict.true_changes) == 1


def test_no_change_at_all_is_absent_throughout() -> None:
    verdict = judge([], SEGMENTS, 20.0)
    assert verdict.right_seconds == 6.0
    assert verdict.true_changes[-1].delay == 0.0


def test_the_lines_for_people_name_every_fault() -> None:
    text = "\n".join(judge(changed((1.0, "sad"), (3.0, "angry")), SEGMENTS, 20.0).lines())
    assert "right mood for" in text
    assert "happy: never reported" in text
    assert "angry: false change" in text


def written(folder: Path, text: str) -> Path:
    path = folder / "segments.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_ranges_are_read_for_one_recording_in_order_of_time(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "b/one.mp4,3,4,none,1\nb/two.mp4,0,1,sad,1\na/one.mp4,0,2.5,happy,0.6\n")
    assert read_segments(path, "/elsewhere/one.mp4") == (Segment(0.0, 2.5, "happy"), Segment(3.0, 4.0, ABSENT))


def test_other_columns_may_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "file,t0,t1,label\none.mp4,0,1,sad\n")
    assert read_segments(path, "one.mp4") == (Segment(0.0, 1.0, "sad"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column file, t0, t1, label"),
        ("file,t0,label\n", "line 1: no column t1"),
        (HEADER + "v.mp4,zero,1,sad,1\n", "line 2: t0 is 'zero', not a number"),
        (HEADER + "v.mp4,0,,sad,1\n", "line 2: t1 is None, not a number"),
        (HEADER + "v.mp4,0\n", "line 2: t1 is None, not a number"),
        (HEADER + "v.mp4,0,nan,sad,1\n", "line 2: t1 is nan"),
        (HEADER + "v.mp4,-1,1,sad,1\n", "line 2: t0 is -1, but must be 0 or more"),
        (HEADER + "v.mp4,2,1,sad,1\n", "line 2: t1 (1) must come after t0 (2)"),
        (HEADER + "v.mp4,0,1,sad,1\nv.mp4,1,2,merry,1\n", "line 3: label is 'merry'; allowed: angry"),
        (HEADER + "v.mp4,0,2,sad,1\nv.mp4,1,3,happy,1\n", "line 3: 1–3 s overlaps 0–2 s"),
        (HEADER + "w.mp4,0,1,sad,1\n", "no line is about v.mp4"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TruthError) as caught:
        read_segments(path, "v.mp4")
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_or_not_there_is_one_line(tmp_path: Path) -> None:
    noise = tmp_path / "noise.csv"
    noise.write_bytes(bytes(range(256)) * 8)
    for path in (noise, tmp_path / "missing.csv", tmp_path):
        with pytest.raises(TruthError, match=path.name):
            read_segments(path, "v.mp4")
