"""The values of config.yaml: what is accepted, and the line its owner reads for everything that is not."""

from pathlib import Path

import pytest

from edge.config import PlaylistsConfig
from edge.records import Playlist
from tests.config.loading import load, problems


def test_a_wrong_name_in_a_list_is_told_with_its_place(file: Path) -> None:
    assert problems(file, "web: {hosts: [mood.example.org, '*']}") == [
        "web.hosts: found a list, number 2 of it must be a host name or an address"
    ]


def test_who_may_frame_the_page_and_which_proxies_are_believed(file: Path) -> None:
    text = "web: {frame_ancestors: [self, http://home.lan:8123, 'http://[::1]'], trusted_proxies: [127.0.0.1, '::1']}"
    found = load(file, text).web
    assert found.frame_ancestors == ("self", "http://home.lan:8123", "http://[::1]")
    assert found.trusted_proxies == ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "http://a; script-src *",
        "http://a b",
        "home.lan",
        "ftp://a",
        "http://a/path",
        "http://me:x@a",
        "http://*.a",
    ],
)
def test_what_would_do_harm_in_a_header_is_no_origin(file: Path, origin: str) -> None:
    assert problems(file, f"web: {{frame_ancestors: [self, '{origin}']}}") == [
        "web.frame_ancestors: found a list, number 2 of it must be self or an origin such as https://home.lan:8123"
    ]


@pytest.mark.parametrize("address", ["'*'", "proxy.lan", "10.0.0.0/8", "127.1", "8"])
def test_a_proxy_is_named_by_its_address(file: Path, address: str) -> None:
    assert problems(file, f"web: {{trusted_proxies: [{address}]}}") == [
        "web.trusted_proxies: found a list, number 1 of it must be an IP address such as 192.168.1.5"
    ]


def test_quiet_hours_are_minutes_of_the_day(file: Path) -> None:
    found = load(file, 'camera: {quiet_hours: ["22:30-06:00", 12:00-13:15]}')
    assert found.camera.quiet_hours == ((1350, 360), (720, 795))


@pytest.mark.parametrize("hours", ["25:00-06:00", "22:30", "22:30-22:30", "22:60-06:00", "night", "22:30 - 06:00"])
def test_wrong_quiet_hours_are_told_with_their_place(file: Path, hours: str) -> None:
    (line,) = problems(file, f'camera: {{quiet_hours: ["12:00-13:00", "{hours}"]}}')
    assert line.startswith("camera.quiet_hours: found a list, number 2 of it must be a time of day and another")


def test_all_problems_come_at_once_each_with_its_key_what_was_found_and_what_is_allowed(file: Path) -> None:
    text = """
mood: {dwell_seconds: abc, lead: 2}
camera: {rotate: 45, width: 640.5, loop: 1}
mqtt: {port: 99999, discovery: maybe}
web: 8080
device: {id: Living Room}
"""
    assert problems(file, text) == [
        'mood.dwell_seconds: found "abc", must be a number of seconds from 0 to 60',
        "mood.lead: found 2, must be a number from 0 to 1",
        "camera.rotate: found 45, must be one of 0, 90, 180, 270",
        "camera.width: found 640.5, must be a whole number of pixels from 160 to 4096",
        "camera.loop: found 1, must be true or false",
        "mqtt.port: found 99999, must be a whole number from 1 to 65535",
        'mqtt.discovery: found "maybe", must be one of device, component, both, off',
        "web: found 8080, must be a section with options such as enabled, host, port below it",
        'device.id: found "Living Room", must be 1 to 64 of a-z 0-9 _ -',
    ]


@pytest.mark.parametrize("value", ["true", ".nan", ".inf", "-.inf", "1e999", "'1'", "null", "[1]", "{}", "-1", "61"])
def test_a_number_is_finite_in_its_range_and_no_boolean(file: Path, value: str) -> None:
    (line,) = problems(file, f"mood: {{dwell_seconds: {value}}}")
    assert line.startswith("mood.dwell_seconds: found ") and "from 0 to 60" in line


def test_a_number_of_thousands_of_digits_is_only_out_of_range(file: Path) -> None:
    (line,) = problems(file, f"mqtt: {{port: {'9' * 5000}}}")
    assert line.startswith("mqtt.port: found ") and len(line) < 200


