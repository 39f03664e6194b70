"""Decodes a data set once, into a cache folder that later runs open at once."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.errors import InputError
from tinymodel.data import store
from tinymodel.data.dataset import DataSet, check_image_size, from_manifest, index_file, load, pixel_file
from tinymodel.data.index import Index, Picture, SplitName, read_index, some_names
from tinymodel.data.source import Progress, Source, open_source
from tinymodel.extras import MissingExtra

if TYPE_CHECKING:
    from tinymodel.data.decoding import Decoding

KEY_LENGTH = 32
"""Characters of a cache folder's name: 128 bits of the hash of the source's listing and the size asked for."""


def prepare(
    source: Path, *, image_size: int | None = None, cache: Path | None = None, progress: Progress | None = None
) -> DataSet:
    """Opens a data set, after decoding it if its cache is not there, not whole, or of a source that has changed.

    Args:
        source: A Tiny ImageNet zip, its unpacked folder, or a folder (or zip) of class folders, with or without train and
            val above them.
        image_size: Side of the stored pictures in px; the one that most pictures have where it is not given.
        cache: Folder of the caches, `~/.cache/tinymodel` where it is not given; each data set has a folder in it.
        progress: Told about the decoding.

    Raises:
        InputError: The source is none of these, contradicts itself or has too many bad pictures; the cache cannot be written.
        MissingExtra: Pillow is not installed.
    """
    files = open_source(Path(source))
    asked = check_image_size(image_size) if image_size is not None else None
    key = hashlib.sha256(json.dumps([store.FORMAT, files.identity, asked]).encode()).hexdigest()[:KEY_LENGTH]
    folder = Path(cache or store.default_root()) / key
    opened = load(folder)  # without the lock first: a finished cache may lie in a folder that only others can write
    if opened is not None:
        return opened
    with store.locked(folder):
        return load(folder) or _build(files, folder, asked, progress or (lambda done, total: None))


def _build(files: Source, folder: Path, asked: int | None, progress: Progress) -> DataSet:
    try:
        from tinymodel.data.decoding import Decoding, usual_size
        from tinymodel.data.images import RESIZING, quiet_decoding
    except ModuleNotFoundError:
        raise MissingExtra("pillow", "train") from None
    index = read_index(files)
    with quiet_decoding():
        size = asked or check_image_size(usual_size(files, index.train))
        _check_space(folder.parent, (len(index.train) + len(index.val)) * size * size * 3)
        decoding = Decoding(files, size, len(index.train) + len(index.val), progress)
        with store.store_refused(folder), store.building_store(folder) as draft:
            splits: dict[SplitName, _Written] = {
                "train": _write_split(draft, "train", index.train, decoding),
                "val": _write_split(draft, "val", index.val, decoding),
            }
            _check_classes(splits, index, files.place)
            manifest = {
                "format": store.FORMAT,
                "source": files.place,
                "classes": index.classes,
                "titles": index.titles,
                "image_size": size,
                "resizing": RESIZING,
                "fingerprint": _fingerprint(index.classes, size, splits),
                "skipped": decoding.skipped,
                "splits": {name: written.record for name, written in splits.items()},
            }
            store.write_manifest(draft, manifest)
    return from_manifest(folder, manifest)


class _Written(NamedTuple):
    labels: list[int]
    record: dict[str, Any]


def _write_split(draft: Path, name: SplitName, pictures: tuple[Picture, ...], decoding: Decoding) -> _Written:
    size, kept = decoding.size, list[Picture]()
    pixels = store.write_pixels(draft / pixel_file(name, size), decoding.pixels(pictures, kept))
    labels = [picture.label for picture in kept]
    index = store.write_json(draft / index_file(name), {"labels": labels, "names": [picture.name for picture in kept]})
    return _Written(labels, {"count": len(kept), "index": index, "pixels": {str(size): pixels}})


def _fingerprint(classes: tuple[str, ...], size: int, splits: dict[SplitName, _Written]) -> str:
    """A hash of what training can see, and of nothing else: names, paths and times may differ."""
    seen = [[name, written.labels, written.record["pixels"][str(size)]] for name, written in sorted(splits.items())]
    return hashlib.sha256(json.dumps([classes, size, seen]).encode()).hexdigest()


def _check_classes(splits: dict[SplitName, _Written], index: Index, place: str) -> None:
    trained = set(splits["train"].labels)
    missing = [name for label, name in enumerate(index.classes) if label not in trained]
    if missing:
        raise InputError("classes have no training picture that can be used", place=place, received=some_names(missing))
    if not splits["val"].labels:
        raise InputError("no picture of val can be used", place=place)


def _check_space(root: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(root).free
    if needed_bytes > free_bytes:
        raise InputError(
            "the decoded pictures do not fit on the disk",
            place=str(root),
            received=f"{needed_bytes:,} bytes",
            expected=f"at most {free_bytes:,} bytes",
            help=f"give a smaller image size, {store.ELSEWHERE}",
        )
