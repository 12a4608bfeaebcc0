"""The venv that the scripts make for themselves, and what of it is pinned."""

import os
import re
import sys
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


@pytest.fixture
def system_python(tmp_path: Path, environ: dict[str, str]) -> Path:
    """A fake of a Pi's Python, to which apt has just given picamera2. It writes down how it made a venv."""
    python = tmp_path / "system-python"
    python.write_text(f'#!/bin/sh\ncase "$*" in "-m venv"*) echo "$*" >>"{tmp_path}/made" ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    environ["MOODCAST_PYTHON"] = str(python)
    return python


def blind_venv(folder: Path, sees: str) -> Path:
    """A fake venv, made without the system's packages; its Python sees picamera2 where the command `sees` succeeds."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("include-system-site-packages = false\nversion = 3.11.2\n", encoding="utf-8")
    python = folder / "bin/python"
    python.write_text(f'#!/bin/sh\ncd "{folder}"\ncase "$*" in *picamera2*) {sees} ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    return folder


SEES_WHAT_IT_IS_TOLD = "grep -q 'packages = true' pyvenv.cfg"


@pytest.mark.parametrize(
    ("sees", "made"), [(SEES_WHAT_IT_IS_TOLD, ""), ("false", "-m venv --clear --system-site-packages {venv}\n")]
)
def test_a_venv_from_before_picamera2_came_sees_it_and_one_of_another_python_is_made_anew(
    copy: Path, environ: dict[str, str], tmp_path: Path, system_python: Path, sees: str, made: str
) -> None:
    venv, before = blind_venv(tmp_path / "venv", sees), tmp_path / "last release's.cfg"
    os.link(venv / "pyvenv.cfg", before)
    status, said = outcome("sh", "-c", f'. scripts/environment.sh; make_venv "{venv}"', folder=copy, **environ)
    assert status == 0 and "does not see the system's picamera2" in said
    noted = tmp_path / "made"
    assert (noted.read_text(encoding="utf-8") if noted.exists() else "") == made.format(venv=venv)
    assert "packages = true\n" in (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    assert "packages = false\n" in before.read_text(encoding="utf-8"), "what runs stays as it is"


def test_a_venv_is_left_alone_where_the_system_has_no_picamera2(
    copy: Path, environ: dict[str, str], tmp_path: Path, system_python: Path
) -> None:
    system_python.write_text('#!/bin/sh\ncase "$*" in *picamera2*) exit 1 ;; esac\n', encoding="utf-8")
    venv = blind_venv(tmp_path / "venv", SEES_WHAT_IT_IS_TOLD)
    assert outcome("sh", "-c", f'. scripts/environment.sh; make_venv "{venv}"', folder=copy, **environ) == (0, "")
    assert "packages = false\n" in (venv / "pyvenv.cfg").read_text(encoding="utf-8")


def test_pip_unpacks_in_the_venv_and_leaves_nothing_behind(copy: Path, environ: dict[str, str], tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin/python"
    python.write_text(
        f'#!/bin/sh\ncase "$*" in *install*) echo "$TMPDIR" >"{tmp_path}/where"; touch "$TMPDIR/wheel" ;; esac\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    command = f'. scripts/environment.sh; fill_venv "{venv}" requirements-edge.txt'
    assert outcome("sh", "-c", command, folder=copy, **environ)[0] == 0
    assert (tmp_path / "where").read_text(encoding="utf-8") == f"{venv}/tmp\n" and not (venv / "tmp").exists()


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
@pytest.mark.parametrize("kind", ["", "-demo"])
def test_what_a_device_gets_is_pinned_hashed_and_within_the_ranges(suite: str, kind: str) -> None:
    text = (ROOT / f"requirements/{suite}{kind}.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+) \\$", text, re.MULTILINE))
    assert all(
        re.search(rf"^{re.escape(name)}==\S+ \\\n    --hash=sha256:[0-9a-f]{{64}}", text, re.MULTILINE)
        for name in pinned
    )
    assert "://" not in text, "no name of a registry's host"
    python = {"bookworm": (3, 11), "trixie": (3, 13)}[suite]
    for file in ["requirements-edge.txt", *(["requirements-demo.txt"] if kind else [])]:
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            found = re.match(r"([A-Za-z0-9._-]+)([<>=0-9.,]+)(?:; (.*))?$", line)
            if found is None:
                continue
            name, ranges, marker = found[1].lower(), found[2], found[3] or ""
            if "armv7l" in marker or (('< "3.12"' in marker) != (python < (3, 12)) and "python_version" in marker):
                continue
            assert within(pinned[name], ranges), f"{name} {pinned[name]} is not within {ranges}: run scripts/lock"


def within(version: str, ranges: str) -> bool:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in re.findall(r"\d+", text)]

    checks = {">=": lambda a, b: a >= b, "<": lambda a, b: a < b, "==": lambda a, b: a == b}
    return all(
        checks[found[1]](numbers(version), numbers(found[2]))
        for part in ranges.split(",")
        if (found := re.match(r"(>=|==|<)(.*)", part))
    )


@pytest.mark.parametrize(
    ("version", "machine", "files", "expected"),
    [
        ("3.11", "aarch64", ["edge"], "requirements/bookworm.txt"),
        ("3.13", "x86_64", ["edge"], "requirements/trixie.txt"),
        ("3.13", "aarch64", ["edge", "demo"], "requirements/trixie-demo.txt"),
        ("3.12", "aarch64", ["edge"], ""),
        ("3.11", "armv7l", ["edge"], ""),
        ("3.11", "aarch64", ["edge", "demo", "dev"], ""),
    ],
)
def test_each_suite_has_its_own_pinned_requirements_and_what_no_suite_has_its_ranges(
    copy: Path, environ: dict[str, str], tmp_path: Path, version: str, machine: str, files: list[str], expected: str
) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    major, minor = version.split(".")
    pretend = (
        f"import platform, sys; platform.machine = lambda: {machine!r}; sys.version_info = ({major}, {minor}); "
        "exec(sys.argv[1])"
    )
    python.write_text(f'#!/bin/sh\nshift\nexec {sys.executable} -c "{pretend}" "$1"\n', encoding="utf-8")
    python.chmod(0o755)
    names = " ".join(f"requirements-{name}.txt" for name in files)
    command = f'. scripts/environment.sh; locked_for "{venv}" {names}'
    status, said = outcome("sh", "-c", command, folder=copy, **environ)
    assert (status, said.strip().removeprefix("./")) == (0, expected)
