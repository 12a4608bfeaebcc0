"""The comparison with other systems: the same frames for all, in turns; its table and its chart."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from benchmarks import contenders
from benchmarks.chart import chart
from benchmarks.replaced_system import Contender, compare, has, pythons, summary, table
from benchmarks.scenes import FPS, Room

RESULT = {
    "moodcast": {"frames": 300, "analysed": 40, "frames_with_face": 297, "cpu_seconds": 0.15, "rss_mib": 90.04},
    "fer": {"frames": 300, "analysed": 300, "frames_with_face": 300, "cpu_seconds": 12.0, "rss_mib": 660.0},
}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def with_model(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the contenders, here and as processes."""
    monkeypatch.setenv("MOODCAST_MODEL", str(model_path))


def test_the_room_shows_the_same_pixels_for_the_same_number_and_noise_that_differs_from_the_next() -> None:
    first, again = Room().person(150).bgr(), Room().person(150).bgr()
    assert np.array_equal(first, again)
    wall = Room()
    difference = cv2.absdiff(wall.empty(7).grey(), wall.empty(8).grey())
    assert 0.5 < difference.mean() < 6


def test_the_plain_loop_finds_the_face_of_the_demo_and_none_on_its_wall(with_model: None) -> None:
    look, room = contenders.plain(), Room()
    assert look(5.0, room.person(5 * FPS).bgr()) == (True, True)
    assert look(6.0, room.empty(6 * FPS).bgr()) == (True, False)


def test_moodcast_looks_at_few_of_the_frames_and_each_counts_from_the_face_s_first_look_on(with_model: None) -> None:
    look, room = contenders.moodcast(), Room()
    looks = [look(number / FPS, room.person(number).bgr()) for number in range(4 * FPS, 6 * FPS)]
    assert sum(looked for looked, _ in looks) < 20
    assert sum(seen for _, seen in looks) == 2 * FPS


def test_contenders_take_turns_on_the_same_frames(with_model: None) -> None:
    result = compare({"moodcast": sys.executable, "plain": sys.executable}, None, 1)
    assert result["moodcast"]["frames"] == result["plain"]["frames"] == 30
    assert result["plain"]["analysed"] == result["plain"]["frames_with_face"] == 30
    assert result["moodcast"]["analysed"] < 15
    assert result["moodcast"]["rss_mib"] > 10


@pytest.mark.bench
def test_moodcast_takes_a_twentieth_of_the_plain_loop_s_cpu_and_for_a_look_a_fifth(with_model: None) -> None:
    result = compare({"moodcast": sys.executable, "plain": sys.executable}, None, 10)
    print(table(result))
    ours, plain = result["moodcast"], result["plain"]
    assert ours["frames"] == ours["frames_with_face"] == 300
    assert 20 * ours["cpu_ms_per_frame"] <= plain["cpu_ms_per_frame"]
    assert 5 * ours["cpu_ms_per_analysed_frame"] <= plain["cpu_ms_per_analysed_frame"]


def test_a_recording_is_brought_to_fit_and_ends_when_it_ends(tmp_path: Path) -> None:
    video = tmp_path / "large.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 10, (1280, 720))
    for _ in range(3):
        writer.write(np.full((720, 1280, 3), 90, np.uint8))
    writer.release()
    taken = list(contenders.pictures(str(video)))
    assert [t for t, _ in taken] == pytest.approx([0.0, 0.1, 0.2])
    assert {picture.shape for _, picture in taken} == {(360, 640, 3)}


def test_a_contender_that_cannot_start_is_told_apart_from_one_that_has_finished() -> None:
    contender = Contender(sys.executable, "nobody", None)
    with pytest.raises(RuntimeError, match="ended early"):
        contender.turn(1)
    contender.close()


def test_what_is_not_installed_is_left_out_and_said(tmp_path: Path) -> None:
    chosen, skipped = pythons(str(tmp_path / "no-python"), str(tmp_path / "none-either"))
    assert set(chosen) == {"moodcast", "plain"}
    assert len(skipped) == 2
    assert "keras is not installed for" in skipped[0]
    assert "fer (PyPI) is left out" in skipped[1]


def test_a_python_is_asked_what_it_has() -> None:
    assert has(sys.executable, "json")
    assert not has(sys.executable, "no_such_module_anywhere")


def test_the_table_gives_each_one_s_cpu_time_in_moodcast_s() -> None:
    rows = table({name: summary(last) for name, last in RESULT.items()}).splitlines()
    assert rows[2] == "| Moodcast | 0.50 | 3.75 | 297 of 300 | 90 | 1.0 |"
    assert rows[3] == "| fer (PyPI) | 40.00 | 40.00 | 300 of 300 | 660 | 80.0 |"


def test_the_chart_is_well_formed_and_its_bars_are_in_proportion() -> None:
    drawn = ElementTree.fromstring(chart({name: summary(last) for name, last in RESULT.items()}))
    ours, theirs = drawn.iter(f"{SVG}rect")
    assert ours.attrib["class"] == "ours"
    assert float(theirs.attrib["width"]) / float(ours.attrib["width"]) == pytest.approx(80, rel=0.02)
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert "40 ms · 80 ×" in texts
    assert "0.5 ms" in texts


def test_the_chart_in_the_documents_is_that_of_the_figures_beside_it(root: Path) -> None:
    figures = json.loads((root / "docs/cost.json").read_text())
    assert (root / "docs/cost.svg").read_text() == chart(figures)
