"""What somebody says of the mood over MQTT, kept as what the page is told."""

from pathlib import Path

import pytest

from edge.daemon.corrections import CorrectionKeeper
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.status import Status
from tests.web.room import frame, status


def corrected(folder: Path, shown: Status | None, keep_faces: bool = False) -> CorrectionKeeper:
    present: Latest[Status] = Latest()
    if shown:
        present.put(shown)
    return CorrectionKeeper(folder / "moodcast.json", keep_faces, frame, present)


def test_it_is_kept_with_what_was_shown_and_the_face_where_the_owner_wants_that(tmp_path: Path) -> None:
    made = corrected(tmp_path, status("happy"), keep_faces=True)
    made.correct("sad")
    (kept,) = made.kept.all()
    assert (kept.said, kept.expression, kept.right) == ("happy", "happy", "sad")
    assert [name.partition("/")[0] for name in made.faces.names()] == ["sad"]
    assert (tmp_path / "moodcast.corrections.csv").exists()


@pytest.mark.parametrize("shown", [None, status("paused"), status("unknown")])
def test_where_there_is_no_mood_nothing_is_corrected(tmp_path: Path, shown: Status | None) -> None:
    made = corrected(tmp_path, shown)
    with pytest.raises(EdgeError, match="no mood"):
        made.correct("sad")
    assert not made.kept.all()


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    made = corrected(tmp_path / "file", status("happy"))
    (tmp_path / "file").write_text("in the way of the folder")
    with pytest.raises(EdgeError, match="cannot be written"):
        made.correct("sad")
