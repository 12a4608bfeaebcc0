"""The page's password: made into a hash, compared, and refused where it can be none."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge import password
from edge.password import Password

KEPT = password.make("guten tag mond")


def test_a_hash_says_yes_to_its_password_and_to_nothing_else() -> None:
    assert KEPT.startswith("scrypt:16384:8:5:")
    assert "mond" not in KEPT
    assert Password(KEPT).matches("guten tag mond")
    for wrong in ("guten tag mon", "guten tag mondd", "Guten Tag Mond", "", KEPT, "\udc80"):
        assert not Password(KEPT).matches(wrong)


def test_two_hashes_of_one_password_have_nothing_in_common() -> None:
    assert password.make("guten tag mond") != KEPT


def test_a_password_may_be_kept_as_it_is() -> None:
    plain = Password("grüß gott mond")
    assert plain.matches("grüß gott mond")
    assert not plain.matches("grüß gott")
    assert "mond" not in repr(plain)


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ("kurz", "shorter than 8 characters"),
        ("x" * 2000, "longer than 1000 bytes"),
        ("scrypt:", "no hash"),
        ("scrypt:a:b:c:d:e", "no hash"),
        (KEPT[:-4], "no hash"),
        (KEPT.replace(":16384:", ":1073741824:"), "no hash"),
        (KEPT.replace(":16384:", ":16383:"), "no hash"),
        (KEPT.replace(":5:", ":5000:"), "no hash"),
        (KEPT.replace(":5:", ":-1:"), "no hash"),
    ],
)
def test_what_can_be_no_password_is_told_in_words(kept: str, why: str) -> None:
    assert why in password.problem(kept)
    assert kept not in password.problem(kept)


@pytest.mark.parametrize("kept", [KEPT, "guten tag mond"])
def test_what_is_one_has_no_problem(kept: str) -> None:
    assert password.problem(kept) == ""


def command(given: str, root: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "edge", "password"]
    return subprocess.run(words, cwd=root, input=given, capture_output=True, text=True, check=False)


def test_the_command_prints_the_hash_alone(root: Path) -> None:
    done = command("guten tag mond\n", root)
    assert (done.returncode, done.stderr) == (0, "")
    assert Password(done.stdout.strip()).matches("guten tag mond")


@pytest.mark.parametrize("given", ["", "\n", "kurz\n"])
def test_the_command_refuses_a_short_one_in_a_line(root: Path, given: str) -> None:
    done = command(given, root)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "moodcast: the password is shorter than 8 characters: nothing was made\n"
