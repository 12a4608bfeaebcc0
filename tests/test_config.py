"""config.yaml: what is accepted, and the line its owner reads for everything that is not."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge import config
from edge.config import Config
from edge.config import file as config_file
from edge.config.check import ENVIRONMENT
from edge.config.playlists import DEFAULT_PLAYLISTS
from edge.config.rules import RULES
from edge.errors import ConfigError
from edge.records import LABELS, MOODS, Playlist

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def load(file: Path, text: str, **environ: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return config.load(file, environ)


def problems(file: Path, text: str | bytes, **environ: str) -> list[str]:
    """The lines the owner reads, without the file's name in front."""
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as raised:
        config.load(file, environ)
    lines = str(raised.value).splitlines()
    assert lines == raised.value.problems, "a problem is one line"
    return [line.removeprefix(f"{file}: ") for line in lines]


def keys(section: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """("mqtt.tls.enabled", default) for every option there is."""
    for field in fields(section):
        value = getattr(section, field.name)
        if is_dataclass(value):
            yield from keys(value, f"{prefix}{field.name}.")
        elif prefix + field.name not in ("playlists", "file"):
            yield prefix + field.name, value


# What ships


def test_the_shipped_config_yaml_lists_every_option_with_its_default() -> None:
    found = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    for key, default in keys(Config()):
        value = found
        for step in key.split("."):
            assert step in value, f"config.yaml lacks {key}"
            value = value[step]
        shown = list(default) if isinstance(default, tuple) else default
        assert value == shown, f"config.yaml says {key}: {value!r}, the default is {default!r}"
        assert type(value) is type(shown), f"config.yaml writes {key} as {value!r}, not as {default!r}"
    assert config.load(ROOT / "config.yaml", {}) == Config()


def test_every_option_stands_in_the_shipped_config_yaml_with_a_line_of_explanation_or_its_unit() -> None:
    plain = {"mqtt.enabled", "mqtt.tls.enabled", "web.enabled", "history.enabled", "mqtt.username"}
    plain |= {"mqtt.tls.key_file", "mqtt.discovery_prefix"}  # said by the line above
    section, lines = "", {}
    for line in (ROOT / "config.yaml").read_text(encoding="utf-8").splitlines():
        match = re.match(r"( *)([a-z_]+):(.*)", line)
        if match:
            depth, name, rest = len(match[1]) // 2, match[2], match[3]
            section = ".".join([*section.split(".")[:depth], name]) if depth else name
            lines[section] = rest
    for key, _ in keys(Config()):
        assert "#" in lines[key] or key in plain, f"config.yaml does not explain {key}"


def test_every_option_has_a_rule_and_every_rule_an_option() -> None:
    def ruled(rules: Any, prefix: str = "") -> Iterator[str]:
        for key, rule in rules.items():
            if isinstance(rule, dict):
                yield from ruled(rule, f"{prefix}{key}.")
            else:
                yield prefix + key

    without_moods = {key for key in ruled(RULES) if not key.startswith("playlists.")}
    assert without_moods == {key for key, _ in keys(Config())}
    assert set(RULES["playlists"]) == set(MOODS)


def test_the_default_playlists_are_spotifys_own_for_the_seven_moods() -> None:
    assert set(DEFAULT_PLAYLISTS) == set(LABELS)
    assert DEFAULT_PLAYLISTS["happy"] == (
        Playlist("Happy Hits!", "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"),
    )
    urls = {playlist.url for (playlist,) in DEFAULT_PLAYLISTS.values()}
    assert len(urls) == len(LABELS)
    assert all(re.fullmatch(r"https://open\.spotify\.com/playlist/37i9dQZF1[A-Za-z0-9]{13}", url) for url in urls)


# Which file


def test_without_any_file_the_defaults_hold(working_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "PLACES", (Path("config.yaml"), working_folder / "etc.yaml"))
    found = config.load(None, {})
    assert found == Config() and found.file is None


def test_the_named_file_comes_before_the_environments_and_that_before_the_folders_own(working_folder: Path) -> None:
    for name in ("named", "environment", "config"):
        Path(f"{name}.yaml").write_text(f"device: {{name: {name}}}", encoding="utf-8")
    environ = {"MOODCAST_CONFIG": "environment.yaml"}
    assert config.load(Path("named.yaml"), environ).device.name == "named"
    assert config.load(None, environ).device.name == "environment"
    found = config.load(None, {})
    assert (found.device.name, found.file) == ("config", Path("config.yaml"))


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    for path, environ in ((tmp_path / "no.yaml", {}), (None, {"MOODCAST_CONFIG": str(tmp_path / "no.yaml")})):
        with pytest.raises(ConfigError, match=r"no\.yaml: no such file; give the right one with --config"):
            config.load(path, environ)


# A file that is none


def test_a_folder_an_empty_file_a_huge_one_and_one_that_is_not_utf_8(file: Path) -> None:
    assert problems(file, b" \n")[0].startswith("is empty")
    assert problems(file, b"#" * (config_file.MAX_BYTES + 1)) == ["is larger than 256 KiB: not a configuration"]
    assert problems(file, b"log_level: info\nname: M\xfcller") == ["line 2: is not UTF-8; save the file as UTF-8 text"]
    file.unlink()
    file.mkdir()
    with pytest.raises(ConfigError, match="is a folder; name the file in it"):
        config.load(file, {})


def test_an_unreadable_file_is_said_to_be_one(tmp_path: Path) -> None:
    # What the superuser may not read either: a component of the path that is no folder.
    (tmp_path / "plain").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"plain/config\.yaml: cannot be read: Not a directory"):
        config.load(tmp_path / "plain" / "config.yaml", {})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("mood:\n  dwell_seconds: [1, 2\nmqtt: {}", "line 3, column 5: "),
        ("mood:\n\tdwell_seconds: 1", "line 2, column 1: "),
        ("mood: a: b", "line 1, column 8: mapping values are not allowed here"),
        ("device: {name: \x07}", "line 1, column 16: the character 7 is not allowed in YAML"),
        ("mqtt:\n  host: a\n  port: 1\n  host: b", 'line 4, column 3: the key "host" was already given in line 2'),
        ("mqtt: {}\nmqtt: {}", 'line 2, column 1: the key "mqtt" was already given in line 1'),
        ("a: 1\n---\nb: 2", "line 2, column 1: "),
        ("? [a]\n: 1", "line 1, column 3: "),
        ("- a\n- b", "must hold sections such as `mqtt:`"),
        ("just text", "must hold sections such as `mqtt:`"),
        ("[" * 5000, "is nested too deeply"),
        ("mqtt: {port: !!int abc}", "not YAML: "),
    ],
)
def test_what_is_not_yaml_is_named_with_line_and_column(file: Path, text: str, line: str) -> None:
    (found,) = problems(file, text)
    assert re.match(line, found), found


