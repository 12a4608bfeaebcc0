"""What people say the mood really was: where it is kept, for the page and for MQTT."""

import time
from collections.abc import Callable
from pathlib import Path

from edge.daemon.faces import KeptFaces
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.outputs.corrections import Corrections
from edge.past import RIGHT, Correction
from edge.records import Frame, Status


class Corrected:
    """Beside `state`, the state's file. `correct` may be called from any thread."""

    def __init__(
        self, state: Path, keep_faces: bool, frame: Callable[[], Frame | None], status: Latest[Status]
    ) -> None:
        self.kept = Corrections(state.with_suffix(".corrections.csv"))
        self.faces = KeptFaces(state.with_suffix(".faces"), keep_faces, frame, status)
        self._status = status

    def correct(self, right: str) -> None:
        """The present mood is really `right`, one of RIGHT. Raises EdgeError where there is none to correct, and where
        it cannot be written."""
        present = self._status.peek()
        if present is None or present.mood not in RIGHT:
            raise EdgeError("there is no mood now that could be wrong")
        made = Correction(time.time(), present.mood, present.expression, present.confidence, right)
        if not self.kept.add(made):
            raise EdgeError("it cannot be written now, the line before says why")
        self.faces.keep(right, made.at)
