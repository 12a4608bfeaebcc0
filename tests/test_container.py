"""The container's files, held against the rest without building it; scripts/test-container does that."""

import getpass
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.__main__ import parser
from edge.cli.checks import SERVICE_STATE
from tests.broker.mosquitto import free_port, program
from tests.test_documents import blocks

ROOT = Path(__file__).resolve().parent.parent
CONTAINERFILE = (ROOT / "packaging" / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "packaging" / "compose.yaml").read_text(encoding="utf-8"))
SERVICE = COMPOSE["services"]["moodcast"]


def words(instruction: str) -> list[str]:
    (found,) = re.findall(rf"^{instruction} (\[.*\])$", CONTAINERFILE, re.MULTILINE)
    return list(yaml.safe_load(found))


def test_what_is_copied_is_there_and_is_not_ignored() -> None:
    sources = re.findall(r"^COPY (?!--from)(\S+) ", CONTAINERFILE, re.MULTILINE)
    ignored = (ROOT / "packaging" / "Containerfile.dockerignore").read_text(encoding="utf-8").split()
    assert sources == ["requirements/trixie.txt", "edge", "config.yaml"]
    assert all((ROOT / source).exists() and f"!{source}" in ignored for source in sources)


def test_what_it_runs_is_a_command_with_the_configuration_that_is_mounted() -> None:
    assert words("ENTRYPOINT")[1:] == ["-m", "edge"]
    arguments = parser().parse_args(words("CMD"))
    mounted = [target for _, target in (volume.split(":")[:2] for volume in SERVICE["volumes"])]
    assert str(arguments.config) in mounted and arguments.command == "run"


def test_it_keeps_its_state_in_the_volume_and_is_not_root() -> None:
    assert f"STATE_DIRECTORY={SERVICE_STATE}" in CONTAINERFILE and f"state:{SERVICE_STATE}" in SERVICE["volumes"]
    assert re.findall(r"^USER (\w+)$", CONTAINERFILE, re.MULTILINE) == ["moodcast"]
    assert SERVICE["read_only"] is True and SERVICE["cap_drop"] == ["ALL"]


def test_its_secrets_have_the_names_the_configuration_looks_for() -> None:
    files = (ROOT / "systemd").glob("moodcast-*password.conf")
    handed = {re.findall(r"^LoadCredential=([\w-]+):", file.read_text("utf-8"), re.MULTILINE)[0] for file in files}
    assert set(SERVICE["secrets"]) == set(COMPOSE["secrets"]) == handed
    assert "CREDENTIALS_DIRECTORY=/run/secrets" in CONTAINERFILE


def test_the_broker_s_configuration_of_the_docs_is_one_that_mosquitto_takes(tmp_path: Path) -> None:
    (lines,) = blocks((ROOT / "docs" / "containers.md").read_text(encoding="utf-8"), "sh")
    for name in ("systemd", "config.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    subprocess.run(["sh", "-eu", "-c", lines], cwd=tmp_path, check=True)
    folder = tmp_path / "packaging" / "container" / "mosquitto"
    assert (folder.parent / "config.yaml").is_file()
    subprocess.run([program("mosquitto_passwd"), "-c", "-b", folder / "moodcast.passwd", "moodcast", "x"], check=True)
    mounts = [volume.split(":")[:2] for volume in COMPOSE["services"]["mosquitto"]["volumes"]]
    assert [target for _, target in mounts] == ["/mosquitto/config", "/mosquitto/data"]
    file, port = folder / "mosquitto.conf", free_port()
    text = file.read_text(encoding="utf-8").replace("/mosquitto/config", str(folder))
    assert f"{folder}/moodcast.acl" in text and f"{folder}/moodcast.passwd" in text
    text = text.replace("/mosquitto/data/", f"{tmp_path}/").replace("listener 1883", f"listener {port} 127.0.0.1")
    file.write_text(f"user {getpass.getuser()}\n{text}", encoding="utf-8")
    with subprocess.Popen([program("mosquitto"), "-c", file], stderr=subprocess.PIPE, text=True) as broker:
        try:
            assert broker.stderr
            started = next((line for line in broker.stderr if "running" in line or "Error" in line), "nothing")
            assert "running" in started
        finally:
            broker.kill()  # one that has just begun to run may not obey SIGTERM yet


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_no_service_may_become_more_than_it_is(service: str) -> None:
    assert COMPOSE["services"][service]["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in COMPOSE["services"][service]
