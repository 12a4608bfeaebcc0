"""What README.md and docs/ say, as far as it can be held against the code."""

import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from convert import __main__ as converting
from edge import config
from edge.__main__ import parser
from edge.config.options import walk
from edge.past import HistoryEntry, Quarter
from edge.status import Health
from edge.vision.model import load_model
from tests.broker.mosquitto import Mosquitto
from tests.web.room import HAPPY_HITS, HEALTH, ReadPhoto, Room, face, status
from train import __main__ as training

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md"), *ROOT.glob("edge/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def links() -> Iterator[tuple[Path, str]]:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                yield document, target


def anchors(document: Path) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


LINKS = [pytest.param(*link, id=f"{link[0].stem}:{link[1]}") for link in links()]


@pytest.mark.parametrize(("document", "target"), LINKS)
def test_a_link_leads_somewhere(document: Path, target: str) -> None:
    path, _, anchor = target.partition("#")
    found = (document.parent / path).resolve() if path else document
    assert found.exists(), f"{document.name} links to {target}, which is not there"
    assert not anchor or anchor in anchors(found)


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_configuration_in_the_readme_is_accepted(tmp_path: Path) -> None:
    (text,) = [block for block in blocks(README, "yaml") if block.startswith("playlists:")]
    file = tmp_path / "config.yaml"
    file.write_text(text, encoding="utf-8")
    assert not config.load(file, {}).playlists.absent


def test_the_automation_in_the_readme_is_the_one_that_is_tried_on_home_assistant() -> None:
    (text,) = [block for block in blocks(README, "yaml") if block.startswith("automation:")]
    tried = (ROOT / "docs" / "home-assistant.md").read_text(encoding="utf-8")
    assert yaml.safe_load(text) in [yaml.safe_load(block) for block in blocks(tried, "yaml")]


COMMANDS = dict(re.findall(r"^python -m edge ((\w+) .*?)(?:  +#.*)?$", README, re.MULTILINE))


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_is_one(line: str) -> None:
    words = re.sub(r"[\[\]]|\.\.\.|\|FOLDER| \| --demo", "", line).replace(" N", " 5")
    parser().parse_args(shlex.split(words))  # exits where it does not know an option


def shell_lines() -> Iterator[tuple[str, str]]:
    """Each line of the shell's that a page of docs/ shows, without its comment."""
    for document in DOCUMENTS:
        for block in blocks(document.read_text(encoding="utf-8"), "sh"):
            for line in block.splitlines():
                yield document.stem, line.partition(" #")[0].strip()


EDGE_LINES = sorted(
    {line for stem, line in shell_lines() if stem != "README" and re.match(r"\S*python -m edge ", line)}
)
SCRIPTS = sorted({found for _, line in shell_lines() for found in re.findall(r"(?:\./|^|sudo )(scripts/[\w-]+)", line)})


@pytest.mark.parametrize("line", EDGE_LINES)
def test_a_command_of_the_docs_is_one_with_a_python_that_has_what_it_needs(line: str) -> None:
    assert line.startswith(".venv/bin/python ")
    parser().parse_args(shlex.split(line.partition(" > ")[0].partition(" | ")[0])[3:])


TRAINING_LINES = sorted({line for _, line in shell_lines() if re.match(r"python -m (train|convert) [^$]*$", line)})


