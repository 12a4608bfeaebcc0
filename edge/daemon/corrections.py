"""What people say the mood really was: a small CSV file, and the face in view where the owner wants it kept."""

import csv
import io
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from edge.daemon.faces import KeptFaces
from edge.daemon.private import write_private
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.past import RIGHT, Correction
from edge.records import MOODS, NONE, Frame
from edge.status import Status

log = logging.getLogger(__name__)

#: The newest are kept: some 60 bytes each.
MOST = 5000
COLUMNS = ("at", "said", "expression", "confidence", "right")


class Corrections:
    """Kept in `path`. Any thread may call anything; nothing here raises."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._kept = self._read()

    def all(self) -> Sequence[Correction]:
        """Oldest first."""
        with self._lock:
            return tuple(self._kept)

    def table(self) -> str:
        """As CSV with a head; times are ISO 8601 in UTC."""
        return _as_csv(self.all())

    def add(self, correction: Correction) -> bool:
        """False where it cannot be written; then it is not kept."""
        with self._lock:
            return self._write([*self._kept, correction][-MOST:])

    def forget(self) -> bool:
        """Deletes all of them. False where that cannot be written."""
        with self._lock:
            return self._write([])

    def _read(self) -> list[Correction]:
        try:
            rows = list(csv.DictReader(io.StringIO(self.path.read_text("utf-8"))))
        except FileNotFoundError:
            return []
        except (OSError, ValueError, csv.Error) as error:
            log.warning("%s cannot be read (%s): what was corrected is not shown", self.path, error)
            return []
        return [correction for row in rows if (correction := _correction(row))][-MOST:]

    def _write(self, kept: list[Correction]) -> bool:
        try:
            write_private(self.path, _as_csv(kept).encode())
        except OSError as error:
            log.warning("%s cannot be written: %s", self.path, error.strerror)
            return False
        self._kept = kept
        return True


class CorrectionKeeper:
    """Keeps its files beside `state`. `correct` may be called from any thread."""

    def __init__(
        self, state: Path, keep_faces: bool, frame: Callable[[], Frame | None], status: Latest[Status]
    ) -> None:
        self.kept = Corrections(state.with_suffix(".corrections.csv"))
        self.faces = KeptFaces(state.with_suffix(".faces"), keep_faces, frame, status)
        self._status = status

    def correct(self, right: str) -> None:
        """The present mood is really `right`, one of RIGHT. Raises EdgeError where there is no mood to correct, or it
        cannot be written."""
        present = self._status.peek()
        if present is None or present.mood not in RIGHT:
            raise EdgeError("there is no mood now that could be wrong")
        made = Correction(time.time(), present.mood, present.expression, present.confidence, right)
        if not self.kept.add(made):
            raise EdgeError("it cannot be written now, the line before says why")
        self.faces.keep(right, made.at)


def _as_csv(corrections: Sequence[Correction]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in corrections:
        at = datetime.fromtimestamp(one.at, UTC).isoformat(timespec="seconds")
        table.writerow((at, one.said, one.expression, f"{one.confidence:.4f}", one.right))
    return text.getvalue()


def _correction(row: dict[str, str]) -> Correction | None:
    """None where the row does not hold a correction."""
    try:
        at = datetime.fromisoformat(row["at"]).timestamp()
        one = Correction(at, row["said"], row["expression"], float(row["confidence"]), row["right"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    known = one.said in MOODS and one.expression in (*MOODS, NONE) and one.right in RIGHT
    return one if known else None