def test_a_byte_order_mark_and_a_file_of_comments_are_fine(file: Path) -> None:
    assert load(file, "\ufeffdevice: {name: Kitchen}").device.name == "Kitchen"
    assert load(file, "# nothing yet\n") == Config()
    assert load(file, "mqtt:\n  # port: 1\n  tls:\nweb:\n") == Config()


# Values


def test_a_wrong_name_in_a_list_is_told_with_its_place(file: Path) -> None:
    assert problems(file, "web: {hosts: [mood.example.org, '*']}") == [
        "web.hosts: found a list, number 2 of it must be a host name or an address"
    ]


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


# Paths


def test_relative_paths_start_from_the_files_own_folder(file: Path) -> None:
    found = load(file, "model: {path: m/x.tflite}\nhistory: {path: /var/h.db}\ncamera: {source: clips/a.mp4}")
    assert found.model.path == file.parent / "m/x.tflite"
    assert found.history.path == Path("/var/h.db")
    assert found.camera.source == str(file.parent / "clips/a.mp4")


@pytest.mark.parametrize("source", ["auto", "picamera", "demo", "/dev/video0", "rtsp://camera/live", "http://camera/"])
def test_a_source_that_is_no_path_stays_as_it_is(file: Path, source: str) -> None:
    assert load(file, f"camera: {{source: '{source}'}}").camera.source == source


# Playlists


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
    assert found["happy"] == (Playlist("One", "spotify:playlist:37i9dQZF1DXdPec7aLTmlC"),)
    assert [playlist.name for playlist in found["sad"]] == ["A", "B"]
    assert "fear" not in found and found["absent"][0].name == "Quiet"
    assert found["angry"] == DEFAULT_PLAYLISTS["angry"]


