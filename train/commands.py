"""What each subcommand does."""

from __future__ import annotations

import argparse
from dataclasses import replace

from train.data import load
from train.errors import TrainError
from train.recipe import Recipe, seed_recipe

_CHOICES = ("rate", "ema", "mixup", "smoothing", "balance", "label_weight")


def fit(arguments: argparse.Namespace) -> int:
    """Trains into `--out`: state.npz, log.json, log.csv, tensorboard/ and one .keras for each head."""
    recipe = recipe_of(arguments)
    recipe.heads()
    if arguments.init and arguments.resume:
        raise TrainError("--init and --resume: one says where to start, the other where to go on")
    train = load(arguments.data, "Training", arguments.votes, progress=True)
    check = load(arguments.data, "PublicTest", arguments.votes, progress=True)
    from train.fit import STATE, Trainer, strategy_for_machine

    arguments.out.mkdir(parents=True, exist_ok=True)
    if not arguments.resume and (arguments.out / STATE).exists():
        raise TrainError(f"{arguments.out}: holds a run already: --resume goes on with it, or give another --out")
    trainer = Trainer(recipe, train, check, arguments.out, strategy_for_machine())
    if arguments.resume:
        trainer.resume()
    if arguments.init:
        trainer.start_from(arguments.init)
    trainer.run()
    return 0


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """The recipe of the model, with what the command line says otherwise."""
    if arguments.epochs < 1 or arguments.batch < 1 or arguments.evaluate_every < 1:
        raise TrainError("--epochs, --batch and --evaluate-every are at least 1")
    recipe = Recipe(labels=arguments.labels)
    if arguments.model == "seed":
        recipe = seed_recipe(recipe)
    given = {name: getattr(arguments, name) for name in _CHOICES if getattr(arguments, name) is not None}
    return replace(
        recipe, epochs=arguments.epochs, batch=arguments.batch, seed=arguments.seed, precision=arguments.precision,
        evaluate_every=arguments.evaluate_every, **given,
    )  # fmt: skip
