"""The automations of docs/home-assistant.md in a real Home Assistant: run by scripts/test-home-assistant, which says in
which; skipped otherwise."""

import json
import time
from pathlib import Path

import pytest

from edge.outputs.mqtt import Mqtt
from edge.records import Playlist
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import HAPPY_HITS, a_change, a_status
from tests.home_assistant.assistant import Assistant
from tests.home_assistant.device import (
    COMMAND,
    LIGHT,
    PAUSE,
    PLAY,
    RAIN,
    RESUME,
    SAD_SONGS,
    documented_configuration,
    start,
)

pytestmark = pytest.mark.skipif(not COMMAND, reason="needs a Home Assistant: scripts/test-home-assistant")


def test_music_follows_the_playlist_and_no_list_begins_afresh(
    assistant: Assistant, mqtt: Mqtt, broker: Mosquitto
) -> None:
    def say(mood: str, previous: str | None, playlist: Playlist | None, faces: int = 1) -> None:
        """A change of the mood, or without `previous` none."""
        change = a_change(mood, previous, playlist) if previous else None
        mqtt.publish(a_status(mood, 0.9, faces, playlist=playlist), change, time.time())
        assistant.wait_for_state("sensor.moodcast_mood", mood)
        assistant.wait_for_state("sensor.moodcast_playlist_url", playlist.url if playlist else "unknown")

    say("absent", None, None, faces=0)
    assistant.calls.clear()
    say("sad", "absent", SAD_SONGS)
    played = assistant.wait_for_call(PLAY)
    assert played["entity_id"] == ["media_player.living_room"]
    assert (played["media_content_type"], played["media_content_id"]) == ("playlist", SAD_SONGS.url)
    say("happy", "sad", SAD_SONGS)  # held
    say("happy", None, HAPPY_HITS)  # the hold has ended: no event
    assert assistant.wait_for_call(PLAY)["media_content_id"] == HAPPY_HITS.url

    assistant.calls.clear()
    say("absent", "happy", None, faces=0)
    assert assistant.wait_for_call(PAUSE)["entity_id"] == ["media_player.living_room"]
    say("happy", "absent", HAPPY_HITS)
    assert assistant.wait_for_call(RESUME)["entity_id"] == ["media_player.living_room"]
    mqtt.close()
    assistant.wait_for_state("sensor.moodcast_playlist_url", "unavailable")
    mqtt = start(broker, [], status=a_status("happy", playlist=HAPPY_HITS))
    assistant.wait_for_state("sensor.moodcast_playlist_url", HAPPY_HITS.url)
    assistant.ask("reload")
    assistant.wait_for_state("sensor.moodcast_playlist_url", HAPPY_HITS.url)
    say("happy", None, RAIN)
    assert assistant.wait_for_call(PLAY)["media_content_id"] == RAIN.url  # the first since Happy Hits began
    mqtt.close()
    assert not any(map(assistant.called, (PLAY, PAUSE, RESUME)))
    assert assistant.ask("warnings") == []


def test_a_player_that_went_to_sleep_in_the_empty_room_gets_the_same_list_again(
    assistant: Assistant, mqtt: Mqtt
) -> None:
    def say(mood: str, playlist: Playlist | None) -> None:
        mqtt.publish(a_status(mood, faces=1 if playlist else 0, playlist=playlist), None, time.time())
        assistant.wait_for_state("sensor.moodcast_mood", mood)
        assistant.wait_for_state("sensor.moodcast_playlist_url", playlist.url if playlist else "unknown")

    say("sad", SAD_SONGS)
    assistant.wait_for_state("input_text.moodcast_plays", SAD_SONGS.url)
    for _ in range(3):
        assistant.calls.clear()
        say("absent", None)
        assistant.wait_for_call(PAUSE)
        assistant.ask("set", entity="media_player.living_room", state="off")
        say("sad", SAD_SONGS)
        assert assistant.wait_for_call(PLAY)["media_content_id"] == SAD_SONGS.url
        assistant.wait_for_state("input_text.moodcast_plays", SAD_SONGS.url)
        assistant.ask("set", entity="media_player.living_room", state="playing")
        assert not assistant.called(RESUME)
    assert assistant.ask("warnings") == []


