"""Readings for a reporter, and who hears what comes of them."""

from typing import Any

import numpy as np

from edge.daemon.continuity import StartMood
from edge.daemon.reporter import Reporter, WallClock
from edge.mailbox import Latest
from edge.past import HistoryEntry, Quarter
from edge.records import (
    LABELS,
    Clause,
    Face,
    Frame,
    Mood,
    MoodChange,
    Playlist,
    Reading,
    RoomExpression,
)
from edge.status import Health, Status
from tests.daemon.clocks import Clocks

SCORES = tuple(0.4 if label == "happy" else 0.1 for label in LABELS)
HITS = Playlist("Happy Hits!", "https://example.org/hits")


class Recorder:
    """Stands in for MQTT and for the history: remembers what it was told."""

    def __init__(self) -> None:
        self.published: list[tuple[Status, MoodChange | None, float]] = []
        self.heartbeats: list[Health] = []
        self.kept: list[HistoryEntry] = []
        self.quarters: list[Quarter] = []
        self.signs = 0

    def publish(self, status: Status, change: MoodChange | None, at: float) -> None:
        self.published.append((status, change, at))

    def health(self, health: Health) -> None:
        self.heartbeats.append(health)

    def add_quarter(self, quarter: Quarter) -> None:
        self.quarters.append(quarter)

    def add(self, entry: HistoryEntry) -> None:
        self.kept.append(entry)

    def mark_alive(self) -> None:
        self.signs += 1


def made(status: Latest[Status], outside: Any, clocks: Clocks, before: StartMood | None = None) -> Reporter:
    clock = WallClock(lambda: clocks.wall, lambda: clocks.monotonic)
    return Reporter(status, "a model", clock, outside, outside, before)


def a_frame(t: float) -> Frame:
    grey = np.zeros((480, 640), np.uint8)
    return Frame(t, 640, 480, lambda: grey, lambda: np.zeros((480, 640, 3), np.uint8))


def a_reading(t: float, change: MoodChange | None = None, faces: tuple[Face, ...] = ()) -> Reading:
    return Reading(
        t=t,
        faces=faces,
        expression=RoomExpression("happy", 0.4, SCORES, since=t),
        expression_change=None,
        mood=Mood("happy", 0.4, SCORES, since=t),
        change=change,
        playlist=HITS,
        why=((Clause("mood", {"mood": "happy"}),),),
        scan="full",
        next_in=0.1,
    )
