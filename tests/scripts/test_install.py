"""What scripts/install puts in its place, keeps, and takes away."""

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scripts.outcome import PATIENCE_SECONDS, ROOT, outcome

#: A release that stands before the test begins.
FIRST = "20200101-000000"


@pytest.fixture
def target(tmp_path: Path, environ: dict[str, str]) -> Path:
    """What `environ` makes scripts/install take for the root of the disk."""
    environ["DESTDIR"] = str(tmp_path / "root")
    return tmp_path / "root"


def test_install_refuses_an_option_it_does_not_know(copy: Path, environ: dict[str, str]) -> None:
    status, said = outcome("./scripts/install", "--unistall", folder=copy, **environ)
    assert status == 2 and "unknown option --unistall" in said


def test_install_with_dry_run_says_every_step_and_takes_none(copy: Path, environ: dict[str, str], target: Path) -> None:
    status, said = outcome("./scripts/install", "--dry-run", folder=copy, **environ)
    assert status == 0 and not target.exists()
    assert "systemd/moodcast.service" in said and "config.yaml" in said


def test_install_puts_all_in_its_place_keeps_a_configuration_and_can_be_undone(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    configuration = target / "etc/moodcast/config.yaml"
    assert configuration.read_text(encoding="utf-8") == (ROOT / "config.yaml").read_text(encoding="utf-8")
    code = target / "opt/moodcast/current"
    assert (code / "edge/__main__.py").is_file()
    models = {file.name for file in (code / "edge/models").iterdir()}
    needed = {"README.md", "expression.tflite", "expression.json"}
    licence = {"NOTICE", "LICENSE-HSE-FaceRes"}  # it wants to be where the model is
    assert models == needed | licence, "and nothing that only training needs"
    assert (target / "etc/systemd/system/moodcast.service").is_file()
    assert not (target / "etc/systemd/system/moodcast.service.d/password.conf").exists()

    configuration.write_text("log_level: debug\n", encoding="utf-8")
    (target / "etc/moodcast/mqtt-password").write_text("secret", encoding="utf-8")
    (code / "edge/gone.py").touch()
    status, said = outcome("./scripts/install", folder=copy, **environ)
    assert status == 0 and "kept:" in said and "secret" not in said
    assert configuration.read_text(encoding="utf-8") == "log_level: debug\n"
    assert not (code / "edge/gone.py").exists()
    assert (target / "etc/systemd/system/moodcast.service.d/password.conf").is_file()
    assert (target / "etc/moodcast/mqtt-password").stat().st_mode & 0o777 == 0o600

    assert outcome("./scripts/install", "--uninstall", folder=copy, **environ)[0] == 0
    assert not (target / "opt/moodcast").exists() and configuration.exists()
    assert not (target / "etc/systemd/system/moodcast.service").exists()


def python_that_does_nothing(target: Path, says: str = "") -> Path:
    """A release is there already, and its venv's pip has nothing to do: what pip does is not what is tested. Returns
    the file with the arguments of every call."""
    release = target / "opt/moodcast/releases" / FIRST
    venv = release / ".venv/bin"
    venv.mkdir(parents=True)
    calls = target / "calls"
    note = f'echo "${{CREDENTIALS_DIRECTORY:-}} $*" >>"{calls}"'
    fails = 'if [ -e "$0.fails" ]; then case "$*" in *check*) echo "PROBLEM config: no such option"; exit 2 ;; esac; fi'
    script = f'#!/bin/sh\n{note}\n{fails}\ncase "$*" in *password*) echo "{says}" ;; esac\n'
    (venv / "python").write_text(script, encoding="utf-8")
    (venv / "python").chmod(0o755)
    shutil.copytree(ROOT / "requirements", release / "requirements")
    shutil.copy(ROOT / "requirements-edge.txt", release)
    (release / "complete").touch()
    (target / "opt/moodcast/current").symlink_to(f"releases/{FIRST}")
    return calls


def releases(target: Path) -> list[str]:
    return sorted(path.name for path in (target / "opt/moodcast/releases").iterdir())


def current(target: Path) -> str:
    return (target / "opt/moodcast/current").readlink().name


def test_an_update_stands_beside_what_runs_which_is_kept_and_older_ones_go(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    second = current(target)
    assert second != FIRST and releases(target) == [FIRST, second]
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    assert releases(target) == [second, current(target)] and current(target) > second


def test_a_release_that_does_not_fit_the_configuration_changes_nothing(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    (target / f"opt/moodcast/releases/{FIRST}/.venv/bin/python.fails").touch()
    status, said = outcome("./scripts/install", folder=copy, **environ)
    assert status == 1 and "no such option" in said and "what ran before still does" in said
    assert current(target) == FIRST and releases(target) == [FIRST]
    assert not (target / "etc/systemd/system/moodcast.service").exists()


def test_a_release_that_a_power_cut_kept_from_coming_up_is_not_taken_for_one_that_runs(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    folder = target / "opt/moodcast/releases"
    unproven = folder / "20200102-000000"
    shutil.copytree(folder / FIRST, unproven)
    (unproven / "complete").unlink()
    (target / "opt/moodcast/current").unlink()
    (target / "opt/moodcast/current").symlink_to(f"releases/{unproven.name}")
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    assert releases(target) == [FIRST, current(target)], "the one that had come up is kept, to go back to"
    assert (folder / current(target) / "complete").exists()


def test_one_that_never_came_up_is_kept_where_there_is_no_other(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    (target / f"opt/moodcast/releases/{FIRST}/complete").unlink()
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    assert releases(target) == [FIRST, current(target)]


def test_half_a_release_is_swept_up_by_the_next_run(copy: Path, environ: dict[str, str], target: Path) -> None:
    python_that_does_nothing(target)
    (target / "opt/moodcast/releases/20200102-000000/edge").mkdir(parents=True)
    status, said = outcome("./scripts/install", folder=copy, **environ)
    assert status == 0 and "was interrupted" in said
    assert releases(target) == [FIRST, current(target)]


def test_too_little_room_is_told_with_the_numbers_before_anything_is_changed(
    copy: Path, environ: dict[str, str], target: Path, tmp_path: Path
) -> None:
    python_that_does_nothing(target)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "df").write_text("#!/bin/sh\necho Filesystem\necho /dev/root 100 90 10 90% /\n", encoding="utf-8")
    (tools / "df").chmod(0o755)
    status, said = outcome("./scripts/install", folder=copy, **environ | {"PATH": f"{tools}:{environ['PATH']}"})
    assert status == 1 and "has 10 MiB left and 30 are needed; nothing was changed" in said
    assert releases(target) == [FIRST]


def test_an_update_names_the_options_that_are_new_and_those_that_are_gone(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    before = (ROOT / "config.yaml").read_text(encoding="utf-8").replace("\n  dwell_seconds:", "\n  waits_seconds:")
    (target / f"opt/moodcast/releases/{FIRST}/config.yaml").write_text(before, encoding="utf-8")
    status, said = outcome("./scripts/install", folder=copy, **environ)
    assert status == 0
    assert "options that are new: mood.dwell_seconds (" in said and "options that are gone: mood.waits_seconds" in said


def test_what_0_1_installed_becomes_a_release(copy: Path, environ: dict[str, str], target: Path) -> None:
    python_that_does_nothing(target)
    code = target / "opt/moodcast"
    (code / "current").unlink()
    for path in (code / "releases" / FIRST).iterdir():
        path.rename(code / path.name)
    (code / "edge").mkdir()
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    assert not any((code / name).exists() for name in ("edge", ".venv", "requirements"))
    assert releases(target) == [current(target)] and (code / "current/.venv/bin/python").is_file()


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def test_a_file_that_its_owner_closed_to_others_stays_so_and_the_service_gets_it_handed_over(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    etc, dropins = target / "etc/moodcast", target / "etc/systemd/system/moodcast.service.d"
    etc.mkdir(parents=True)
    for name, bits in (("config.yaml", 0o600), ("mqtt-password", 0o400), ("web-password", 0o640)):
        (etc / name).write_text("log_level: info\n", encoding="utf-8")
        (etc / name).chmod(bits)
    for _ in range(2):
        assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
        assert [mode(etc / name) for name in ("config.yaml", "mqtt-password", "web-password")] == [0o600, 0o400, 0o600]
    assert sorted(file.name for file in dropins.iterdir()) == ["config.conf", "password.conf", "web-password.conf"]
    (etc / "config.yaml").chmod(0o644)
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    assert not (dropins / "config.conf").exists() and mode(etc / "config.yaml") == 0o644


def test_nobody_is_asked_where_nobody_is_there_and_what_is_missing_is_said(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    status, said = outcome("./scripts/install", folder=copy, **environ)
    assert status == 0
    assert "the page has no password; to set one:" in said and "scripts/install --id" in said
    assert "  id: moodcast " in (target / "etc/moodcast/config.yaml").read_text(encoding="utf-8")


def test_an_id_can_be_given_and_one_that_cannot_be_is_refused(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target)
    status, said = outcome("./scripts/install", "--id", "Living Room", folder=copy, **environ)
    assert status == 1 and "of a-z 0-9 _ -" in said
    assert outcome("./scripts/install", "--id", "hall-2", folder=copy, **environ)[0] == 0
    assert "\n  id: hall-2 " in (target / "etc/moodcast/config.yaml").read_text(encoding="utf-8")


def on_a_terminal(typed: str, *command: str, folder: Path, **environ: str) -> tuple[int, str]:
    """The same as `outcome`, by somebody at a terminal who types `typed`."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        found = subprocess.Popen(command, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # how a terminal says that the other end has gone
                break
            said += part
        return found.wait(PATIENCE_SECONDS), said.decode(errors="replace")
    finally:
        os.close(ours)


def test_at_a_terminal_it_asks_for_the_id_and_the_page_s_password(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    python_that_does_nothing(target, says="scrypt:made")
    status, said = on_a_terminal("kitchen\ny\n", "./scripts/install", folder=copy, **environ)
    assert status == 0 and "this machine:" in said
    assert "\n  id: kitchen " in (target / "etc/moodcast/config.yaml").read_text(encoding="utf-8")
    password = target / "etc/moodcast/web-password"
    assert password.read_text(encoding="utf-8") == "scrypt:made\n" and mode(password) == 0o600
    assert (target / "etc/systemd/system/moodcast.service.d/web-password.conf").is_file()


def test_at_a_terminal_enter_keeps_the_defaults(copy: Path, environ: dict[str, str], target: Path) -> None:
    python_that_does_nothing(target)
    status, _ = on_a_terminal("\n\n", "./scripts/install", folder=copy, **environ)
    assert status == 0 and not (target / "etc/moodcast/web-password").exists()
    assert "  id: moodcast " in (target / "etc/moodcast/config.yaml").read_text(encoding="utf-8")


def test_uninstalling_has_the_broker_forget_the_device_first(copy: Path, environ: dict[str, str], target: Path) -> None:
    calls = python_that_does_nothing(target)
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    calls.unlink()
    own = target / "etc/systemd/system/moodcast.service.d/mine.conf"
    own.touch()
    assert outcome("./scripts/install", "--uninstall", folder=copy, **environ)[0] == 0
    assert own.exists() and not (target / "opt/moodcast").exists()
    etc = target / "etc/moodcast"
    assert calls.read_text(encoding="utf-8") == f"{etc} -m edge forget --config {etc}/config.yaml\n"


@pytest.mark.parametrize("keeps", [True, False])
def test_at_a_terminal_uninstalling_asks_about_the_broker_and_about_the_data(
    copy: Path, environ: dict[str, str], target: Path, keeps: bool
) -> None:
    calls = python_that_does_nothing(target)
    assert outcome("./scripts/install", folder=copy, **environ)[0] == 0
    typed = "y\nn\n" if keeps else "n\ny\n"
    status, said = on_a_terminal(typed, "./scripts/install", "--uninstall", folder=copy, **environ)
    assert status == 0 and "keep what the broker knows" in said and "delete the configuration" in said
    assert ("-m edge forget" in calls.read_text(encoding="utf-8")) is not keeps
    assert (target / "etc/moodcast").exists() is keeps


def test_uninstalling_stops_the_home_too_and_keeps_the_unit_that_its_owner_put_there(
    copy: Path, environ: dict[str, str], target: Path
) -> None:
    home = target / "etc/systemd/system/moodcast-home.service"
    home.parent.mkdir(parents=True)
    home.touch()
    status, said = outcome("./scripts/install", "--uninstall", folder=copy, **environ)
    assert status == 0 and home.exists() and f"kept: {home}, which is stopped and disabled" in said
