"""The Pi's camera through picamera2. There is none here: `FakePicamera2` stands in for it."""

import atexit
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from edge.camera.picamera import (
    BUFFERS,
    bgr_of_yuv,
    choose_sensor_mode,
)
from edge.errors import CameraError
from tests.camera.picamera2_fake import MODES, FakePicamera2, open_camera


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


def test_the_widest_view_comes_before_the_nearest_size() -> None:
    assert choose_sensor_mode(MODES, (640, 480))["output_size"] == (1640, 1232)
    assert choose_sensor_mode(MODES, (1920, 1080))["output_size"] == (3280, 2464)
    assert choose_sensor_mode(MODES, (4000, 3000))["output_size"] == (
        1640,
        1232,
    )  # none fills it: the cheapest wide one
    assert choose_sensor_mode([], (640, 480)) == {}
