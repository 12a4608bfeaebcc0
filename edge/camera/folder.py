"""A folder of images as a source: a slideshow of stills, or the frames of a sequence."""

import logging
import re
from pathlib import Path

from edge.camera.pixels import frame_of_bgr
from edge.camera.source import Recording
from edge.errors import PictureError, SourceError
from edge.picture.decode import SUFFIXES, read_bytes
from edge.picture.decoder import Decoder
from edge.records import Frame

log = logging.getLogger(__name__)

#: A still is shown this long, at this many frames a second: long enough for its expression to be decided.
STILL_SECONDS = 2.0
STILL_FPS = 5.0
#: How many files of other kinds the log names; it counts the rest.
NAMED = 10


def by_number(path: Path) -> list[tuple[int, int, str]]:
    """Sorts frame9 before frame10; capitals do not matter."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.name.casefold())
    return [(0, int(part), part) if part[0] in "0123456789" else (1, 0, part) for part in parts]


class Folder(Recording):
    """The images of a folder (not of its subfolders), sorted by name and number; sizes may differ. Without `fps` each
    is a still, shown for STILL_SECONDS at STILL_FPS; with `fps` each is one frame of a sequence. Other files and
    damaged images are logged once and left out. A process of its own decodes the images."""

    def __init__(self, path: Path, *, fps: float | None = None, loop: bool = False, rotate: int = 0) -> None:
        self.name = str(path)
        self.fps: float = fps if fps is not None else STILL_FPS
        self._frames_per_image = 1 if fps is not None else round(STILL_SECONDS * STILL_FPS)
        self._loop = loop
        self._rotate = rotate
        files = sorted((file for file in path.iterdir() if file.is_file() and file.name[0] != "."), key=by_number)
        self._files = [file for file in files if file.suffix.lower() in SUFFIXES]
        if others := [file.name for file in files if file.suffix.lower() not in SUFFIXES]:
            more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
            log.warning("left out in %s: %s%s: no JPEG, PNG, WebP or BMP by their names", path,
                        ", ".join(others[:NAMED]), more)  # fmt: skip
        if not self._files:
            raise SourceError(f"{path} has no images ({' '.join(sorted(SUFFIXES))})")
        self._taken = 0  # frames taken
        self._next = 0  # of _files
        self._shown = 0  # times the present image was shown
        self._current: Frame | None = None
        self._decode = Decoder()
        found = len(self._files)
        if not self._load():
            self.close()
            raise SourceError(f"none of the {found} images in {path} can be used (see the log)")

    def read(self) -> Frame | None:
        if not self.skip():
            return None
        assert self._current is not None
        still = self._current
        return Frame((self._taken - 1) / self.fps, still.width, still.height, still.grey, still.bgr)

    def skip(self) -> bool:
        if self._shown == self._frames_per_image:
            if not self._load():
                return False
            self._shown = 0
        self._shown += 1
        self._taken += 1
        return True

    def close(self) -> None:
        self._current = None
        self._decode.close()

    def _load(self) -> bool:
        """Decodes the next image that can be used; False after the last one. Takes a damaged one off the list."""
        while self._files:
            if self._next == len(self._files):
                if not self._loop:
                    return False
                self._next = 0
            try:
                image = self._decode(read_bytes(self._files[self._next])).image
            except PictureError as error:
                log.warning("left out: %s: %s", self._files[self._next], error)
                del self._files[self._next]
                continue
            self._next += 1
            self._current = frame_of_bgr(0.0, image, self._rotate)
            return True
        if self._taken:
            raise SourceError(f"{self.name}: no image is left in it that can be used (see the log)")
        return False
