"""The Pi's camera through picamera2. There is none here: `FakePicamera2` stands in for it."""

import atexit
import importlib.machinery
import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from edge.camera import v4l2
from edge.camera.opening import open_source
from edge.camera.picamera import (
    BUFFERS,
    PiCamera,
    _find_obstacle,
    bgr_of_yuv,
    choose_sensor_mode,
    find_cameras,
    notes_on,
)
from edge.config import CameraConfig
from edge.errors import CameraError
from tests.camera.fakes import holding
from tests.camera.picamera2_fake import MODES, FakePicamera2

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pi(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakePicamera2]]:
    """A machine on which picamera2 and libcamera can be imported."""

    class Here(FakePicamera2):
        opened: ClassVar[list[FakePicamera2]] = []

    def transform(**flips: bool) -> dict[str, bool]:
        return flips

    for name, contents in (("picamera2", {"Picamera2": Here}), ("libcamera", {"Transform": transform})):
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    yield Here


def open_camera(pi: type[FakePicamera2], **camera: Any) -> tuple[PiCamera, FakePicamera2]:
    source = PiCamera(CameraConfig(**camera))
    return source, pi.opened[-1]


def test_grey_is_a_slice_of_the_captured_frame_without_its_padding(pi: type[FakePicamera2]) -> None:
    source, _ = open_camera(pi, width=100, height=60)
    frame = source.read()
    assert frame is not None
    assert (frame.width, frame.height) == (100, 60)
    grey = frame.grey()
    assert grey.shape == (60, 100)
    assert grey.base is not None and grey.base.shape == (90, 128)  # a view: nothing was copied for it
    assert (grey == 1).all()


@pytest.mark.parametrize("layout", ["YUV420", "NV12"])
def test_colour_is_made_of_either_layout(pi: type[FakePicamera2], layout: str) -> None:
    pi.forced_format = layout
    source, _ = open_camera(pi, width=100, height=60)
    frame = source.read()
    assert frame is not None
    assert frame.bgr().shape == (60, 100, 3)
    assert (frame.bgr() == 1).all()  # grey chroma: the colour is the luma


