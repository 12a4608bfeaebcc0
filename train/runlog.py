"""What a run says of itself: log.json and log.csv in its folder, TensorBoard's events, a line on the terminal."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from pathlib import Path
from typing import Any

from train.checkpoint import replace
from train.progress import Progress


class RunLog:
    """The epochs of one run; rows of an earlier part of it are given when it resumes."""

    def __init__(self, folder: Path, rows: list[dict[str, Any]], about: dict[str, Any]) -> None:
        self.rows = rows
        self._folder, self._about = folder, about
        self._progress = Progress()
        self._board: Any = None

    def step(self, epoch: int, epochs: int, step: int, steps: int, loss: float, started: float) -> None:
        left = (time.monotonic() - started) / max(step, 1) * (steps - step)
        self._progress.say(
            f"epoch {epoch}/{epochs}  step {step}/{steps}  loss {loss:.4f}  {left:.0f} s left of the epoch"
        )

    def epoch(self, row: dict[str, Any]) -> None:
        """Keeps a finished epoch and prints it; the files are written whole."""
        self.rows.append(row)
        text = "  ".join(
            f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()
        )
        Progress.end()
        print(text, file=sys.stderr, flush=True)
        self.write()
        self._events(row)

    def write(self) -> None:
        replace(self._folder / "log.json", json.dumps({**self._about, "epochs": self.rows}, indent=1).encode())
        keys = list(dict.fromkeys(key for row in self.rows for key in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, keys, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        replace(self._folder / "log.csv", text.getvalue().encode())

    def _events(self, row: dict[str, Any]) -> None:
        import tensorflow as tf

        if self._board is None:
            self._board = tf.summary.create_file_writer(str(self._folder / "tensorboard"))
        with self._board.as_default(step=int(row["epoch"])):
            for key, value in row.items():
                if isinstance(value, float):
                    tf.summary.scalar(key, value)
        self._board.flush()
