"""The effective receptive field: how much of what a unit could see it does look at, measured by gradients.

Source: Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", 2016: the gradient of a
unit in the middle of a map by the pixels of the image, averaged over images; a pixel counts if it is above 1 - 95.45 % of the
largest, two standard deviations of a Gaussian.
"""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from generator.errors import InputError, did_you_mean
from generator.network.trace import LayerRow, Trace, exact_number
from generator.text import sides
from tinymodel.fields.gradients import gradient

THRESHOLD = 1.0 - 0.9545
"""Of the largest gradient, above which a pixel counts."""

BATCH = 8
"""Images a gradient is taken of at once: activations of all layers are kept for each."""


class EffectiveField(NamedTuple):
    """What the middle unit of a layer looks at.

    Attributes:
        layer: Its name.
        image_size: (height, width), px.
        images: Pictures that the gradient is averaged over.
        theoretical: Receptive field of each axis, px.
        effective: Side of the square with as many pixels as count, px.
        extent: From the first pixel that counts to the last one, (height, width), px.
        share_inside: Of the theoretical field, as far as it is inside the image, the share of pixels that count.
        centre: Of the theoretical field, px; the centre of the first pixel is 0.
        heat: (height, width) float64, largest 1.
    """

    layer: str
    image_size: tuple[int, int]
    images: int
    theoretical: tuple[float, float]
    effective: float
    extent: tuple[int, int]
    share_inside: float
    centre: tuple[float, float]
    heat: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the heat."""
        return {key: value for key, value in self._asdict().items() if key != "heat"}

    def to_text(self) -> str:
        """Three lines for people."""
        theory = sides(*(f"{side:g}" for side in self.theoretical))
        reach = f"{self.extent[0]} x {self.extent[1]} px"
        return (
            f"{self.layer} at {self.image_size[0]} x {self.image_size[1]} px, the unit in the middle, "
            f"mean gradient of {self.images} images\n"
            f"theoretical rf {theory} px; effective rf {self.effective:.1f} px, reaching over {reach}\n"
            f"{self.share_inside:.1%} of the theoretical field inside the image is above {THRESHOLD:.2%} of the largest"
        )


def effective_field(model: keras.Model, traced: Trace, images: np.ndarray, layer: str | None = None) -> EffectiveField:
    """Measures the effective receptive field of a layer.

    Args:
        model: Built or trained.
        traced: Its layers at the images' size.
        images: (n, height, width, channels) float32 in [0, 1].
        layer: Name; the last map where it is not given.

    Raises:
        InputError: There is no such layer, or it has no map.
    """
    row = _row(traced, layer)
    tap = keras.Model(model.input, model.get_layer(row.name).output)
    middle = row.height.size // 2, row.width.size // 2

    def score(pictures: Any) -> Any:
        return ops.sum(ops.cast(tap(pictures, training=False)[:, middle[0], middle[1], :], "float32"))

    heat = np.zeros(images.shape[1:3])
    for start in range(0, len(images), BATCH):
        heat += np.abs(gradient(score, images[start : start + BATCH])).sum(axis=(0, 3), dtype=np.float64)
    if heat.max() > 0:
        heat /= heat.max()
    counts = heat > THRESHOLD
    rows, columns = (np.flatnonzero(counts.any(axis=axis)) for axis in (1, 0))
    extent = tuple(int(found[-1] - found[0] + 1) if len(found) else 0 for found in (rows, columns))
    axes = (row.height, row.width)
    centre = tuple(float(axis.start + unit * axis.jump) for axis, unit in zip(axes, middle, strict=True))
    inside = [_inside(float(axis.rf), at, size) for axis, at, size in zip(axes, centre, images.shape[1:3], strict=True)]
    return EffectiveField(
        row.name, images.shape[1:3], len(images),
        (exact_number(axes[0].rf), exact_number(axes[1].rf)), float(np.sqrt(counts.sum())),
        (extent[0], extent[1]), float(counts.sum() / max(inside[0] * inside[1], 1)), (centre[0], centre[1]), heat,
    )  # fmt: skip


def draw(field: EffectiveField) -> bytes:
    """The heat, with the theoretical field and its size beside the effective one, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(5.2, 5.4), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shown = axes.imshow(np.sqrt(field.heat), cmap="magma", vmin=0.0, vmax=1.0)
    (height, width), (y, x) = field.theoretical, field.centre
    for side, middle, colour, words in (
        ((height, width), (y, x), "#4cc9f0", f"theoretical, {height:g} x {width:g} px"),
        ((field.effective,) * 2, _middle(field), "#80ed99", f"effective, {field.effective:.1f} px"),
    ):
        corner = (middle[1] - side[1] / 2.0, middle[0] - side[0] / 2.0)
        axes.add_patch(Rectangle(corner, side[1], side[0], fill=False, edgecolor=colour, linewidth=1.6, label=words))
    axes.set_facecolor("#222222")
    axes.set_xlim(min(-0.5, x - width / 2.0) - 1.0, max(field.image_size[1] - 0.5, x + width / 2.0) + 1.0)
    axes.set_ylim(max(field.image_size[0] - 0.5, y + height / 2.0) + 1.0, min(-0.5, y - height / 2.0) - 1.0)
    axes.set_title(f"What a unit of {field.layer} looks at")
    axes.set_xlabel("px")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    figure.colorbar(shown, label="root of the mean gradient, largest 1", shrink=0.8)
    content = io.BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()


def _middle(field: EffectiveField) -> tuple[float, float]:
    """The middle of the pixels that count, px; where borders cut the theoretical field off, it is not its centre."""
    counts = np.argwhere(field.heat > THRESHOLD)
    y, x = counts.mean(axis=0) if len(counts) else field.centre
    return float(y), float(x)


def _row(traced: Trace, layer: str | None) -> LayerRow:
    if layer is None:
        return traced.final
    rows = {row.name: row for row in traced.rows}
    if layer not in rows:
        raise InputError(f'there is no layer "{layer}"', help=did_you_mean(layer, list(rows)))
    if not rows[layer].spatial:
        raise InputError(f'layer "{layer}" has no map', help=f"name one before it, such as {traced.final.name}")
    return rows[layer]


def _inside(rf: float, centre: float, size: int) -> int:
    """Pixels of a field that are inside the image."""
    first, last = np.ceil(centre - (rf - 1) / 2.0 - 1e-9), np.floor(centre + (rf - 1) / 2.0 + 1e-9)
    return int(max(min(last, size - 1) - max(first, 0) + 1, 0))
