"""How a recording's changes are scored against what people saw."""

from pathlib import Path

import pytest

from edge.cli.judge import Segment, TruthError, judge, read_segments
from edge.records import ABSENT, NONE, ExpressionChange, MoodChange

HEADER = "file,t0,t1,label,certainty\n"


def told(*expressions: tuple[float, str]) -> list[ExpressionChange]:
    before = (NONE, *(expression for _, expression in expressions))
    return [ExpressionChange(new, old, 0.8, at, 1) for (at, new), old in zip(expressions, before, strict=False)]


def felt(*moods: tuple[float, str]) -> list[MoodChange]:
    before = (ABSENT, *(mood for _, mood in moods))
    return [MoodChange(new, old, 0.8, at, 1) for (at, new), old in zip(moods, before, strict=False)]


SEGMENTS = (Segment(0.0, 5.0, "sad"), Segment(6.0, 12.0, "happy"), Segment(14.0, 20.0, NONE))


def test_a_segment_is_right_when_its_expression_is_told_within_it() -> None:
    verdict = judge(told((1.0, "sad"), (5.7, "happy"), (16.5, NONE)), [], SEGMENTS, 20.0)
    assert [judged.delay for judged in verdict.segments] == [1.0, 0.0, 2.5]
    assert verdict.right_segments == 3
    assert verdict.median_delay == 1.0
    assert verdict.to_dict()["right_share"] == 1.0


def test_a_second_after_its_end_is_still_right_and_later_is_not() -> None:
    assert judge(told((6.0, "sad")), [], SEGMENTS, 13.0).right_segments == 1
    assert judge(told((6.1, "sad")), [], SEGMENTS, 13.0).right_segments == 0


def test_an_expression_that_was_never_told_is_wrong() -> None:
    verdict = judge(told((1.0, "sad")), [], SEGMENTS, 20.0)
    assert [judged.delay for judged in verdict.segments] == [1.0, None, None]
    assert verdict.to_dict()["right_segments"] == 1


def test_an_expression_nobody_saw_is_false() -> None:
    verdict = judge(told((1.0, "sad"), (3.0, "angry"), (4.0, "sad"), (7.0, "happy")), [], SEGMENTS, 13.0)
    assert [(c.at, c.expression) for c in verdict.false_changes] == [(3.0, "angry")]


def test_changes_outside_the_labelled_ranges_are_not_judged() -> None:
    verdict = judge(told((1.0, "sad"), (13.0, "fear")), [], SEGMENTS, 20.0)
    assert (verdict.unjudged_changes, verdict.false_changes) == (1, ())


def test_moods_are_judged_by_time_within_labelled_ranges_only() -> None:
    verdict = judge([], felt((1.0, "sad"), (7.0, "happy"), (16.0, ABSENT)), SEGMENTS, 20.0)
    assert verdict.labelled_seconds == 17.0
    assert verdict.mood_seconds == pytest.approx(4 + 5 + 4)
    assert verdict.to_dict()["mood_right_share"] == pytest.approx(13 / 17, abs=1e-4)


def test_what_lies_beyond_the_recording_is_cut_off() -> None:
    verdict = judge(told((1.0, "sad")), [], SEGMENTS, 3.0)
    assert verdict.labelled_seconds == 3.0
    assert len(verdict.segments) == 1


def test_no_change_at_all_is_nobody_throughout() -> None:
    verdict = judge([], [], SEGMENTS, 20.0)
    assert verdict.mood_seconds == 6.0
    assert verdict.segments[-1].delay == 0.0


def test_the_lines_for_people_name_every_fault() -> None:
    text = "\n".join(judge(told((1.0, "sad"), (3.0, "angry")), [], SEGMENTS, 20.0).lines())
    assert "right expression in 1 of 3 labelled ranges" in text
    assert "happy: never told" in text
    assert "angry: false" in text


def written(folder: Path, text: str) -> Path:
    path = folder / "segments.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_ranges_are_read_for_one_recording_in_order_of_time(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "b/one.mp4,3,4,none,1\nb/two.mp4,0,1,sad,1\na/one.mp4,0,2.5,happy,0.6\n")
    assert read_segments(path, "/elsewhere/one.mp4") == (Segment(0.0, 2.5, "happy"), Segment(3.0, 4.0, NONE))


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
