"""A user's own pictures: what a run's network takes them for, and where it looks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from generator.errors import InputError, printable
from generator.expand import expand
from generator.sides import both
from generator.trace import trace
from tinymodel.data.images import decode, quiet_decoding
from tinymodel.data.source import Unreadable
from tinymodel.evaluate.gradcam import grad_cam, last_map
from tinymodel.evaluate.run_model import RunModel

MOST = 5
"""Classes that are named."""

MAX_BYTES = 100_000_000
"""Largest picture file that is read."""


class Prediction(NamedTuple):
    """What one picture is taken for.

    Attributes:
        picture: Its file.
        classes: Titles of the most probable classes, and their probabilities.
        layer: Whose maps the heat is of.
        rf: Receptive field of that layer, px.
        heat: (size, size) float32 in [0, 1], for the first class.
        pixels: (size, size, 3) uint8, as the network saw it.
    """

    picture: str
    classes: tuple[tuple[str, float], ...]
    layer: str
    rf: Any
    heat: np.ndarray
    pixels: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the arrays."""
        classes = [{"title": title, "probability": probability} for title, probability in self.classes]
        return {"picture": self.picture, "classes": classes, "layer": self.layer, "rf": self.rf}

    def to_text(self) -> str:
        """A line a class."""
        lines = (f"{probability:7.2%}  {printable(title)}" for title, probability in self.classes)
        return "\n".join([printable(self.picture), *lines])


def predict_pictures(opened: RunModel, files: Sequence[Path], layer: str | None = None) -> list[Prediction]:
    """Predicts pictures of any size and colour mode, cut to a centre square as the training pictures were.

    Raises:
        InputError: A file is no picture, or there is no such layer.
    """
    size = opened.recipe.phases[-1].image_size
    pixels = np.stack([_pixels(file, size) for file in files])
    probabilities = np.concatenate([opened.engine.predict(pixels[at : at + 1]) for at in range(len(files))])
    name = layer or last_map(opened.model)
    heats = grad_cam(opened.model, pixels, probabilities.argmax(axis=1), name)
    rows = {row.name: row for row in trace(expand(opened.design), (size, size)).rows}
    rf = both(rows[name], "rf") if name in rows else None
    titles = opened.record["titles"]
    return [
        Prediction(
            str(file),
            tuple((titles[label], float(row[label])) for label in np.argsort(-row, kind="stable")[:MOST]),
            name, rf, heat, picture,
        )
        for file, row, heat, picture in zip(files, probabilities, heats, pixels, strict=True)
    ]  # fmt: skip


def draw(found: Sequence[Prediction], file: Path) -> None:
    """Each picture, with its heat beside it and what it is taken for above, as one PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.4, 2.9 * len(found)), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    for number, (one, (left, right)) in enumerate(zip(found, figure.subplots(len(found), 2, squeeze=False), strict=True)):
        left.imshow(one.pixels)
        right.imshow(one.pixels.mean(axis=2), cmap="gray", vmin=0, vmax=255)
        right.imshow(one.heat, cmap="inferno", alpha=0.6, vmin=0.0, vmax=1.0)
        title, probability = one.classes[0]
        left.set_title(f"{_short(title)}, {probability:.0%}", fontsize=9)
        rf = f", rf {one.rf} px" if number == 0 and one.rf is not None else ""
        right.set_title(f"what speaks for it{rf}", fontsize=9)
        for axes in (left, right):
            axes.set_xticks([])
            axes.set_yticks([])
    figure.savefig(file, format="png")


def _short(title: str) -> str:
    shown = printable(title).replace("$", r"\$")
    return shown if len(shown) <= 28 else shown[:26] + ".."


def _pixels(file: Path, size: int) -> np.ndarray:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InputError("is too large for a picture", place=str(file), expected=f"at most {MAX_BYTES:,} bytes")
        with quiet_decoding():
            return decode(file.read_bytes(), size)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", place=str(file)) from None
    except Unreadable as reason:
        raise InputError(str(reason), place=str(file)) from None
