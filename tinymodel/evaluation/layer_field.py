"""The receptive field of a layer beside its heat maps: what a unit could see, what it looks at, and where."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np

from generator.design.fields import height_and_width
from generator.design.record import Design
from generator.network.expand import expand
from generator.network.trace import trace
from generator.text import counted, sides
from tinymodel.evaluation.gradcam import WHITE
from tinymodel.fields.effective import effective_field

MAX_IMAGES = 32
"""Pictures that the effective field is averaged over, evenly spread."""


class LayerField(NamedTuple):
    """What the units of a layer see.

    Attributes:
        layer: Its name.
        image_size: Side of the images, px.
        theoretical: Receptive field of each axis, px.
        effective: Side of the square with as many pixels as the middle unit looks at, px.
        images: Pictures that this was measured on.
        size: Units of each axis.
        start: Centre of the first unit, (y, x), px; the centre of the first pixel is 0.
        jump: From unit to unit, (y, x), px.
        gated: A way to it leads through a global pool: by that way it sees the whole image.
    """

    layer: str
    image_size: int
    theoretical: tuple[float, float]
    effective: float
    images: int
    size: tuple[int, int]
    start: tuple[float, float]
    jump: tuple[float, float]
    gated: bool

    def hottest(self, heat: np.ndarray) -> tuple[float, float]:
        """Centre (y, x) of the unit whose heat is the largest, px.

        Args:
            heat: (height, width), at the size of the images.
        """
        pixel = np.unravel_index(int(np.argmax(heat)), heat.shape)
        units = [int(at) * count // side for at, count, side in zip(pixel, self.size, heat.shape, strict=True)]
        y, x = (first + unit * step for first, unit, step in zip(self.start, units, self.jump, strict=True))
        return y, x

    @property
    def rf(self) -> str:
        """The theoretical field in words."""
        return f"{sides(*(f'{side:g}' for side in self.theoretical))} px"

    def to_text(self) -> str:
        """A sentence."""
        gates = ", and the whole of it through gates" if self.gated else ""
        pictures = counted(self.images, "picture", "pictures")
        return (
            f"a unit of {self.layer} can see {self.rf} of the {self.image_size} px image (theoretical rf){gates}, and looks at "
            f"{self.effective:.1f} px (effective rf, on {pictures})"
        )


def layer_field(model: keras.Model, design: Design, images: np.ndarray, layer: str) -> LayerField | None:
    """Measures the field of a layer; None where its units have no place, behind a global pool.

    Args:
        model: With its weights.
        design: Of the model.
        images: (n, size, size, channels) uint8; of many, some are taken.
        layer: Name of a layer with maps.
    """
    side = images.shape[1]
    traced = trace(expand(design), height_and_width(side))
    row = next((row for row in traced.rows if row.name == layer), None)
    if row is None or row.unknown or row.pooled or not row.spatial:
        return None
    chosen = np.linspace(0, len(images) - 1, min(MAX_IMAGES, len(images))).astype(int)
    found = effective_field(model, traced, np.asarray(images[chosen], np.float32) / np.float32(WHITE), layer)
    axes = (row.height, row.width)
    return LayerField(
        layer, side, found.theoretical, found.effective, len(chosen), (axes[0].size, axes[1].size),
        (float(axes[0].start), float(axes[1].start)), (float(axes[0].jump), float(axes[1].jump)), row.gated,
    )  # fmt: skip
