"""The training of a design, from the top to the bottom: one model, phase after phase, through any interruption."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import keras

from generator.design.record import Design
from generator.errors import InputError
from tinymodel.build import build_model
from tinymodel.data.dataset import CHANNELS, DataSet
from tinymodel.training.checks import check_classes, check_model, checked_recipe_of, uneven_batches
from tinymodel.training.engines.choice import make_engine, spread
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.feed.training_data import TrainingData
from tinymodel.training.log.events import EpochRow, Log, SilentLog
from tinymodel.training.loop import Loop
from tinymodel.training.machine import processes
from tinymodel.training.machine.devices import computing_in, machine_for
from tinymodel.training.machine.environment import environment
from tinymodel.training.run import checkpoint
from tinymodel.training.run.copier import Copier
from tinymodel.training.run.first_weights import best_weights_digest, load_best_of_run, load_checkpoint
from tinymodel.training.run.folder import RunFolder
from tinymodel.training.run.keeper import FolderKeeper, Keeper, NoKeeper
from tinymodel.training.run.second_folder import SecondFolder
from tinymodel.training.run.state import State, state_of
from tinymodel.training.run.taking_up import Asked, Opened, Resume, check_resume, open_run, taken_up_by_all
from tinymodel.training.schedule import Schedule
from tinymodel.training.stopping import disk_errors

KEEP = 3
"""Checkpoints that stay."""


class Result(NamedTuple):
    """What came of a training.

    Attributes:
        run: Its folder.
        steps: Global steps, all of them.
        last: The last epoch.
        best: The epoch whose weights `best.weights.h5` and `model.keras` hold.
        trained: False where the run was finished before and nothing was left to do.
        unkept: What could not be copied, a sentence each; the next start of the run copies it.
    """

    run: Path
    steps: int
    last: EpochRow
    best: EpochRow
    trained: bool
    unkept: tuple[str, ...] = ()


def train(
    design: Design,
    data: DataSet,
    run: Path,
    *,
    resume: Resume = "auto",
    log: Log | None = None,
    sources: Mapping[str, str | bytes] | None = None,
    sheet: str | None = None,
    changed: Collection[str] = (),
    keep: int = KEEP,
    copy_to: Path | None = None,
    weights_from: Path | None = None,
) -> Result:
    """Trains a design on a data set in a run folder, or goes on with the training that the folder holds.

    A training that goes on has the plan and the recipe that it was begun with. At every start the folder and its copy are held
    against the newest checkpoint, and what is missing, stale or torn is made again.

    Args:
        design: With its recipe in `train`.
        data: Its splits are asked for at the image sizes of the recipe.
        run: The run folder; made if need be.
        resume: "auto" goes on where there is something to go on from; "never" asks for a new folder; "must" for a checkpoint.
        log: Who is told.
        sources: Files to keep in a new run folder, by name: the sheet, `model.py`, `table.md`.
        sheet: Of these, the one that the design was read from.
        changed: Keys that were set beside the design, as `recipe.seed` and `design.classes`: a run that goes on has them.
        keep: How many checkpoints stay.
        copy_to: A second folder that is kept like the first; where `run` has nothing, the training goes on from there.
        weights_from: A run whose best weights a new training begins with, whatever its recipe was.

    Raises:
        InputError: The design has no recipe or does not fit the data, the run was begun with something else, or the folder
            cannot be used.
        Stopped: SIGINT or SIGTERM; the state is saved.
        Diverged: The loss is no longer a finite number.
        NotWhole: The run folder could not be read or written.
    """
    processes.join_processes()
    log = log if log and processes.is_chief() else SilentLog()
    check_classes(design, data)
    folder, second = RunFolder(run), SecondFolder(run, copy_to) if copy_to else None
    begins_with = best_weights_digest(weights_from) if weights_from else None
    asked = Asked(design, data, sources or {}, sheet, changed, begins_with)

    with disk_errors(run), ExitStack() as until_the_end:
        # ------------------------------------------------------------------------------------------ what there is
        def open_folder() -> Opened:
            check_resume(folder, second, resume)
            until_the_end.enter_context(folder.locked())
            if second:
                until_the_end.enter_context(second.locked(log))
            return open_run(folder, second, resume, asked, log)

        opened = taken_up_by_all(processes.by_chief(open_folder))
        design, saved = opened.design, opened.saved
        recipe = checked_recipe_of(design)
        training_data = TrainingData(data, recipe)
        schedule = Schedule(recipe, training_data.count)
        state = state_of(saved) if saved else State()
        if len(state.rows) > schedule.epochs:
            raise InputError(f"checkpoint {saved.name if saved else ''} is of more epochs than the recipe has", place=str(run))
        first = state.step(schedule)

        # ------------------------------------------------------------------------------------------ the machine, the model
        largest = max(phase.image_size for phase in recipe.phases)
        machine = machine_for(recipe, len(training_data.labels) * CHANNELS * largest**2)
        with spread(machine):
            keras.utils.set_random_seed(recipe.seed)  # Keras draws initial weights and the seeds of its dropout from here.
            with computing_in(machine.precision):
                model = build_model(design)
            if weights_from and not saved:
                load_best_of_run(model, weights_from)
            check_model(model, recipe, data.classes)
            targets = Targets(len(data.classes), recipe.label_smoothing, training_data.class_weights)
            engine = make_engine(model, recipe, machine, targets)
        if saved:
            load_checkpoint(engine, saved, run)

        # ------------------------------------------------------------------------------------------ the run folder
        keeper: Keeper = NoKeeper()
        done = len(state.rows) == schedule.epochs
        if processes.is_chief():
            if not opened.begun:
                folder.begin(design, data, asked.sources, begins_with)
            if second:
                second.check()
            if saved:
                checkpoint.prune_checkpoints(folder.checkpoints, saved.name, keep)
            copier = Copier(run, copy_to) if copy_to else None
            keeper = FolderKeeper(folder, build_model(design), folder.identity(), keep, copier, log)
        for change in keeper.environment(environment(machine), first):
            log.message(f"from here on, numbers may differ from an uninterrupted training: {change}")
        keeper.take_up(state, schedule.epochs_of_whole_phases(len(state.rows)), done)

        # ------------------------------------------------------------------------------------------------ the training
        if not done:
            log.message("; ".join(machine.reasons))
            for idle in uneven_batches(recipe, machine.devices):
                log.message(idle)
            log.message(f"goes on at step {first:,} of {schedule.steps:,} in {run}" if saved else f"begins in {run}")
            with spread(machine):
                Loop(recipe, schedule, training_data, machine, engine, state, keeper, log).run()
            assert state.best is not None  # The last epoch has the final image size.
            keeper.finish(state.best)

        # ------------------------------------------------------------------------------------------------ the end
        assert state.best is not None
        best = state.best.row
        log.message(
            f"{'was finished before' if done else 'finished'}: {schedule.epochs} epochs, best "
            f"{best.compared_name} accuracy {best.val_accuracy:.2%} in epoch {best.epoch}"
        )
        return Result(run, schedule.steps, state.rows[-1], best, not done, tuple(keeper.unkept))
