"""The trainer's own step, compiled for a TPU that is not there.

The TPU compiler (libtpu) runs on any Linux machine and needs a description of the devices only; shapes stand for arrays.
`TPU_SKIP_MDS_QUERY` and `ALLOW_MULTIPLE_LIBTPU_LOAD` must be set before JAX is imported: see `ENVIRONMENT`.
"""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np
from jax.experimental import topologies
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from generator.design.record import Design
from generator.errors import InputError
from tinymodel import augmentation
from tinymodel.build import build_model
from tinymodel.data.dataset import CHANNELS
from tinymodel.preflight.outcome import EXHAUSTED, Outcome, refusal_outcome
from tinymodel.preflight.program import Program
from tinymodel.preflight.topology import Topology
from tinymodel.training.checks import check_model, checked_recipe_of
from tinymodel.training.engines.jax_engine import BATCH, JaxEngine
from tinymodel.training.feed.batches import StepArrays
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.machine.devices import Machine, computing_in

TOO_LARGE = 2**40
"""Elements of an array that no chip holds."""


class Compiler:
    """The TPU compiler for one topology.

    Raises:
        InputError: libtpu does not know the topology.
    """

    def __init__(self, topology: Topology) -> None:
        more: dict[str, Any] = {}
        if topology.chips_per_host:
            more["chips_per_host_bounds"] = topology.chips_per_host
        if topology.chip.config:
            more["chip_config_name"] = topology.chip.config
        try:
            self.devices = topologies.get_topology_desc(topology.name, platform="tpu", **more).devices
        except jax.errors.JaxRuntimeError as error:
            raise _failed("the TPU compiler does not know this slice", error, topology.name) from None
        self._topology = topology

    def limit_bytes(self) -> int:
        """Memory of a device that a program may use: the compiler says it when it refuses one that takes more."""
        everywhere = NamedSharding(Mesh(np.array(self.devices), (BATCH,)), PartitionSpec())
        large = jax.ShapeDtypeStruct((TOO_LARGE,), np.float32, sharding=everywhere)
        try:
            jax.jit(lambda value: value + 1, out_shardings=everywhere).lower(large).compile()
        except jax.errors.JaxRuntimeError as error:
            if limit := refusal_outcome(str(error))[1]:
                return limit
        return self._topology.chip.memory_bytes

    def engine(self, design: Design, machine: Machine, *, allow_large: bool = False) -> JaxEngine:
        """The trainer's engine for these devices; its variables lie on the host.

        Raises:
            InputError: The network cannot be built or trained.
        """
        recipe = checked_recipe_of(design)
        with computing_in(machine.precision):
            model = build_model(design, allow_large=allow_large)
        classes = [str(index) for index in range(model.output_shape[-1])]
        check_model(model, recipe, classes)
        return JaxEngine(model, recipe, machine, Targets(len(classes), recipe.label_smoothing, ()), devices=self.devices)

    def compile(self, engine: JaxEngine, program: Program, limit_bytes: int) -> Outcome:
        """Compiles one program.

        Raises:
            InputError: The compiler fails for another reason than memory.
        """
        started = time.perf_counter()
        lowered = engine.program(program.augment).lower(*compile_arguments(engine, program))
        try:
            compiled = lowered.compile()
        except jax.errors.JaxRuntimeError as error:
            if EXHAUSTED not in str(error):
                raise _failed("the TPU compiler fails", error, self._topology.name) from None
            used, limit = refusal_outcome(str(error))
            return Outcome(False, used, limit or limit_bytes, None, time.perf_counter() - started)
        flops = (compiled.cost_analysis() or {}).get("flops")
        used = used_bytes(compiled)
        return Outcome(used <= limit_bytes, used, limit_bytes, flops, time.perf_counter() - started)


def used_bytes(compiled: Any) -> int:
    """The most that a program takes of a device's memory at a time, with its arguments and results, and the program itself.

    `temp_size_in_bytes` is no part of it: it was 17.2 GiB of a program that the compiler took for a device of 15.75 GiB, with
    a peak of 14.7 GiB, and 0 of a small one whose steps are a loop (libtpu 0.0.42).
    """
    memory = compiled.memory_analysis()
    return int(memory.peak_memory_in_bytes + memory.generated_code_size_in_bytes)


def compile_arguments(engine: JaxEngine, program: Program) -> tuple[Any, Any, StepArrays]:
    """What `JaxEngine.train_steps` would give its program, as shapes; a batch that cannot be cut lies on every device."""
    steps, batch, size = program.steps, program.batch_size, program.image_size
    cut = engine.everywhere
    if batch % engine.mesh.size == 0:
        cut = NamedSharding(engine.mesh, PartitionSpec(None, BATCH))

    def shape(dimensions: tuple[int, ...], dtype: Any, sharding: NamedSharding = engine.everywhere) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(dimensions, dtype, sharding=sharding)

    now = jax.tree.map(lambda value: shape(value.shape, value.dtype), engine.now)
    resident = shape((program.resident, size * size * CHANNELS), np.uint8) if program.resident else None
    inputs = shape((steps, batch, size, size, CHANNELS), np.uint8, cut)
    if program.resident:
        inputs = shape((steps, batch), np.int32, cut)
    drawn = augmentation.draw(program.augment, 0, 0, np.arange(1), size)
    draws = tuple(shape((steps, batch, *array.shape[1:]), array.dtype) for array in drawn)
    boxes = shape((steps, batch, 4), np.int32) if program.cutmix else None
    rate = shape((steps,), np.float32)
    return now, resident, StepArrays(inputs, shape((steps, batch), np.int32), draws, boxes, rate, rate)


def _failed(fact: str, error: Exception, name: str) -> InputError:
    return InputError(fact, place="--topology", received=name, expected=str(error).splitlines()[0][:200])