@pytest.mark.parametrize(
    "url", ["ftp://x/", "javascript:alert(1)", "https://", "http:///x", "spotify:", "spotify: x", "x", "https://a b"]
)
def test_an_address_is_http_https_or_spotify(file: Path, url: str) -> None:
    (line,) = problems(file, f"playlists: {{sad: {{name: A, url: '{url}'}}}}")
    assert line.startswith("playlists.sad.url: found ") and "must be an address that starts with https://" in line


def test_each_wrong_playlist_of_a_list_is_named_by_its_place(file: Path) -> None:
    text = "playlists: {sad: [{name: A, url: 'https://a/'}, {name: 1, urll: 'https://b/'}], happy: 5}"
    assert problems(file, text) == [
        "playlists.sad[1].name: found 1, must be text of 1 to 100 characters (in quotes if it is a number)",
        "playlists.sad[1].urll: unknown option; did you mean url?",
        "playlists.sad[1].url: is missing",
        "playlists.happy: found 5, must be a {name, url} or a list of them",
    ]


# The environment and the secret


def test_the_environment_wins_over_the_file(file: Path) -> None:
    environ = dict.fromkeys(ENVIRONMENT, "127.0.0.2") | {"MOODCAST_MQTT_PORT": "1999", "MOODCAST_WEB_PORT": "8081"}
    found = load(file, "mqtt: {host: broker, port: 1}\nweb: {host: a}", **environ | {"MOODCAST_MODEL": "m.tflite"})
    assert (found.mqtt.host, found.mqtt.port, found.web.host, found.web.port) == ("127.0.0.2", 1999, "127.0.0.2", 8081)
    assert found.model.path == Path("m.tflite").absolute()


def test_what_is_wrong_in_the_environment_is_named_by_its_variable(file: Path) -> None:
    assert problems(file, "web: {port: 0}", MOODCAST_MQTT_PORT="x") == [
        "web.port: found 0, must be a whole number from 1 to 65535",
        'MOODCAST_MQTT_PORT: found "x", must be a whole number from 1 to 65535',
    ]


def test_the_password_comes_from_the_environment_else_the_credential_else_the_file_else_the_option(file: Path) -> None:
    folder = file.parent
    (folder / "secret").write_text("from file\n", encoding="utf-8")
    (folder / "mqtt-password").write_text("from credential", encoding="utf-8")
    text = "mqtt: {username: me, password: from option, password_file: secret}"
    environ = {"CREDENTIALS_DIRECTORY": str(folder), "MOODCAST_MQTT_PASSWORD": "from environment"}
    assert load(file, text, **environ).mqtt.password == "from environment"
    del environ["MOODCAST_MQTT_PASSWORD"]
    assert load(file, text, **environ).mqtt.password == "from credential"
    assert load(file, text).mqtt.password == "from file"
    assert load(file, text.replace(", password_file: secret", "")).mqtt.password == "from option"


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read: No such file"), (b"", "is empty"), (b"\xff", "is not UTF-8"), (b"x" * 5000, "is larger")],
)
def test_a_password_file_that_holds_no_password(file: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (file.parent / "secret").write_bytes(content)
    with pytest.raises(ConfigError) as raised:
        load(file, "mqtt: {username: me, password_file: secret}")
    (line,) = raised.value.problems
    assert line.startswith(f"{file}: mqtt.password_file: {file.parent / 'secret'} {said}")


def test_a_password_is_never_shown(file: Path) -> None:
    found = load(file, "mqtt: {username: me, password: hunter2}\ncamera: {source: 'rtsp://me:hunter2@camera/'}")
    assert found.mqtt.password == "hunter2" and "hunter2" not in repr(found) + str(found)
    for text in (
        "mqtt: {password: [hunter2]}",
        "mqtt: {passwort: hunter2}",
        "mqtt: {username: me, password: *hunter2}",
        "mqtt: {username: me, password: !hunter2}",
        "mqtt: {username: me, password: %hunter2}",
        "camera: {source: 'rtsp://me:hunter2@camera/" + "x" * 2000 + "'}",
        "web: {host: 'http://me:hunter2@proxy/'}",
        "web: {hosts: ['http://me:hunter2@proxy/']}",
        "playlists: {sad: {name: A, url: 'ftp://me:hunter2@nas/'}}",
    ):
        assert "hunter2" not in "\n".join(problems(file, text)), text
