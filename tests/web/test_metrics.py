"""/metrics in Prometheus' text format, and /healthz."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from edge.records import MOODS, PAUSED
from tests.web.room import HEALTH, NOON, Room, status


def samples(room: Room) -> dict[str, float]:
    answer = room.client().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.get_data(as_text=True).splitlines()
    for line in lines:
        assert re.fullmatch(
            r'# (HELP|TYPE) moodcast_\w+ .+|moodcast_\w+(\{(mood|expression|stage)="\w+"\})? -?[\d.e+-]+', line
        ), line
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def test_the_mood_is_one_of_nine(room: Room) -> None:
    found = samples(room)
    assert {mood: found[f'moodcast_mood{{mood="{mood}"}}'] for mood in MOODS} == {
        mood: float(mood == "happy") for mood in MOODS
    }


def test_the_numbers_are_those_of_the_status(room: Room) -> None:
    found = samples(room)
    assert found["moodcast_confidence"] == 0.7
    assert found["moodcast_faces"] == 1
    assert found["moodcast_inference_seconds"] == 0.0008
    assert found["moodcast_cpu_ratio"] == 0.115
    assert found["moodcast_resident_memory_bytes"] == 80 * 2**20
    assert found["moodcast_uptime_seconds"] == 3600
    assert found["moodcast_camera_on"] == 1
    assert found["moodcast_mood_since_timestamp_seconds"] == NOON
    assert found["moodcast_healthy"] == 1
    assert found['moodcast_score{expression="happy"}'] == 0.7
    assert found['moodcast_share{expression="happy"}'] == 0.4
    assert found['moodcast_expression{expression="happy"}'] == 1
    assert found["moodcast_mood_strength"] == 0.6
    assert found["moodcast_presence"] == 1


def test_what_0_1_had_is_there_for_one_version_more(room: Room) -> None:
    found = samples(room)
    old = {"fps": 7.9, "inference_ms": 0.8, "cpu_percent": 11.5, "changes_per_hour": 4.5}
    assert {name: found[f"moodcast_{name}"] for name in old} == old


def test_counters_count_from_the_start_and_name_every_mood(room: Room) -> None:
    found = samples(room)
    changes = {mood: found[f'moodcast_mood_changes_total{{mood="{mood}"}}'] for mood in MOODS}
    assert changes == dict.fromkeys(MOODS, 0) | {"sad": 2, "happy": 1}
    assert found["moodcast_frames_total"] == 1000
    assert found['moodcast_stage_seconds_total{stage="detect"}'] == 1.5
    text = room.client().get("/metrics").text
    counters = set(re.findall(r"# TYPE (\w+) counter", text))
    assert counters == set(re.findall(r"# TYPE (\w+_total) ", text)) and len(counters) == 3


def test_the_dashboard_asks_for_what_there_is(room: Room, root: Path) -> None:
    room.status.put(status(health=replace(HEALTH, temperature_celsius=48.0)))
    kinds = dict(re.findall(r"# TYPE (\w+) (\w+)", room.client().get("/metrics").text))
    dashboard = json.loads((root / "docs/grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    assert len(asked) >= 10
    for expression in asked:
        names = re.findall(r"moodcast_\w+", expression)
        assert names and set(names) <= set(kinds), expression
        rated = re.findall(r"(?:rate|increase)\((moodcast_\w+)", expression)
        assert {name for name in names if kinds[name] == "counter"} == set(rated), expression


def test_what_the_machine_cannot_tell_is_left_out(room: Room) -> None:
    assert HEALTH.temperature_celsius is None
    assert "moodcast_temperature_celsius" not in samples(room)
    assert samples(room)["moodcast_throttled"] == 0


@pytest.mark.parametrize(
    ("mqtt", "history", "connected", "kept"),
    [("connected with MQTT 3.1.1", "ok", 1, 1), ("unreachable", "waiting", 0, 0), (None, None, None, None)],
)
def test_broker_and_disk_are_told_of_where_they_are_used(
    room: Room, mqtt: str | None, history: str | None, connected: float | None, kept: float | None
) -> None:
    room.status.put(status(health=replace(HEALTH, mqtt=mqtt, history=history)))
    found = samples(room)
    assert found.get("moodcast_mqtt_connected") == connected
    assert found.get("moodcast_history_ok") == kept


def test_a_paused_camera_is_off_and_well(room: Room) -> None:
    room.status.put(status(PAUSED))
    found = samples(room)
    assert (found["moodcast_camera_on"], found["moodcast_camera_ok"]) == (0, 1)
    assert found['moodcast_mood{mood="paused"}'] == 1


def test_before_the_first_frame_there_are_few_numbers() -> None:
    assert samples(Room()) == {"moodcast_healthy": 1, "moodcast_viewers": 0}


def test_healthz_says_whether_the_daemon_makes_progress(room: Room) -> None:
    assert room.client().get("/healthz").status_code == 200
    room.healthy = False
    assert room.client().get("/healthz").status_code == 503
    assert samples(room)["moodcast_healthy"] == 0


def test_what_an_inference_is_said_to_take_is_the_reading_of_a_face(room: Room) -> None:
    text = room.client().get("/metrics").get_data(as_text=True)
    assert "# HELP moodcast_inference_seconds seconds to read one face: crop, quality, inference\n" in text
