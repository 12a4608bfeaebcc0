"""What people said the mood really was, as it is kept on the device."""

from pathlib import Path

import pytest

from edge.daemon.corrections import MOST, Corrections
from edge.past import Correction

NOON = 1_700_000_000.0


def wrong(at: float = NOON, said: str = "sad", right: str = "neutral") -> Correction:
    return Correction(at, said, "sad", 0.75, right)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "moodcast.corrections.csv"


def test_what_is_added_is_there_after_a_restart_for_its_owner_alone(path: Path) -> None:
    first = Corrections(path)
    assert first.all() == ()
    assert first.add(wrong()) and first.add(wrong(NOON + 1, "happy", "absent"))
    assert Corrections(path).all() == (wrong(), wrong(NOON + 1, "happy", "absent"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_a_table(path: Path) -> None:
    kept = Corrections(path)
    kept.add(wrong())
    assert kept.table().splitlines() == [
        "at,said,expression,confidence,right",
        "2023-11-14T22:13:20+00:00,sad,sad,0.7500,neutral",
    ]


def test_the_oldest_go_where_there_are_too_many(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.daemon.corrections.MOST", 3)
    kept = Corrections(path)
    for second in range(5):
        kept.add(wrong(NOON + second))
    assert [one.at - NOON for one in kept.all()] == [2, 3, 4]
    assert [one.at - NOON for one in Corrections(path).all()] == [2, 3, 4]
    assert MOST > 3


def test_all_is_forgotten(path: Path) -> None:
    kept = Corrections(path)
    kept.add(wrong())
    assert kept.forget()
    assert kept.all() == Corrections(path).all() == ()
    assert "neutral" not in path.read_text()


@pytest.mark.parametrize(
    "text", ["", "x", "at,said\n1,2\n", "\x00", "at,said,expression,confidence,right\nx,sad,sad,1,sad\n"]
)
def test_a_damaged_file_costs_what_is_in_it_and_no_more(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    kept = Corrections(path)
    assert kept.all() == ()
    assert kept.add(wrong())
    assert Corrections(path).all() == (wrong(),)


def test_a_word_that_is_none_of_ours_is_left_out(path: Path) -> None:
    Corrections(path).add(wrong())
    path.write_text(path.read_text() + "2023-11-14T22:13:20+00:00,<b>,sad,0.5,neutral\n")
    assert Corrections(path).all() == (wrong(),)


def test_where_it_cannot_be_written_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    kept = Corrections(tmp_path / "state" / "moodcast.corrections.csv")
    assert not kept.add(wrong())
    assert kept.all() == ()
    assert "cannot be written" in caplog.text
