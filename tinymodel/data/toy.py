"""Pictures that the product draws itself, in Tiny ImageNet's layout: shapes and textures that no linear model tells apart.

Place, size, angle, colours and the sign of the contrast are drawn for every picture, and they are the same for all classes;
what a class is shows only in how neighbouring pixels relate. So a small convolutional network learns it within a minute, a
linear model stays near chance, and neither flips nor shuffled channels change the class.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from generator.errors import InputError
from tinymodel.extras import MissingExtra
from tinymodel.files import UNFINISHED

IMAGE_SIZE = 64
"""Side of the pictures in px, as in Tiny ImageNet."""

JPEG_QUALITY = 92

HALF_WIDTHS = (15.0, 25.0)
"""Half the width of a figure in px: from a quarter of the picture's side to two fifths."""

MIN_CONTRAST = 0.3
"""Least difference between figure and ground, in the mean of the channels; black to white is 1."""

NOISE = 0.04
"""Standard deviation of the pixel noise."""

EDGE = 1.2
"""Width of a figure's soft edge in px."""


def _ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.2 - np.abs(np.hypot(x, y) - 0.78)


def _disc(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.85 - np.hypot(x, y)


def _cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    bars = 0.24 - np.minimum(np.abs(x), np.abs(y))
    return np.minimum(bars, 1.0 - np.maximum(np.abs(x), np.abs(y)))


def _triangle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.5 - np.maximum(y, np.abs(x) * np.sqrt(0.75) - y / 2.0)


def _stripes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _in_square(np.cos(x * 3.0 * np.pi) / (3.0 * np.pi), x, y)


def _checks(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return _in_square(np.cos(x * 2.0 * np.pi) * np.cos(y * 2.0 * np.pi) / 4.0, x, y)


def _dots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    near_x, near_y = (np.abs((axis * 1.5 + 0.5) % 1.0 - 0.5) / 1.5 for axis in (x, y))
    return _in_square(0.2 - np.hypot(near_x, near_y), x, y)


def _grid(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    to_line = np.minimum(*(np.abs((axis * 1.2 + 0.5) % 1.0 - 0.5) / 1.2 for axis in (x, y)))
    return _in_square(0.12 - to_line, x, y)


def _square(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.75 - np.maximum(np.abs(x), np.abs(y))


def _target(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    radius = np.hypot(x, y)
    return np.minimum(np.cos(radius * 4.0 * np.pi) / (4.0 * np.pi), 1.0 - radius)


def _in_square(inside: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.minimum(inside, 1.0 - np.maximum(np.abs(x), np.abs(y)))


FIGURES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "checks": _checks,
    "cross": _cross,
    "disc": _disc,
    "dots": _dots,
    "grid": _grid,
    "ring": _ring,
    "square": _square,
    "stripes": _stripes,
    "target": _target,
    "triangle": _triangle,
}
"""Each takes coordinates in half widths about its centre and gives about the distance inside the figure, negative outside."""


def make_toy(folder: Path, *, seed: int = 0, train_per_class: int = 400, val_per_class: int = 50) -> None:
    """Draws a data set of `FIGURES` into a folder: train, val with its annotations, wnids.txt, words.txt.

    Thousands of small files are not sent to their disk one by one: that would take longer than to draw them, and a seed draws
    them again bit for bit.

    Args:
        folder: Made anew; it must not exist, or be empty. After a failure nothing is left in it.
        seed: Another seed, other pictures.
        train_per_class: Pictures a class in train.
        val_per_class: Pictures a class in val.

    Raises:
        InputError: The folder is not empty or cannot be written.
        MissingExtra: Pillow is not installed.
    """
    folder = Path(folder)
    wnids = {f"toy{number:05d}": name for number, name in enumerate(FIGURES)}
    try:
        with _filling(folder) as draft:
            for number, (wnid, name) in enumerate(wnids.items()):
                random = np.random.default_rng([seed, number, 0])
                _write(draft / "train" / wnid / "images", wnid, [draw_figure(name, random) for _ in range(train_per_class)])
            _write_val(draft / "val", wnids, seed, val_per_class)
            (draft / "wnids.txt").write_text("".join(f"{wnid}\n" for wnid in wnids), encoding="utf-8")
            (draft / "words.txt").write_text("".join(f"{wnid}\t{name}\n" for wnid, name in wnids.items()), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror or error}", place=str(folder), help="name another folder") from None


@contextmanager
def _filling(folder: Path) -> Iterator[Path]:
    """A folder to fill, inside an empty one that gets its content at the end; after a failure that one is as it was."""
    made, draft = not folder.exists(), folder / f"{UNFINISHED}-toy"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(draft, ignore_errors=True)  # A process that was killed may have left it.
    if any(folder.iterdir()):
        raise InputError("the folder is not empty", place=str(folder), help="name a new one")
    try:
        draft.mkdir()
        yield draft
        for part in sorted(draft.iterdir()):
            part.rename(folder / part.name)
        draft.rmdir()
    except BaseException:
        for part in list(folder.iterdir()):
            if part.is_dir():
                shutil.rmtree(part)
            else:
                part.unlink()
        if made:
            folder.rmdir()
        raise


def draw_figure(name: str, random: np.random.Generator) -> np.ndarray:
    """One picture of a class.

    Args:
        name: A key of `FIGURES`.
        random: What place, size, angle and colours are drawn from.

    Returns:
        (64, 64, 3) uint8.
    """
    half_width = random.uniform(*HALF_WIDTHS)
    margin = min(half_width, IMAGE_SIZE / 2)
    centre_x, centre_y = random.uniform(margin, IMAGE_SIZE - margin, 2)
    angle = random.uniform(0.0, 2.0 * np.pi)
    rows, columns = np.mgrid[0:IMAGE_SIZE, 0:IMAGE_SIZE]
    right, down = (columns - centre_x) / half_width, (rows - centre_y) / half_width
    x, y = right * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - right * np.sin(angle)
    cover = np.clip(FIGURES[name](x, y) * half_width / EDGE + 0.5, 0.0, 1.0)[..., None]
    ground, figure = _colours(random)
    slope = random.uniform(-0.15, 0.15, (2, 3))
    ramp = (rows / IMAGE_SIZE - 0.5)[..., None] * slope[0] + (columns / IMAGE_SIZE - 0.5)[..., None] * slope[1]
    picture = ground * (1.0 - cover) + figure * cover + ramp + random.normal(0.0, NOISE, (IMAGE_SIZE, IMAGE_SIZE, 3))
    return (np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)


def _colours(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two colours of enough contrast, either of them the lighter one."""
    while True:
        ground, figure = random.uniform(0.05, 0.95, (2, 3))
        if abs(ground.mean() - figure.mean()) >= MIN_CONTRAST:
            return ground, figure


def _write_val(folder: Path, wnids: dict[str, str], seed: int, val_per_class: int) -> None:
    """Val in one folder, its classes mixed, as in Tiny ImageNet."""
    random = np.random.default_rng([seed, len(wnids), 1])
    labels = random.permutation(np.repeat(list(wnids), val_per_class)).tolist()
    _write(folder / "images", "val", [draw_figure(wnids[wnid], random) for wnid in labels])
    box = f"0\t0\t{IMAGE_SIZE - 1}\t{IMAGE_SIZE - 1}"
    lines = [f"val_{number}.JPEG\t{wnid}\t{box}\n" for number, wnid in enumerate(labels)]
    (folder / "val_annotations.txt").write_text("".join(lines), encoding="utf-8")


def _write(folder: Path, stem: str, pictures: list[np.ndarray]) -> None:
    try:
        from PIL import Image
    except ModuleNotFoundError:
        raise MissingExtra("pillow", "train") from None
    folder.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        encoded = io.BytesIO()
        Image.fromarray(picture).save(encoded, "JPEG", quality=JPEG_QUALITY)
        (folder / f"{stem}_{number}.JPEG").write_bytes(encoded.getvalue())
