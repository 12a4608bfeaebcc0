"""Photos, recordings and the benchmark on the command line: their formats."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.records import LABELS, MOODS
from tests.cli.results import Edge, lines
from tests.daemon.process import PORTRAIT, film


@pytest.fixture(scope="module")
def smile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("film") / "smile.avi", 3.0, 5.0)


def test_a_photo_gives_each_face_its_box_label_confidence_and_scores(run_edge: Edge) -> None:
    result = run_edge("photo", "--json", PORTRAIT)
    (answer,) = lines(result)
    assert (result.returncode, result.stderr) == (0, "")
    assert answer["file"] == str(PORTRAIT)
    (face,) = answer["faces"]
    assert face["label"] == "happy"
    assert face["confidence"] == max(face["scores"].values())
    assert list(face["scores"]) == list(LABELS)
    assert sum(face["scores"].values()) == pytest.approx(1.0, abs=0.001)
    assert len(face["box"]) == 4


def test_photos_that_cannot_be_read_are_named_and_the_others_are_still_done(run_edge: Edge, tmp_path: Path) -> None:
    empty, text, half = tmp_path / "empty.jpg", tmp_path / "text.jpg", tmp_path / "half.png"
    empty.touch()
    text.write_text("not a picture")
    half.write_bytes(PORTRAIT.read_bytes()[:2000])
    result = run_edge("photo", "--json", empty, text, half, tmp_path / "missing.jpg", PORTRAIT)
    answers = lines(result)
    assert result.returncode == 1
    assert [("error" in answer, "faces" in answer) for answer in answers] == [(True, False)] * 4 + [(False, True)]
    assert "Traceback" not in result.stderr


def test_photos_none_of_which_can_be_read_are_named_each_in_a_line(run_edge: Edge, tmp_path: Path) -> None:
    result = run_edge("photo", tmp_path, tmp_path / "missing.jpg")
    assert (result.returncode, result.stderr) == (1, "")
    assert result.stdout.splitlines() == [
        f"{tmp_path}: cannot be read: Is a directory",
        f"{tmp_path / 'missing.jpg'}: cannot be read: No such file or directory",
    ]


def test_a_file_that_is_too_large_for_a_photo_is_not_read_into_memory(run_edge: Edge, tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(2**40)
    huge_answer, answer = lines(run_edge("photo", "--json", huge, PORTRAIT))
    assert "larger than 64 MiB" in str(huge_answer["error"])
    assert answer["faces"]


def test_a_large_photo_is_decoded_small_and_its_faces_told_of_in_its_own_pixels(run_edge: Edge, tmp_path: Path) -> None:
    portrait = cv2.imread(str(PORTRAIT))
    factor = -(-5 * 1280 // max(portrait.shape))
    large = cv2.resize(portrait, None, fx=factor, fy=factor)
    for name in ("large.jpg", "large.png"):
        cv2.imwrite(str(tmp_path / name), large)
    small, jpeg, png = lines(run_edge("photo", "--json", PORTRAIT, tmp_path / "large.jpg", tmp_path / "large.png"))
    assert jpeg["faces"][0]["box"] == pytest.approx([factor * side for side in small["faces"][0]["box"]], rel=0.1)
    assert "of a kind that is decoded whole; at most 16 are taken" in png["error"]


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_name_that_is_no_text_is_no_reason_to_stop(
    run_edge: Edge, python_env: dict[str, str], tmp_path: Path, encoding: str
) -> None:
    python_env["PYTHONIOENCODING"] = encoding + ":strict"  # what most locales are
    photo = os.fsencode(tmp_path) + b"/caf\xe9.png"
    shutil.copy(PORTRAIT, os.fsdecode(photo))
    result = run_edge("photo", os.fsdecode(photo), PORTRAIT)
    assert result.returncode == 0, result.stderr
    assert [line.split(": ")[1].split()[0] for line in result.stdout.splitlines()] == ["happy", "happy"]


def test_output_that_does_not_fit_on_the_disk_is_one_line(python_env: dict[str, str], working_folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "edge", "photo", PORTRAIT], cwd=working_folder, env=python_env, check=False,
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=120,
        )  # fmt: skip
    assert result.returncode == 1
    assert "the disk is full" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_an_empty_wall_has_no_face(run_edge: Edge, tmp_path: Path) -> None:
    wall = np.random.default_rng(1).normal(140, 4, (480, 640)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "wall.png"), wall)
    (answer,) = lines(run_edge("photo", "--json", tmp_path / "wall.png"))
    assert answer["faces"] == []


def test_replaying_a_recording_prints_each_change_and_a_summary(run_edge: Edge, smile: Path) -> None:
    *changes, last = lines(run_edge("replay", smile, "--json"))
    expressions = [change for change in changes if "expression" in change]
    moods = [change for change in changes if "mood" in change]
    assert [change["expression"] for change in expressions] == ["happy", "none"]
    assert [change["mood"] for change in moods] == ["neutral"], "four seconds are no mood yet"
    assert set(expressions[0]) == {"t", "expression", "previous", "confidence", "faces"}
    assert set(moods[0]) == {"t", "mood", "previous", "strength", "faces", "playlist"}
    summary = last["summary"]
    assert isinstance(summary, dict)
    assert (summary["frames"], summary["expression_changes"], summary["mood_changes"]) == (80, 2, 1)
    assert summary["seconds"] == pytest.approx(8.0)
    assert 0.4 < summary["presence_share"] < 0.9
    assert set(summary) == {"frames", "seconds", "expression_changes", "mood_changes", "mood_changes_per_hour",
                            "presence_share", "cpu_ms_per_frame", "frames_with_face"}  # fmt: skip


def test_why_is_told_at_every_change(run_edge: Edge, smile: Path) -> None:
    said = [line["why"] for line in lines(run_edge("replay", smile, "--json", "--why")) if "why" in line]
    assert any(str(line).startswith("mood: neutral; next is happy with ") for line in said)
    assert any(re.match(r"expression: (perhaps|probably|clearly) happy, ", str(line)) for line in said)


def test_the_same_recording_gives_the_same_changes_each_time(run_edge: Edge, smile: Path) -> None:
    first, second = (lines(run_edge("replay", smile, "--json"))[:-1] for _ in range(2))
    assert first == second


def test_a_folder_of_frames_is_a_recording_too(run_edge: Edge, smile: Path, tmp_path: Path) -> None:
    video = cv2.VideoCapture(str(smile))
    for number in range(30):
        cv2.imwrite(str(tmp_path / f"{number:04}.jpg"), video.read()[1])
    video.release()
    changes = lines(run_edge("replay", tmp_path, "--json", "--fps", "10"))
    assert changes[0]["expression"] == "happy"
    assert changes[-1]["summary"]["frames"] == 30


def test_bench_prints_our_cost_beside_the_plain_loops(run_edge: Edge, smile: Path) -> None:
    (result,) = lines(run_edge("bench", smile, "--json"))
    assert set(result) == {"frames", "seconds", "cpu_ms_per_frame", "cpu_ms_per_analysed_frame", "frames_with_face",
                           "full_scan_share", "rss_mib", "stages_ms", "naive"}  # fmt: skip
    assert set(result["naive"]) == {"cpu_ms_per_frame", "frames_with_face"}
    shown = run_edge("bench", smile).stdout
    assert "times less" in shown
    assert "looked at a second" in shown


class TestSharedRecordings:
    """What real people show, where the recordings are at hand."""

    def test_sad_to_happy_goes_from_sad_to_happy(self, run_edge: Edge, shared: Path) -> None:
        *changes, _ = lines(run_edge("replay", shared / "media/videos/expr_sad_to_happy_pexels.mp4", "--json"))
        seen = [change["expression"] for change in changes if "expression" in change]
        assert seen[0] == "sad"
        assert seen[-1] == "happy"

    def test_a_face_that_leaves_ends_in_nobody(self, run_edge: Edge, shared: Path) -> None:
        *changes, _ = lines(run_edge("replay", shared / "media/videos/expr_face_then_noface.mov", "--json"))
        assert changes[-1]["expression"] == "none"

    def test_nine_of_ten_photos_are_read_as_people_do_and_none_where_there_is_no_face(
        self, run_edge: Edge, shared: Path
    ) -> None:
        photos = sorted((shared / "media/photos").iterdir())
        right = 0
        for answer in lines(run_edge("photo", "--json", *photos)):
            truth = Path(str(answer["file"])).name.split("_")[0]
            faces = answer["faces"]
            assert isinstance(faces, list)
            if truth not in MOODS:
                assert faces == [], answer["file"]
            else:
                right += bool(faces) and faces[0]["label"] == truth
        assert right >= 9
