"""What OpenCV and its FFmpeg say by themselves on stderr: nothing, for a CameraError says what the owner needs."""

import os
from typing import Any

import cv2

#: cv2.utils.logging.LOG_LEVEL_ERROR, of OpenCV's logger.hpp.
_ERRORS_ONLY = 2


def quiet_opencv() -> None:
    """Errors only from OpenCV: its warnings of what did not open say less than the CameraError."""
    # 4.13 moved it from cv2 to cv2.utils.logging.
    logging: Any = getattr(cv2.utils, "logging", cv2)
    logging.setLogLevel(_ERRORS_ONLY)


def quiet_ffmpeg() -> None:
    """FFmpeg writes addresses with passwords too. Only the first capture of a process reads this; what the owner has
    set stays."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    quiet_opencv()
