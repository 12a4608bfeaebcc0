"""Recordings as owners have sent them: portraits on the wall, evening light, a television. Extra: they are beside the
repository (`cases` in the shared folder)."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from edge.camera.opening import open_source
from edge.cli.recording import Tally, play
from edge.config import CameraConfig, Config, FacesConfig
from edge.pipeline import build_pipeline
from edge.records import ABSENT, NONE, Reading
from edge.vision.model import Model

#: A picture is told from a person within so many seconds.
MINUTE = 60.0


@dataclass(frozen=True)
class Played:
    readings: tuple[Reading, ...]

    @property
    def told(self) -> list[str]:
        return [r.expression_change.expression for r in self.readings if r.expression_change]

    @property
    def moods(self) -> list[str]:
        return [r.change.mood for r in self.readings if r.change]

    def shown(self, start: float, end: float) -> set[str]:
        return {r.expression.label for r in self.readings if start <= r.t <= end}


@pytest.fixture
def cases(shared: Path) -> Path:
    folder = shared / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases in {shared}")
    return folder


def played(path: Path, model: Model, faces: FacesConfig | None = None) -> Played:
    config = Config(faces=faces or FacesConfig())
    source = open_source(CameraConfig(), str(path), None, option="")
    try:
        return Played(tuple(play(iter(source.read, None), build_pipeline(config, model, Random(0)), Tally())))
    finally:
        source.close()


def test_a_framed_photo_is_nobody_within_a_minute(cases: Path, model: Model) -> None:
    result = played(cases / "poster_sad.mp4", model)
    last = result.readings[-1]
    assert last.t <= MINUTE
    assert (last.expression.label, last.mood.label, last.mood.shares) == (NONE, ABSENT, (0.0,) * 7)


@pytest.mark.parametrize("name", ["sadposter_and_man.mp4", "poster_and_man_near.mp4"])
def test_beside_a_framed_photo_the_living_man_decides_and_when_he_has_gone_nobody_is_there(
    cases: Path, model: Model, name: str
) -> None:
    result = played(cases / name, model)
    assert result.shown(28.0, 44.0) == {"neutral"}, "he is calm; the photo is not"
    last = result.readings[-1]
    assert last.expression.label == NONE
    assert last.mood.label == "neutral", "what the photo had shown is taken back"


def test_a_calm_man_before_a_television_is_calm(cases: Path, model: Model) -> None:
    result = played(cases / "tv_and_man.mp4", model)
    assert result.moods == ["neutral"]
    assert result.shown(6.0, 28.0) == {"neutral"}


def test_an_area_that_is_left_out_says_nothing(cases: Path, model: Model) -> None:
    result = played(cases / "tv_and_man.mp4", model, FacesConfig(ignore=((0.5, 0.0, 0.5, 1.0),)))
    assert result.told == ["neutral"]
    assert all(face.box.x < 320 for reading in result.readings for face in reading.faces)


def test_a_fifth_of_the_light_is_read_as_all_of_it(cases: Path, model: Model) -> None:
    bright = played(cases / "evening_man_100_percent.mp4", model)
    dim = played(cases / "evening_man_20_percent.mp4", model)
    assert dim.told == bright.told == ["neutral"]
    assert len(dim.readings) == pytest.approx(len(bright.readings), abs=5)


def test_dark_skin_in_evening_light_is_found_and_smiles(cases: Path, model: Model) -> None:
    assert played(cases / "evening_dark_skin_30_percent.mp4", model).told == ["happy"]


def test_a_squeezed_recording_has_its_shape_and_a_smile_at_its_end(cases: Path, model: Model) -> None:
    assert played(cases / "anamorphic_sar2.mp4", model).told[-1] == "happy"


def test_a_minute_of_talk_is_one_expression_and_one_mood(shared: Path, model: Model) -> None:
    result = played(shared / "media" / "videos" / "webcam_cap12.mp4", model)
    assert (result.told, result.moods) == (["neutral"], ["neutral"])
