"""The picture that helps to find the numbers of `faces.ignore`."""

import re
from pathlib import Path

import cv2
import pytest

from edge.cli.viewfinder import take_snapshot
from edge.config import Config, FacesConfig
from edge.errors import CameraError
from edge.vision.faces import FaceFinder
from edge.vision.light import leave_out
from tests.vision.scenes import room


@pytest.fixture
def source(tmp_path: Path) -> str:
    folder = tmp_path / "camera"
    folder.mkdir()
    cv2.imwrite(str(folder / "1.png"), room(1))
    return str(folder)


def test_each_face_has_the_area_that_would_leave_it_out(source: str, tmp_path: Path) -> None:
    (area,) = take_snapshot(Config(), source, tmp_path / "view.jpg")
    left, top, width, height = (float(share) for share in re.findall(r"[\d.]+", area))
    assert FaceFinder(FacesConfig()).scan(leave_out(room(1), ((left, top, width, height),))) == []
    picture = cv2.imread(str(tmp_path / "view.jpg"))
    assert picture is not None and picture.shape == (480, 640, 3)


@pytest.mark.parametrize("name", ["nowhere/view.jpg", "view.txt"])
def test_a_picture_that_cannot_be_written_is_one_line(source: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(CameraError, match="cannot be written") as caught:
        take_snapshot(Config(), source, tmp_path / name)
    assert "\n" not in str(caught.value)