def test_plain_words_and_numbers_mean_what_they_look_like(file: Path) -> None:
    # YAML 1.1 reads these as false, 64 and 750.
    assert load(file, "mqtt: {discovery: off}").mqtt.discovery == "off"
    assert load(file, "web: {max_viewers: 010}").web.max_viewers == 10
    assert load(file, "device: {name: 12:30}").device.name == "12:30"
    assert load(file, "mood: {dwell_seconds: 2}").mood.dwell_seconds == 2.0
    assert load(file, "mood: {dwell_seconds: 5e-1}").mood.dwell_seconds == 0.5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mood: {dwel_seconds: 1}", "mood.dwel_seconds: unknown option; did you mean dwell_seconds?"),
        ("mqqt: {port: 1}", "mqqt: unknown option; did you mean mqtt?"),
        ("mqtt: {tls: {cafile: a}}", "mqtt.tls.cafile: unknown option; did you mean ca_file?"),
        ("dwell_seconds: 1", "dwell_seconds: unknown option here; it belongs to the section mood"),
        ("web: {zzz: 1}", "web.zzz: unknown option; known here: enabled, host, port, "),
        ("web: {1: 1}", "web[1]: unknown option; known here: "),
        ("playlists: {unknown: null}", "playlists.unknown: unknown option"),
        ("playlists: {sadd: null}", "playlists.sadd: unknown option; did you mean sad?"),
    ],
)
def test_an_unknown_option_is_an_error_that_suggests_the_nearest(file: Path, text: str, line: str) -> None:
    (found,) = problems(file, text)
    assert found.startswith(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mood: {leave_level: 0.9}", "mood.leave_level: must not be above mood.enter_level, which is 0.5"),
        ("pace: {idle_fps: 8, max_fps: 4}", "pace.idle_fps: must not be above pace.max_fps, which is 4"),
        ("mqtt: {tls: {cert_file: a}}", "mqtt.tls.cert_file: needs mqtt.tls.key_file beside it"),
        ("mqtt: {tls: {key_file: a}}", "mqtt.tls.key_file: needs mqtt.tls.cert_file beside it"),
        ("mqtt: {password: a}", "mqtt.username: must be given where there is a password"),
    ],
)
def test_options_that_contradict_each_other(file: Path, text: str, line: str) -> None:
    assert problems(file, text) == [line]


def test_a_contradiction_is_not_claimed_of_an_option_that_is_wrong_by_itself(file: Path) -> None:
    assert [line.split(":")[0] for line in problems(file, "mood: {enter_level: -1, leave_level: 0.9}")] == [
        "mood.enter_level"
    ]


@pytest.mark.parametrize("topic", ["a/+/b", "a#", "/a", "a/", "a b", "$SYS", "''", "a//b", '"a\\0"'])
def test_a_topic_that_no_client_may_publish_to_is_refused(file: Path, topic: str) -> None:
    (line,) = problems(file, f"mqtt: {{base_topic: {topic}}}")
    assert "must be a topic without +, #" in line


def test_a_message_stays_on_one_line_and_is_short_whatever_was_found(file: Path) -> None:
    (line,) = problems(file, "device: {name: " + '"a\\n\\e[31m' + "b" * 5000 + '"}')
    assert len(line) < 200 and line.isprintable()
    (line,) = problems(file, '"a\\nb": 1')
    assert line.isprintable()


def test_relative_paths_start_from_the_files_own_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = load(file, "model: {path: m/x.tflite}\nhistory: {path: /var/h.db}\ncamera: {source: clips/a.mp4}")
    assert found.model.path == file.parent / "m/x.tflite"
    assert found.history.path == Path("/var/h.db")
    assert found.camera.source == str(file.parent / "clips/a.mp4")
    monkeypatch.setenv("HOME", "/home/me")
    found = load(file, "model: {path: ~/x.tflite}\ncamera: {source: ~/a.mp4}")
    assert (str(found.model.path), found.camera.source) == ("/home/me/x.tflite", "/home/me/a.mp4")


@pytest.mark.parametrize(
    "source", ["auto", "picamera", "picamera:1", "demo", "/dev/video0", "rtsp://camera/live", "http://camera/"]
)
def test_a_source_that_is_no_path_stays_as_it_is(file: Path, source: str) -> None:
    assert load(file, f"camera: {{source: '{source}'}}").camera.source == source


