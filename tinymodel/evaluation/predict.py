"""A user's own pictures: what a run's network takes them for, and where it looks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from generator.errors import InputError, printable
from tinymodel.data.images import decode, quiet_decoding
from tinymodel.data.source import Unreadable
from tinymodel.evaluation.drawings import png, short_drawing_title
from tinymodel.evaluation.gradcam import grad_cam, last_map
from tinymodel.evaluation.layer_field import LayerField, layer_field
from tinymodel.evaluation.run_model import RunModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 5
"""Classes that are named."""

DASHED, SOLID = (0, (4, 3)), (0, ())
"""Lines, as matplotlib has them."""

MARGIN = 0.25
"""Of a picture's side, that is shown around it at most where a field goes beyond it."""

MAX_BYTES = 100_000_000
"""Largest picture file that is read."""


class Prediction(NamedTuple):
    """What one picture is taken for.

    Attributes:
        picture: Its file.
        classes: Titles of the most probable classes, and their probabilities.
        layer: Whose maps the heat is of.
        field: What the units of that layer see; None where they have no place.
        heat: (size, size) float32 in [0, 1], for the first class.
        pixels: (size, size, 3) uint8, as the network saw it.
    """

    picture: str
    classes: tuple[tuple[str, float], ...]
    layer: str
    field: LayerField | None
    heat: np.ndarray
    pixels: np.ndarray

    @property
    def hottest(self) -> tuple[float, float] | None:
        """Centre (y, x) of the unit with the most evidence, px; None where there is none, or no place."""
        return self.field.hottest(self.heat) if self.field and self.heat.max() > 0 else None

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the arrays."""
        classes = [{"title": title, "probability": probability} for title, probability in self.classes]
        field = self.field
        return {
            "picture": self.picture,
            "classes": classes,
            "layer": self.layer,
            "rf": list(field.theoretical) if field else None,
            "effective_rf": field.effective if field else None,
            "hottest": list(self.hottest) if self.hottest else None,
        }

    def to_text(self) -> str:
        """A line a class, and where most speaks for the first."""
        lines = [f"{probability:7.2%}  {printable(title)}" for title, probability in self.classes]
        if self.hottest:
            y, x = self.hottest
            lines.append(f"most speaks for {printable(self.classes[0][0])} around x {x:g}, y {y:g} px")
        return "\n".join([printable(self.picture), *lines])


def read_pictures(files: Sequence[Path], size: int) -> tuple[list[tuple[Path, np.ndarray]], list[InputError]]:
    """Pictures of any size and colour mode, cut to a centre square as the training pictures were.

    Args:
        files: Of the pictures.
        size: px.

    Returns:
        (size, size, 3) uint8 of each that can be read, and what is wrong with the others.
    """
    read, refused = [], []
    for file in files:
        try:
            read.append((file, _pixels(file, size)))
        except InputError as error:
            refused.append(error)
    return read, refused


def predict_pictures(
    opened: RunModel, pictures: Sequence[tuple[Path, np.ndarray]], layer: str | None = None
) -> list[Prediction]:
    """Predicts pictures, and finds what speaks for the class that each is taken for.

    Args:
        opened: The run.
        pictures: As `read_pictures` gives them, at least one.
        layer: Whose maps are looked at; the last one with maps where it is not given.

    Raises:
        InputError: There is no such layer, or it has no map.
    """
    pixels = np.stack([picture for _, picture in pictures])
    probabilities = np.concatenate([opened.engine.predict(pixels[at : at + 1]) for at in range(len(pixels))])
    name = layer or last_map(opened.model)
    heats = grad_cam(opened.model, pixels, probabilities.argmax(axis=1), name)
    field = layer_field(opened.model, opened.design, pixels, name)
    titles = opened.record["titles"]
    return [
        Prediction(
            str(file),
            tuple((titles[label], float(row[label])) for label in np.argsort(-row, kind="stable")[:MOST]),
            name, field, heat, picture,
        )
        for (file, picture), row, heat in zip(pictures, probabilities, heats, strict=True)
    ]  # fmt: skip


def draw(found: Sequence[Prediction]) -> bytes:
    """Each picture with what it is taken for, and beside it its heat with the fields of the hottest unit, as one PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.0, 3.1 * len(found) + 0.5), dpi=160, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    for one, (left, right) in zip(found, figure.subplots(len(found), 2, squeeze=False), strict=True):
        left.imshow(one.pixels)
        right.imshow(one.pixels.mean(axis=2), cmap="gray", vmin=0, vmax=255)
        right.imshow(one.heat, cmap="inferno", alpha=0.6, vmin=0.0, vmax=1.0)
        title, probability = one.classes[0]
        left.set_title(f"{short_drawing_title(title)}, {probability:.0%}", fontsize=9, parse_math=False)
        right.set_title(f"what speaks for it, by {short_drawing_title(one.layer)}", fontsize=9, parse_math=False)
        _outline(one, left, right)
    field = found[0].field
    if field is not None:
        words = f"hottest unit: can see {field.rf} (dashed), looks at {field.effective:.1f} px (solid)"
        figure.supxlabel(words, fontsize=8)
    return png(figure)


def upright_heat(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """A square picture as it was seen through the camera, which may have been held on its side or upside down.

    Args:
        pixels: (size, size, channels).
        orientation: EXIF's number, 1 to 8; any other one changes nothing.

    >>> upright_heat(np.array([[[1], [2]], [[3], [4]]]), 6)[..., 0].tolist()
    [[3, 1], [4, 2]]
    """
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _orientation(data: bytes) -> int:
    from PIL import ExifTags, Image

    try:
        return int(Image.open(io.BytesIO(data)).getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # Damaged metadata of a sound picture makes Pillow raise nearly anything.
        return 1


def _outline(one: Prediction, left: Axes, right: Axes) -> None:
    """The fields of the hottest unit; both pictures get a margin that shows how far the larger one goes beyond them."""
    from matplotlib.patches import Rectangle

    side, edges = len(one.pixels), [-0.5, len(one.pixels) - 0.5]
    limits = [list(edges), list(edges)]
    if one.field is not None and one.hottest is not None:
        effective = (one.field.effective, one.field.effective)
        for spans, style in ((one.field.theoretical, DASHED), (effective, SOLID)):
            corner = [centre - span / 2 for centre, span in zip(one.hottest, spans, strict=True)]
            box = Rectangle(
                (corner[1], corner[0]), spans[1], spans[0], fill=False, edgecolor="#4cc9f0", linewidth=1.4, linestyle=style
            )
            right.add_patch(box)
            for axis, first, span in zip(limits, corner, spans, strict=True):
                axis[0] = max(min(axis[0], first - 1), -MARGIN * side)
                axis[1] = min(max(axis[1], first + span + 1), (1 + MARGIN) * side)
    for axes in (left, right):
        axes.set_facecolor("#222222" if limits != [edges, edges] else "white")
        axes.set_xlim(*limits[1])
        axes.set_ylim(*reversed(limits[0]))
        axes.set_xticks([])
        axes.set_yticks([])


def _pixels(file: Path, size: int) -> np.ndarray:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InputError("is too large for a picture", place=str(file), expected=f"at most {MAX_BYTES:,} bytes")
        data = file.read_bytes()
        with quiet_decoding():
            return upright_heat(decode(data, size), _orientation(data))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(file)) from None
    except Unreadable as reason:
        raise InputError(str(reason), place=str(file)) from None
