"""What the page says in words: moods, what is wrong and what to do, how sure. Pure."""

from typing import Any

from edge.records import ABSENT, NONE, PAUSED, UNKNOWN, Health
from edge.web import ribbon

STARTING = "starting"  # before the first status

TITLES = {
    "angry": "Angry",
    "disgust": "Disgusted",
    "fear": "Afraid",
    "happy": "Happy",
    "neutral": "Neutral",
    "sad": "Sad",
    "surprise": "Surprised",
    ABSENT: "Nobody here",
    NONE: "Nobody in view",
    PAUSED: "Camera off",
    UNKNOWN: "No picture",
    STARTING: "Waking up",
    ribbon.OFF: "Moodcast off",
}

#: The headline while the camera gives no picture, by how the camera is.
CAMERA_TITLES = {
    "opening": "Waking up",
    "recovering": "Camera lost",
    "failed": "No camera",
    "frozen": "Picture stuck",
    "dark": "Too dark",
}

#: What is said below the headline, by the mood, or by what but a hand switched the camera off.
HINTS = {
    ABSENT: "When somebody comes into view, the mood appears here.",
    UNKNOWN: "The camera gives no picture, so nobody knows. It is tried again by itself.",
    STARTING: "The camera and the model are starting.",
    "topic": "Off while the house says so (mqtt.pause_topic in config.yaml); it goes on by itself.",
}

#: From how much confidence on which word is said; the last is for the rest.
DEGREES = ((0.8, "clearly"), (0.55, "probably"), (0.0, "perhaps"))
#: Of a feeling nobody is surer, whatever the model computes.
MOST_PERCENT = 99

_BROKER = "The broker cannot be reached, so Home Assistant and others hear nothing; it is tried again by itself."
#: What of the device's health is worth a line on the page, by field and value.
TROUBLES: dict[str, dict[str, str]] = {
    "mqtt": {
        "unreachable": _BROKER,
        "silent": _BROKER,
        "lost": _BROKER,
        "failed": _BROKER,
        "tls": "The broker's certificate is not accepted, so nothing is told over MQTT: see mqtt.tls in config.yaml.",
        "refused": "The broker refuses this device, so nothing is told over MQTT: see mqtt.username in config.yaml.",
        "version": "The broker speaks no MQTT this device knows, so nothing is told over MQTT.",
        "taken over": "Another device has this device.id, so this one is silent on MQTT: give each its own.",
    },
    "history": {
        "waiting": "The history cannot be written now. It waits in memory, and a restart would lose it: "
        "is there room on the disk?",
    },
}


def sureness(confidence: float) -> str:
    """`clearly`, `probably` or `perhaps`."""
    return next(word for least, word in DEGREES if confidence >= least)


def sure_percent(confidence: float) -> int:
    return min(MOST_PERCENT, round(confidence * 100))


def headline(mood: str, camera: str) -> str:
    """The mood in a word or two; without a picture, how the camera is."""
    return CAMERA_TITLES.get(camera, TITLES[UNKNOWN]) if mood == UNKNOWN else TITLES[mood]


def in_a_sentence(title: str) -> str:
    return title[:1].lower() + title[1:]


def trouble(health: Health | None) -> str:
    """What is wrong beside the camera, and what it means; empty where nothing is, or nobody knows."""
    found = [said.get(getattr(health, field) or "", "") for field, said in TROUBLES.items()] if health else []
    return " ".join(line for line in found if line)


def for_scripts(hints: dict[str, str]) -> dict[str, Any]:
    """The same words for page.js, which shows the next moments."""
    return {
        "titles": TITLES,
        "cameras": CAMERA_TITLES,
        "hints": hints,
        "degrees": DEGREES,
        "most": MOST_PERCENT,
        "troubles": TROUBLES,
    }
