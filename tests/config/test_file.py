"""A config.yaml that is none, and where passwords and other values come from instead."""

import os
import re
from pathlib import Path

import pytest

from edge import config
from edge.config import Config
from edge.config import file as config_file
from edge.errors import ConfigError
from edge.outputs.tls import tls_context
from tests.config.loading import load, problems


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
        ("mqtt: {port: !!int abc}", "line 1, column 14: the tag !!int does not fit"),
        ("web:\n  enabled: !!bool maybe", "line 2, column 12: the tag !!bool does not fit"),
        ("web:\n  enabled: !!bool [a]", "line 2, column 12: the tag !!bool does not fit"),
        ("a: !!timestamp x", "line 1, column 4: a tag "),
        ("a: !!timestamp 2001-01-01", "line 1, column 4: a tag "),
        ("a: !!binary x", "line 1, column 4: a tag "),
        ("a: !!set {x, y}", "line 1, column 4: a tag "),
        ("a: !!python/object:os.system x", "line 1, column 4: a tag "),
        ("web: {.nan: 1}", "line 1, column 7: a key must be plain text"),
        ("web: {? !!timestamp x : 1}", "line 1, column 9: a tag "),
        ("~: 1", "line 1, column 1: a key must be plain text"),
        ("a: 1\r\nb: [\r\n", "line 3, column 1: "),
        ("a: 'one line to an editor,\u2028two to YAML'\nb: [", "line 2, column 5: "),
    ],
)
def test_what_is_not_yaml_is_named_with_line_and_column(file: Path, text: str, line: str) -> None:
    (found,) = problems(file, text)
    assert re.match(line, found), found


@pytest.mark.parametrize(
    "text",
    ["a: 1\nb: [1,\nc: 2\nd: 3\n", 'a: 1\nb: "x\nc: 2\nd: 3\n', "a: 1\nb: 'x\nc: 2\n", "a: 1\nb: {x: 1\nc: 2\nd: {}\n"],
)
def test_what_is_never_closed_is_named_with_the_line_in_which_it_began(file: Path, text: str) -> None:
    (found,) = problems(file, text)
    assert "it began in line 2, column 4" in found, found


def test_thousands_of_unknown_options_are_fifty_lines_and_a_count(file: Path) -> None:
    found = problems(file, "web:\n" + "".join(f" k{number}: 1\n" for number in range(20_000)))
    assert len(found) == 51 and found[-1] == "and 19950 more such problems: is this Moodcast's configuration?"


@pytest.mark.parametrize("sign", ["\x9b", "\u202e", "\u2066"])
def test_no_message_turns_the_terminal_around(file: Path, sign: str) -> None:
    values = ("device: {id: '#'}", "device: {name: 'a#b'}", "mqtt: {host: 'h#'}", "w#b: 1", "a#: 1\na#: 2")
    playlist = "playlists: {sad: {name: 'a#b', url: 'spotify:x'}}"
    for text in (value.replace("#", sign) for value in (*values, playlist)):
        for line in problems(file, text):
            assert line.isprintable(), ascii(line)


@pytest.mark.parametrize("kind", ["config", "password_file", "certificate"])
def test_a_pipe_that_nobody_writes_to_is_refused_and_not_waited_for(tmp_path: Path, kind: str) -> None:
    pipe, file = tmp_path / "pipe", tmp_path / "config.yaml"
    os.mkfifo(pipe)
    if kind == "config":
        with pytest.raises(ConfigError, match="pipe: cannot be read: it is a pipe or a device"):
            config.load(pipe, {})
    elif kind == "password_file":
        (line,) = problems(file, "mqtt: {username: me, password_file: pipe}")
        assert "it is a pipe" in line
    else:
        with pytest.raises(ValueError, match=r"mqtt\.tls\.ca_file"):
            tls_context(load(file, "mqtt: {tls: {enabled: true, ca_file: pipe}}").mqtt.tls)


def test_a_password_file_from_windows_has_a_mark_in_front_that_is_no_part_of_it(file: Path) -> None:
    (file.parent / "secret").write_bytes(b"\xef\xbb\xbfhunter2\r\n")
    assert load(file, "mqtt: {username: me, password_file: secret}").mqtt.password == "hunter2"


def test_a_byte_order_mark_and_a_file_of_comments_are_fine(file: Path) -> None:
    assert load(file, "\ufeffdevice: {name: Kitchen}").device.name == "Kitchen"
    assert load(file, "# nothing yet\n") == Config()
    assert load(file, "mqtt:\n  # port: 1\n  tls:\nweb:\n") == Config()


def test_the_environment_wins_over_the_file(file: Path) -> None:
    environ = {"MOODCAST_MQTT_HOST": "127.0.0.2", "MOODCAST_MQTT_PORT": "1999", "MOODCAST_WEB_HOST": "127.0.0.2"}
    environ |= {"MOODCAST_WEB_PORT": "8081", "MOODCAST_MODEL": "m.tflite"}
    found = load(file, "mqtt: {host: broker, port: 1}\nweb: {host: a}", **environ)
    assert (found.mqtt.host, found.mqtt.port, found.web.host, found.web.port) == ("127.0.0.2", 1999, "127.0.0.2", 8081)
    assert found.model.path == Path("m.tflite").absolute()


def test_what_is_wrong_in_the_environment_is_named_by_its_variable(file: Path) -> None:
    assert problems(file, "web: {port: 0}", MOODCAST_MQTT_PORT="x") == [
        "web.port: found 0, must be a whole number from 1 to 65535",
        'MOODCAST_MQTT_PORT: found "x", must be a whole number from 1 to 65535',
    ]


@pytest.mark.parametrize("section", ["mqtt", "web", "camera", "player"])
def test_a_password_comes_from_the_environment_else_the_credential_else_the_file_else_the_option(
    file: Path, section: str
) -> None:
    folder, variable = file.parent, f"MOODCAST_{section.upper()}_PASSWORD"
    (folder / "secret").write_text("from file\n", encoding="utf-8")
    (folder / f"{section}-password").write_text("from credential", encoding="utf-8")
    text = f"{section}: {{password: from option, password_file: secret}}".replace("mqtt: {", "mqtt: {username: me, ")
    environ = {"CREDENTIALS_DIRECTORY": str(folder), variable: "from environment"}

    def found(text: str) -> str:
        read = getattr(load(file, text, **environ), section)
        assert "from " not in repr(read)
        return str(read.password)

    assert found(text) == "from environment"
    del environ[variable]
    assert found(text) == "from credential"
    environ.clear()
    assert found(text) == "from file"
    assert found(text.replace(", password_file: secret", "")) == "from option"


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
