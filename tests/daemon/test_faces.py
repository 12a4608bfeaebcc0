"""The faces that are kept: which, and how many; tests/train has that `train` reads them."""

from pathlib import Path

import pytest

from edge.daemon.faces import KeptFaces
from edge.mailbox import Latest
from edge.records import LABELS, Frame
from edge.status import Status
from tests.web.room import face, frame, status

AT = 1_700_000_000.0


@pytest.fixture
def shown() -> Latest[Status]:
    made: Latest[Status] = Latest()
    made.put(status())
    return made


def kept_in(folder: Path, shown: Latest[Status], picture: Frame | None = None, **how: int) -> KeptFaces:
    return KeptFaces(folder, True, lambda: picture or frame(shade=77), shown, **how)


def test_the_face_in_view_is_kept_by_what_it_is(tmp_path: Path, shown: Latest[Status]) -> None:
    faces = kept_in(tmp_path, shown)
    faces.keep("sad", AT)
    faces.keep("happy", AT + 1)
    assert faces.names() == ["sad/20231114-221320-000000.png", "happy/20231114-221321-000000.png"]


def test_only_this_user_may_read_it(tmp_path: Path, shown: Latest[Status]) -> None:
    kept_in(tmp_path, shown).keep("sad", AT)
    (file,) = tmp_path.rglob("*.png")
    assert file.stat().st_mode & 0o077 == 0


def test_the_oldest_go(tmp_path: Path, shown: Latest[Status]) -> None:
    faces = kept_in(tmp_path, shown, most=3)
    for number in range(5):
        faces.keep(LABELS[number], AT + number)
    assert [name.partition("/")[0] for name in faces.names()] == list(LABELS[2:5])


def test_nothing_is_kept_of_several_faces_of_nobody_or_while_the_camera_is_off(tmp_path: Path) -> None:
    shown: Latest[Status] = Latest()
    faces = kept_in(tmp_path, shown)
    faces.keep("sad", AT)
    for faces_in_view in ((), (face(), face("sad"))):
        shown.put(status(faces=faces_in_view))
        faces.keep("sad", AT)
    shown.put(status())
    faces.keep("absent", AT)
    KeptFaces(tmp_path, True, lambda: None, shown).keep("sad", AT)
    KeptFaces(tmp_path, False, frame, shown).keep("sad", AT)
    assert list(tmp_path.rglob("*")) == []


def test_one_is_forgotten_or_all(tmp_path: Path, shown: Latest[Status]) -> None:
    faces = kept_in(tmp_path, shown)
    for number in range(3):
        faces.keep("sad", AT + number)
    first, *others = faces.names()
    assert faces.forget(first)
    assert faces.names() == others
    assert faces.picture(first) is None and faces.picture(others[0])
    assert faces.forget()
    assert faces.names() == []


@pytest.mark.parametrize("name", ["../state.json", "sad/../../state.json", "/etc/passwd", "calm/1.png", ""])
def test_no_other_file_is_read_or_taken_away(tmp_path: Path, shown: Latest[Status], name: str) -> None:
    folder = tmp_path / "faces"
    (folder / "train").mkdir(parents=True)
    (tmp_path / "state.json").write_text("{}")
    faces = kept_in(folder, shown)
    assert faces.picture(name) is None
    assert faces.forget(name)
    assert (tmp_path / "state.json").exists()


def test_what_cannot_be_written_is_logged_and_told(
    tmp_path: Path, shown: Latest[Status], caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "faces"
    folder.write_text("in the way")
    kept_in(folder, shown).keep("sad", AT)
    assert "cannot be written" in caplog.text
