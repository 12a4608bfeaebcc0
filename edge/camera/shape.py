"""Pictures as they are meant to be seen: upright, and not squeezed."""

import cv2
import numpy as np

from edge.records import Image

#: A pixel that is further from square than this is a mistake of the file's.
_MOST = 4.0


def turn_upright(capture: cv2.VideoCapture) -> None:
    """Has frames turned as the file says (a phone held on its side): OpenCV 4.11 does that only when it is asked."""
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)


def pixel_aspect(capture: cv2.VideoCapture) -> float:
    """The width of a pixel over its height; 1 where nothing, or nonsense, is said of it."""
    wide, high = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    aspect = wide / high if wide > 0 and high > 0 else 1.0
    # The frame was turned, and its pixels with it.
    if capture.get(cv2.CAP_PROP_ORIENTATION_AUTO) and capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 == 90:
        aspect = 1 / aspect
    return aspect if 1 / _MOST <= aspect <= _MOST else 1.0


def in_shape(image: Image, aspect: float) -> Image:
    """The picture with square pixels: made wider or higher, never smaller."""
    if abs(aspect - 1) < 0.01:
        return image
    height, width = image.shape[:2]
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
