"""Reading FER-2013 in all its forms, and saying in one line what is wrong with it."""

import csv
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from edge.records import LABELS
from tests.train.faces import kaggle_folder, pattern, votes_csv
from train.data import CSV_EMOTIONS, choosing, load
from train.votes import COLUMNS


def fer_csv(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("emotion", "pixels", "Usage"), *rows])
    return path


def microsoft_csv(path: Path, rows: list[list[int]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("Usage", "Image name", *COLUMNS), *(("Training", "x.png", *row) for row in rows)])
    return path


def pixels(value: int) -> str:
    return " ".join([str(value)] * 48 * 48)


def test_folder_and_zip_are_the_same(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer", training=2, public=1, private=3)
    archive = tmp_path / "fer.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in folder.rglob("*.jpg"):
            file.write(path, f"some/where/{path.relative_to(folder)}")
    for split, count in (("Training", 14), ("PublicTest", 7), ("PrivateTest", 21), ("test", 28)):
        one, other = load(folder, split), load(archive, split)
        assert len(one) == len(other) == count
        assert np.array_equal(one.images, other.images)
        assert one.names == other.names
        assert one.images.shape == (count, 48, 48)
    training = load(folder, "Training")
    for name, label, image in zip(training.names, training.labels, training.images, strict=True):
        assert name.split("/")[1] == LABELS[label]
        assert np.abs(image - pattern(int(label), int(name[:-4].rsplit("_", 1)[1])).astype(float)).mean() < 6


def test_votes_go_to_the_files_they_name(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer")
    votes = votes_csv(
        tmp_path / "votes.csv",
        {"train/sad/Training_0.jpg": {"sadness": 7, "neutral": 3}, "test/sad/PublicTest_10000.jpg": {"NF": 10}},
    )
    faces = load(folder, "Training", votes)
    rows = dict(zip(faces.names, faces.votes.tolist(), strict=True))
    assert rows["train/sad/Training_0.jpg"] == [3, 0, 0, 7, 0, 0, 0, 0, 0, 0]
    assert rows["train/happy/Training_0.jpg"] == [0] * 10


def test_csv_with_its_votes(tmp_path: Path) -> None:
    usage = ["Training", "PublicTest", "Training", "PrivateTest", "Training", "Training", "Training"]
    data = fer_csv(tmp_path / "fer2013.csv", [(str(code), pixels(code * 30), usage[code]) for code in range(7)])
    votes = microsoft_csv(tmp_path / "fer2013new.csv", [[10 - row, row] + [0] * 8 for row in range(7)])
    faces = load(data, "Training", votes)
    assert [LABELS[label] for label in faces.labels] == [CSV_EMOTIONS[code] for code in (0, 2, 4, 5, 6)]
    assert faces.images[:, 0, 0].tolist() == [0, 60, 120, 150, 180]
    assert faces.votes[:, 1].tolist() == [0, 2, 4, 5, 6]
    assert load(data, "test", votes).votes[:, 1].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("9", pixels(1), "Training"), "line 2: not an emotion"),
        (("-1", pixels(1), "Training"), "line 2: not an emotion"),
        (("0", "1 2 3", "Training"), "line 2: not an emotion"),
        (("0", pixels(999), "Training"), "line 2: not an emotion"),
        (("0", pixels(1), "Trainin"), "line 2: Usage 'Trainin' is none of"),
    ],
)
def test_bad_csv_rows_are_named(tmp_path: Path, row: tuple[str, str, str], said: str) -> None:
    with pytest.raises(EdgeError, match=said) as error:
        load(fer_csv(tmp_path / "fer2013.csv", [row]), "Training")
    assert "\n" not in str(error.value)


def test_a_stray_quote_is_named_with_its_line(tmp_path: Path) -> None:
    path = fer_csv(tmp_path / "fer2013.csv", [("0", pixels(1), "Training")])
    path.write_text(path.read_text() + '0,"' + f"{pixels(1)},Training\n" * 30)
    with pytest.raises(EdgeError, match=r"fer2013\.csv: line \d+: not CSV from there on"):
        load(path, "Training")


def test_a_damaged_or_encrypted_member_of_a_zip_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "fer.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train/sad/Training_1.jpg", bytes(range(256)) * 20)
    whole = archive.read_bytes()
    start = 30 + len("train/sad/Training_1.jpg")  # a local header has 30 bytes and the name
    damaged = whole[:start] + b"\xff" * 20 + whole[start + 20 :]
    central = whole.index(b"PK\x01\x02")
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[central + 8] |= 1
    oddly_packed = bytearray(whole)
    oddly_packed[8] = oddly_packed[central + 10] = 97
    for content in (damaged, encrypted, oddly_packed):
        archive.write_bytes(content)
        with pytest.raises(EdgeError, match=r"Training_1\.jpg: not an image that can be read") as error:
            load(archive, "Training")
        assert "\n" not in str(error.value)


def test_a_zip_whose_list_of_members_is_damaged_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "fer.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("train/sad/Training_0.jpg", b"x" * 100)
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"PK\x01\x02", b"PK\x07\x07"))
    with pytest.raises(EdgeError, match=r"fer.zip: neither a folder, nor a zip file that can be read") as error:
        load(archive, "Training")
    assert "\n" not in str(error.value)


