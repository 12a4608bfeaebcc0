"""The blueprints of docs/blueprints in a real Home Assistant; see test_home_assistant.py."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.mqtt import Mqtt
from edge.records import Playlist
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import HAPPY_HITS, MOMENT, a_status
from tests.home_assistant.assistant import Assistant
from tests.home_assistant.device import COMMAND, LIGHT, PAUSE, PLAY, RESUME, SAD_SONGS

pytestmark = pytest.mark.skipif(not COMMAND, reason="needs a Home Assistant: scripts/test-home-assistant")

VOLUME = "media_player.volume_set"
PLAYER, TELEVISION = "media_player.living_room", "media_player.television"
PLAYS, HOME = "input_text.plays", "input_select.home"
RAIN = Playlist("Rain", "library://playlist/12")


def use(blueprint: str, alias: str, **inputs: Any) -> dict[str, Any]:
    found = {"path": f"moodcast/{blueprint}.yaml", "input": inputs}
    return {"id": alias, "alias": alias, "use_blueprint": found}


def configuration(root: Path) -> dict[str, str]:
    music = {
        "playlist": "sensor.moodcast_playlist_url", "mood": "sensor.moodcast_mood", "player": PLAYER, "plays": PLAYS,
        "lasts": 1, "television": [TELEVISION], "fade": 1,
    }  # fmt: skip
    scenes = {"happy": ["scene.warm"], "sad": ["scene.soft", "scene.hall"]}
    parts = {
        "homeassistant": {"name": "test"},
        "input_text": {"plays": {"name": "plays", "max": 255}},
        "input_select": {"home": {"name": "home", "options": ["absent", "neutral", "happy", "sad", "surprise"]}},
        "automation": [
            use("music", "music", **music),
            use("light", "light", expression="sensor.moodcast_expression", lasts=0, **scenes),
            use("home", "home", rooms=["sensor.moodcast_mood", "sensor.kitchen_mood", "sensor.hall_mood"], home=HOME),
        ],
    }
    files = {path.name: path.read_text() for path in (root / "docs" / "blueprints").glob("*.yaml")}
    return {f"blueprints/automation/moodcast/{name}": text for name, text in files.items()} | {
        "configuration.yaml": json.dumps(parts)
    }


@pytest.fixture(scope="module")
def assistant(broker: Mosquitto, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    log = tmp_path_factory.mktemp("assistant") / "log"
    with Assistant(json.loads(COMMAND), broker.port, configuration(root), log) as assistant:
        yield assistant


class Room:
    """A Moodcast that says what the tests want."""

    def __init__(self, broker: Mosquitto, name: str = "moodcast") -> None:
        config = MqttConfig(host="127.0.0.1", port=broker.port)
        device = DeviceConfig(id=name, name=name.title())
        self._mqtt = Mqtt(config, device, {}, lambda on: None, retry_seconds=(0.1, 1.0, 1.0))
        self._mqtt.start()
        self.name = name
        self._mqtt.publish(a_status("absent", 0.0, faces=0, playlist=None), None, MOMENT)

    def show(
        self, assistant: Assistant, mood: str, playlist: Playlist | None = None, expression: str = "neutral"
    ) -> None:
        nobody = mood == "absent"
        status = a_status(mood, 0.9, 0 if nobody else 1, playlist=playlist, expression="none" if nobody else expression)
        self._mqtt.publish(status, None, time.time())
        assistant.wait_for_state(f"sensor.{self.name}_mood", mood)
        assistant.wait_for_state(f"sensor.{self.name}_playlist_url", playlist.url if playlist else "unknown")

    def close(self) -> None:
        self._mqtt.close()


@pytest.fixture
def room(broker: Mosquitto, assistant: Assistant) -> Iterator[Room]:
    room = Room(broker)
    assistant.wait_for_state("sensor.moodcast_mood", "absent")
    yield room
    room.close()
    assistant.wait_for_state("sensor.moodcast_mood", "unavailable")
    assert assistant.ask("warnings") == []


def test_all_of_them_are_loaded(assistant: Assistant) -> None:
    assert [assistant.state(f"automation.{name}") for name in ("music", "light", "home")] == ["on"] * 3


def test_music_plays_what_has_fitted_for_a_while_once_and_fades(assistant: Assistant, room: Room) -> None:
    assistant.calls.clear()
    room.show(assistant, "sad", SAD_SONGS)
    assert assistant.wait_for_call(PLAY)["media_content_id"] == SAD_SONGS.url
    assistant.wait_for_state(PLAYS, SAD_SONGS.url)
    assistant.ask("set", entity=PLAYER, state="playing")
    room.show(assistant, "happy", HAPPY_HITS)
    room.show(assistant, "sad", SAD_SONGS)  # it did not last
    time.sleep(2.0)
    assert not assistant.called(PLAY)
    assistant.calls.clear()
    room.show(assistant, "happy", RAIN)
    assert assistant.wait_for_call(PLAY)["media_content_id"] == RAIN.url
    assistant.wait_for_state(PLAYS, RAIN.url)
    volumes = [assistant.wait_for_call(VOLUME)["volume_level"] for _ in range(20)]
    assert volumes[9] == 0.0 and volumes[-1] == 0.5 and volumes[0] > volumes[5] < volumes[15]


def test_no_music_begins_while_the_television_plays(assistant: Assistant, room: Room) -> None:
    assistant.ask("set", entity=TELEVISION, state="playing")
    assistant.calls.clear()
    room.show(assistant, "sad", SAD_SONGS)
    time.sleep(2.5)
    assert not assistant.called(PLAY)
    assistant.ask("set", entity=TELEVISION, state="off")
    room.show(assistant, "happy", HAPPY_HITS)
    assert assistant.wait_for_call(PLAY)["media_content_id"] == HAPPY_HITS.url


def test_music_pauses_in_an_empty_room_and_goes_on(assistant: Assistant, room: Room) -> None:
    room.show(assistant, "happy", HAPPY_HITS)
    assistant.calls.clear()
    room.show(assistant, "absent")
    assert assistant.wait_for_call(PAUSE)["entity_id"] == [PLAYER]
    assistant.ask("set", entity=PLAYER, state="paused")
    room.show(assistant, "happy", HAPPY_HITS)
    assert assistant.wait_for_call(RESUME)["entity_id"] == [PLAYER]
    assert not assistant.called(PLAY)


def test_a_player_that_went_to_sleep_in_the_empty_room_gets_the_same_list_again(
    assistant: Assistant, room: Room
) -> None:
    assistant.ask("set", entity=PLAYER, state="playing")
    room.show(assistant, "sad", SAD_SONGS)
    assistant.wait_for_state(PLAYS, SAD_SONGS.url)
    assistant.calls.clear()
    room.show(assistant, "absent")
    assistant.wait_for_call(PAUSE)
    for asleep in ("paused", "idle"):
        assistant.ask("set", entity=PLAYER, state=asleep)
    room.show(assistant, "sad", SAD_SONGS)
    assert assistant.wait_for_call(PLAY)["media_content_id"] == SAD_SONGS.url
    assistant.wait_for_state(PLAYS, SAD_SONGS.url)
    assert not assistant.called(RESUME)


def test_what_somebody_stopped_before_they_left_stays_silent(assistant: Assistant, room: Room) -> None:
    assistant.ask("set", entity=PLAYER, state="playing")
    room.show(assistant, "sad", SAD_SONGS)
    assistant.wait_for_state(PLAYS, SAD_SONGS.url)
    assistant.ask("set", entity=PLAYER, state="off")
    room.show(assistant, "absent")
    assistant.wait_for_call(PAUSE)
    assistant.calls.clear()
    room.show(assistant, "sad", SAD_SONGS)
    time.sleep(2.5)
    assert not assistant.called(PLAY) and not assistant.called(RESUME)


def test_light_takes_the_scenes_of_the_expression_and_leaves_the_rest(assistant: Assistant, room: Room) -> None:
    room.show(assistant, "neutral")
    assistant.calls.clear()
    room.show(assistant, "neutral", expression="happy")
    assert assistant.wait_for_call(LIGHT)["entity_id"] == ["scene.warm"]
    room.show(assistant, "neutral", expression="surprise")  # it has no scene
    assistant.wait_for_state("sensor.moodcast_expression", "surprise")
    room.show(assistant, "neutral", expression="sad")
    assert assistant.wait_for_call(LIGHT)["entity_id"] == ["scene.soft", "scene.hall"]


def test_the_home_has_the_mood_that_most_rooms_have(assistant: Assistant, room: Room, broker: Mosquitto) -> None:
    kitchen, hall = Room(broker, "kitchen"), Room(broker, "hall")
    for other in (kitchen, hall):
        assistant.wait_for_state(f"sensor.{other.name}_mood", "absent")
    room.show(assistant, "neutral")
    assistant.wait_for_state(HOME, "neutral")
    kitchen.show(assistant, "happy")
    assistant.wait_for_state(HOME, "happy")
    hall.show(assistant, "sad")
    assistant.wait_for_state(HOME, "sad")
    room.show(assistant, "happy")
    assistant.wait_for_state(HOME, "happy")
    for each in (room, kitchen, hall):
        each.show(assistant, "absent")
    assistant.wait_for_state(HOME, "absent")
    kitchen.close()
    hall.close()
