"""The command line: its formats, and one clear line for everything that is wrong."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import cv2
import numpy as np
import pytest

from edge.records import LABELS, MOODS
from tests.daemon import PORTRAIT, edge, film

Edge = Callable[..., CompletedProcess[str]]


@pytest.fixture
def run_edge(python_env: dict[str, str], working_folder: Path) -> Edge:
    return lambda *arguments: edge(python_env, working_folder, *arguments)


@pytest.fixture(scope="module")
def smile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("film") / "smile.avi", 3.0, 5.0)


def lines(result: CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def one_line(result: CompletedProcess[str], *parts: str) -> None:
    """Status 2, and one line on stderr that says all of `parts`."""
    said = [line for line in result.stderr.splitlines() if not line.startswith("INFO:")]  # the interpreter's own
    assert result.returncode == 2, result
    assert len(said) == 1, said
    assert all(part in said[0] for part in parts), said


def test_a_photo_gives_each_face_its_box_label_confidence_and_scores(run_edge: Edge) -> None:
    result = run_edge("photo", "--json", PORTRAIT)
    (answer,) = lines(result)
    assert result.returncode == 0
    assert answer["file"] == str(PORTRAIT)
    (face,) = answer["faces"]  # type: ignore[misc]  # JSON
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


def test_a_file_that_is_too_large_for_a_photo_is_not_read_into_memory(run_edge: Edge, tmp_path: Path) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(2**40)
    huge_answer, answer = lines(run_edge("photo", "--json", huge, PORTRAIT))
    assert "larger than 64 MiB" in str(huge_answer["error"])
    assert answer["faces"]


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
    assert [change["mood"] for change in changes] == ["happy", "absent"]
    assert set(changes[0]) == {"t", "mood", "previous", "confidence", "faces", "playlist"}
    summary = last["summary"]
    assert isinstance(summary, dict)
    assert (summary["frames"], summary["changes"]) == (80, 2)
    assert summary["seconds"] == pytest.approx(8.0)
    assert set(summary) == {"frames", "seconds", "changes", "changes_per_hour", "cpu_ms_per_frame", "frames_with_face"}


def test_the_same_recording_gives_the_same_changes_each_time(run_edge: Edge, smile: Path) -> None:
    first, second = (lines(run_edge("replay", smile, "--json"))[:-1] for _ in range(2))
    assert first == second


def test_a_folder_of_frames_is_a_recording_too(run_edge: Edge, smile: Path, tmp_path: Path) -> None:
    video = cv2.VideoCapture(str(smile))
    for number in range(30):
        cv2.imwrite(str(tmp_path / f"{number:04}.jpg"), video.read()[1])
    video.release()
    changes = lines(run_edge("replay", tmp_path, "--json", "--fps", "10"))
    assert changes[0]["mood"] == "happy"
    assert changes[-1]["summary"]["frames"] == 30  # type: ignore[index]  # JSON


def test_bench_prints_our_cost_beside_the_plain_loops(run_edge: Edge, smile: Path) -> None:
    (result,) = lines(run_edge("bench", smile, "--json"))
    assert set(result) == {"frames", "seconds", "cpu_ms_per_frame", "cpu_ms_per_analysed_frame", "frames_with_face",
                           "full_scan_share", "rss_mib", "stages_ms", "naive"}  # fmt: skip
    assert set(result["naive"]) == {"cpu_ms_per_frame", "frames_with_face"}  # type: ignore[call-overload]  # JSON
    shown = run_edge("bench", smile).stdout
    assert "times less" in shown
    assert "looked at a second" in shown


def test_check_names_every_problem_at_once(
    run_edge: Edge, python_env: dict[str, str], free_port: int, working_folder: Path
) -> None:
    python_env.pop("MOODCAST_MODEL", None)  # it would win over the configuration's
    Path("config.yaml").write_text(f"mqtt: {{host: 127.0.0.1, port: {free_port}}}\nmodel: {{path: gone.tflite}}\n")
    result = run_edge("check", "--source", "nowhere.mp4")
    assert result.returncode == 2
    problems = [line for line in result.stdout.splitlines() if line.startswith("PROBLEM")]
    assert len(problems) == 3
    assert all(part in result.stdout for part in ("gone.tflite", "nowhere.mp4", str(free_port)))


def test_check_is_content_where_all_is_well(run_edge: Edge, free_port: int) -> None:
    Path("config.yaml").write_text(f"mqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {free_port}}}\n")
    result = run_edge("check", "--source", "demo")
    assert result.returncode == 0, result.stdout
    assert "PROBLEM" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ((), ("COMMAND",)),
        (("dance",), ("dance",)),
        (("run", "--colour"), ("--colour",)),
        (("replay",), ("VIDEO",)),
        (("replay", "x.mp4", "--fps", "fast"), ("--fps", "fast")),
        (("replay", "x.mp4", "--fps", "0"), ("--fps", "0")),
        (("replay", "nowhere.mp4"), ("nowhere.mp4",)),
        (("replay", "demo"), ("demo", "no end")),
        (("bench", "nowhere.mp4"), ("nowhere.mp4",)),
        (("run", "--config", "nowhere.yaml"), ("nowhere.yaml",)),
        (("run", "--source", "nowhere.mp4"), ("nowhere.mp4",)),
        (("run", "--source", "/dev/video99"), ("/dev/video99",)),
        (("replay", "x.mp4", "--truth", "nowhere.csv"), ("nowhere.csv",)),
    ],
)
def test_what_is_wrong_on_the_command_line_is_one_line(
    run_edge: Edge, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    one_line(run_edge(*arguments), *parts)


def test_a_configuration_with_many_faults_names_each_on_its_own_line(run_edge: Edge) -> None:
    Path("config.yaml").write_text("mood: {dwell_seconds: long, enter_levle: 0.4}\nweb: {port: 99999}\n")
    result = run_edge("run", "--demo")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 3
    assert all(key in result.stderr for key in ("mood.dwell_seconds", "enter_level", "web.port"))


@pytest.mark.parametrize("damage", ["missing", "truncated", "another", "no card"])
def test_a_model_that_is_not_what_it_should_be_is_named(
    run_edge: Edge, python_env: dict[str, str], model_path: Path, tmp_path: Path, damage: str
) -> None:
    python_env.pop("MOODCAST_MODEL", None)  # it would win over the configuration's
    model = tmp_path / "mine.tflite"
    shutil.copy(model_path, model)
    shutil.copy(model_path.with_suffix(".json"), model.with_suffix(".json"))
    if damage == "missing":
        model.unlink()
    elif damage == "truncated":
        model.write_bytes(model.read_bytes()[:5000])
    elif damage == "another":
        model.write_bytes(model.read_bytes() + b"\0")
    else:
        model.with_suffix(".json").unlink()
    Path("config.yaml").write_text(f"model: {{path: {model}}}\n")
    one_line(run_edge("photo", PORTRAIT), "mine.")


def test_a_port_in_use_is_named_with_its_key(run_edge: Edge, free_port: int) -> None:
    import socket

    Path("config.yaml").write_text(f"mqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {free_port}}}\n")
    with socket.create_server(("127.0.0.1", free_port)):
        result = run_edge("run", "--demo")
    assert result.returncode == 2
    assert "web.port" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("content", [b"", b"RIFF but no film" * 99])
def test_a_recording_that_is_none_is_one_line(run_edge: Edge, tmp_path: Path, content: bytes) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(content)
    result = run_edge("replay", film)
    assert result.returncode == 2
    assert "film.mp4" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "evaluate", "model.keras", "--data", "faces", "--split", "test"),
        ("convert", "model.keras", "--data", "faces", "--out", "model.tflite"),
    ],
)
def test_training_without_tensorflow_says_how_to_get_it(
    python_env: dict[str, str], working_folder: Path, arguments: tuple[str, ...]
) -> None:
    Path("faces").mkdir()
    for name in ("keras", "tensorflow"):  # whether they are installed here or not
        Path(f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name}', name='{name}')")
    result = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=working_folder, env=python_env, check=False, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip
    assert result.returncode == 2, result
    assert "requirements-train.txt" in result.stderr
    assert len(result.stderr.splitlines()) == 1


class TestSharedRecordings:
    """What real people show, where the recordings are at hand."""

    def test_sad_to_happy_goes_from_sad_to_happy(self, run_edge: Edge, shared: Path) -> None:
        *changes, _ = lines(run_edge("replay", shared / "media/videos/expr_sad_to_happy_pexels.mp4", "--json"))
        seen = [change["mood"] for change in changes]
        assert seen[0] == "sad"
        assert seen[-1] == "happy"

    def test_a_face_that_leaves_ends_absent(self, run_edge: Edge, shared: Path) -> None:
        *changes, _ = lines(run_edge("replay", shared / "media/videos/expr_face_then_noface.mov", "--json"))
        assert changes[-1]["mood"] == "absent"

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