@pytest.mark.parametrize("layout", ["YUV420", "NV12"])
@pytest.mark.parametrize("size", [(64, 48), (100, 60)])
def test_colours_survive_the_way_through_full_range_yuv(layout: str, size: tuple[int, int]) -> None:
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, : width // 2] = (200, 60, 30)  # BGR: bluish left, reddish right
    picture[:, width // 2 :] = (30, 60, 220)
    luma, red, blue = cv2.split(cv2.cvtColor(picture, cv2.COLOR_BGR2YCrCb))
    stride = -(-width // 64) * 64
    array = np.zeros((height * 3 // 2, stride), np.uint8)
    array[:height, :width] = luma
    if layout == "YUV420":
        rows = array.reshape(height * 3, stride // 2)
        rows[2 * height : 2 * height + height // 2, : width // 2] = blue[::2, ::2]
        rows[2 * height + height // 2 :, : width // 2] = red[::2, ::2]
    else:
        array[height:, 0:width:2] = blue[::2, ::2]
        array[height:, 1:width:2] = red[::2, ::2]
    difference = np.abs(bgr_of_yuv(array, size, layout).astype(int) - picture)
    assert difference[:, : width // 2 - 4].max() <= 3
    assert difference[:, width // 2 + 4 :].max() <= 3


def test_every_request_is_given_back_so_that_the_camera_never_starves(pi: type[FakePicamera2]) -> None:
    source, camera = open_camera(pi)
    for _ in range(3 * BUFFERS):
        source.read()
        source.skip()
    assert camera.held == 0


def test_a_small_full_range_yuv420_stream_without_a_queue_or_raw_frames_is_asked_for(pi: type[FakePicamera2]) -> None:
    _, camera = open_camera(pi)
    assert camera.asked["main"] == {"size": (640, 480), "format": "YUV420"}
    assert camera.asked["raw"] is None
    assert camera.asked["queue"] is False
    assert camera.asked["buffer_count"] == BUFFERS
    assert camera.asked["sensor"] == {"output_size": (1640, 1232), "bit_depth": 10}
    assert camera.started


def test_an_odd_size_becomes_an_even_one(pi: type[FakePicamera2]) -> None:
    _, camera = open_camera(pi, width=321, height=241)
    assert camera.asked["main"]["size"] == (320, 240)


def test_the_sensor_turns_by_180_degrees_and_other_turns_are_made_on_demand(pi: type[FakePicamera2]) -> None:
    upside_down, camera = open_camera(pi, rotate=180, width=64, height=48)
    assert camera.asked["transform"] == {"hflip": True, "vflip": True}
    frame = upside_down.read()
    assert frame is not None and frame.grey().shape == (48, 64)
    sideways, camera = open_camera(pi, rotate=90, width=64, height=48)
    assert camera.asked["transform"] == {"hflip": False, "vflip": False}
    frame = sideways.read()
    assert frame is not None and frame.grey().shape == (64, 48)
    assert (frame.width, frame.height) == (48, 64)


def test_the_sensor_runs_as_slow_as_frames_are_wanted_within_limits(pi: type[FakePicamera2]) -> None:
    source, camera = open_camera(pi)
    source.pace(0.1)
    assert camera.controls[-1] == {"FrameDurationLimits": (100_000, 100_000)}
    assert source.fps == pytest.approx(10)
    source.pace(0.105)  # hardly a difference: the sensor is left in peace
    assert len(camera.controls) == 1
    source.pace(2.0)
    assert camera.controls[-1] == {"FrameDurationLimits": (200_000, 200_000)}
    source.pace(0.0)
    assert camera.controls[-1] == {"FrameDurationLimits": (33_333, 33_333)}


def test_a_camera_whose_rate_cannot_be_changed_is_left_at_it(pi: type[FakePicamera2]) -> None:
    pi.camera_controls = {}
    source, camera = open_camera(pi)
    source.pace(0.1)
    assert camera.asked["controls"] == {}
    assert camera.controls == []


def test_a_camera_without_sensor_modes_is_opened_all_the_same(
    pi: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_raw_frames(camera: FakePicamera2) -> None:  # seen with picamera2 0.3.38 on libcamera's virtual camera
        raise AttributeError("'NoneType' object has no attribute 'at'")

    monkeypatch.setattr(pi, "sensor_modes", property(no_raw_frames))
    _, camera = open_camera(pi)
    assert camera.asked["sensor"] == {}


def test_a_camera_that_gives_no_frame_in_time_is_told_and_can_be_closed(pi: type[FakePicamera2]) -> None:
    source, camera = open_camera(pi, timeout_seconds=0.05)
    camera.alive = False
    with pytest.raises(CameraError, match=r"picamera: no frame within 0\.05 s; check the ribbon cable"):
        source.read()
    assert camera.flushed
    source.close()
    assert camera.closed


def test_the_end_of_the_process_does_not_wait_for_a_camera_that_hangs(
    pi: type[FakePicamera2], monkeypatch: pytest.MonkeyPatch
) -> None:
    """picamera2 registers its close(), which may never return, to be called when the interpreter ends."""
    at_exit: list[Callable[[], None]] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    monkeypatch.setattr(atexit, "unregister", at_exit.remove)
    open_camera(pi)
    assert at_exit == []


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


def test_a_camera_that_does_not_start_is_told_and_given_back(pi: type[FakePicamera2]) -> None:
    pi.start_error = "Failed to start camera: Cannot allocate memory"
    with pytest.raises(CameraError, match="does not start: Failed to start camera: Cannot allocate memory"):
        open_camera(pi)
    assert pi.opened[-1].closed


def test_a_format_without_a_grey_plane_is_told_and_given_back(pi: type[FakePicamera2]) -> None:
    pi.forced_format = "MJPEG"
    with pytest.raises(CameraError, match="the camera gives MJPEG; YUV420 or NV12 is needed"):
        open_camera(pi)
    assert pi.opened[-1].closed


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


def test_the_widest_view_comes_before_the_nearest_size() -> None:
    assert choose_sensor_mode(MODES, (640, 480))["output_size"] == (1640, 1232)
    assert choose_sensor_mode(MODES, (1920, 1080))["output_size"] == (3280, 2464)
    assert choose_sensor_mode(MODES, (4000, 3000))["output_size"] == (
        1640,
        1232,
    )  # none fills it: the cheapest wide one
    assert choose_sensor_mode([], (640, 480)) == {}


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
