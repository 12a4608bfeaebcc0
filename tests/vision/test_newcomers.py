"""Who comes into view with the head on one side: a full scan may miss them, a turned one does not."""

import cv2
import numpy as np
import pytest

from edge.config import FacesConfig
from edge.records import Box, Face, Image
from edge.vision.faces import FaceFinder
from edge.vision.tracking import Tracker
from tests.vision.scenes import hung, portrait, room, wall

COMER = Box(280, 10, 360, 450)


def comer(scene: Image, tilt: float) -> Image:
    """`scene` with somebody more in it, the head laid by `tilt` degrees."""
    alone = hung(wall(1), portrait(), COMER.x, COMER.y, COMER.w)
    turn = cv2.getRotationMatrix2D(COMER.centre, tilt, 1.0)
    turned = cv2.warpAffine(alone, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    result = scene.copy()
    result[:, COMER.x :] = np.asarray(turned, np.uint8)[:, COMER.x :]
    return result


def confirmed_after(tilt: float, moved: Box | None, known: bool) -> list[Face]:
    """Who is confirmed 0.9 s after somebody came with the head laid by `tilt`, `moved` being what changed."""
    tracker = Tracker(FacesConfig(), FaceFinder(FacesConfig()))

    def before(seed: int) -> Image:
        return room(seed, 20, 60, 240) if known else wall(seed)

    for number in range(20):
        tracker.update(before(number), number / 10, None)
    later = [tracker.update(comer(before(number), tilt), 2 + number / 10, moved) for number in range(10)]
    return [face for face in later[-1].faces if face.confirmed]


@pytest.mark.parametrize("tilt", [-25, 25])
@pytest.mark.parametrize("known", [True, False])
def test_whoever_comes_with_the_head_on_one_side_is_found_within_a_second(tilt: float, known: bool) -> None:
    assert len(FaceFinder(FacesConfig()).scan(comer(room(1, 20, 60, 240), tilt))) == 1, "a full scan misses the head"
    found = confirmed_after(tilt, COMER, known)
    assert len(found) == 1 + known
    assert any(face.box.centre[0] > COMER.x for face in found)


def test_where_nothing_moves_no_picture_is_turned() -> None:
    class Counting(FaceFinder):
        turned = 0

        def scan_tilted(self, grey: Image) -> list[Box]:
            self.turned += 1
            return super().scan_tilted(grey)

    finder = Counting(FacesConfig())
    tracker = Tracker(FacesConfig(rescan_seconds=1.0), finder)
    for number in range(40):
        tracker.update(room(number, 20, 60, 240), number / 10, None)
    assert finder.turned == 0
    tracker.update(room(40, 20, 60, 240), 5.0, COMER)
    assert finder.turned == 1