@pytest.mark.parametrize("line", TRAINING_LINES)
def test_a_command_of_the_training_side_is_one(line: str) -> None:
    _, _, module, *words = shlex.split(line)
    {"train": training.parser, "convert": converting.parser}[module]().parse_args(words)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_of_the_docs_is_there(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o100


#: What of the shell's is run by a test: by tests/cli, train, convert, scripts and unit, and by the two that follow.
RUN = re.compile(
    r"(\(umask 077; )?(sudo )?(\.venv/bin/)?python -(m (edge|train|convert|benchmarks[.]instructions)|c) |"
    r"(sudo )?(\./)?scripts/|data=|mosquitto_(pub|sub) |(mkdir|cp|sed|printf) .*packaging/container"
)


def test_a_line_of_the_shells_is_run_by_a_test_or_says_what_it_needs() -> None:
    unmarked = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        for block in re.finditer(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            heading = re.findall(r"^#+ (.*)$", text[: block.start()], re.MULTILINE)[-1]
            for line in block[1].splitlines():
                marked = "(needs" in heading or "Raspberry Pi" in heading or "needs" in line.partition(" #")[2]
                unmarked += [f"{document.name}: {line}"] * (not marked and not RUN.match(line))
    assert unmarked == []


def test_the_lines_of_containers_make_what_goes_beside_compose_yaml(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
    (lines,) = [block for block in blocks(text, "sh") if "mkdir" in block]
    shutil.copytree(ROOT / "systemd", tmp_path / "systemd")
    shutil.copy(ROOT / "config.yaml", tmp_path)
    subprocess.run(["sh", "-ec", lines], cwd=tmp_path, check=True)
    made = tmp_path / "packaging" / "container"
    assert yaml.safe_load((made / "config.yaml").read_text())
    settings = re.findall(r"^(\w+) (.*)$", (made / "mosquitto" / "mosquitto.conf").read_text(), re.MULTILINE)
    assert ("acl_file", "/mosquitto/config/moodcast.acl") in settings and ("persistence", "true") in settings
    assert (made / "mosquitto" / "moodcast.acl").read_text().count("topic")


def test_what_the_documents_publish_the_documented_subscriber_sees(tmp_path: Path) -> None:
    lines = {line.split()[0]: shlex.split(line) for _, line in shell_lines() if line.startswith("mosquitto_")}
    with Mosquitto(tmp_path) as broker:
        at = ["-h", "127.0.0.1", "-p", str(broker.port)]
        subprocess.run([*lines["mosquitto_pub"], *at], check=True)
        seen = subprocess.check_output([*lines["mosquitto_sub"], *at, "-C", "1", "-W", "30"], text=True)
    assert seen == "moodcast/newest 0.2.0\n"


def test_the_readme_lists_every_command_with_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    def helped(*words: str) -> str:
        with pytest.raises(SystemExit):
            parser().parse_args([*words, "--help"])
        return capsys.readouterr().out

    there = {name: helped(name).partition("\n\n")[0] for name in re.findall(r"^    (\w+)", helped(), re.MULTILINE)}
    listed = {name: set(re.findall(r"--\w+", line)) for line, name in COMMANDS.items()}
    assert listed == {name: set(re.findall(r"--\w+", usage)) for name, usage in there.items()}


def answered(path: str) -> Any:
    """The example of an answer to a request to `path` in docs/api.md."""
    (text,) = re.findall(rf"^\$ curl [^\n]*/api/{path}(?:\?\S*)?\n(\{{.*?)\n(?:\$|```)", API, re.MULTILINE | re.DOTALL)
    return json.loads(text)


def shape(answer: Any) -> Any:
    """An answer's keys, in order, and those of what is in it; of a list its first's."""
    if isinstance(answer, dict):
        return [(key, shape(value)) for key, value in answer.items()]
    return [shape(answer[0])] if isinstance(answer, list) and answer else None


def test_the_answers_in_docs_api_have_the_keys_of_real_ones() -> None:
    room = Room(found=ReadPhoto((face("happy"),)))
    room.status.put(status())
    assert room.history is not None
    room.history.entries.append(HistoryEntry(time.time(), "happy", "absent", 0.8, 1, HAPPY_HITS))
    room.history.hours.append(Quarter(time.time(), (0.0, 0.0, 0.0, 60.0, 240.0, 0.0, 0.0)))
    client = room.client()
    for path, answer in {
        "status": client.get("/api/status"),
        "history": client.get("/api/history"),
        "photo": client.post("/api/photo", data=b"a photo"),
        "camera": client.post("/api/camera", json={"on": False}),
        "fact": client.get("/api/fact"),
    }.items():
        assert shape(answered(path)) == shape(answer.get_json()), path


def test_docs_figures_names_every_figure_and_no_other() -> None:
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8").partition("## How good")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    device, present = ([row for row in rows if len(row) == columns] for columns in (5, 3))
    said = {name for row in device for name in re.findall(r"`(\w+)`", row[1])}
    assert said == {each.name for each in fields(Health)}
    room = Room()
    room.status.put(replace(status(), health=replace(HEALTH, temperature_celsius=50.0, throttled=False, mqtt="closed")))
    helped = re.findall(r"^# HELP moodcast_(\w+) (.*)$", room.client().get("/metrics").get_data(True), re.MULTILINE)
    told = {name for name, text in helped if not text.startswith("gone with the next version")}
    columns = [row[2] for row in device] + [row[1] for row in present]
    assert told == {name for cell in columns for name in re.findall(r"`(\w+)(?:\{\w+=\"…\"\})?`", cell)}


def test_the_status_in_docs_api_is_one_of_this_version() -> None:
    example = answered("status")
    assert re.sub(r"\b[0-9a-f]{8}$", "", example["model"]) == load_model(None).name[:-8]


def test_every_option_and_variable_the_readme_names_exists() -> None:
    options = {key: option for key, option, _ in walk(config.Config())}
    sections = "|".join({key.split(".")[0] for key in options})
    for key in re.findall(rf"`((?:{sections})\.\w+)(?::[^`]*)?`", README):
        assert key in options, f"README.md names {key}"
    named = set(re.findall(r"MOODCAST_\w+", README))
    variables = {option.environment for option in options.values()} - {""}
    assert variables <= named <= {*variables, "MOODCAST_MQTT_PASSWORD", "MOODCAST_WEB_PASSWORD", "MOODCAST_CONFIG"}


def test_what_the_readme_tells_to_run_is_there_and_can_be_run() -> None:
    for script in sorted(set(re.findall(r"scripts/[\w-]+", README))):
        assert (ROOT / script).stat().st_mode & 0o111, f"{script} cannot be run"


def test_the_house_in_the_readme_is_the_one_that_is_built() -> None:
    named = set(re.findall(r"\w+(?:/|\.py\b)", README.partition("## The house")[2].split("```")[1]))
    built = {f"{path.name}/" if path.is_dir() else path.name for path in (ROOT / "edge").glob("[!_]*")}
    assert built <= named
    assert not [name for name in named if not (ROOT / name).exists() and not (ROOT / "edge" / name).exists()]


def test_the_defaults_that_docs_mood_names_are_those_in_force() -> None:
    defaults = asdict(config.MoodConfig()) | asdict(config.PaceConfig())
    text = (ROOT / "docs" / "mood.md").read_text(encoding="utf-8")
    named = {key: float(value) for key, value in re.findall(r"`(\w+)`\s+\((\d+(?:\.\d+)?)\)", text)}
    assert {"dwell_seconds", "enter_level", "lead", "absent_seconds", "memory_seconds", "max_fps"} <= set(named)
    assert named == {key: defaults[key] for key in named}
