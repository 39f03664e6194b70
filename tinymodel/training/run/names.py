"""Names of the files and folders of a run."""

from __future__ import annotations

from tinymodel.training.run.locking import LOCK

DESIGN, RECIPE, DATA, ENVIRONMENT, FILES = "design.yaml", "recipe.json", "data.json", "environment.json", "files.json"
LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL = "log.csv", "timings.csv", "curves.png", "best.weights.h5", "model.keras"
CHECKPOINTS, TENSORBOARD = "checkpoints", "tensorboard"
OWN_FILES = frozenset({DESIGN, RECIPE, DATA, ENVIRONMENT, FILES, LOG, TIMINGS, CURVES, BEST_WEIGHTS, MODEL, LOCK})
"""Names that no source of a run may have."""
