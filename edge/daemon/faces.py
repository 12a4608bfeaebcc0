"""Faces that were read wrong, kept where the owner turned that on: a folder of limited size that `train` reads."""

import logging
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2

from edge.daemon.private import write_private
from edge.mailbox import Latest
from edge.records import LABELS, Frame
from edge.status import Status
from edge.vision.preprocess import InputSpec, crop

log = logging.getLogger(__name__)

#: The newest are kept: some 2 KB each.
MOST = 500
SIDE = 48  # FER-2013's
_NAME = re.compile(rf"({'|'.join(LABELS)})/[\d-]+\.png")


class KeptFaces:
    """Kept as `train/<label>/<time>.png` in `folder`, the layout in which `train` reads FER-2013. Any thread may call
    anything; nothing raises. Where `wanted` is false none is added; those there can be listed and deleted.

    `frame` gives the newest frame, None while the camera is off.
    """

    def __init__(
        self, folder: Path, wanted: bool, frame: Callable[[], Frame | None], status: Latest[Status], most: int = MOST
    ) -> None:
        self._folder, self.wanted, self._frame, self._status, self._most = folder / "train", wanted, frame, status, most

    def keep(self, right: str, at: float) -> None:
        """Keeps the face in view as `right`. Of several faces none is kept: nobody knows which was meant."""
        frame, status = self._frame(), self._status.peek()
        if not self.wanted or right not in LABELS or frame is None or status is None or len(status.faces) != 1:
            return
        face = crop(frame.grey(), status.faces[0].box, InputSpec(SIDE, SIDE, 0.0, 1.0))
        done, data = cv2.imencode(".png", face)
        time = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S-%f")
        try:
            if done:
                write_private(self._folder / right / f"{time}.png", data.tobytes())
            for oldest in self.names()[: -self._most]:
                (self._folder / oldest).unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._folder, error.strerror)

    def names(self) -> Sequence[str]:
        """`<label>/<time>.png`, oldest first."""
        found = (path.relative_to(self._folder).as_posix() for path in self._folder.glob("*/*.png"))
        return sorted(filter(_NAME.fullmatch, found), key=lambda name: name.partition("/")[2])

    def picture(self, name: str) -> bytes | None:
        """The PNG of that name, or None."""
        try:
            return (self._folder / name).read_bytes() if _NAME.fullmatch(name) else None
        except OSError:
            return None

    def forget(self, name: str | None = None) -> bool:
        """Deletes one of them, or all. False where that fails."""
        try:
            for each in self.names() if name is None else filter(_NAME.fullmatch, [name]):
                (self._folder / each).unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._folder, error.strerror)
            return False
        return True
