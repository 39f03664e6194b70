"""The files of a run → `ReportInputs`. Evaluates the run where its kept predictions are missing, or not of its best weights.

Keras must know its backend before this is imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from generator.check.files import read_one
from generator.errors import InputError
from generator.lint.options import CheckOptions
from tinymodel.data.dataset import DataSet, Split
from tinymodel.data.index import some_names
from tinymodel.evaluation.evaluate import HOLDOUT_PREDICTIONS, PREDICTIONS, evaluate
from tinymodel.evaluation.gradcam import grad_cam, last_map
from tinymodel.evaluation.layer_field import LayerField, layer_field
from tinymodel.evaluation.run_model import RunModel, data_of_run, notes_on_run_data, open_run
from tinymodel.report_page.inputs import Former, Heat, Predictions, ReportInputs
from tinymodel.training.feed.training_data import ComparedOn, held_out
from tinymodel.training.log.events import EpochRow, Timing
from tinymodel.training.run import records
from tinymodel.training.run.names import DESIGN, ENVIRONMENT, LOG, TIMINGS
from tinymodel.training.validate import BATCH_SIZE, predict

TOLERANCE = 1e-3
"""Of a probability: two machines agree far better, and other weights do not agree so well on a whole batch."""


class _Found(NamedTuple):
    """What is read of a run, be it the page's own or the former one."""

    opened: RunModel
    data: DataSet
    split: Split
    predictions: Predictions

    @property
    def name(self) -> str:
        return self.opened.folder.path.resolve().name

    @property
    def key(self) -> dict[str, Any]:
        network = self.opened.design.model_dump(mode="json", include={"input", "classes", "plan"})
        return {**network, **self.opened.recipe.model_dump(mode="json")}


def load(run: Path, data: DataSet | None = None, compare: Path | None = None) -> ReportInputs:
    """Reads a run, and the one that it is compared with.

    Args:
        run: A run folder.
        data: The data set; where it is not given, the cache that the run was trained from.
        compare: Another run folder, of a network for the same classes.

    Raises:
        InputError: No run, no weights yet, a file that cannot be read, or other classes.
    """
    found = _find(open_run(run), data)
    folder, record, loaded = found.opened.folder, found.opened.record, found.opened.loaded
    former = _former(open_run(compare), found) if compare else None
    noted = folder / ENVIRONMENT
    environments = records.read_record(noted, records.ENVIRONMENTS) if noted.is_file() else []
    return ReportInputs(
        run=found.name,
        place=str(run),
        checked=read_one(str(folder / DESIGN), CheckOptions(allow_large=True)),
        key=found.key,
        rows=folder.written.rows(LOG, EpochRow),
        timings=folder.written.rows(TIMINGS, Timing),
        environments=environments,
        classes=tuple(record["classes"]),
        titles=tuple(record["titles"]),
        epoch=loaded.epoch,
        image_size=found.split.images.shape[1],
        notes=loaded.notes + notes_on_run_data(found.opened, found.data),
        predictions=found.predictions,
        images=found.split.images,
        heat=_heat(found),
        field=_field(found),
        former=former,
        holdout=_predictions(found.opened, found.data, "holdout") if former and former.holdout else None,
    )


def _find(opened: RunModel, data: DataSet | None) -> _Found:
    data = data_of_run(opened, data)
    split = data.split("val", opened.recipe.phases[-1].image_size)
    return _Found(opened, data, split, _predictions(opened, data, "val", split))


def _predictions(opened: RunModel, data: DataSet, on: ComparedOn, split: Split | None = None) -> Predictions:
    """Those of an earlier evaluation, or of a new one."""
    split = split or held_out(data, opened.recipe, opened.recipe.phases[-1].image_size)
    file = opened.folder.path / (PREDICTIONS if on == "val" else HOLDOUT_PREDICTIONS)
    kept = _kept(opened, data, split, file)
    if kept is None:
        evaluate(opened.folder.path, data, on=on)
        kept = _kept(opened, data, split, file)
    if kept is None:
        fact = "the predictions are not of the run's weights: another program has changed one of them"
        raise InputError(fact, place=str(opened.folder.path), help="start the command again")
    return kept


def _kept(opened: RunModel, data: DataSet, split: Split, file: Path) -> Predictions | None:
    """The predictions of a file, if they are of these pictures and a batch says that of these weights too."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            if str(arrays["data"]) != data.fingerprint:
                return None
            kept = Predictions(arrays["probabilities"], arrays["labels"], tuple(map(str, arrays["names"])))
    except Exception:  # Of a damaged file NumPy raises nearly anything; the pictures are predicted again.
        return None
    shape = (len(split.labels), len(opened.record["classes"]))
    if kept.names != tuple(split.names) or kept.probabilities.shape != shape or not np.array_equal(kept.labels, split.labels):
        return None
    first = predict(opened.engine, Split(split.images[:BATCH_SIZE], split.labels[:BATCH_SIZE], split.names[:BATCH_SIZE]))
    same = kept.probabilities[:BATCH_SIZE].shape == first.shape
    return kept if same and np.allclose(kept.probabilities[:BATCH_SIZE], first, rtol=0, atol=TOLERANCE) else None


def _heat(found: _Found) -> Heat | None:
    """Grad-CAM at the last map of the run's network; None where it has none."""
    model, images = found.opened.model, found.split.images
    try:
        last_map(model)
    except InputError:
        return None
    return lambda positions, classes: grad_cam(model, images[positions], classes)


def _field(found: _Found) -> LayerField | None:
    """What the units see whose maps the heat is of."""
    model = found.opened.model
    try:
        return layer_field(model, found.opened.design, found.split.images, last_map(model))
    except InputError:
        return None


def _former(opened: RunModel, now: _Found) -> Former:
    classes, others = now.opened.record["classes"], opened.record["classes"]
    if others != classes:
        raise InputError(
            "the run to compare with has other classes",
            place=str(opened.folder.path),
            received=f"{len(others)} classes: {some_names(others)}",
            expected=f"{len(classes)} classes: {some_names(classes)}",
            help="give --compare a run on the same classes",
        )
    before = _find(opened, now.data)
    same = before.predictions.names == now.predictions.names
    theirs, ours = opened.recipe, now.opened.recipe
    held = theirs.holdout and (theirs.holdout, theirs.seed) == (ours.holdout, ours.seed)
    holdout = _predictions(opened, now.data, "holdout") if held else None
    return Former(before.name, before.key, before.predictions, same, holdout)
