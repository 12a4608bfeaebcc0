"""One clear line for everything that is wrong."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.results import Edge, one_line
from tests.daemon.process import PORTRAIT


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


def test_check_offline_tries_nothing_that_a_moodcast_which_runs_beside_holds(
    run_edge: Edge, free_port: int, working_folder: Path
) -> None:
    Path("config.yaml").write_text(f"web: {{host: 127.0.0.1, port: {free_port}}}\ncamera: {{source: /dev/video99}}\n")
    with socket.create_server(("127.0.0.1", free_port)):
        result = run_edge("check", "--offline")
    assert result.returncode == 0, result.stdout
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["config:", "model:", "disk:"]


def test_check_notes_a_default_of_an_earlier_version_and_is_content(run_edge: Edge, working_folder: Path) -> None:
    Path("config.yaml").write_text("mood: {absent_seconds: 2.0}\n")
    result = run_edge("check", "--offline")
    assert result.returncode == 0, result.stdout
    assert "note    config: mood.absent_seconds: 2.0 was the default once, and now it is 60.0" in result.stdout


def test_check_looks_where_the_state_is_kept_even_without_a_history(
    run_edge: Edge, python_env: dict[str, str], free_port: int, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    python_env["STATE_DIRECTORY"] = str(in_the_way / "moodcast")
    Path("config.yaml").write_text(
        f"mqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {free_port}}}\nhistory: {{enabled: false}}\n"
    )
    result = run_edge("check", "--source", "demo")
    assert result.returncode == 2
    (problem,) = [line for line in result.stdout.splitlines() if line.startswith("PROBLEM")]
    assert f"the state's folder ($STATE_DIRECTORY, else ~/.local/state/moodcast): {in_the_way} cannot" in problem


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
        (("replay", "n" * 300), ("nnn cannot be read: File name too long",)),
        (("replay", "auto"), ("auto", "a live camera")),
        (("bench", "picamera"), ("picamera", "a live camera")),
        (("bench", "/dev/video99"), ("/dev/video99", "a live camera")),
        (("run", "--config", "nowhere.yaml"), ("nowhere.yaml",)),
        (("run", "--source", "nowhere.mp4"), ("nowhere.mp4",)),
        (("replay", "x.mp4", "--truth", "nowhere.csv"), ("nowhere.csv",)),
        (("run", "--demo", "--source", "x.mp4"), ("--source", "--demo")),
        (("run", "--source", ""), ("--source", "is empty")),
        (("check", "--config", ""), ("--config", "is empty")),
        (("photo", ""), ("IMAGE", "is empty")),
        (("bench", ""), ("VIDEO", "is empty")),
        (("replay", "x.mp4", "--truth", ""), ("--truth", "is empty")),
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
    one_line(result, "web.port", str(free_port))


def test_check_names_a_folder_where_the_history_is_to_be(run_edge: Edge, free_port: int, tmp_path: Path) -> None:
    Path("config.yaml").write_text(
        f"mqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {free_port}}}\nhistory: {{path: {tmp_path}}}\n"
    )
    result = run_edge("check", "--source", "demo")
    assert result.returncode == 2
    assert f"PROBLEM disk: history.path: {tmp_path} is a folder; name a file in it" in result.stdout


def test_check_names_a_path_that_cannot_be_looked_at(run_edge: Edge, free_port: int) -> None:
    name = "n" * 300
    Path("config.yaml").write_text(
        f"mqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {free_port}}}\nhistory: {{path: {name}}}\n"
    )
    result = run_edge("check", "--source", "demo")
    assert (result.returncode, result.stderr) == (2, "")
    (problem,) = [line for line in result.stdout.splitlines() if line.startswith("PROBLEM")]
    assert problem.startswith("PROBLEM disk: ") and problem.endswith("nnn: File name too long")


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
