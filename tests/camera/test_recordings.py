"""Videos and folders of images as sources: the media's own clock, skipping, looping, turning, damaged files."""

import logging
import struct
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from edge.camera.folder import STILL_FPS, STILL_SECONDS, Folder
from edge.camera.source import Source
from edge.camera.video import Video, open_file
from edge.errors import CameraError, SourceError
from edge.records import Frame, Image
from tests.camera.fakes import number_in, shade, write_video


def video(path: Path, *, loop: bool = False, rotate: int = 0) -> Video:
    return Video(partial(open_file, path), str(path), loop=loop, rotate=rotate)


def frames_of(source: Source) -> list[Frame]:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


# ---------------------------------------------------------------- videos


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG")])
def test_every_frame_of_a_video_comes_once_on_the_medias_clock(tmp_path: Path, name: str, codec: str) -> None:
    frames = frames_of(video(write_video(tmp_path / name, 12, fps=25, codec=codec)))
    assert [number_in(frame.bgr()) for frame in frames] == list(range(12))
    assert [round(frame.t, 3) for frame in frames] == [round(n / 25, 3) for n in range(12)]


def test_grey_and_colour_have_the_frames_size_and_are_made_once(tmp_path: Path) -> None:
    (frame, *_) = frames_of(video(write_video(tmp_path / "a.mp4", 1)))
    assert (frame.width, frame.height) == (64, 48)
    assert frame.grey().shape == (48, 64)
    assert frame.bgr().shape == (48, 64, 3)
    assert frame.grey() is frame.grey()


def test_skipping_goes_one_frame_on_like_reading(tmp_path: Path) -> None:
    source = video(write_video(tmp_path / "a.mp4", 6, fps=10))
    assert source.skip()
    assert source.skip()
    frame = source.read()
    assert frame is not None
    assert (round(frame.t, 3), number_in(frame.bgr())) == (0.2, 2)
    assert [source.skip() for _ in range(4)] == [True, True, True, False]
    assert source.read() is None
    source.close()


def test_a_video_of_one_frame_is_a_video(tmp_path: Path) -> None:
    assert len(frames_of(video(write_video(tmp_path / "a.mp4", 1)))) == 1


def test_a_looping_video_starts_again_with_its_clock_going_on(tmp_path: Path) -> None:
    source = video(write_video(tmp_path / "a.mp4", 3, fps=10), loop=True)
    frames = [source.read() for _ in range(8)]
    source.close()
    assert [number_in(frame.bgr()) for frame in frames if frame] == [0, 1, 2, 0, 1, 2, 0, 1]
    assert [round(frame.t, 3) for frame in frames if frame] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


class StampedCapture:
    """A cv2.VideoCapture whose frames have these time stamps (milliseconds), as containers of the wild have them."""

    def __init__(self, *stamps: float) -> None:
        self.stamps = stamps
        self.at = -1

    def get(self, what: int) -> float:
        known = {cv2.CAP_PROP_FPS: 10.0, cv2.CAP_PROP_FRAME_COUNT: float(len(self.stamps))}
        return self.stamps[self.at] if what == cv2.CAP_PROP_POS_MSEC else known.get(what, 0.0)

    def grab(self) -> bool:
        self.at += 1
        return self.at < len(self.stamps)

    def retrieve(self) -> tuple[bool, Image]:
        return True, shade(self.at)

    def release(self) -> None:
        pass


def test_a_looping_video_that_is_taken_away_is_told_of_in_one_line(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", 2, fps=10)
    source = video(path, loop=True)
    path.unlink()
    with pytest.raises(CameraError, match=r"a\.mp4: cannot be read: No such file"):
        frames_of(source)


def stamped(*stamps: float, loop: bool = False) -> Video:
    return Video(lambda: cast(cv2.VideoCapture, StampedCapture(*stamps)), "stamped", loop=loop)


def test_uneven_time_stamps_are_kept_and_counted_from_the_first() -> None:
    frames = frames_of(stamped(-20.0, 30.0, 40.0, 130.0))
    assert [frame.t for frame in frames] == pytest.approx([0, 0.05, 0.06, 0.15])


def test_uneven_time_stamps_are_kept_in_every_round_of_a_loop() -> None:
    source = stamped(-20.0, 30.0, 40.0, loop=True)
    frames = [source.read() for _ in range(6)]
    assert [frame.t for frame in frames if frame] == pytest.approx([0, 0.05, 0.06, 0.16, 0.21, 0.22])


def test_time_stamps_that_stand_still_or_go_back_give_way_to_the_rate() -> None:
    frames = frames_of(stamped(0.0, 0.0, 0.0, 250.0, 240.0))
    assert [frame.t for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.25, 0.35])


