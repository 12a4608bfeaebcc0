"""`python -m train make`: the stages of a recipe whose inputs have changed, then conversion, measuring, the gate, the card."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from train.data import Faces, load
from train.errors import TrainError
from train.files import replace, tried
from train.recipe import ROOT, Recipe, Stage

if TYPE_CHECKING:
    import keras

DONE = "done.json"


@dataclass(eq=False)
class Make:
    """One recipe, the files it is given, and the folder in which everything of it lies."""

    recipe: Recipe
    data: Path | None
    votes: Path | None
    out: Path
    share: float = 1.0
    """Of the faces of Training, to try a recipe out; what comes of less than all never ships."""

    def check(self) -> None:
        """Raises TrainError where a file that is given or named is not the one that the recipe means."""
        if not 0 < self.share <= 1:
            raise TrainError(f"--share {self.share:g}: over 0, at most 1")
        for option, path, source in (
            ("--data", self.data, self.recipe.faces),
            ("--votes", self.votes, self.recipe.votes),
        ):
            if path is not None and not path.exists():
                raise TrainError(f"{option} {path}: no such file or folder")
            if path is not None and source and path.suffix == Path(source.file).suffix and path.is_file():
                if (found := hash_of(path)) != source.sha256:
                    raise TrainError(f"{option} {path}: sha256 {found[:12]}…, the recipe means {source.sha256[:12]}…")
        for name, source in self.recipe.weights.items():
            path = self.weights(name)
            if path.is_file() and (found := hash_of(path)) != source.sha256:
                raise TrainError(
                    f"{path}: sha256 {found[:12]}…, weights.{name} of the recipe means {source.sha256[:12]}…"
                )

    def plan(self) -> str:
        """What would run, with every hash; nothing is read but the files' hashes."""
        lines = [f"recipe {self.recipe.name} {self.recipe.sha256[:12]}, in {self.out}", *self._data_lines()]
        for name, source in self.recipe.weights.items():
            state = "is there" if self.weights(name).is_file() else "from git" if source.blob else "missing"
            lines.append(f"weights {name:16} {source.sha256[:12]}  {state}: {source.file or source.blob}")
        for stage in self.recipe.stages:
            will = "done" if self.done(stage) else f"runs: {stage.net}, {stage.targets}, {stage.epochs} epochs"
            if not self.done(stage) and (self.folder(stage) / "backup").is_dir():
                will += ", goes on where it was stopped"
            lines.append(f"stage   {stage.name:16} {self.hash(stage)[:12]}  {will}")
        ship = self.recipe.ship
        lines.append(
            f"ships   {' + '.join(ship.models)}, against the {ship.against}, as {ship.file or 'no file of the house'}"
        )
        return "\n".join([*lines, *(f"gate    {name}: {value:g}" for name, value in self.recipe.gate.items())])

    def _data_lines(self) -> list[str]:
        lines = []
        for name, path, source in (("faces", self.data, self.recipe.faces), ("votes", self.votes, self.recipe.votes)):
            if source:
                checked = path is None or (path.is_file() and path.suffix == Path(source.file).suffix)
                said = "not given" if path is None else f"{path}" + ("" if checked else ", in another form: unchecked")
                lines.append(f"data    {name:16} {source.sha256[:12]}  {source.file}: {said}")
        return lines

    # Hashes and places

    @functools.cached_property
    def data_hash(self) -> str:
        """Of the recipe's files; of what is in it, where the data are given in another form."""
        known = [source.sha256 for source in (self.recipe.faces, self.recipe.votes) if source]
        if any("unchecked" in line for line in self._data_lines()):
            known = [self.faces("Training").fingerprint()]
        return _hash([known, self.votes is None and self.data is not None, self.share])

    def hash(self, stage: Stage) -> str:
        """Of everything that the stage is made of."""
        return _hash([asdict(stage), self.data_hash, [self._hash_of(name) for name in stage.references()]])

    def _hash_of(self, reference: str) -> str:
        name = reference.partition(".")[0]
        weights = self.recipe.weights.get(name)
        return weights.sha256 if weights else self.hash(self._stage(name))

    def _stage(self, name: str) -> Stage:
        return next(stage for stage in self.recipe.stages if stage.name == name)

    def folder(self, stage: Stage) -> Path:
        return self.out / f"{stage.name}-{self.hash(stage)[:8]}"

    def done(self, stage: Stage) -> bool:
        return (self.folder(stage) / DONE).is_file()

    def weights(self, name: str) -> Path:
        """Where the weights lie: in the house, in the working folder, or taken out of git into the recipe's folder."""
        source = self.recipe.weights[name]
        if not source.blob:
            return ROOT / source.file if (ROOT / source.file).exists() else Path(source.file)
        return self.out / "weights" / f"{name}{Path(source.file or '.keras').suffix}"

    def files(self, reference: str) -> list[Path]:
        """The models behind a reference: a stage's head, or all of its heads, the first one first."""
        name, _, head = reference.partition(".")
        if name in self.recipe.weights:
            return [self._fetched(name)]
        stage = self._stage(name)
        return [self.folder(stage) / f"{each}.keras" for each in ((head,) if head else stage.heads())]

    def _fetched(self, name: str) -> Path:
        path, source = self.weights(name), self.recipe.weights[name]
        if not path.is_file() and source.blob:
            try:
                command = ["git", "cat-file", "blob", source.blob]
                content = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
            except (OSError, subprocess.CalledProcessError) as error:
                raise TrainError(f"weights.{name}: git has no blob {source.blob} here") from error
            if hashlib.sha256(content).hexdigest() != source.sha256:
                raise TrainError(f"weights.{name}: the blob's sha256 is another than the recipe's")
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
        if not path.is_file():
            raise TrainError(f"{source.file}: no such file: the recipe's weights.{name}")
        return path

    # Work

    @functools.lru_cache  # noqa: B019
    def faces(self, split: str) -> Faces:
        if self.data is None:
            raise TrainError("give the faces with --data, as the Kaggle folder, a zip of it, or fer2013.csv")
        faces = load(self.data, split, self.votes, progress=True)
        if split == "Training" and self.share < 1:
            some = np.random.default_rng(1).permutation(len(faces))[: max(1, round(len(faces) * self.share))]
            faces = faces.take(np.sort(some))
        return faces

    def stages(self) -> None:
        """Runs what is not done. Every stage's folder has its models, its log, and what it was made of."""
        from train.fit import fit
        from train.lessons import lessons

        for stage in self.recipe.stages:
            folder = self.folder(stage)
            if self.done(stage):
                print(f"stage {stage.name}: done, in {folder}")
                continue
            tried(folder / DONE)
            print(f"stage {stage.name}: {stage.epochs} epochs, into {folder}", flush=True)
            begun = time.monotonic()
            taught_by = {name: self.files(name)[0] for name in (*stage.teachers, *stage.label_teachers)}
            said = lessons(stage, taught_by, self.faces("Training"), self.out / "lessons")
            start = self.files(stage.start) if stage.start else []
            figures = fit(stage, self.faces("Training"), self.faces("choosing"), start, said, folder)
            about = {
                "recipe": self.recipe.sha256, "hash": self.hash(stage), "stage": asdict(stage),
                "seconds": round(time.monotonic() - begun), "choosing": figures, "versions": versions(),
            }  # fmt: skip
            replace(folder / DONE, (json.dumps(about, indent=1) + "\n").encode())

    def shipped(self) -> keras.Model:
        """The model that is to be converted: a stage's, or the mean of the weights of several."""
        from train.load import keras_model

        models = [keras_model(self.files(name)[0]) for name in self.recipe.ship.models]
        weights = [model.get_weights() for model in models]
        if any([each.shape for each in given] != [each.shape for each in weights[0]] for given in weights):
            raise TrainError(f"ship: {', '.join(self.recipe.ship.models)} are different nets: there is no mean of them")
        models[0].set_weights([np.mean(each, axis=0) for each in zip(*weights, strict=True)])
        return models[0]


def hash_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@functools.cache
def versions() -> dict[str, str]:
    """What the figures hang on beside the recipe."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": sys.version.split()[0]}
    for name in ("tensorflow", "keras", "numpy", "ai-edge-litert"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """Of the code that ran; `+` where it was changed since."""
    try:
        command = ["git", "describe", "--always", "--dirty=+", "--exclude=*", "--abbrev=12"]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
