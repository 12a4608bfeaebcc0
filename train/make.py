"""`python -m train make`: the stages of a recipe whose inputs have changed are run, and the rest is found again."""

from __future__ import annotations

import functools
import hashlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from train.data import Faces, load
from train.errors import TrainError
from train.files import check_writable, replace
from train.recipe import ROOT, Recipe, Source, Stage

if TYPE_CHECKING:
    import keras

DONE = "done.json"


@dataclass(eq=False)
class Make:
    """One recipe, the files it is given (`faces`, `votes`, those of `also`), and the folder of all that comes of it."""

    recipe: Recipe
    given: dict[str, Path]
    out: Path
    share: float = 1.0
    """Of the faces of Training, to try a recipe out; what comes of less than all never ships."""

    def check(self) -> None:
        """Raises TrainError where a file that is given or named is not the one that the recipe means."""
        if not 0 < self.share <= 1:
            raise TrainError(f"--share {self.share:g}: over 0, at most 1")
        for name, path in self.given.items():
            if not path.exists():
                raise TrainError(f"{path}: no such file or folder ({name})")
            if name not in self.recipe.data and name not in self.recipe.also:
                raise TrainError(f"{path}: the recipe has no {name}")
            if self._checked(name):
                _same(name, path, (self.recipe.data | self.recipe.also)[name])
        for name, source in self.recipe.weights.items():
            if (path := self._weights(name)).is_file():
                _same(f"weights.{name}", path, source)

    def _checked(self, name: str) -> bool:
        """Whether what is given has the form of the recipe's file: a folder of the same faces has another hash."""
        path, source = self.given[name], (self.recipe.data | self.recipe.also)[name]
        return path.is_file() and path.suffix == Path(source.file).suffix

    def plan(self) -> str:
        """What would run, with every hash."""
        recipe, ship = self.recipe, self.recipe.ship
        lines = [f"recipe {recipe.name} {recipe.sha256[:12]}, in {self.out}"]
        for name, source in (recipe.data | recipe.also).items():
            is_it = name in self.given and self._checked(name)
            form = "is it" if is_it else "other form: unchecked" if name in self.given else "not given"
            lines.append(f"data    {name:16} {source.sha256[:12]}  {source.file}: {form}")
        for name, source in recipe.weights.items():
            state = "is there" if self._weights(name).is_file() else "from git" if source.blob else "missing"
            lines.append(f"weights {name:16} {source.sha256[:12]}  {source.file or source.blob}: {state}")
        for stage in recipe.stages:
            stopped = ", from where it was stopped" if (self.folder(stage) / "backup").is_dir() else ""
            runs = f"runs: {stage.net}, {stage.targets}, {stage.epochs} epochs{stopped}"
            lines.append(f"stage   {stage.name:16} {self.hash(stage)[:12]}  {'done' if self.done(stage) else runs}")
        lines.append(f"ships   {' + '.join(ship.models())}, against the {ship.against}, as {ship.file or 'nothing'}")
        return "\n".join([*lines, *(f"gate    {name}: {value:g}" for name, value in recipe.gate.items())])

    # Hashes and places

    @functools.cached_property
    def _data_hash(self) -> str:
        """Of the recipe's files; of what is in it, where the data are given in another form."""
        known: Any = [source.sha256 for source in self.recipe.data.values()]
        if any(not self._checked(name) for name in self.recipe.data if name in self.given):
            faces = self.faces("Training")
            known = hashlib.sha256(faces.images.tobytes() + faces.labels.tobytes() + faces.votes.tobytes()).hexdigest()
        return _hash([known, "faces" in self.given and "votes" not in self.given, self.share])

    def hash(self, stage: Stage) -> str:
        """Of everything that the stage is made of."""
        names = [reference.partition(".")[0] for reference in stage.references()]
        weights = self.recipe.weights
        made_of = [weights[name].sha256 if name in weights else self.hash(self._stage(name)) for name in names]
        return _hash([asdict(stage), self._data_hash, made_of])

    def _stage(self, name: str) -> Stage:
        return next(stage for stage in self.recipe.stages if stage.name == name)

    def folder(self, stage: Stage) -> Path:
        return self.out / f"{stage.name}-{self.hash(stage)[:8]}"

    def done(self, stage: Stage) -> bool:
        return (self.folder(stage) / DONE).is_file()

    def _weights(self, name: str) -> Path:
        """Where the weights lie: in a file, or, taken out of git, in the recipe's folder."""
        source = self.recipe.weights[name]
        return self.out / "weights" / f"{name}.keras" if source.blob else Path(source.file)

    def files(self, reference: str) -> list[Path]:
        """The models behind a reference: weights, a stage's head, or all of its heads, the first one first."""
        name, _, head = reference.partition(".")
        if name not in self.recipe.weights:
            stage = self._stage(name)
            return [self.folder(stage) / f"{each}.keras" for each in ((head,) if head else stage.heads())]
        path, source = self._weights(name), self.recipe.weights[name]
        if not path.is_file() and source.blob:
            got = subprocess.run(["git", "cat-file", "blob", source.blob], cwd=ROOT, check=False, capture_output=True)
            if got.returncode:
                raise TrainError(f"weights.{name}: git has no blob {source.blob} here")
            replace(path, got.stdout)
            _same(f"weights.{name}", path, source)
        if not path.is_file():
            raise TrainError(f"{source.file}: no such file: the recipe's weights.{name}")
        return [path]

    # Work

    @functools.lru_cache  # noqa: B019
    def faces(self, split: str) -> Faces:
        if "faces" not in self.given:
            raise TrainError("give the faces with --data: a Kaggle folder, a zip of it, or fer2013.csv")
        faces = load(self.given["faces"], split, self.given.get("votes"))
        if split == "Training" and self.share < 1:
            some = np.random.default_rng(1).permutation(len(faces))[: max(1, round(len(faces) * self.share))]
            return faces.take(np.sort(some))
        return faces

    def stages(self) -> None:
        """Runs what is not done. Every stage's folder has its models, its log, and what it was made of."""
        from train.fit import fit

        for stage in self.recipe.stages:
            folder, begun = self.folder(stage), time.monotonic()
            if self.done(stage):
                print(f"stage {stage.name}: done, in {folder}")
                continue
            check_writable(folder / DONE)
            print(f"stage {stage.name}: {stage.epochs} epochs, into {folder}", flush=True)
            start, training = self.files(stage.start) if stage.start else [], self.faces("Training")
            figures = fit(stage, training, self.faces("choosing"), start, self.teachers(stage), folder)
            about = {
                "recipe": self.recipe.sha256, "hash": self.hash(stage), "stage": asdict(stage), "choosing": figures,
                "seconds": round(time.monotonic() - begun), "versions": versions(),
            }  # fmt: skip
            replace(folder / DONE, (json.dumps(about, indent=1) + "\n").encode())

    def teachers(self, stage: Stage) -> dict[str, list[Path]]:
        """For each head that is taught the models that teach it."""
        pairs = zip(stage.heads(), (stage.teachers, stage.label_teachers), strict=False)
        return {head: [self.files(name)[0] for name in names] for head, names in pairs if names}

    def load_shipped(self) -> keras.Model:
        """The model that is to be converted: a stage's, or the mean of the weights of several."""
        from train.load import keras_model

        models = [keras_model(self.files(name)[0]) for name in self.recipe.ship.models()]
        weights = [model.get_weights() for model in models]
        if any([each.shape for each in given] != [each.shape for each in weights[0]] for given in weights):
            raise TrainError(
                f"ship: {', '.join(self.recipe.ship.models())} are different nets: there is no mean of them"
            )
        models[0].set_weights([np.mean(each, axis=0) for each in zip(*weights, strict=True)])
        return models[0]


def _same(name: str, path: Path, source: Source) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error
    if found != source.sha256:
        raise TrainError(f"{path}: its sha256 is {found[:12]}…, the recipe means {source.sha256[:12]}… ({name})")


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def versions() -> dict[str, str]:
    """What the figures hang on beside the recipe; the commit has a + where the code was changed since."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*", "--abbrev=12"]
    git = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    found = {"commit": git.stdout.strip() or "unknown", "Python": sys.version.split()[0]}
    return found | {name: version(name) for name in ("tensorflow", "keras", "numpy", "ai-edge-litert")}