def test_a_clock_that_jumps_by_hours_goes_on_from_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    frames = frames_of(stamped(0.0, 100.0, 90_000_000.0, 90_000_100.0, 90_000_250.0, 300.0, 400.0))
    assert [frame.t for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.45, 0.55, 0.65])
    assert caplog.text == ""


def with_matrix(path: Path, *matrix: int) -> Path:
    """The mp4 with another display matrix (ISO 14496-12, tkhd) in place of the one that changes nothing."""
    plain, one = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30), path.read_bytes()
    at = one.index(b"tkhd")
    where = one.index(plain, at)
    path.write_bytes(one[:where] + struct.pack(">9i", *matrix) + one[where + len(plain) :])
    return path


def test_a_phone_s_video_is_turned_as_it_says_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24] = 255
    writer.write(picture)
    writer.release()
    (frame,) = frames_of(video(path))
    assert frame.grey()[:8].mean() > 200
    (frame,) = frames_of(video(with_matrix(path, -1 << 16, 0, 0, 0, -1 << 16, 0, 64 << 16, 48 << 16, 1 << 30)))
    assert frame.grey()[:8].mean() < 50 and frame.grey()[-8:].mean() > 200


def test_a_squeezed_video_gets_its_shape(tmp_path: Path) -> None:
    path = with_matrix(write_video(tmp_path / "a.mp4", 2), 2 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    for frame in frames_of(video(path)):
        assert (frame.width, frame.height) == (128, 48)
        assert frame.grey().shape == (48, 128)


@pytest.mark.parametrize(
    ("rotate", "size", "corner"),
    [(0, (64, 48), (0, 0)), (90, (48, 64), (0, -1)), (180, (64, 48), (-1, -1)), (270, (48, 64), (-1, 0))],
)
def test_a_turned_video_is_turned_clockwise(
    tmp_path: Path, rotate: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    path = tmp_path / "a.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:16, :16] = 255  # the left upper corner
    writer.write(picture)
    writer.release()
    (frame,) = frames_of(video(path, rotate=rotate))
    assert (frame.width, frame.height) == size
    for image in (frame.grey(), frame.bgr()[:, :, 1]):
        assert image.shape == (size[1], size[0])
        bright = {(y, x): int(image[y, x]) > 128 for y in (0, -1) for x in (0, -1)}
        assert bright == {at: at == corner for at in bright}


def test_the_shared_recordings_have_a_rising_clock_that_starts_at_zero(shared: Path) -> None:
    for path in sorted((shared / "media" / "videos").iterdir()):
        source = video(path)
        (first, second, third) = (source.read() for _ in range(3))
        source.close()
        assert first is not None and second is not None and third is not None
        assert first.t == 0, path
        assert 0 < second.t < third.t < 0.2, path


def test_a_gif_is_a_recording_like_any_other(shared: Path) -> None:
    frames = frames_of(video(shared / "media" / "videos" / "intel_head-pose-face-detection-male.gif"))
    assert len(frames) == 62
    assert frames[-1].t == pytest.approx(5.08)
    assert all(a.t < b.t for a, b in pairwise(frames))


# ---------------------------------------------------------------- folders


def write_images(folder: Path, count: int) -> None:
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:02}.png"), shade(number, 64 + 2 * number, 48))


def test_a_still_is_shown_for_a_while_so_that_its_mood_can_be_taken_for_real(tmp_path: Path) -> None:
    write_images(tmp_path, 2)
    frames = frames_of(Folder(tmp_path))
    each = round(STILL_SECONDS * STILL_FPS)
    assert [number_in(frame.bgr()) for frame in frames] == [0] * each + [1] * each
    assert frames[each].t == pytest.approx(STILL_SECONDS)


def test_with_a_rate_the_images_are_the_frames_of_a_sequence_in_the_order_of_their_names(tmp_path: Path) -> None:
    write_images(tmp_path, 4)
    frames = frames_of(Folder(tmp_path, fps=8))
    assert [number_in(frame.bgr()) for frame in frames] == [0, 1, 2, 3]
    assert [frame.t for frame in frames] == [0, 0.125, 0.25, 0.375]


def test_images_are_sorted_by_their_numbers(tmp_path: Path) -> None:
    for number in (9, 10, 100, 1):
        cv2.imwrite(str(tmp_path / f"Frame{number}.png"), shade(number % 11))
    cv2.imwrite(str(tmp_path / "another.png"), shade(5))
    assert [number_in(frame.bgr()) for frame in frames_of(Folder(tmp_path, fps=1))] == [5, 1, 9, 10, 1]


def test_what_else_is_in_a_folder_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_images(tmp_path, 2)
    (tmp_path / "01.png").rename(tmp_path / "01.jfif")  # what a picture is called is told by its bytes
    for name in ["IMG_2.HEIC", ".hidden", *(f"{n}.tif" for n in range(12))]:
        (tmp_path / name).touch()
    assert len(frames_of(Folder(tmp_path, fps=1))) == 2
    assert caplog.text.count("left out") == 1
    assert "9.tif and 3 more: no JPEG, PNG, WebP or BMP by their names" in caplog.text
    assert ".hidden" not in caplog.text


def test_a_looping_folder_that_is_emptied_is_told_of(tmp_path: Path) -> None:
    write_images(tmp_path, 2)
    source = Folder(tmp_path, fps=10, loop=True)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(SourceError, match="no image is left in it that can be used"):
        frames_of(source)


def test_images_of_a_folder_may_differ_in_size(tmp_path: Path) -> None:
    write_images(tmp_path, 3)
    assert [frame.width for frame in frames_of(Folder(tmp_path, fps=1))] == [64, 66, 68]


def test_a_huge_image_of_a_folder_is_taken_small_or_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    huge = np.zeros((3200, 5200, 3), np.uint8)
    for name in ("a.jpg", "b.png"):
        cv2.imwrite(str(tmp_path / name), huge)
    (frame,) = frames_of(Folder(tmp_path, fps=1))
    assert (frame.width, frame.height, frame.bgr().shape) == (1300, 800, (800, 1300, 3))
    assert "b.png: the picture is 5200×3200, 17 megapixels, of a kind that is decoded whole" in caplog.text


def test_a_looping_folder_starts_again_with_its_clock_going_on(tmp_path: Path) -> None:
    write_images(tmp_path, 2)
    source = Folder(tmp_path, fps=10, loop=True)
    frames = [source.read() for _ in range(5)]
    assert [number_in(frame.bgr()) for frame in frames if frame] == [0, 1, 0, 1, 0]
    assert [frame.t for frame in frames if frame] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_skipping_in_a_folder_goes_one_frame_on(tmp_path: Path) -> None:
    write_images(tmp_path, 3)
    source = Folder(tmp_path, fps=10)
    assert source.skip()
    frame = source.read()
    assert frame is not None
    assert (frame.t, number_in(frame.bgr())) == (0.1, 1)
    assert source.skip()
    assert not source.skip()


def test_images_that_cannot_be_used_are_told_once_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_images(tmp_path, 3)
    (tmp_path / "00a.jpg").touch()
    (tmp_path / "01a.jpg").write_bytes(b"not a picture at all")
    (tmp_path / "03.txt").write_text("not an image, and not called one")
    (tmp_path / "04.jpg").mkdir()
    with caplog.at_level(logging.WARNING):
        source = Folder(tmp_path, fps=10, loop=True)
        numbers = [number_in(frame.bgr()) for _ in range(9) if (frame := source.read())]
    assert numbers == [0, 1, 2] * 3
    assert caplog.text.count("00a.jpg: the file is empty") == 1
    assert caplog.text.count("01a.jpg: not a picture") == 1
    assert caplog.text.count("left out") == 3
    assert "03.txt: no JPEG" in caplog.text
