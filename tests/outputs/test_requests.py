"""What a message that came in means."""

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.messages import COMMANDS, Request, Topics, parse_request

TOPICS = Topics(MqttConfig(), DeviceConfig())


@pytest.mark.parametrize(("payload", "on"), [(b"ON", True), (b"OFF", False), (b" off\n", False), (b"On", True)])
def test_on_and_off_switch_the_camera(payload: bytes, on: bool) -> None:
    assert parse_request(TOPICS, TOPICS.camera_set, payload, retained=False) == Request(camera=on)


@pytest.mark.parametrize("payload", [b"  ", b"maybe", b"0", b"\xff\xfe\x00", b"ON" * 500_000, "ОN".encode()])
def test_nonsense_gives_one_short_line_that_says_what_is_allowed(payload: bytes) -> None:
    heard = parse_request(TOPICS, TOPICS.camera_set, payload, retained=False)
    assert heard.camera is None
    assert "ON and OFF" in heard.warning and "\n" not in heard.warning and len(heard.warning) < 250


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_known_by_its_word_and_refused_when_it_is_old(command: str) -> None:
    topic = TOPICS.command_set
    assert parse_request(TOPICS, topic, f"{command}\n".encode(), retained=False) == Request(command=command)
    old = parse_request(TOPICS, topic, command.encode(), retained=True)
    assert not old.command and f"mosquitto_pub -r -n -t {topic}" in old.warning


@pytest.mark.parametrize("payload", [b"ON", b"  ", b"PAUSE_HOUR", b"unlock", b"\xff"])
def test_another_word_is_no_command(payload: bytes) -> None:
    heard = parse_request(TOPICS, TOPICS.command_set, payload, retained=False)
    assert not heard.command and heard.camera is None and "another_playlist" in heard.warning


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (b'{"playlists.hold_minutes": 30.0}', {"playlists.hold_minutes": 30.0}),
        (b' {"mood.enter_share": null}\n', {"mood.enter_share": None}),
    ],
)
def test_settings_are_asked_for_as_json_and_refused_when_they_are_old(payload: bytes, asked: object) -> None:
    topic = TOPICS.settings_set
    assert parse_request(TOPICS, topic, payload, retained=False).settings == asked
    old = parse_request(TOPICS, topic, payload, retained=True)
    assert old.settings is None and f"mosquitto_pub -r -n -t {topic}" in old.warning


@pytest.mark.parametrize(
    "payload",
    [b"30", b"{}", b"[]", b"{", b"\xff", b'{"web.port": 80}', b'{"playlists.sad": []}', b"[" * 190, b"{" * 9999,
     b'{"playlists.hold_minutes": 1, "x": 2}'],
)  # fmt: skip
def test_other_json_is_no_setting_and_gets_one_line_with_what_is(payload: bytes) -> None:
    heard = parse_request(TOPICS, TOPICS.settings_set, payload, retained=False)
    assert heard.settings is None and '{"playlists.hold_minutes": 10}' in heard.warning
    assert "\n" not in heard.warning and len(heard.warning) < 250


def test_a_correction_is_one_of_the_words() -> None:
    topic = TOPICS.correction_set
    assert parse_request(TOPICS, topic, b"absent\n", retained=False) == Request(right="absent")
    for payload in (b"cheerful", b"paused", b"\xff"):
        heard = parse_request(TOPICS, topic, payload, retained=False)
        assert not heard.right and "neutral" in heard.warning
    assert "mosquitto_pub" in parse_request(TOPICS, topic, b"sad", retained=True).warning


def test_a_huge_command_is_named_by_its_size() -> None:
    assert "1000000 bytes" in parse_request(TOPICS, TOPICS.camera_set, b"x" * 1_000_000, retained=False).warning


def test_a_command_the_broker_has_kept_is_old_and_not_obeyed() -> None:
    heard = parse_request(TOPICS, TOPICS.camera_set, b"OFF", retained=True)
    assert heard.camera is None and f"mosquitto_pub -r -n -t {TOPICS.camera_set}" in heard.warning


@pytest.mark.parametrize("retained", [False, True])
def test_the_removal_of_a_kept_command_is_no_command(retained: bool) -> None:
    assert parse_request(TOPICS, TOPICS.camera_set, b"", retained) == Request()


def test_home_assistant_s_birth_is_heard_when_it_happens() -> None:
    assert parse_request(TOPICS, "homeassistant/status", b"online", retained=False).announce
    assert not parse_request(TOPICS, "homeassistant/status", b"offline", retained=False).announce
    assert not parse_request(TOPICS, "homeassistant/status", b"online", retained=True).announce


@pytest.mark.parametrize("topic", ["moodcast/moodcast/mood", None])
def test_what_is_not_for_us_is_passed_over(topic: str | None) -> None:
    assert parse_request(TOPICS, topic, b"ON", retained=False) == Request()
