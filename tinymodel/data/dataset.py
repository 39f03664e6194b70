"""A prepared data set: classes, and the pictures of each split as mapped arrays at any size."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.errors import InputError
from tinymodel import files
from tinymodel.data import store
from tinymodel.data.index import SplitName, some_names

CHANNELS = 3
"""Of a picture: red, green, blue."""

MAX_IMAGE_SIZE = 4096
"""Largest side in px; the same limit as a recipe's phases have."""

RESIZE_BATCH = 256


@dataclass(frozen=True)
class Split:
    """The pictures of one split at one size.

    Attributes:
        images: (n, size, size, 3) uint8, mapped read-only, C-contiguous.
        labels: (n,) int32, positions in the data set's classes.
        names: Path of each picture inside the data set.
    """

    images: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """A data set that has been decoded into a cache folder.

    Attributes:
        classes: Sorted class names; a label is a position here.
        titles: What people call the classes: from words.txt, else the names.
        image_size: Side of the stored pictures, px.
        fingerprint: SHA-256 over classes, order, labels and pixels; the same on every machine and for zip and folder.
        skipped: Pictures that were left out, as "name: reason".
        counts: Pictures of each split.
        folder: The cache folder.
    """

    classes: tuple[str, ...]
    titles: tuple[str, ...]
    image_size: int
    fingerprint: str
    skipped: tuple[str, ...]
    counts: Mapping[str, int]
    folder: Path

    def split(self, name: SplitName, image_size: int | None = None) -> Split:
        """The pictures of a split; a size that is not stored yet is resized once and kept.

        Args:
            name: "train" or "val".
            image_size: Side in px, the stored size where it is not given.

        Raises:
            InputError: The size is out of range, or the cache cannot be written.
        """
        size = check_image_size(image_size or self.image_size)
        index = json.loads((self.folder / index_file(name)).read_bytes())
        if size != self.image_size:
            self._ensure_size(name, size)
        images = store.map_pixels(self.folder / pixel_file(name, size), self.counts[name], size)
        return Split(images, np.array(index["labels"], np.int32), tuple(index["names"]))

    def _ensure_size(self, name: SplitName, size: int) -> None:
        path = self.folder / pixel_file(name, size)
        with store.locked(self.folder):
            manifest = store.read_manifest(self.folder)
            if manifest is None:
                raise InputError("the cache was damaged while in use", place=str(self.folder), help="start the command again")
            known = manifest["splits"][name]["pixels"]
            if str(size) in known and store.is_whole(path, known[str(size)]):
                return
            stored = store.map_pixels(self.folder / pixel_file(name, self.image_size), self.counts[name], self.image_size)
            with store.store_refused(self.folder):
                files.remove_unfinished(self.folder)
                known[str(size)] = store.write_pixels(path, _resized(stored, size))
                store.write_manifest(self.folder, manifest)


def index_file(name: str) -> str:
    """File of a split's names and labels."""
    return f"{name}.index.json"


def pixel_file(name: str, size: int) -> str:
    """File of a split's pixels at a size."""
    return f"{name}.{size}.u8"


def check_image_size(size: int) -> int:
    """The size, if pictures can have it.

    Raises:
        InputError: It is not a whole number from 1 to `MAX_IMAGE_SIZE`.
    """
    if not 1 <= size <= MAX_IMAGE_SIZE:
        raise InputError("no such image size", received=size, expected=f"1 to {MAX_IMAGE_SIZE} px")
    return size


def load(folder: Path) -> DataSet | None:
    """Opens a cache folder, or None where anything in it is missing or not as it was written."""
    manifest = store.read_manifest(folder)
    if manifest is None:
        return None
    size = manifest["image_size"]
    for name, split in manifest["splits"].items():
        whole = store.is_whole(folder / index_file(name), split["index"])
        if not whole or not store.is_whole(folder / pixel_file(name, size), split["pixels"][str(size)]):
            return None
    return from_manifest(folder, manifest)


def from_manifest(folder: Path, manifest: dict[str, Any]) -> DataSet:
    """The data set that a manifest describes."""
    return DataSet(
        classes=tuple(manifest["classes"]),
        titles=tuple(manifest["titles"]),
        image_size=manifest["image_size"],
        fingerprint=manifest["fingerprint"],
        skipped=tuple(manifest["skipped"]),
        counts={name: split["count"] for name, split in manifest["splits"].items()},
        folder=folder,
    )


def describe(data: DataSet) -> str:
    """A few lines about a data set, as `tinymodel data info` shows them."""
    lines = [
        f"classes      {len(data.classes)}: {some_names(data.titles)}",
        f"pictures     {data.counts['train']:,} train, {data.counts['val']:,} val",
        f"image size   {data.image_size} x {data.image_size} px",
        f"skipped      {len(data.skipped)}" + (f": {some_names(data.skipped)}" if data.skipped else ""),
        f"fingerprint  {data.fingerprint}",
        f"cache        {data.folder}",
    ]
    return "\n".join(lines)


def _resized(images: np.ndarray, size: int) -> Iterator[np.ndarray]:
    from PIL import Image

    from tinymodel.data.images import fit_image

    for start in range(0, len(images), RESIZE_BATCH):
        batch = images[start : start + RESIZE_BATCH]
        yield np.stack([np.asarray(fit_image(Image.fromarray(image), size)) for image in batch])
