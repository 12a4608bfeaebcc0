"""The device's programs on emulated 64-bit ARM cores, beside the same here: run by scripts/test-arm64, which says how;
skipped otherwise.

Faces are the same, to the pixel. What differs on ARM is the rounding of an averaged picture (a large photo, a large
face's crop): some pixels by a grey level.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from edge.picture.decode import read_picture
from edge.records import LABELS, Box
from edge.vision.preprocess import crop
from tests.arm64.emulated import PATIENCE, Emulated, EmulatedDaemon
from tests.arm64.stages import EDGE, PORTRAITS, Arrays, answer, grey_of, make_crops, shipped_model, stages
from tests.broker.client import BASE
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.cli.results import lines
from tests.daemon.process import QUICK, edge, settings


@pytest.fixture(scope="session")
def here(material: Path) -> Arrays:
    """What the stages give on this machine."""
    crops = make_crops()
    np.save(material / "crops.npy", crops)
    return stages(crops)


@pytest.fixture(scope="session")
def there(here: Arrays, emulated: Emulated, material: Path) -> Arrays:
    """What they give on the emulated core, for the same crops."""
    done = emulated.run(material, "python3", "-m", "tests.arm64.stages", material)
    assert done.returncode == 0, done.stderr
    with np.load(material / "stages.npz") as found:
        return dict(found)


def differing(one: Arrays, other: Arrays, kind: str) -> dict[str, int]:
    """Of each step of that kind, by how much its values differ at most; those that do not are left out."""
    steps = [name for name in one if name.startswith(kind)]
    assert steps and set(one) == set(other)
    apart = {name: np.abs(np.asarray(one[name], np.int64) - np.asarray(other[name], np.int64)).max() for name in steps}
    return {name: int(most) for name, most in apart.items() if most}


def test_it_is_a_64_bit_arm(emulated: Emulated, material: Path) -> None:
    done = emulated.run(material, "python3", "-c", "import platform; print(platform.machine())")
    assert done.stdout == "aarch64\n"


@pytest.mark.parametrize("kind", ["decoded", "grey", "turned", "reduced", "hits"])
def test_a_picture_in_grey_turned_or_reduced_and_the_cascades_hits_in_it_are_the_very_same(
    kind: str, here: Arrays, there: Arrays
) -> None:
    assert differing(here, there, kind) == {}


def test_an_averaged_picture_differs_by_a_grey_level_at_most_and_a_halved_one_by_none(
    here: Arrays, there: Arrays
) -> None:
    averaged = differing(here, there, "averaged")
    assert max(averaged.values(), default=0) <= 1
    assert not [name for name in averaged if name.endswith(" 0.50")]


def test_the_models_answer_to_the_same_crop_is_the_same_within_a_step_of_its_int8(here: Arrays, there: Arrays) -> None:
    assert differing(here, there, "answers").get("answers", 0) <= 1
    assert (np.argmax(here["answers"], axis=1) == np.argmax(there["answers"], axis=1)).all()


def test_photo_finds_the_same_faces_and_reads_the_same_expressions(
    emulated: Emulated, material: Path, python_env: dict[str, str]
) -> None:
    pictures = [material / name for name in PORTRAITS]
    on_arm = lines(emulated.edge(material, "photo", "--json", *pictures))
    on_this = lines(edge(python_env, material, "photo", "--json", *pictures))
    assert labels(on_arm) == labels(on_this) == [["happy"], ["neutral"]]
    for name, one, other in zip(PORTRAITS, faces(on_arm), faces(on_this), strict=True):
        assert one["box"] == other["box"]
        lowest, highest = a_step_away(name, Box(*other["box"]))
        assert all(low <= score <= high for low, score, high in zip(lowest, scores(one), highest, strict=True))


def a_step_away(name: str, box: Box) -> tuple[list[float], list[float]]:
    """The lowest and the highest score of each label that `photo` may print for a face when each of the model's outputs
    is a step of its int8 off. The temperature comes after: of two outputs alike a step makes 0.008."""
    model = shipped_model()
    outputs = answer(model, crop(grey_of(read_picture(EDGE / "demo" / name)), box, model.input)).astype(float)
    less, more = (np.clip(outputs + step, 0, 255) ** (1 / model.temperature) for step in (-1, 1))
    low, high = less / (less + more.sum() - more), more / (more + less.sum() - less)
    order = [model.labels.index(label) for label in LABELS]
    printed = 0.5e-4  # scores have four decimals
    return list(low[order] - printed), list(high[order] + printed)


def scores(face: dict[str, Any]) -> list[float]:
    return [face["scores"][label] for label in LABELS]


def faces(photos: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [face for photo in photos for face in photo["faces"]]


def labels(photos: list[dict[str, Any]]) -> list[list[str]]:
    return [[face["label"] for face in photo["faces"]] for photo in photos]


def test_replay_tells_the_same_changes_at_the_same_times(
    emulated: Emulated, material: Path, python_env: dict[str, str]
) -> None:
    config = material / "replay.yaml"
    config.write_text(yaml.safe_dump({"mood": QUICK}))
    command = ("replay", "--json", "--config", config, material / "smile.avi")
    on_arm, on_this = lines(emulated.edge(material, *command)), lines(edge(python_env, material, *command))
    for run in (on_arm, on_this):
        del run[-1]["summary"]["cpu_ms_per_frame"]
    told = [change.get("expression") or change.get("mood") for change in on_this[:-1]]
    assert told == ["happy", "neutral", "happy", "none", "absent"]
    assert on_arm == on_this


def test_check_finds_what_it_finds_here_and_no_problem(
    emulated: Emulated, broker: Mosquitto, material: Path, python_env: dict[str, str], free_port: int
) -> None:
    config = material / "check.yaml"
    config.write_text(json.dumps(settings(broker.port, free_port, camera={"source": "demo"})))
    on_arm = emulated.edge(material, "check", "--config", config)
    state = python_env | {"STATE_DIRECTORY": str(material / "state")}
    on_this = edge(state, material, "check", "--config", config)
    assert findings(on_arm.stdout) == findings(on_this.stdout)
    assert (on_arm.returncode, "PROBLEM" in on_arm.stdout) == (0, False)


def findings(said: str) -> list[str]:
    """The lines of `check` without its notes on the machine, and without how much space is free."""
    return [re.sub(r"\d+ MiB free", "free", line) for line in said.splitlines() if not line.startswith("note")]


def test_the_daemon_tells_the_broker_and_the_page_a_mood_and_ends_when_asked(
    emulated: Emulated, broker: Mosquitto, tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    chosen = settings(broker.port, free_port)
    with Listener(broker.port) as listener, EmulatedDaemon(emulated, tmp_path, python_env, chosen, "--demo") as daemon:
        listener.wait_for(f"{BASE}/mood", "happy", seconds=PATIENCE)
        status = daemon.until(lambda: daemon.json("/api/status"), "its status", PATIENCE)
        page = daemon.until(lambda: daemon.get("/"), "the page", PATIENCE)
        assert daemon.stop() == 0, daemon.log
        listener.wait_for(f"{BASE}/availability", "offline")
    assert (status["camera"], status["problem"]) == ("ON", "")
    assert b"<title>" in page
    assert "Traceback" not in daemon.log
