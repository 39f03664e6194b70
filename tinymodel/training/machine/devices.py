"""What a training runs on, and what follows from it: precision, steps a call, where images lie, who augments; and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import keras

from generator.design.recipe import Recipe
from tinymodel.augmentation import host_available
from tinymodel.training.feed.batches import AugmentedBy
from tinymodel.training.machine import processes

Kind = Literal["cpu", "gpu", "tpu"]
Precision = Literal["float32", "bfloat16"]

STEPS_PER_CALL = 16
"""On an accelerator: the host is asked once in 16 steps, and a signal is answered within them."""

RESIDENT_SHARE = 0.25
"""Of a device's memory that the images may take; activations need the rest."""

RESIDENT_BYTES_UNKNOWN = 2**31
"""Images that are taken to fit where the backend does not tell the memory: those of Tiny ImageNet are 1.2 GB."""

AMPERE = 8
"""Compute capability (major) from which NVIDIA's GPUs multiply in bfloat16. Source: NVIDIA, Ampere white paper."""


class Machine(NamedTuple):
    """What a training runs on.

    Attributes:
        kind: Of the devices.
        devices: How many take part, of all processes.
        precision: What layers compute in; weights are float32 always.
        steps_per_call: Steps that run without coming back to the host.
        resident: Whether the images lie on the device.
        augmented_by: Who augments.
        deterministic: Whether equal trainings give equal bits.
        reasons: Why so, one text a decision.
    """

    kind: Kind
    devices: int
    precision: Precision
    steps_per_call: int
    resident: bool
    augmented_by: AugmentedBy
    deterministic: bool
    reasons: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """For `environment.json`: equal numbers depend on each of these."""
        return {key: value for key, value in self._asdict().items() if key != "reasons"}


def machine_for(recipe: Recipe, image_bytes: int) -> Machine:
    """Decides for the devices of this process.

    Args:
        recipe: What it says goes before what the device suggests.
        image_bytes: Of the training images at the largest image size of the recipe.
    """
    kind, devices = devices_here()
    precision, why_precision = _precision(recipe, kind)
    resident, why_resident = _resident(recipe, kind, image_bytes)
    augmented_by, why_augmented = _augmented_by(recipe, kind, resident)
    calls = recipe.steps_per_call or (1 if kind == "cpu" else STEPS_PER_CALL)
    reasons: tuple[str, ...] = (
        f"{devices} {kind.upper()} device{'s' * (devices > 1)}"
        + (f" of {processes.count_processes()} processes" if processes.count_processes() > 1 else "")
        + f", {keras.backend.backend()}",
        f"{precision}: {why_precision}",
        f"images {'on the device' if resident else 'from the mapped file'}: {why_resident}",
        f"augmentation by {augmented_by}: {why_augmented}",
        f"{calls} step{'s' * (calls > 1)} a call",
    )
    deterministic = kind == "cpu" or recipe.deterministic
    if kind == "gpu":
        cost = "--dry-run with and without `--set deterministic=true` measures what it costs"
        reasons += (f"the same bits in every run: {'yes' if deterministic else 'no'}; {cost}",)
    return Machine(kind, devices, precision, calls, resident, augmented_by, deterministic, reasons)


def devices_here() -> tuple[Kind, int]:
    """The best kind of device that the backend has, and how many of it."""
    names = [name.lower() for name in keras.distribution.list_devices()]
    for kind in ("tpu", "gpu"):
        if found := sum(kind in name or (kind == "gpu" and "cuda" in name) for name in names):
            return kind, found
    return "cpu", max(len(names), 1)


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Layers made inside compute in this precision, on float32 weights."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _precision(recipe: Recipe, kind: Kind) -> tuple[Precision, str]:
    if recipe.precision != "auto":
        return recipe.precision, "as the recipe says"
    if kind == "tpu":
        return "bfloat16", "what a TPU multiplies in"
    if kind == "gpu":
        major = _compute_capability()
        if major is None:
            return "float32", "the backend does not tell what this GPU can do; --set precision=bfloat16 asks for it"
        if major >= AMPERE:
            return "bfloat16", f"this GPU (compute capability {major}) multiplies in it"
        return "float32", f"this GPU (compute capability {major}) has no bfloat16"
    return "float32", "a CPU gains nothing from less"


def _compute_capability() -> int | None:
    try:
        if keras.backend.backend() == "jax":
            import jax

            return int(str(jax.devices()[0].compute_capability).split(".")[0])
        import tensorflow as tf

        details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[0])
        return int(details["compute_capability"][0])
    except (AttributeError, KeyError, IndexError, ValueError, TypeError):
        return None


def _resident(recipe: Recipe, kind: Kind, image_bytes: int) -> tuple[bool, str]:
    size = f"they are {image_bytes / 1e9:.2f} GB"
    if recipe.augment_engine == "imgaug":
        return False, "imgaug needs them on the host"
    if recipe.images != "auto":
        return recipe.images == "resident", "as the recipe says"
    if kind == "cpu":
        return False, "the device is the host"
    limit = _memory_bytes()
    most = RESIDENT_BYTES_UNKNOWN if limit is None else RESIDENT_SHARE * limit
    return image_bytes <= most, f"{size}, {'at most' if image_bytes <= most else 'more than'} {most / 1e9:.2f} GB"


def _memory_bytes() -> int | None:
    if keras.backend.backend() != "jax":
        return None
    import jax

    stats = jax.local_devices()[0].memory_stats() or {}
    return stats.get("bytes_limit")


def _augmented_by(recipe: Recipe, kind: Kind, resident: bool) -> tuple[AugmentedBy, str]:
    if recipe.augment_engine == "imgaug":
        return "imgaug", "as the recipe says"
    if resident:
        return "device", "the images are there"
    if kind != "cpu":
        return "device", "it is the faster one"
    if host_available():
        return "opencv", "faster than the backend on a CPU"
    return "device", "opencv-python-headless, which is faster on a CPU, is not installed"
