"""FER+'s votes: who won, and what a net learns from them."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL", reason="Pillow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from edge.records import LABELS
from tests.train.faces import votes_csv
from train.agreement import agreement, people
from train.arrays import Array
from train.data import Faces, load
from train.votes import COLUMNS, majority, read_votes, target_mass


def row(**votes: int) -> list[int]:
    return [votes.get(column, 0) for column in COLUMNS]


def named(votes: Array) -> list[str | None]:
    return [LABELS[i] if i >= 0 else None for i in majority(votes)]


def test_majority_is_of_everything_that_remains() -> None:
    votes = np.array(
        [
            row(neutral=8, sadness=1, anger=1),
            row(neutral=5, sadness=5),  # half is not more than half
            row(neutral=5, sadness=3, contempt=1, NF=1),  # single votes are noise: 5 of 8
            row(neutral=4, sadness=2, contempt=4),  # contempt counts among what remains
            row(contempt=8, neutral=2),  # the winner is none of the seven
            row(),
            row(happiness=1, anger=1),  # nothing remains
            row(disgust=6, anger=4),
        ]
    )
    assert named(votes) == ["neutral", None, "neutral", None, None, None, None, "disgust"]


def test_what_is_learnt_is_the_distribution_times_its_weight() -> None:
    mass = target_mass(np.array([row(neutral=6, sadness=2, unknown=2), row(NF=10), row(fear=9, surprise=1)]))
    assert mass[0, LABELS.index("neutral")] == pytest.approx(0.6)
    assert mass[0].sum() == pytest.approx(0.8)
    assert mass[1].sum() == 0
    assert mass[2, LABELS.index("fear")] == 1


def test_bad_votes_are_named(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match="no such file"):
        read_votes(tmp_path / "none.csv")
    path = votes_csv(tmp_path / "votes.csv", {"train/sad/Training_1.jpg": {"sadness": -1}})
    with pytest.raises(EdgeError, match=r"votes.csv: line 2: votes are counts from 0 to"):
        read_votes(path)
    path.write_text(path.read_text().replace("-1", "many"))
    with pytest.raises(EdgeError, match=r"line 2: the ten votes are not all whole numbers"):
        read_votes(path)
    path = votes_csv(tmp_path / "votes.csv", {"train/sad/Training_1.jpg": {"sadness": 10**30}})
    with pytest.raises(EdgeError, match=r"votes.csv: line 2: votes are counts from 0 to"):
        read_votes(path)
    path.write_text("file,neutral\n")
    with pytest.raises(EdgeError, match="no column happiness, surprise"):
        read_votes(path)


def some_faces() -> Faces:
    votes = np.array([row(neutral=10), row(anger=6, neutral=4), row()])
    return Faces(np.zeros((3, 48, 48), np.uint8), np.array([5, 0, 6]), votes, ("a", "b", "c"))


def test_agreement_counts_faces_with_a_majority() -> None:
    lines = agreement(some_faces(), "Training").splitlines()
    assert lines[0] == "Training: of 2 faces with a crowd majority, 50.0 % have it as their label"
    seen_as = dict(zip(LABELS, lines[4 + LABELS.index("sad")].replace(" %", "").split()[1:], strict=True))
    assert (seen_as["neutral"], seen_as["sad"]) == ("100", "0")


def test_people_are_held_against_people() -> None:
    agreed = np.array([row(neutral=10), row(happiness=10)] * 20)
    assert people(agreed) == (1.0, 1.0)
    split = np.array([row(neutral=6, sadness=4)] * 40)
    voter, ceiling = people(split)
    assert voter == pytest.approx(0.6), "who says sad is against the others"
    assert 0.6 < ceiling < 0.95, "another crowd of ten may see it otherwise"
    assert people(np.zeros((3, 10), np.int64)) == (0.0, 0.0)


def test_the_crowd_majorities_of_publictest(shared: Path) -> None:
    data = shared / "data"
    if not (data / "fer2013.zip").is_file():
        pytest.skip(f"no FER-2013 in {data}")
    truth = majority(load(data / "fer2013.zip", "PublicTest", data / "ferplus.csv").votes)
    assert np.bincount(truth[truth >= 0]).tolist() == [287, 24, 62, 865, 1182, 351, 415]