def test_a_mood_has_one_playlist_or_several_and_the_others_keep_theirs(file: Path) -> None:
    found = load(
        file,
        """
playlists:
  happy: {name: One, url: "spotify:playlist:37i9dQZF1DXdPec7aLTmlC"}
  sad:
    - {name: A, url: "http://nas.local:8000/a.m3u"}
    - {name: B, url: "https://example.org/b"}
  fear: null
  absent: {name: Quiet, url: "https://example.org/quiet"}
""",
    ).playlists
    assert found.happy == (Playlist("One", "spotify:playlist:37i9dQZF1DXdPec7aLTmlC"),)
    assert [playlist.name for playlist in found.sad] == ["A", "B"]
    assert not found.fear and found.absent[0].name == "Quiet"
    assert found.angry == PlaylistsConfig().angry


@pytest.mark.parametrize(
    "url",
    [
        "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC", "spotify:playlist:37i9dQZF1DXdPec7aLTmlC",
        "library://playlist/12", "media-source://media_source/local/sad.m3u", "plex://{\"playlist\": \"Quiet\"}",
        "tidal://playlist/x", "file:///music/Küche & Bad.m3u", "Evening at home", "http://nas.local:8000/a.m3u",
    ],
)  # fmt: skip
def test_a_playlist_may_be_whatever_a_player_understands(file: Path, url: str) -> None:
    (found,) = load(file, f"playlists: {{sad: {{name: A, url: '{url}'}}}}").playlists.sad
    assert found.url == url


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JavaScript:x", "data:text/html,x", "vbscript:x", "https://", "http:///x", "spotify:",
     "library://", "https://a b", " x", "", "a\\u202eb", "x" * 2001],
)  # fmt: skip
def test_what_would_do_harm_or_says_nothing_is_refused(file: Path, url: str) -> None:
    (line,) = problems(file, f'playlists: {{sad: {{name: A, url: "{url}"}}}}')
    assert line.startswith("playlists.sad.url: found ") and "must be an address or a name that a player" in line


def test_an_address_with_a_password_is_refused_for_it_would_be_published(file: Path) -> None:
    (line,) = problems(file, "playlists: {sad: {name: A, url: 'https://me:hunter2@nas/sad.m3u'}}")
    assert "must be without a user and a password" in line and "hunter2" not in line


def test_each_wrong_playlist_of_a_list_is_named_by_its_place(file: Path) -> None:
    text = "playlists: {sad: [{name: A, url: 'https://a/'}, {name: 1, urll: 'https://b/'}], happy: 5}"
    assert problems(file, text) == [
        "playlists.sad[1].name: found 1, must be text of 1 to 100 characters (in quotes if it is a number)",
        "playlists.sad[1].urll: unknown option; did you mean url?",
        "playlists.sad[1].url: is missing",
        "playlists.happy: found 5, must be a {name, url} or a list of them",
    ]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("[::1]", "without brackets"),
        ("[fe80::1%eth0]:1883", "without brackets"),
        ("broker.lan:1883", "the port goes into mqtt.port"),
        ("192.168.1.2:1883", "the port goes into mqtt.port"),
        ("mqtt://broker.lan", "without mqtt://"),
        ("mqtts://me:hunter2@broker.lan:8883", "without mqtt://"),
    ],
)
def test_a_broker_s_host_with_more_than_the_host_gets_words_that_help(file: Path, host: str, said: str) -> None:
    (line,) = problems(file, f"mqtt: {{host: '{host}'}}")
    assert line.startswith("mqtt.host: found ") and said in line and "hunter2" not in line


@pytest.mark.parametrize("host", ["localhost", "broker.lan", "192.168.1.2", "::1", "fe80::1%eth0", "mqtt-1_a"])
def test_a_broker_s_host_may_be_a_name_or_an_address_of_either_kind(file: Path, host: str) -> None:
    assert load(file, f"mqtt: {{host: '{host}'}}").mqtt.host == host


@pytest.mark.parametrize("host", ["localhost", "192.168.1.2", "::1", "/run/mpd/socket"])
def test_a_music_player_may_be_at_a_socket_too(file: Path, host: str) -> None:
    assert load(file, f"player: {{host: '{host}'}}").player.host == host


@pytest.mark.parametrize("host", ["http://nas", "run/mpd/socket", "", "me@nas"])
def test_and_at_nothing_else(file: Path, host: str) -> None:
    (line,) = problems(file, f"player: {{host: '{host}'}}")
    assert line.endswith("must be a host name, an address or the path of a socket")


def test_an_emoji_of_several_parts_is_a_fine_name(file: Path) -> None:
    assert load(file, "device: {name: 'Us 👨\u200d👩\u200d👧'}").device.name.endswith("👧")
