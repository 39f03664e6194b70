"""Memory and time by the calculator: against hand arithmetic and against Keras' own variables."""

from __future__ import annotations

import math

import pytest

from generator.design.parse import parse_design
from generator.network.expand import expand
from generator.network.trace import trace
from tinymodel.preflight.arithmetic import hours, images_per_second, memory_of, share_of
from tinymodel.preflight.program import Program, machine_of, programs
from tinymodel.preflight.topology import topology_of
from tinymodel.training.machine import devices as trainer_machine

PROGRAM = Program(16, 10, "none", False, 16, 100)


def design(optimizer=None, phases=({"image_size": 16, "epochs": 2, "batch_size": 10},), **recipe):
    plan = [
        {"kind": "conv", "filters": 4, "strides": 2, "batch_norm": True},
        {"kind": "conv", "filters": "classes", "kernel_size": 1},
        {"kind": "global_average_pool"},
        {"kind": "softmax"},
    ]
    train = {"phases": list(phases), "optimizer": optimizer or {}, **recipe}
    return parse_design({"name": "small", "input": {"image_size": 16}, "classes": 10, "plan": plan, "train": train})


def size_of(variable):
    return math.prod(variable.shape)


def test_memory_is_what_a_hand_adds_up():
    found = design()
    rows = trace(expand(found), (16, 16))
    memory = memory_of(rows, found.train, PROGRAM, 1, "bfloat16")
    trained, params = 3 * 3 * 3 * 4 + 4 + 2 * 4 + 4 * 10 + 10, 3 * 3 * 3 * 4 + 4 + 4 * 4 + 4 * 10 + 10
    assert memory.weights == 4 * params + 2 * trained
    assert (memory.gradients, memory.optimizer, memory.average) == (4 * trained, 8 * trained, 0)
    assert memory.images == 100 * 16 * 16 * 3
    outputs = 16 * 16 * 3 + 3 * 8 * 8 * 4 + 2 * 8 * 8 * 10 + 10 + 10  # conv, norm and relu; conv and relu; pool; softmax
    assert memory.activations == 10 * 2 * outputs
    assert memory_of(rows, found.train, PROGRAM, 4, "bfloat16").activations == 3 * 2 * outputs


@pytest.mark.parametrize(
    ("optimizer", "moments"),
    [({}, 2), ({"name": "sgd", "learning_rate": 0.1}, 0), ({"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}, 1)],
)
def test_an_optimizer_keeps_what_that_of_keras_keeps(optimizer, moments):
    from tinymodel.build import build_model
    from tinymodel.training.objective import make_optimizer

    found = design(optimizer, ema_momentum=0.9)
    model = build_model(found)
    kept = sum(size_of(variable) for variable in make_optimizer(found.train.optimizer, model).variables if len(variable.shape))
    memory = memory_of(trace(expand(found), (16, 16)), found.train, PROGRAM, 1, "float32")
    assert memory.optimizer == 4 * kept
    assert kept == moments * sum(map(size_of, model.trainable_variables))
    assert memory.average == memory.weights == 4 * model.count_params()


def test_time_is_flops_by_peak():
    phases = [{"image_size": 16, "epochs": 2, "batch_size": 10}, {"image_size": 32, "epochs": 3, "batch_size": 10}]
    found = design(phases=phases, holdout=0.2)
    traces = {size: trace(expand(found), (size, size)) for size in (16, 32)}
    macs = 8 * 8 * (27 * 4 + 4 * 10)
    assert traces[16].macs == macs
    assert images_per_second(traces[16], 1e9) == pytest.approx(1e9 / (6 * macs))
    assert hours(found.train, traces, 1000, 1e9) == pytest.approx(800 * 6 * (2 * macs + 3 * 4 * macs) / 1e9 / 3600)


def test_a_device_has_the_larger_part():
    assert [share_of(250, 8), share_of(256, 8), share_of(1, 8)] == [32, 32, 1]


@pytest.mark.parametrize("recipe", [{}, {"images": "resident"}, {"images": "streamed"}, {"augment_engine": "imgaug"}])
@pytest.mark.parametrize("memory", [10**6, 10**5])
def test_images_lie_where_the_trainer_puts_them(recipe, memory, monkeypatch):
    found, images = design(**recipe).train, 300
    monkeypatch.setattr(trainer_machine, "_memory_bytes", lambda: memory)
    monkeypatch.setattr(trainer_machine, "devices_here", lambda: ("tpu", 8))
    there = trainer_machine.machine_for(found, images * 16 * 16 * 3)
    here = machine_of(found, topology_of("v5e:2x4"), memory, images)
    assert here.record() == there.record()


def test_an_image_size_is_looked_at_once_with_its_largest_batch():
    phases = [
        {"image_size": 32, "epochs": 1, "batch_size": 250, "augment": "original_a"},
        {"image_size": 64, "epochs": 1, "batch_size": 128, "augment": "original_a"},
        {"image_size": 64, "epochs": 1, "batch_size": 100},
        {"image_size": 64, "epochs": 1, "batch_size": 128, "augment": "pad_crop", "cutmix": 0.5},
    ]
    recipe = design(phases=phases).train
    found = programs(recipe, machine_of(recipe, topology_of("v5e:2x4"), 2**34, 1000), 1000)
    assert found == [
        (Program(32, 250, "original_a", False, 16, 1000), [1]),
        (Program(64, 128, "pad_crop", True, 16, 1000), [2, 3, 4]),
    ]
