"""The figures: accuracy, balanced accuracy, calibration, per class. Pure NumPy; shares from 0 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.records import LABELS
from train.arrays import Array

BINS = 15
WHOLE = {"accuracy": "accuracy", "balanced accuracy": "balanced_accuracy", "calibration error": "ece"}
"""The figures of `score` that are one number, by what they are called."""


def score(probabilities: Array, truth: Array) -> dict[str, Any]:
    """All figures of probabilities [n, 7] against the true classes [n].

    Balanced accuracy is the mean recall over the classes that occur. With no faces every share is 0.
    """
    matrix = confusion(probabilities.argmax(axis=1), truth)
    right, actual, guessed = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    recall, precision = right / np.maximum(actual, 1), right / np.maximum(guessed, 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    present = actual > 0
    rows = zip(LABELS, actual.tolist(), precision.tolist(), recall.tolist(), f1.tolist(), strict=True)
    return {
        "n": len(truth),
        "accuracy": float(right.sum() / max(len(truth), 1)),
        "balanced_accuracy": float(recall[present].mean()) if present.any() else 0.0,
        "ece": calibration_error(probabilities, truth),
        "per_class": {label: {"n": n, "precision": p, "recall": r, "f1": f} for label, n, p, r, f in rows},
        "confusion": matrix.tolist(),
    }


def confusion(guess: Array, truth: Array) -> Array:
    """int64 [7, 7]: rows are the truth, columns the guess, both in the order of LABELS."""
    matrix = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(matrix, (truth, guess), 1)
    return matrix


def reliability(probabilities: Array, truth: Array) -> tuple[Array, Array, Array]:
    """For each of BINS equal bins of the confidence: the faces, their mean confidence, their accuracy."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    faces, sure, hits = (np.bincount(which, weights, BINS) for weights in (None, confidence, right))
    return faces, sure / np.maximum(faces, 1), hits / np.maximum(faces, 1)


def calibration_error(probabilities: Array, truth: Array) -> float:
    """Expected calibration error: |confidence − accuracy|, averaged over the bins by their faces."""
    faces, confidence, accuracy = reliability(probabilities, truth)
    return float((faces * np.abs(confidence - accuracy)).sum() / max(len(truth), 1))


def soften(probabilities: Array, temperature: float) -> Array:
    """p^(1/T), renormalised: what the device does to the scores."""
    powered = np.power(np.clip(probabilities, 0.0, 1.0), 1.0 / temperature)
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))