def test_after_the_broker_was_away_the_list_is_the_right_one_without_an_event(
    assistant: Assistant, mqtt: Mqtt, broker: Mosquitto
) -> None:
    mqtt.publish(a_status("sad", playlist=SAD_SONGS), None, time.time())
    assistant.wait_for_state("sensor.moodcast_playlist_url", SAD_SONGS.url)
    assistant.wait_for_state("input_text.moodcast_plays", SAD_SONGS.url)
    assistant.calls.clear()
    broker.stop()
    assistant.wait_for_state("sensor.moodcast_playlist_url", "unavailable")
    mqtt.publish(a_status("happy", playlist=HAPPY_HITS), a_change("happy", "sad"), time.time())
    broker.start()
    assert assistant.wait_for_call(PLAY, 60)["media_content_id"] == HAPPY_HITS.url
    assert not assistant.called(PLAY)
    assistant.ask("warnings")  # that the broker was away


def test_the_music_pauses_when_somebody_says_not_now_and_not_when_the_room_is_empty(
    assistant: Assistant, mqtt: Mqtt
) -> None:
    mqtt.publish(a_status("sad", playlist=SAD_SONGS), None, time.time())
    assistant.wait_for_state("sensor.moodcast_playlist_url", SAD_SONGS.url)
    assistant.calls.clear()
    mqtt.publish(a_status("sad", playlist=None), None, time.time())
    assert assistant.wait_for_call(PAUSE)["entity_id"] == ["media_player.living_room"]
    mqtt.publish(a_status("sad", playlist=SAD_SONGS), None, time.time())
    assistant.wait_for_state("sensor.moodcast_playlist_url", SAD_SONGS.url)
    mqtt.publish(a_status("paused", faces=0, playlist=None, camera_on=False), a_change("paused", "sad"), time.time())
    assistant.wait_for_state("sensor.moodcast_playlist_url", "unknown")
    time.sleep(1.0)
    assert not assistant.called(PAUSE)
    assert assistant.ask("warnings") == []


def test_lights_follow_the_expression_within_one_mood(assistant: Assistant, mqtt: Mqtt) -> None:
    assistant.wait_for_state("sensor.moodcast_expression", "none")
    assistant.calls.clear()
    for expression in ("neutral", "happy", "neutral", "surprise"):
        mqtt.publish(a_status("neutral", expression=expression), None, time.time())
        assert assistant.wait_for_call(LIGHT)["entity_id"] == [f"scene.{expression}"]
    mqtt.publish(a_status("neutral", faces=0, expression="none"), None, time.time())
    assistant.wait_for_state("sensor.moodcast_expression", "none")
    mqtt.publish(a_status("paused", 0.0, faces=0, playlist=None, camera_on=False), a_change("paused"), time.time())
    assistant.wait_for_state("sensor.moodcast_expression", "paused")
    mqtt.close()
    assistant.wait_for_state("sensor.moodcast_expression", "unavailable")
    time.sleep(2.0)
    assert not assistant.called(LIGHT)
    assert assistant.ask("warnings") == []


def test_the_list_that_plays_is_remembered_when_home_assistant_starts_again(
    broker: Mosquitto, root: Path, tmp_path: Path
) -> None:
    configuration = documented_configuration(root)
    mqtt = start(broker, [], status=a_status("sad", playlist=SAD_SONGS))
    with Assistant(json.loads(COMMAND), broker.port, configuration, tmp_path / "log") as first:
        first.wait_for_state("sensor.moodcast_playlist_url", SAD_SONGS.url)
        mqtt.publish(a_status("happy", playlist=HAPPY_HITS), a_change("happy", "sad"), time.time())
        while first.wait_for_call(PLAY)["media_content_id"] != HAPPY_HITS.url:
            pass
        mqtt.close()
    with Assistant(json.loads(COMMAND), broker.port, configuration, tmp_path / "again", first.folder) as again:
        again.wait_for_state("sensor.moodcast_playlist_url", "unavailable")
        mqtt = start(broker, [], status=a_status("happy", playlist=HAPPY_HITS))
        again.wait_for_state("sensor.moodcast_playlist_url", HAPPY_HITS.url)
        mqtt.publish(a_status("sad", playlist=RAIN), a_change("sad", "happy", RAIN), time.time())
        assert again.wait_for_call(PLAY)["media_content_id"] == RAIN.url
        assert again.ask("warnings") == []
    mqtt.close()
