"""Counted instructions: what is read from the emulator, and what a ceiling holds."""

import json
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.arm64.userland import CPUS, HERE, REPOSITORY, Userland, UserlandError
from benchmarks.document import COST, with_table
from benchmarks.instructions import CEILINGS, FIGURES, counts, figures, problems, table

#: What the guest would name, with "nothing" costing 10 instructions and everything else 1,000,010.
NAMES = ["nothing", "person: skipped", "person: near", "person: full", "empty: skipped", "empty: empty", "plain"]
NAMES += ["full scan", "near scan", "second opinion", "inference", "crop", "quality", "motion", "grey", "mood"]
PERSON = {"frames": 3, "analysed": 2, "full_scans": 1, "with_face": 3}
RESULT = {"person": PERSON, "empty": {"seconds": 4}, "model": "some model"}


def said(names: list[str]) -> str:
    """The plugin's lines for those sections, among what a program may print itself."""
    lines, total = ["INFO: something else"], 0
    for number, name in enumerate(names, 1):
        lines.append(f"counted {2 * number} {total}")
        total += 10 if name == "nothing" else 1_000_010
        lines.append(f"counted {2 * number + 1} {total}")
        total += 77  # between sections: nobody's
    return "\n".join(lines)


@pytest.fixture
def measured() -> dict[str, Any]:
    return {"cortex-a72": {"millions": figures(RESULT, counts(NAMES, said(NAMES))), **RESULT}}


def test_a_section_is_what_was_executed_between_its_marks() -> None:
    found = counts(["a", "b", "a"], said(["a", "b", "a"]))
    assert found == {"a": [1_000_010, 1_000_010], "b": [1_000_010]}


def test_a_section_without_a_mark_is_an_error_that_names_it() -> None:
    with pytest.raises(UserlandError, match=r"section 2 \(b\) has no count"):
        counts(["a", "b"], said(["a"]))


def test_the_marks_own_cost_is_taken_off_and_recordings_are_averaged_over_all_their_frames() -> None:
    millions = figures(RESULT, counts(NAMES, said(NAMES)))
    assert set(millions) == set(FIGURES)
    assert millions["inference"] == 1.0
    assert millions["recording_frame"] == 1.0  # three sections over three frames
    assert millions["analysed_frame"] == 1.5  # the same over the two that were looked at
    assert millions["empty_second"] == 0.5


def test_a_ceiling_holds_what_is_up_to_two_percent_above_it(measured: dict[str, Any]) -> None:
    held = dict.fromkeys(FIGURES, 10.0) | {"inference": 1.0 / 1.019, "crop": 1.0 / 1.021}
    assert problems(measured, {"millions": {"cortex-a72": held}}) == ["cortex-a72: crop is 1.00 M, +2.1% on 0.98 M"]


def test_a_figure_without_a_ceiling_is_a_problem(measured: dict[str, Any]) -> None:
    found = problems(measured, {"millions": {}})
    assert len(found) == len(FIGURES)
    assert "--measure" in found[0]


def test_inference_has_a_limit_whatever_its_ceiling_says(measured: dict[str, Any]) -> None:
    measured["cortex-a72"]["millions"]["inference"] = 31.0
    held = dict.fromkeys(FIGURES, 100.0)
    assert problems(measured, {"millions": {"cortex-a72": held}}) == [
        "cortex-a72: inference is 31.0 M, over the limit of 30 M"
    ]


def test_the_table_has_a_row_for_each_figure_and_the_plain_loop_beside(measured: dict[str, Any]) -> None:
    rows = table(measured).splitlines()
    assert rows[2 + len(FIGURES) + 1] == "| **the plain loop is dearer, a frame looked at** | 0.7 times |"
    assert rows[-1].endswith("of 3 frames with a person 2 looked at, 1 scanned in full, a face known at 3")


def test_the_ceilings_in_the_repository_cover_every_figure_of_every_core() -> None:
    ceilings = json.loads(CEILINGS.read_text())
    assert set(ceilings["millions"]) == set(CPUS)
    for millions in ceilings["millions"].values():
        assert set(millions) == set(FIGURES)
        assert all(value > 0 for value in millions.values())


def test_a_new_table_takes_the_place_of_the_old_one_and_of_nothing_else() -> None:
    document = COST.read_text(encoding="utf-8")
    for mark in ("counts", "comparison"):
        once = with_table(document, mark, "| a |")
        assert with_table(once, mark, "| b |") == once.replace("| a |", "| b |")
        assert once.splitlines()[0] == document.splitlines()[0]
        assert once.splitlines()[-1] == document.splitlines()[-1]
    with pytest.raises(ValueError, match="nowhere"):
        with_table(document, "nowhere", "| a |")


def test_requirements_are_judged_for_the_device_and_not_for_this_machine(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(
        "# a remark\n"
        'numpy<2; python_version < "3.12"\n'
        'numpy>=2; python_version >= "3.12"\n'
        'litert>=2; platform_machine == "aarch64"\n'
        'runtime>=2; platform_machine == "armv7l"\n'
    )
    assert Userland(tmp_path / "a", "bookworm", file)._wanted() == "numpy<2\nlitert>=2\n"
    assert Userland(tmp_path / "b", "trixie", file)._wanted() == "numpy>=2\nlitert>=2\n"


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda command: command)
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(UserlandError, match="holds something else"):
        Userland(tmp_path, "bookworm", HERE / "requirements.txt").make()
    assert (tmp_path / "letters").read_text() == "dear"


def test_missing_tools_are_named_with_the_packages_that_bring_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda command: None if command == "proot" else command)
    with pytest.raises(UserlandError, match="sudo apt install proot"):
        Userland(tmp_path / "new", "bookworm", HERE / "requirements.txt").make()


@pytest.mark.parametrize("api", [1, 2])
def test_the_plugin_compiles_without_a_warning(tmp_path: Path, api: int) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    command = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", f"-DAPI={api}", "-o", str(tmp_path / "count.so")]
    subprocess.run([*command, str(HERE / "count.c")], check=True)


def test_each_core_describes_itself_as_a_pi_kernel_does() -> None:
    text = CPUS["cortex-a76"].cpuinfo()
    assert text.count("processor\t: ") == 4
    assert "CPU part\t: 0xd0b" in text
    assert "asimddp" in text
    assert "asimddp" not in CPUS["cortex-a72"].cpuinfo()


def test_a_program_sees_the_repository_and_the_folders_that_are_shared_with_it(tmp_path: Path) -> None:
    userland = Userland(tmp_path / "arm", "bookworm", HERE / "requirements.txt")
    command = userland.command(CPUS["cortex-a53"], ["python3", "-V"], None, [tmp_path / "recordings"])
    bound = [folder for flag, folder in pairwise(command) if flag == "-b"]
    assert {f"{REPOSITORY}:/w", str(tmp_path / "recordings")} <= set(bound)
    assert command[:3] == ["proot", "-q", "qemu-aarch64-static -cpu cortex-a53"]
    assert command[-2:] == ["python3", "-V"]
