"""What vendors say of their accelerators: memory and peak of each. Data and their sources; knows no compiler.

Sources: TPU: Google Cloud, "System architecture" and the page of each version (docs.cloud.google.com/tpu/docs/v5e and so on).
GPU: NVIDIA's data sheet of the product; V100, A100, H100, RTX 3090 and 4090: the white paper of the architecture. Peaks of
tensor cores are those for dense matrices, accumulated in float32; the doubled ones for sparse matrices are of no use here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tinymodel.training.machine.devices import Precision

GIGA, TERA = 10**9, 10**12


class Chip(NamedTuple):
    """One accelerator.

    Attributes:
        memory_bytes: Of one device, as the vendor has it; a TPU's compiler tells what of it a program may use.
        bfloat16_flops: Peak of the whole chip, a second; 0 where it does not multiply in bfloat16.
        float32_flops: The same for layers that compute in float32: NVIDIA's TF32 from Ampere on, and a TPU's bfloat16
            passes, since both are what frameworks use for float32 unless told otherwise.
        devices: That a program sees of one chip: the TPUs v2, v3 and TPU7x show each of their two cores.
        most_chips: In one pod or, of GPUs, in one machine.
        axes: Of the grid that a pod's chips lie on; 0 for GPUs.
        config: What libtpu calls the way in which the cores of a v4 are one device.
    """

    kind: Literal["tpu", "gpu"]
    memory_bytes: int
    bfloat16_flops: float
    float32_flops: float
    devices: int = 1
    most_chips: int = 8
    axes: int = 0
    config: str | None = None

    @property
    def precision(self) -> Precision:
        """What the trainer computes in on it, unless the recipe says otherwise."""
        return "bfloat16" if self.bfloat16_flops else "float32"

    def peak_flops(self, precision: Precision) -> float:
        """Of the whole chip, a second."""
        return (precision == "bfloat16" and self.bfloat16_flops) or self.float32_flops


def _tpu(gibibytes: int, teraflops: float, most_chips: int, axes: int, devices: int = 1, config: str | None = None) -> Chip:
    memory = gibibytes * 2**30 // devices
    return Chip("tpu", memory, teraflops * TERA, teraflops * TERA, devices, most_chips, axes, config)


def _gpu(gigabytes: int, bfloat16: float, float32: float) -> Chip:
    return Chip("gpu", gigabytes * GIGA, bfloat16 * TERA, float32 * TERA)


CHIPS = {
    "v2": _tpu(16, 46, 256, 2, devices=2),
    "v3": _tpu(32, 123, 1024, 2, devices=2),
    "v4": _tpu(32, 275, 4096, 3, config="megacore"),
    "v5e": _tpu(16, 197, 256, 2),
    "v5p": _tpu(95, 459, 8960, 3),
    "v6e": _tpu(32, 918, 256, 2),
    "tpu7x": _tpu(192, 2307, 9216, 3, devices=2),
    "v100": _gpu(16, 0, 15.7),
    "v100-32gb": _gpu(32, 0, 15.7),
    "t4": _gpu(16, 0, 8.1),
    "rtx3090": _gpu(24, 71, 35.6),
    "rtx4090": _gpu(24, 165.2, 82.6),
    "a10": _gpu(24, 125, 62.5),
    "a100": _gpu(40, 312, 156),
    "a100-80gb": _gpu(80, 312, 156),
    "l4": _gpu(24, 121, 60),
    "l40s": _gpu(48, 362, 183),
    "h100": _gpu(80, 989, 495),
    "h200": _gpu(141, 989, 495),
}
"""By the name that libtpu or people give them. V100 and T4 have tensor cores for float16 only, which the trainer does not use:
bfloat16 needs no scaling of the loss."""