def test_a_picture_of_a_size_that_would_take_the_memory_is_named(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer")
    picture = folder / "train" / "sad" / "Training_0.jpg"
    content = picture.read_bytes()
    at = content.index(b"\xff\xc0") + 5  # height and width in the frame's header (ITU-T T.81, B.2.2)
    picture.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
    with pytest.raises(EdgeError, match=r"Training_0.jpg: not an image that can be read"):
        load(folder, "Training")


def test_files_that_may_not_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces, votes = fer_csv(tmp_path / "fer2013.csv", []), microsoft_csv(tmp_path / "votes.csv", [])

    def refuse(path: Path) -> None:
        really = Path.open

        def opened(self: Path, *arguments: Any, **options: Any) -> Any:
            if self == path:
                raise PermissionError(13, "Permission denied")
            return really(self, *arguments, **options)

        monkeypatch.setattr(Path, "open", opened)

    for path in (votes, faces):
        with monkeypatch.context():
            refuse(path)
            with pytest.raises(EdgeError, match=rf"{path.name}: cannot be read \(Permission denied\)"):
                load(faces, "Training", votes)
        monkeypatch.undo()


def test_other_bad_data_is_named(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer")
    with pytest.raises(EdgeError, match="nowhere: no such file or folder"):
        load(tmp_path / "nowhere", "Training")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EdgeError, match="no faces of PublicTest in it"):
        load(tmp_path / "empty", "PublicTest")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("fer/fer2013.csv", "emotion,pixels,Usage\n")
    with pytest.raises(EdgeError, match=r"no faces of Training in it \(if it holds a CSV: give that, unpacked\)$"):
        load(tmp_path / "packed.zip", "Training")
    text = tmp_path / "fer2013.zip"
    text.write_text("not a zip")
    with pytest.raises(EdgeError, match="nor a zip file"):
        load(text, "Training")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(EdgeError, match="line 1: no column emotion, pixels, Usage"):
        load(other, "Training")
    (folder / "train" / "sad" / "Training_0.jpg").write_bytes(b"\xff\xd8 truncated")
    with pytest.raises(EdgeError, match=r"train/sad/Training_0.jpg: not an image") as error:
        load(folder, "Training")
    assert "\n" not in str(error.value)


def test_a_folder_that_is_no_emotion(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer")
    (folder / "train" / "sad").rename(folder / "train" / "grumpy")
    with pytest.raises(EdgeError, match="folder 'grumpy' is none of angry"):
        load(folder, "Training")


def test_votes_that_do_not_go_with_the_data(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer")
    data = fer_csv(tmp_path / "fer2013.csv", [("0", pixels(3), "Training")])
    by_row = microsoft_csv(tmp_path / "fer2013new.csv", [[10] + [0] * 9] * 2)
    by_name = votes_csv(tmp_path / "votes.csv", {"train/sad/Training_99.jpg": {"sadness": 10}})
    with pytest.raises(EdgeError, match="none of its file names is in"):
        load(folder, "Training", by_row)
    with pytest.raises(EdgeError, match=r"needs Microsoft's fer2013new.csv"):
        load(data, "Training", by_name)
    with pytest.raises(EdgeError, match="2 rows of votes for the 1 rows"):
        load(data, "Training", by_row)
    with pytest.raises(EdgeError, match="none of its file names is in"):
        load(folder, "Training", by_name)


def test_the_forms_that_people_have(tmp_path: Path) -> None:
    """Kaggle's icml_face_data.csv, Excel's mark, images/validation, Windows' backslashes."""
    head = {"icml_face_data.csv": b"emotion, Usage, pixels", "excel.csv": b"\xef\xbb\xbfemotion,Usage,pixels"}
    for name, line in head.items():
        (tmp_path / name).write_bytes(line + f"\r\n3,Training,{pixels(7)}\r\n".encode())
        faces = load(tmp_path / name, "Training")
        assert (LABELS[faces.labels[0]], faces.images[0, 0, 0]) == ("happy", 7)
    picture = (kaggle_folder(tmp_path / "fer") / "train" / "sad" / "Training_0.jpg").read_bytes()
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("images/images/train/sad/0.jpg", picture)
        archive.writestr("images/train/sad/0.jpg", picture)
        archive.writestr("images/images/validation/fear/1.jpg", picture)
        archive.writestr("train\\happy\\Training_5.jpg", picture)
        archive.writestr("__MACOSX/train/sad/._0.jpg", b"no picture")
    assert load(tmp_path / "odd.zip", "Training").names == ("train/sad/0.jpg", "train/happy/Training_5.jpg")
    assert load(tmp_path / "odd.zip", "PublicTest").names == ("validation/fear/1.jpg",)


def test_the_shared_cases_are_read(shared: Path) -> None:
    cases = shared / "cases"
    if not (cases / "icml_face_data.csv").is_file():
        pytest.skip(f"no cases in {shared}")
    for name in (
        "icml_face_data.csv",
        "fer2013_excel_bom.csv",
        "kaggle_images_validation.zip",
        "windows_backslashes.zip",
    ):
        assert len(load(cases / name, "Training")), name


def test_who_chooses_and_who_says_are_different_faces(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer", public=30)
    public, chooses, says = (load(folder, split) for split in ("PublicTest", "choosing", "saying"))
    assert len(chooses) + len(says) == len(public) == 210
    assert 0.1 < len(chooses) / len(public) < 0.6
    assert not set(chooses.names) & set(says.names)
    twice = public.take(np.repeat(np.arange(210), 2))
    mask = choosing(twice)
    assert np.array_equal(mask[::2], mask[1::2]), "what looks the same goes the same way"


def test_fer2013_itself(shared: Path) -> None:
    data = shared / "data"
    if not (data / "fer2013.zip").is_file():
        pytest.skip(f"no FER-2013 in {data}")
    faces = load(data / "fer2013.zip", "PublicTest", data / "ferplus.csv")
    assert len(faces) == 3589
    assert np.bincount(faces.labels).tolist() == [467, 56, 496, 895, 607, 653, 415]
