"""OpenCV's Haar cascades: where their files are, and one detection with one of them."""

from pathlib import Path

import cv2

from edge.errors import ModelError
from edge.records import Box, Image

#: Debian's package opencv-data.
DEBIAN = Path("/usr/share/opencv4/haarcascades")


class Cascade:
    """One cascade file. Serves one thread at a time."""

    def __init__(self, name: str) -> None:
        """Raises ModelError when `name` is in none of `cascade_folders()`, or not usable."""
        path = _find(name)
        try:
            self._classifier = cv2.CascadeClassifier(str(path))
            usable = not self._classifier.empty()
        except (cv2.error, SystemError):  # a file that is no XML raises either
            usable = False
        if not usable:
            raise ModelError(f"{path}: not a cascade OpenCV can read; install it again")
        #: Pixels searched so far.
        self.scanned_pixels = 0

    def detect(self, grey: Image, scale: float, neighbours: int, smallest: int, largest: int) -> list[Box]:
        """The hits in `grey` with sides from `smallest` to `largest` px, growing by `scale` from size to size. More
        than `neighbours` raw hits must agree on a place; with 0 each raw hit is returned."""
        return [box for box, _ in self.detect_with_counts(grey, scale, neighbours, smallest, largest)]

    def detect_with_counts(
        self, grey: Image, scale: float, neighbours: int, smallest: int, largest: int
    ) -> list[tuple[Box, int]]:
        """As `detect`, with the number of raw hits that agreed on each."""
        if min(grey.shape) < smallest or largest < smallest:
            return []
        self.scanned_pixels += grey.size
        hits, counts = self._classifier.detectMultiScale2(
            grey, scale, neighbours, minSize=(smallest, smallest), maxSize=(largest, largest)
        )
        return [
            (Box(int(x), int(y), int(w), int(h)), int(count)) for (x, y, w, h), count in zip(hits, counts, strict=True)
        ]


def cascade_folders() -> tuple[Path, ...]:
    """The folders that may hold cascades, in the order of search."""
    data = getattr(cv2, "data", None)  # Debian's python3-opencv has none
    return (DEBIAN,) if data is None else (Path(data.haarcascades), DEBIAN)


def _find(name: str) -> Path:
    folders = cascade_folders()
    if not hasattr(cv2, "CascadeClassifier"):
        raise ModelError(f"OpenCV {cv2.__version__} has no CascadeClassifier: install 'opencv-python-headless<5'")
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    places = " or ".join(map(str, folders))
    raise ModelError(f"{name} is not in {places}: install 'opencv-python-headless<5' or Debian's opencv-data")
