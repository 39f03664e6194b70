"""python shapes.py DESIGN.yaml: fails unless preflight's shapes are those of the arrays that a training gives its engine."""

import sys
from pathlib import Path

import jax
import numpy as np

from generator.design.read_yaml import read_yaml
from tinymodel.build import build_model
from tinymodel.preflight.compile import compile_arguments
from tinymodel.preflight.program import Program
from tinymodel.training.engines.jax_engine import JaxEngine
from tinymodel.training.feed.batches import Source, batches_of_steps
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.feed.training_data import TrainingData
from tinymodel.training.machine.devices import Machine
from tinymodel.training.schedule import Schedule

IMAGES, STEPS = 64, 3


class Data:
    classes = tuple("abcdefghij")

    def split(self, name, size):
        from tinymodel.data.dataset import Split

        images = np.zeros((IMAGES, size, size, 3), np.uint8)
        return Split(images, np.arange(IMAGES, dtype=np.int32) % 10, tuple(map(str, range(IMAGES))))


def shapes(tree):
    return jax.tree.map(lambda value: (tuple(np.shape(value)), np.dtype(value.dtype).name), tree)


def main():
    design = read_yaml(Path(sys.argv[1]))
    recipe, data = design.train, TrainingData(Data(), design.train)
    phase = recipe.phases[0]
    for resident in (True, False):
        machine = Machine("tpu", 1, "float32", STEPS, resident, "device", False, ())
        engine = JaxEngine(build_model(design), recipe, machine, Targets(10, 0.0, ()))
        source = Source(Schedule(recipe, data.count), recipe, data, data.train(phase.image_size), resident, "device")
        steps = batches_of_steps(source, 0, STEPS, data.visits(0))
        program = Program(phase.image_size, phase.batch_size, phase.augment, phase.cutmix > 0, STEPS, resident * IMAGES)
        now, images, arrays = compile_arguments(engine, program)
        assert steps.augment == program.augment
        assert shapes(arrays) == shapes(steps.arrays), (shapes(arrays), shapes(steps.arrays))
        assert shapes(now) == shapes(engine.now)
        assert (images is None) != resident
        engine.hold(source.split.images if resident else None)
        assert shapes(images) == shapes(engine._resident)


if __name__ == "__main__":
    main()
