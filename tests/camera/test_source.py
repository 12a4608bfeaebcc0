"""Which source a name means, and the one line an owner reads when it is none."""

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from edge.camera.demo import Demo
from edge.camera.folder import Folder
from edge.camera.opening import open_source
from edge.camera.video import Video
from edge.config import CameraConfig
from edge.errors import CameraError
from tests.camera.fakes import shade, write_video

CAMERA = CameraConfig()


def complaint(source: str) -> str:
    """What `open_source` has against it: always one line."""
    with pytest.raises(CameraError) as caught:
        open_source(CAMERA, source)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_path_to_a_video_is_a_video(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 3)
    source = open_source(CAMERA, str(path))
    assert isinstance(source, Video)
    assert source.name == str(path)
    assert not source.live
    source.close()


def test_a_path_to_a_folder_is_a_folder_of_images(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), shade(1))
    assert isinstance(open_source(CAMERA, str(tmp_path)), Folder)


def test_without_a_name_the_configured_source_is_opened() -> None:
    assert isinstance(open_source(CameraConfig(source="demo")), Demo)


def test_a_home_directory_may_be_written_as_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_video(tmp_path / "a.mp4", 1)
    open_source(CAMERA, "~/a.mp4").close()


def test_the_home_of_nobody_is_a_file_that_is_missing() -> None:
    assert "'~nobody-here/a.mp4' does not exist" in complaint("~nobody-here/a.mp4")


def test_a_missing_file_is_told_with_what_may_stand_there(tmp_path: Path) -> None:
    message = complaint(str(tmp_path / "nowhere.mp4"))
    assert f"'{tmp_path}/nowhere.mp4' does not exist" in message
    assert "/dev/videoN" in message


def test_an_error_names_what_the_owner_set(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere.mp4")
    missing = f"'{re.escape(nowhere)}' does not exist; give "
    with pytest.raises(CameraError, match=f"^camera.source: {missing}"):
        open_source(CameraConfig(source=nowhere))
    with pytest.raises(CameraError, match=f"^--source: {missing}"):
        open_source(CAMERA, nowhere)
    with pytest.raises(CameraError, match=f"^{missing}"):
        open_source(CAMERA, nowhere, option="")


def test_where_a_recording_is_wanted_no_camera_is_proposed(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match=r"give a video or a folder of images$"):
        open_source(CAMERA, str(tmp_path / "nowhere.mp4"), option="")


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert complaint(str(tmp_path / "empty.mp4")).endswith("empty.mp4: the file is empty")


@pytest.mark.parametrize("content", [b"This is no video.\n" * 100, b"\0" * 5000, os.urandom(5000)])
def test_a_file_that_is_no_video_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    assert "notes.mp4: not a video" in complaint(str(path))


def test_ffmpeg_and_opencv_keep_their_own_opinion_to_themselves(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(b"This is no video.\n" * 100)
    script = f"""
from edge.camera.opening import open_source
from edge.config import CameraConfig
from edge.errors import CameraError
try:
    open_source(CameraConfig(), {str(path)!r})
except CameraError:
    print("refused")
"""
    # A process of its own: FFmpeg takes its log level at its first use only.
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
    assert done.stderr == ""


def test_a_video_whose_end_is_missing_is_told(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mp4", 30).read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])  # an mp4's index comes last
    assert "half.mp4: not a video that OpenCV's FFmpeg can open, or damaged" in complaint(str(tmp_path / "half.mp4"))


def test_a_video_without_a_single_frame_is_told(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.avi", 5, codec="MJPG").read_bytes()
    (tmp_path / "bare.avi").write_bytes(whole[: whole.index(b"movi") + 4])  # the headers, and nothing after
    message = complaint(str(tmp_path / "bare.avi"))
    assert "bare.avi: " in message
    assert "no frame" in message or "not a video" in message


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    assert f"{tmp_path} has no images (" in complaint(str(tmp_path))


def test_a_folder_with_nothing_usable_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no")
    (tmp_path / "b.png").touch()
    assert f"none of the 2 images in {tmp_path} can be used" in complaint(str(tmp_path))


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no /dev/null here")
def test_something_that_is_neither_file_nor_folder_is_told() -> None:
    assert "/dev/null is neither a video, a folder, nor a camera" in complaint("/dev/null")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 3)
    path.chmod(0)
    assert "a.mp4 cannot be read: Permission denied" in complaint(str(path))


def test_a_missing_device_is_told_with_how_to_find_one() -> None:
    assert complaint("/dev/video250").startswith("--source: /dev/video250: no camera there; is it plugged in?")


def test_a_webcam_may_be_named_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    # no link can be made in /dev here: this stands for one to /dev/video250
    monkeypatch.setattr(Path, "resolve", lambda path: Path("/dev/video250"))
    said = complaint("/dev/v4l/by-id/usb-046d_HD_Webcam-video-index0")
    assert said.startswith("--source: /dev/video250: no camera there")


def test_an_unknown_scheme_is_told_without_the_password() -> None:
    message = complaint("rstp://admin:hunter2@camera.local/live")
    assert "rstp:// is not supported" in message
    assert "hunter2" not in message


def test_an_address_without_its_scheme_is_not_shown_with_its_password() -> None:
    message = complaint("admin:hunter2@camera.local/live")
    assert "…@camera.local/live" in message
    assert "hunter2" not in message


@pytest.mark.skipif(any(Path("/dev").glob("video*")), reason="there is a camera here")
def test_auto_without_any_camera_says_what_to_do() -> None:
    message = complaint("auto")
    assert "found no camera" in message
    assert "--demo" in message


def test_picamera_without_picamera2_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)  # import raises ImportError
    assert "sudo apt install python3-picamera2" in complaint("picamera")


def test_a_video_that_was_cut_off_plays_to_the_cut_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = write_video(tmp_path / "whole.avi", 40, codec="MJPG").read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    source = open_source(CAMERA, str(tmp_path / "cut.avi"))
    count = 0
    with caplog.at_level(logging.WARNING):
        while source.read() is not None:
            count += 1
    source.close()
    assert 5 < count < 35
    assert f"ends after {count} of 40 frames: cut off or damaged" in caplog.text
