"""Which cameras picamera2 finds on the cables, and what keeps one from opening: `FakePicamera2` stands in for it."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from edge.camera import v4l2
from edge.camera.opening import open_source
from edge.camera.picamera import (
    _find_obstacle,
    find_cameras,
    notes_on,
)
from edge.config import CameraConfig
from edge.errors import CameraError
from tests.camera.fakes import holding
from tests.camera.picamera2_fake import FakePicamera2, open_camera

ROOT = Path(__file__).resolve().parents[2]


def test_no_camera_on_the_cable_is_told(pi: type[FakePicamera2]) -> None:
    pi.infos = []
    with pytest.raises(CameraError, match="picamera2 finds no camera; check the ribbon cable"):
        open_camera(pi)


def test_the_second_ribbon_of_a_pi_5_is_a_source(pi: type[FakePicamera2]) -> None:
    pi.infos = [{"Id": "/base/axi/pcie/i2c@88000/imx708@1a"}, {"Id": "/base/axi/pcie/i2c@80000/imx219@10"}]
    with closing(open_source(CameraConfig(source="picamera:1"))) as source:
        assert source.name == "picamera:1"
    assert pi.opened[-1].number == 1
    with pytest.raises(CameraError, match="picamera2 finds 2 of them"):
        open_source(CameraConfig(source="picamera:2"))


def test_a_camera_that_does_not_open_is_told_and_opens_at_the_next_try(pi: type[FakePicamera2]) -> None:
    pi.busy = True
    with pytest.raises(CameraError, match="the camera does not open"):
        open_camera(pi)
    pi.busy = False
    open_camera(pi)


def test_what_keeps_the_camera_from_opening_is_looked_for(tmp_path: Path) -> None:
    assert "dtoverlay=vc4-kms-v3d" in _find_obstacle(tmp_path)
    heap = tmp_path / "dma_heap" / "linux,cma"
    heap.parent.mkdir()
    heap.touch()
    proc = tmp_path / "proc"
    assert "is another program using it" in _find_obstacle(tmp_path, proc)
    media = tmp_path / "media0"
    media.touch()
    with holding(media) as other:
        assert f"(process {other}) is using it" in _find_obstacle(tmp_path, proc)
    with media.open():
        assert "this Moodcast still holds it after a try that failed" in _find_obstacle(tmp_path, proc)


def test_a_service_whose_open_files_its_owner_may_not_see_is_named_by_its_command_line(tmp_path: Path) -> None:
    (tmp_path / "dma_heap").mkdir()
    (tmp_path / "dma_heap" / "linux,cma").touch()
    proc = tmp_path / "proc"
    for number, words in ((812, b"python3\0-m\0edge\0run\0--config\0x\0"), (813, b"python3\0-m\0edge\0check\0")):
        (proc / str(number)).mkdir(parents=True)
        (proc / str(number) / "cmdline").write_bytes(words)
    said = _find_obstacle(tmp_path, proc)
    assert said == "a Moodcast (process 812) may be using it: sudo systemctl stop moodcast"


def test_auto_takes_the_camera_on_the_cable(pi: type[FakePicamera2]) -> None:
    source = open_source(CameraConfig(), "auto")
    assert source.name == "picamera"
    source.close()


def test_a_webcam_is_left_to_v4l2(pi: type[FakePicamera2]) -> None:
    pi.infos = [{"Id": "/base/axi/pcie@1000120000/rp1/usb@200000-1:1.0-046d:0825", "Model": "webcam", "Num": 0}]
    with pytest.raises(CameraError, match="picamera2 finds no camera; check the ribbon cable"):
        find_cameras()


def test_the_cameras_number_counts_webcams_too(pi: type[FakePicamera2]) -> None:
    pi.infos = [{"Id": "/base/rp1/usb@200000-1:1.0-046d:0825", "Num": 0}, {"Id": "/base/i2c@88000/imx708@1a", "Num": 1}]
    _, camera = open_camera(pi)
    assert camera.number == 1


@pytest.mark.parametrize("source", ["picamera", "auto"])
def test_a_picamera2_of_another_numpy_is_named_with_what_to_do(
    pi: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    def broken() -> list[dict[str, Any]]:
        raise ValueError("numpy.dtype size changed, may indicate binary incompatibility")

    monkeypatch.setattr(pi, "global_camera_info", broken)
    monkeypatch.setattr(v4l2, "capture_devices", list)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    with pytest.raises(CameraError, match=r"picamera2 does not work: ValueError: numpy\.dtype .* delete \.venv"):
        open_source(CameraConfig(), source)


def test_a_picamera2_that_is_too_old_is_named(pi: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(FakePicamera2, "cancel_all_and_flush")
    with pytest.raises(CameraError, match=r"picamera2 is older than 0\.3\.21: sudo apt update"):
        find_cameras()


def test_auto_on_a_pi_without_its_camera_names_the_ribbon_and_no_decoder(
    pi: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    pi.infos = []
    monkeypatch.setattr(v4l2, "capture_devices", lambda: [Path("/dev/null")])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    with pytest.raises(CameraError) as told:
        open_source(CameraConfig(), "auto")
    assert "picamera2 finds no camera; check the ribbon cable" in str(told.value)
    assert "/dev/null" not in str(told.value)


def test_a_second_ribbon_and_a_virtual_camera_are_told_of(pi: type[FakePicamera2]) -> None:
    assert list(notes_on(find_cameras())) == []
    pi.infos = [{"Id": "/base/i2c@88000/imx708@1a", "Num": 0}, {"Id": "Virtual0", "Model": "Virtual Video", "Num": 1}]
    second, virtual = notes_on(find_cameras())
    assert "camera.source: picamera:1 is the second" in second
    assert "virtual camera" in virtual


@pytest.mark.parametrize(
    ("line", "loaded"), [("import av", "[]"), ("from av import VideoFrame", "['av']")], ids=["its name", "more of it"]
)
def test_pyav_is_not_loaded_unless_picamera2_cannot_do_without(tmp_path: Path, line: str, loaded: str) -> None:
    (tmp_path / "av.py").write_text("class VideoFrame: pass\n")
    (tmp_path / "picamera2.py").write_text(
        f"{line}\nclass Picamera2:\n    cancel_all_and_flush = None\n"
        "    @staticmethod\n    def global_camera_info(): return [{'Id': 'imx708'}]\n"
    )
    code = (
        "import sys; from edge.camera.picamera import find_cameras;"
        "print(len(find_cameras()), [*{'av'} & {*sys.modules}]);"
        "import av; print(av.VideoFrame.__name__)"
    )
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == [f"1 {loaded}", "VideoFrame"], "and whoever needs it has it"
