"""Picture files: what cannot be used is refused in one line, before it costs memory, and the rest comes upright."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import PictureError
from edge.picture.decode import MAX_BYTES, decode_reduced, read_picture
from edge.picture.headers import picture_size
from edge.records import Box, Face
from tests.picture.hostile import encoded, with_exif
from tests.vision.scenes import room, texture, wall


def refusal(data: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode_reduced(data)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp", ".bmp"])
def test_a_picture_is_decoded_in_colour(kind: str) -> None:
    picture = cv2.cvtColor(room(1, width=280), cv2.COLOR_GRAY2BGR)
    decoded = decode_reduced(encoded(np.asarray(picture, np.uint8), kind)).image
    assert decoded.shape == (480, 640, 3)
    assert np.abs(decoded.astype(int) - picture).mean() < 4


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (".jpg", ()),
        (".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
        (".png", ()),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 80)),
        (".webp", (cv2.IMWRITE_WEBP_QUALITY, 101)),
        (".bmp", ()),
    ],
)
def test_the_size_is_in_the_header(kind: str, parameters: tuple[int, ...]) -> None:
    assert picture_size(encoded(wall(width=322, height=201), kind, *parameters)) == (322, 201)


def test_an_empty_file_is_refused() -> None:
    assert "empty" in refusal(b"")


@pytest.mark.parametrize("data", [b"hello", b"%PDF-1.7 ...", bytes(5000), b"<svg></svg>", b"\x00\x00\x00\x18ftypheic"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert "use a JPEG, PNG" in refusal(data)


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp", ".bmp"])
@pytest.mark.parametrize("share", [0.999, 0.6, 0.02])
def test_a_truncated_picture_is_refused_instead_of_shown_in_part(kind: str, share: float) -> None:
    data = encoded(texture(1), kind)
    message = refusal(data[: int(share * len(data))])
    assert "truncated" in message or "damaged" in message


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp", ".bmp"])
def test_no_beginning_of_a_picture_gets_past_as_another_error(kind: str) -> None:
    data = encoded(wall(width=40, height=30), kind)
    for length in range(1, min(len(data), 700)):
        with pytest.raises(PictureError):
            decode_reduced(data[:length])


def test_a_truncated_jpeg_with_a_thumbnail_is_still_truncated() -> None:
    data = encoded(texture(1), ".jpg")
    thumbnail = encoded(wall(width=40, height=30), ".jpg")
    with_thumbnail = data[:2] + b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + data[2:]
    assert decode_reduced(with_thumbnail).image.shape == (480, 640, 3)
    assert "truncated" in refusal(with_thumbnail[: len(with_thumbnail) // 2])


@pytest.mark.parametrize("filling", [b"\xff", b"\xff\xe1\x00\x02"], ids=["fill bytes", "empty segments"])
def test_a_jpeg_that_is_all_markers_is_given_up_early(filling: bytes) -> None:
    assert "more than 10000 markers" in refusal(b"\xff\xd8" + 20_000 * filling)
    picture = encoded(wall(), ".jpg")
    assert decode_reduced(picture[:2] + 5000 * filling + picture[2:]).image.shape == (480, 640, 3)


def test_what_follows_a_jpegs_end_is_left_alone() -> None:
    assert decode_reduced(encoded(wall(), ".jpg") + b"\xff\xda a phone's video" * 99).image.shape == (480, 640, 3)


def test_a_bomb_is_refused_by_its_header_before_it_is_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    assert "100000×100000, 10000 megapixels; at most 50 are taken" in refusal(bomb)


def black(width: int, height: int, kind: str, *parameters: int) -> bytes:
    return encoded(np.zeros((height, width, 3), np.uint8), kind, *parameters)


PROGRESSIVE = (cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)


@pytest.mark.parametrize(("kind", "parameters"), [(".jpg", PROGRESSIVE), (".png", ()), (".webp", ())])
def test_what_is_decoded_whole_is_refused_sooner_than_a_jpeg_that_comes_in_rows(
    kind: str, parameters: tuple[int, ...]
) -> None:
    with pytest.raises(PictureError, match=r"is 5000×3201, 16 megapixels, of a kind that is decoded whole; at most 16"):
        decode_reduced(black(5000, 3201, kind, *parameters))
    assert decode_reduced(black(5000, 3201, ".jpg")).divisor == 2


def test_a_jpeg_whose_components_come_one_after_the_other_is_decoded_whole_too() -> None:
    data = bytearray(black(5000, 3201, ".jpg"))
    scan = data.index(b"\xff\xda")
    data[scan + 4] = 1  # component of the first scan
    with pytest.raises(PictureError, match="decoded whole"):
        decode_reduced(bytes(data))


@pytest.mark.parametrize(
    ("size", "kind", "parameters", "most_mib"),
    [
        ((8100, 6100), ".jpg", (), 40),
        ((4990, 3200), ".jpg", PROGRESSIVE, 120),
        ((4990, 3200), ".png", (), 80),
        ((4990, 3200), ".webp", (), 100),
    ],
)
def test_no_picture_that_is_sent_takes_the_daemons_memory(
    size: tuple[int, int], kind: str, parameters: tuple[int, ...], most_mib: float, tmp_path: Path, root: Path
) -> None:
    """Above what the file itself takes; systemd's unit leaves the daemon 200 MiB beside its own hundred."""
    file = tmp_path / f"large{kind}"
    file.write_bytes(black(*size, kind, *parameters))
    program = """
import sys
from pathlib import Path
from edge.picture.decode import decode_reduced
def peak():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
data = Path(sys.argv[1]).read_bytes()
before = peak()
decode_reduced(data)
print((peak() - before) / 1024)
"""
    done = subprocess.run([sys.executable, "-c", program, file], cwd=root, check=True, capture_output=True, text=True)
    assert float(done.stdout) < most_mib


def test_a_picture_is_turned_upright_as_its_exif_says() -> None:
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[:, :50] = 255  # white on the left
    data = encoded(picture, ".jpg")
    turned = decode_reduced(with_exif(data, 6)).image
    assert turned.shape == (100, 60, 3)
    assert turned[:40].mean() > 250  # white on top
    assert turned[60:].mean() < 5


def test_damage_inside_a_png_is_named() -> None:
    data = bytearray(encoded(texture(1), ".png"))
    data[40:5000] = bytes(4960)
    assert "damaged" in refusal(bytes(data))


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="cannot be read: No such file"):
        read_picture(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="cannot be read: Is a directory"):
        read_picture(tmp_path)


def test_a_file_far_too_large_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "film.jpg").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(PictureError, match="larger than 64 MiB"):
        read_picture(tmp_path / "film.jpg")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "wall.png").write_bytes(encoded(wall(), ".png"))
    assert read_picture(tmp_path / "wall.png").shape == (480, 640, 3)


def test_a_large_picture_is_decoded_smaller() -> None:
    picture = decode_reduced(black(5200, 3200, ".jpg"))
    assert (picture.image.shape, picture.divisor, picture.width, picture.height) == ((800, 1300, 3), 4, 5200, 3200)


def test_faces_found_in_a_reduced_picture_lie_in_the_whole_one() -> None:
    picture = decode_reduced(black(5200, 3200, ".jpg"))
    (face,) = picture.scale_to_whole([Face(1, Box(100, 200, 30, 40), 1.0)])
    assert face.box == Box(400, 800, 120, 160)
