"""Who says whether a program fits: the TPU compiler, with a cache of what it said, or the arithmetic for a GPU."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from generator.design.recipe import Recipe
from generator.design.record import Design
from generator.network.trace import Trace
from tinymodel.preflight.arithmetic import outcome_of, share_of
from tinymodel.preflight.cache import Cache
from tinymodel.preflight.outcome import Outcome
from tinymodel.preflight.program import Program
from tinymodel.preflight.search import TRIES
from tinymodel.preflight.topology import Topology
from tinymodel.training.machine.devices import Machine

VERSIONS = ("jax", "jaxlib", "libtpu", "keras")


class Judge(Protocol):
    """Says what becomes of a program.

    Attributes:
        fits: How many programs that fit may be looked at in the search for the largest batch.
    """

    fits: int

    def limit_bytes(self) -> int:
        """Memory of a device that a program may use."""

    def outcome(self, program: Program, machine: Machine) -> Outcome:
        """What becomes of a program."""


class Surroundings(NamedTuple):
    """What a command lends to a judge.

    Attributes:
        cache: Folder of the kept outcomes.
        tell: Is given a line on what is under way.
        quiet: Keeps back what native code writes, while the compiler runs.
    """

    cache: Path
    tell: Callable[[str], None]
    quiet: Callable[[], AbstractContextManager[Any]]


class Arithmetic:
    """The calculator's figures."""

    fits = TRIES

    def __init__(self, recipe: Recipe, traces: dict[int, Trace], topology: Topology) -> None:
        self._recipe, self._traces, self._topology = recipe, traces, topology

    def limit_bytes(self) -> int:
        """As the vendor has it."""
        return self._topology.chip.memory_bytes

    def outcome(self, program: Program, machine: Machine) -> Outcome:
        """Adds up."""
        trace = self._traces[program.image_size]
        return outcome_of(trace, self._recipe, program, self._topology.devices, machine.precision, self.limit_bytes())


class TpuCompiler:
    """The compiler's word. It is loaded, and the model built, when something is not in the cache."""

    fits = 1

    def __init__(self, design: Design, topology: Topology, around: Surroundings, *, allow_large: bool = False) -> None:
        self._design, self._topology, self._around, self._allow_large = design, topology, around, allow_large
        self._cache = Cache(around.cache)
        self._versions = {name: version(name) for name in VERSIONS}
        self._compiler: Any = None
        self._engine: Any = None
        self._limit: int | None = None

    def limit_bytes(self) -> int:
        """As the compiler says when it refuses."""
        if self._limit is None:
            key = {"limit of": self._topology.name, "libtpu": self._versions["libtpu"]}
            kept = self._cache.get(key)
            if kept is None:
                with self._around.quiet():
                    kept = Outcome(False, None, self._load().limit_bytes())
                self._cache.put(key, kept)
            self._limit = kept.limit_bytes
        return self._limit

    def outcome(self, program: Program, machine: Machine) -> Outcome:
        """From the cache, else compiled."""
        words = f"{program.image_size} px, batch {program.batch_size} ({self._share(program)} a device)"
        key = self._key(program, machine)
        outcome = self._cache.get(key)
        if outcome is not None:
            self._around.tell(f"{words}: known from an earlier preflight")
            return outcome
        if self._engine is None:
            self._around.tell("building the network")
            with self._around.quiet():
                self._engine = self._load().engine(self._design, machine, allow_large=self._allow_large)
        self._around.tell(f"{words}: compiling for {self._topology.name}, which may take minutes")
        with self._around.quiet():
            outcome = self._load().compile(self._engine, program, self.limit_bytes())
        self._cache.put(key, outcome)
        self._around.tell(f"{words}: {'fits' if outcome.fits else 'refused'} after {outcome.seconds:.0f} s")
        return outcome

    def _load(self) -> Any:
        if self._compiler is None:
            from tinymodel.preflight.compile import Compiler

            self._compiler = Compiler(self._topology)
        return self._compiler

    def _share(self, program: Program) -> int:
        return share_of(program.batch_size, self._topology.devices)

    def _key(self, program: Program, machine: Machine) -> dict[str, Any]:
        from tinymodel.training.machine.environment import code_digest

        design = json.loads(self._design.model_dump_json(exclude={"train", "name", "source", "expected", "targets"}))
        recipe = self._design.train
        assert recipe is not None
        asked = ("optimizer", "label_smoothing", "ema_momentum")
        return {
            "design": design,
            "recipe": json.loads(recipe.model_dump_json(include=set(asked))),
            "program": program._asdict(),
            "precision": machine.precision,
            "topology": self._topology.name,
            "versions": self._versions,
            "code": [code_digest(), hashlib.sha256(Path(__file__).with_name("compile.py").read_bytes()).hexdigest()[:16]],
        }
