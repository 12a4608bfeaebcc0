"""What the scripts install, for themselves and as a service."""

from pathlib import Path

import pytest

from tests.scripts.outcome import ROOT, outcome


@pytest.mark.parametrize("script", ["run", "test", "install"])
def test_help_tells_the_usage_and_does_nothing_else(script: str, copy: Path, environ: dict[str, str]) -> None:
    changed = environ | {"MOODCAST_VENV": str(copy / "venv")}
    status, said = outcome(f"./scripts/{script}", "--help", folder=copy, **changed)
    assert status == 0 and f"scripts/{script}" in said
    assert not (copy / "venv").exists()


def test_a_python_that_is_too_old_is_named(copy: Path, environ: dict[str, str], tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 1 ;; esac\necho Python 3.9.2\n', encoding="utf-8")
    old.chmod(0o755)
    changed = environ | {"MOODCAST_VENV": str(copy / "venv"), "MOODCAST_PYTHON": str(old)}
    status, said = outcome("./scripts/run", folder=copy, **changed)
    assert status != 0 and f"MOODCAST_PYTHON={old} is no Python 3.11 or later" in said
    assert "Traceback" not in said


def test_what_was_installed_once_is_not_installed_again_until_the_requirements_change(
    copy: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    """A venv whose pip only writes down what it was asked for."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *install*) echo "$*" >>"{venv}/asked" ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    changed = environ | {"MOODCAST_VENV": str(venv)}
    for _ in range(2):
        assert outcome("./scripts/run", folder=copy, **changed)[0] == 0
    assert (venv / "asked").read_text(encoding="utf-8").count("\n") == 1
    with (copy / "requirements-edge.txt").open("a", encoding="utf-8") as file:
        file.write("one-more\n")
    assert outcome("./scripts/run", folder=copy, **changed)[0] == 0
    assert (venv / "asked").read_text(encoding="utf-8").count("\n") == 2


def test_install_refuses_an_option_it_does_not_know(copy: Path, environ: dict[str, str]) -> None:
    status, said = outcome("./scripts/install", "--unistall", folder=copy, **environ)
    assert status == 2 and "unknown option --unistall" in said


def test_install_with_dry_run_says_every_step_and_takes_none(
    copy: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "root"
    status, said = outcome("./scripts/install", "--dry-run", folder=copy, **environ | {"DESTDIR": str(target)})
    assert status == 0 and not target.exists()
    assert "systemd/moodcast.service" in said and "config.yaml" in said


def test_install_puts_all_in_its_place_keeps_a_configuration_and_can_be_undone(
    copy: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "root"
    venv = target / "opt/moodcast/.venv/bin"
    venv.mkdir(parents=True)
    # The venv is there already and its pip has nothing to do: what pip does is not what is tested.
    (venv / "python").write_text("#!/bin/sh\n", encoding="utf-8")
    (venv / "python").chmod(0o755)
    changed = environ | {"DESTDIR": str(target)}
    assert outcome("./scripts/install", folder=copy, **changed)[0] == 0
    configuration = target / "etc/moodcast/config.yaml"
    assert configuration.read_text(encoding="utf-8") == (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert (target / "opt/moodcast/edge/__main__.py").is_file()
    models = {file.name for file in (target / "opt/moodcast/edge/models").iterdir()}
    needed = {"README.md", "expression.tflite", "expression.json"}
    licence = {"NOTICE", "LICENSE-HSE-FaceRes"}  # it wants to be where the model is
    assert models == needed | licence, "and nothing that only training needs"
    assert (target / "etc/systemd/system/moodcast.service").is_file()
    assert not (target / "etc/systemd/system/moodcast.service.d/password.conf").exists()

    configuration.write_text("log_level: debug\n", encoding="utf-8")
    (target / "etc/moodcast/mqtt-password").write_text("secret", encoding="utf-8")
    (target / "opt/moodcast/edge/gone.py").touch()
    status, said = outcome("./scripts/install", folder=copy, **changed)
    assert status == 0 and "kept:" in said and "secret" not in said
    assert configuration.read_text(encoding="utf-8") == "log_level: debug\n"
    assert not (target / "opt/moodcast/edge/gone.py").exists()
    assert (target / "etc/systemd/system/moodcast.service.d/password.conf").is_file()
    assert (target / "etc/moodcast/mqtt-password").stat().st_mode & 0o777 == 0o600

    assert outcome("./scripts/install", "--uninstall", folder=copy, **changed)[0] == 0
    assert not (target / "opt/moodcast").exists() and configuration.exists()
    assert not (target / "etc/systemd/system/moodcast.service").exists()
