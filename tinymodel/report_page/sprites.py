"""Thousands of pictures → a few JPEGs that hold many each, in the best quality that fits a page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

BUDGET_BYTES = 11_500_000
"""Of all sprites together; in base64 they take a third more, and the page stays below 20 MB with all else that it says."""
COLUMNS, ROWS = 25, 20
"""Pictures side by side and on top of each other in one sprite; few, so that a browser decodes only what it shows."""
CHOICES = ((128, 80), (96, 80), (64, 85), (64, 70), (48, 70), (48, 55), (32, 60), (32, 40), (16, 50))
"""Side in px and JPEG quality, the best first. JPEG cuts a picture into blocks of 16 px: sides of whole blocks keep the colours
of neighbours apart."""
SAMPLE = 200
"""Pictures by which a choice is judged before all are packed."""


class Sprites(NamedTuple):
    """Pictures in rows of `COLUMNS`, left to right and top to bottom, `COLUMNS * ROWS` a JPEG.

    Attributes:
        side: Of a picture, px.
        quality: Of the JPEGs.
        jpegs: Their bytes.
    """

    side: int
    quality: int
    jpegs: tuple[bytes, ...]

    @property
    def bytes(self) -> int:
        """Of all together."""
        return sum(map(len, self.jpegs))


def pack_sprites(images: np.ndarray, positions: np.ndarray, budget: int = BUDGET_BYTES) -> Sprites:
    """The pictures at some positions, in their order; where nothing fits the budget, in the smallest choice.

    Args:
        images: (n, size, size, 3) uint8.
        positions: (m,) which of them.
        budget: Bytes of all sprites together.
    """
    largest = max(images.shape[1], 32)
    choices = [choice for choice in CHOICES if choice[0] <= largest]
    sample = (
        positions[np.linspace(0, len(positions) - 1, min(SAMPLE, len(positions))).astype(int)] if len(positions) else positions
    )
    for side, quality in choices[:-1]:
        guess = sum(map(len, _jpegs(images, sample, side, quality))) / max(len(sample), 1) * len(positions)
        if (
            guess <= budget
            and (packed := Sprites(side, quality, tuple(_jpegs(images, positions, side, quality)))).bytes <= budget
        ):
            return packed
    side, quality = choices[-1]
    return Sprites(side, quality, tuple(_jpegs(images, positions, side, quality)))


def _jpegs(images: np.ndarray, positions: np.ndarray, side: int, quality: int) -> Iterator[bytes]:
    from PIL import Image

    each = COLUMNS * ROWS
    for start in range(0, len(positions), each):
        chosen = positions[start : start + each]
        rows = -(-len(chosen) // COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * side, rows * side))
        for number, position in enumerate(chosen):
            place = (number % COLUMNS * side, number // COLUMNS * side)
            sheet.paste(_resized(images[position], side), place)
        file = io.BytesIO()
        sheet.save(file, "JPEG", quality=quality, optimize=True)
        yield file.getvalue()


def _resized(image: np.ndarray, side: int) -> PillowImage:
    from PIL import Image

    picture = Image.fromarray(image)
    if image.shape[0] == side:
        return picture
    return picture.resize((side, side), Image.Resampling.LANCZOS if image.shape[0] > side else Image.Resampling.BICUBIC)
