"""What is said on MQTT, word for word."""

import json
import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs import messages
from edge.outputs.figures import steady
from edge.outputs.messages import Message, Topics
from edge.records import LABELS
from edge.status import CameraState, Status
from tests.broker.samples import HAPPY_HITS, MOMENT, a_change, a_health, a_status

TOPICS = Topics(MqttConfig(), DeviceConfig(id="hallway"))
THRESHOLDS = {"enter_level": 0.5, "leave_level": 0.35}


def said(status: Status) -> dict[str, Message]:
    return {message.topic: message for message in messages.present(TOPICS, status, THRESHOLDS, steady(status))}


def body(message: Message) -> Any:
    return json.loads(message.payload)


def test_every_topic_lies_under_the_base_topic_and_the_device() -> None:
    topics = Topics(MqttConfig(base_topic="home/moods", discovery_prefix="ha"), DeviceConfig(id="attic"))
    assert topics.mood == "home/moods/attic/mood"
    assert topics.camera_set == "home/moods/attic/camera/set"
    assert topics.births[0] == "ha/status"


def test_the_mood_topic_says_the_bare_word_retained() -> None:
    assert said(a_status("sad"))["moodcast/hallway/mood"] == Message("moodcast/hallway/mood", "sad", retain=True, qos=1)


def test_the_state_has_the_mood_the_expression_the_faces_and_the_playlist() -> None:
    message = said(a_status("happy", 0.91234, faces=2))["moodcast/hallway/state"]
    assert message.retain and message.qos == 1
    assert body(message) == {
        "mood": "happy",
        "since": "2026-01-31T18:04:05+00:00",
        "strength": 0.8,
        "shares": {label: 0.4 if label == "happy" else 0.1 for label in LABELS},
        "expression": {"label": "happy", "confidence": 0.912, "since": "2026-01-31T18:04:05+00:00"},
        "faces": 2,
        "playlist": {"name": HAPPY_HITS.name, "url": HAPPY_HITS.url},
        "camera": "ok",
        "problem": "",
    }


@pytest.mark.parametrize(("presence", "payload"), [(True, "ON"), (False, "OFF"), (None, "unknown")])
def test_expression_and_presence_have_topics_of_their_own(presence: bool | None, payload: str) -> None:
    told = said(replace(a_status("happy"), presence=presence))
    assert told["moodcast/hallway/expression"] == Message("moodcast/hallway/expression", "happy", retain=True, qos=1)
    assert (told["moodcast/hallway/presence"].payload, told["moodcast/hallway/presence"].retain) == (payload, True)


def test_the_attributes_say_why() -> None:
    assert body(said(a_status())["moodcast/hallway/attributes"])["why"] == ["mood: happy"]


def test_the_state_says_what_is_wrong_with_the_camera() -> None:
    away = replace(a_status("unknown", 0.0, faces=0), camera=CameraState("failed", "/dev/video0: is it plugged in?"))
    state = body(said(away)["moodcast/hallway/state"])
    assert (state["camera"], state["problem"]) == ("failed", "/dev/video0: is it plugged in?")
    assert not messages.same_scene(a_status("unknown", 0.0, faces=0), away)


def test_the_state_says_when_a_paused_camera_goes_on_by_itself() -> None:
    paused = replace(a_status(), camera_on=False, camera_until=1_769_882_645.0)
    assert body(said(paused)["moodcast/hallway/state"])["camera_until"] == "2026-01-31T18:04:05+00:00"
    assert "camera_until" not in body(said(a_status())["moodcast/hallway/state"])


def test_without_a_playlist_the_state_says_null() -> None:
    assert body(said(a_status("absent", 0.0, faces=0, playlist=None))["moodcast/hallway/state"])["playlist"] is None


def test_the_attributes_have_a_score_for_every_label_the_model_and_the_thresholds() -> None:
    message = said(a_status("happy", 0.9))["moodcast/hallway/attributes"]
    assert message.retain
    assert body(message)["scores"]["happy"] == 0.9
    assert set(body(message)["scores"]) == {"angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"}
    assert body(message)["model"] == "expression" and body(message)["thresholds"] == THRESHOLDS


@pytest.mark.parametrize(("on", "payload"), [(True, "ON"), (False, "OFF")])
def test_the_camera_s_state_is_retained(on: bool, payload: str) -> None:
    message = said(a_status(camera_on=on))["moodcast/hallway/camera/state"]
    assert (message.payload, message.retain) == (payload, True)


def test_an_event_tells_of_one_change_and_is_not_retained() -> None:
    message = messages.event(TOPICS, a_change("happy", "sad"), MOMENT)
    assert (message.topic, message.retain, message.qos) == ("moodcast/hallway/event", False, 1)
    assert message.expires == messages.EVENT_SECONDS
    assert body(message) == {
        "event_type": "mood_change",
        "mood": "happy",
        "previous": "sad",
        "strength": 0.9,
        "at": "2026-01-31T18:04:05+00:00",
        "playlist": {"name": HAPPY_HITS.name, "url": HAPPY_HITS.url},
    }


def test_the_heartbeat_has_every_figure_with_its_unit_in_the_name_and_null_for_the_unknown() -> None:
    message = messages.health(TOPICS, a_health(temperature=None))
    assert (message.retain, message.qos) == (False, 0)
    assert body(message) == {
        "fps": 9.5, "inference_ms": 0.82, "cpu_percent": 12.0, "rss_mib": 80.12, "temperature_celsius": None,
        "throttled": False, "camera": "ok", "queue": 0, "changes_per_hour": 3.0,
        "uptime_seconds": 100.0, "problem": "", "mqtt": "connected with MQTT 5", "history": None,
        "player": None,
    }  # fmt: skip


def test_times_carry_their_offset() -> None:
    assert datetime.fromisoformat(messages.timestamp(MOMENT)).timestamp() == MOMENT


def test_a_time_is_never_in_the_future() -> None:
    assert messages.timestamp(MOMENT + 0.9) == "2026-01-31T18:04:05+00:00"


def test_a_name_in_any_script_stays_readable() -> None:
    playlist = type(HAPPY_HITS)("Fröhliche Lieder ♫", "spotify:playlist:x")
    assert "Fröhliche Lieder ♫" in said(a_status(playlist=playlist))["moodcast/hallway/state"].payload


def test_what_is_not_a_number_is_never_sent() -> None:
    with pytest.raises(ValueError, match="JSON"):
        messages.present(TOPICS, a_status(confidence=math.nan), THRESHOLDS, steady(a_status()))


def test_confidence_alone_is_the_same_scene() -> None:
    assert messages.same_scene(a_status(confidence=0.9), a_status(confidence=0.7))
    assert messages.same_scene(a_status(since=MOMENT), a_status(since=MOMENT + 0.4))


@pytest.mark.parametrize(
    "other",
    [
        a_status("sad"),
        a_status(faces=2),
        a_status(playlist=None),
        a_status(camera_on=False),
        a_status(since=MOMENT + 5),
        replace(a_status(), expression="sad"),
        replace(a_status(), presence=None),
    ],
)
def test_anything_else_is_another_scene(other: Status) -> None:
    assert not messages.same_scene(a_status(), other)
