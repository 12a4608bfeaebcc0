"""Records of a made-up room, for whoever needs something to say."""

import time

from edge.records import ABSENT, LABELS, NONE, PAUSED, UNKNOWN, Box, Clause, Face, MoodChange, Playlist
from edge.status import Health, Status

HAPPY_HITS = Playlist("Happy Hits!", "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC")
#: A wall-clock moment: 2026-01-31 18:04:05 UTC.
MOMENT = 1769882645.0


def a_status(
    mood: str = "happy",
    confidence: float = 0.9,
    faces: int = 1,
    since: float = MOMENT,
    playlist: Playlist | None = HAPPY_HITS,
    camera_on: bool = True,
    expression: str | None = None,
) -> Status:
    """The faces show the mood, unless told otherwise; whether somebody is there nobody knows without a picture."""
    expression = expression or (NONE if mood == ABSENT else mood)
    scores = tuple(confidence if label == expression else 0.01 for label in LABELS)
    in_view = tuple(Face(number, Box(100 * number, 50, 80, 80), 0.8) for number in range(faces))
    return Status(
        mood=mood,
        strength=0.8,
        shares=tuple(0.4 if label == mood else 0.1 for label in LABELS),
        since=since,
        expression=expression,
        confidence=confidence,
        scores=scores,
        expression_since=since,
        presence=None if mood in (PAUSED, UNKNOWN) else faces > 0,
        faces=in_view,
        at=time.time(),
        playlist=playlist,
        why=((Clause("mood", {"mood": "happy"}),),),
        camera_on=camera_on,
        frame_size=(640, 480),
        model="expression",
    )


def a_change(mood: str = "happy", previous: str = "absent", playlist: Playlist | None = HAPPY_HITS) -> MoodChange:
    return MoodChange(mood, previous, 0.9, at=12.5, face_count=1, playlist=playlist)


def a_health(temperature: float | None = 51.5, throttled: bool | None = False) -> Health:
    return Health(9.5, 0.82, 12.0, 80.125, temperature, throttled, "ok", 0, 3.0, 100.0, "connected with MQTT 5")
