"""What OpenCV's captures need besides being opened: silence, and pictures that are upright and not squeezed."""

import os
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from edge.records import Image

#: cv2.utils.logging.LOG_LEVEL_ERROR, of OpenCV's logger.hpp.
_ERRORS_ONLY = 2
#: A ratio of a pixel's sides beyond this is a mistake in the file.
_MOST_ASPECT = 4.0


def quiet_opencv() -> None:
    """Leaves OpenCV's errors only: a CameraError says more than its warnings about what did not open."""
    # 4.13 moved it from cv2 to cv2.utils.logging.
    logging: Any = getattr(cv2.utils, "logging", cv2)
    logging.setLogLevel(_ERRORS_ONLY)


def open_ffmpeg(address: str, options: Sequence[int] = ()) -> cv2.VideoCapture:
    """A capture through OpenCV's FFmpeg, silent and upright; it may not be open. FFmpeg prints addresses with their
    passwords. Only a process's first capture reads the variable; a value that the owner has set stays."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    quiet_opencv()
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, options)
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # OpenCV 4.11 turns phone videos upright only when it is asked
    return capture


def frame_rate(capture: cv2.VideoCapture, most: float = 240) -> float | None:
    """Frames a second; None where the driver or file says nothing, or more than `most`."""
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0 < fps <= most else None


def pixel_aspect(capture: cv2.VideoCapture) -> float:
    """The width of a pixel over its height; 1 where the file says nothing usable."""
    wide, high = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    aspect = wide / high if wide > 0 and high > 0 else 1.0
    # The frame was turned, and its pixels with it.
    if capture.get(cv2.CAP_PROP_ORIENTATION_AUTO) and capture.get(cv2.CAP_PROP_ORIENTATION_META) % 180 == 90:
        aspect = 1 / aspect
    return aspect if 1 / _MOST_ASPECT <= aspect <= _MOST_ASPECT else 1.0


def to_square_pixels(image: Image, aspect: float) -> Image:
    """The picture with square pixels: made wider or higher, never smaller."""
    if abs(aspect - 1) < 0.01:
        return image
    height, width = image.shape[:2]
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
