"""Which pictures a data set has, and their labels: from names and text files alone. Decodes nothing."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from generator.errors import InputError
from tinymodel.data.source import LAYOUTS, Source, read_text

SplitName = Literal["train", "val"]

PICTURE_SUFFIXES = (".jpeg", ".jpg", ".png", ".bmp", ".gif", ".webp")

HOLDOUT_PERCENT = 10
"""Share of each class that becomes val where a data set has no val folder, rounded up."""

ANNOTATIONS = "val/val_annotations.txt"
SHOWN = 5
"""Names that a message lists before it says how many more there are."""


class Picture(NamedTuple):
    """A picture's name inside the data set, and the position of its class."""

    name: str
    label: int


class Index(NamedTuple):
    """What a data set holds, before anything is decoded; pictures sorted by class and name."""

    classes: tuple[str, ...]
    titles: tuple[str, ...]
    train: tuple[Picture, ...]
    val: tuple[Picture, ...]


def read_index(source: Source) -> Index:
    """Finds pictures and labels in any of the known layouts.

    Raises:
        InputError: No pictures, no val, or lists that contradict the folders.
    """
    pictures = [name for name in source.names if name.lower().endswith(PICTURE_SUFFIXES)]
    if not pictures:
        raise InputError("no pictures here", place=source.place, expected=LAYOUTS, help="name the folder above the classes")
    by_top = _group(pictures, 0)
    if "train" not in by_top:
        train, val = _hold_out(by_top, source)
    else:
        train = _group((name for name in by_top["train"] if name.count("/") >= 2), 1)
        is_tiny_imagenet = ANNOTATIONS in source.names or any(name.startswith("val/images/") for name in pictures)
        val = _annotated(source, by_top, train) if is_tiny_imagenet else _group(by_top.get("val", ()), 1)
        if not val:
            raise InputError(
                "the data set has a train folder but no val",
                place=source.place,
                expected="val/<class>/..., or val/images with val/val_annotations.txt",
                help=f"add it, or give the class folders alone: then {HOLDOUT_PERCENT} % of each class become val",
            )
    classes = _classes(source, train, val)
    return Index(classes, _titles(source, classes), _pictures(train, classes), _pictures(val, classes))


def some_names(names: Iterable[str]) -> str:
    """The first names of a list, and how many more there are.

    >>> some_names(["a", "b"]), some_names("abcdefgh")
    ('a, b', 'a, b, c, d, e and 3 more')
    """
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more


def _group(names: Iterable[str], part: int) -> dict[str, list[str]]:
    """Names by one of their folders."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        parts = name.split("/")
        if len(parts) > part + 1:
            groups[parts[part]].append(name)
    return dict(groups)


def _hold_out(by_class: dict[str, list[str]], source: Source) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Splits every class by the hash of the names: a picture keeps its side when others come or go."""
    train, val = {}, {}
    for name, pictures in by_class.items():
        if len(pictures) < 2:
            raise InputError(
                f'class folder "{name}" has a single picture', place=source.place, expected="one for train and one for val"
            )
        ranked = sorted(pictures, key=lambda picture: hashlib.sha256(picture.encode(errors="surrogateescape")).digest())
        held_out = math.ceil(len(pictures) * HOLDOUT_PERCENT / 100)
        train[name], val[name] = ranked[held_out:], ranked[:held_out]
    return train, val


def _annotated(source: Source, by_top: dict[str, list[str]], train: dict[str, list[str]]) -> dict[str, list[str]]:
    """The val pictures of Tiny ImageNet, which lie in one folder, by the class that the annotations give each."""
    if ANNOTATIONS not in source.names:
        raise InputError(f"{ANNOTATIONS} is missing", place=source.place, help="restore it, or sort val into class folders")
    present = {name.rsplit("/", 1)[1]: name for name in by_top.get("val", ())}
    val: dict[str, list[str]] = defaultdict(list)
    seen: dict[str, int] = {}
    for line, text in enumerate(read_text(source, ANNOTATIONS), start=1):
        if not text.strip():
            continue
        fault = None
        picture, _, rest = text.partition("\t")
        wnid = rest.split("\t", 1)[0].strip()
        if not wnid:
            fault = "no class behind a tab"
        elif picture in seen:
            fault = f'"{picture}" has a second annotation (the first is in line {seen[picture]})'
        elif picture not in present:
            fault = f'"{picture}" is not in val/images'
        elif wnid not in train:
            fault = f'class "{wnid}" has no folder in train'
        if fault:
            raise InputError(fault, place=f"{source.place}: {ANNOTATIONS}:{line}", help="correct the line")
        seen[picture] = line
        val[wnid].append(present[picture])
    if len(seen) < len(present):
        raise InputError(
            f"{len(present) - len(seen)} val pictures have no annotation",
            place=f"{source.place}: {ANNOTATIONS}",
            received=some_names(sorted(present.keys() - seen.keys())),
            help="add a line for each, or take them out",
        )
    return dict(val)


def _classes(source: Source, train: dict[str, list[str]], val: dict[str, list[str]]) -> tuple[str, ...]:
    listed = [line.strip() for line in read_text(source, "wnids.txt") if line.strip()] if "wnids.txt" in source.names else None
    if listed is not None:
        repeated = [name for name, times in Counter(listed).items() if times > 1]
        _refuse(repeated, "classes are listed twice in wnids.txt", source)
        _refuse(sorted(set(listed) - train.keys()), "classes of wnids.txt have no pictures in train", source)
        _refuse(sorted(train.keys() - set(listed)), "class folders in train are not in wnids.txt", source)
    _refuse(sorted(val.keys() - train.keys()), "classes of val have no pictures in train", source)
    strange = [name for name in sorted(train) if not _is_text(name)]
    _refuse(strange, "class folders have names that are not UTF-8", source, help="rename them")
    if len(train) < 2:
        raise InputError("fewer than two classes", place=source.place, received=some_names(train), expected=LAYOUTS)
    spelled = Counter(name.casefold() for name in train)
    _refuse([name for name in sorted(train) if spelled[name.casefold()] > 1], "class folders differ by case only", source)
    return tuple(sorted(train))


def _refuse(names: list[str], fact: str, source: Source, help: str = "make lists and folders agree") -> None:
    if names:
        raise InputError(f"{len(names)} {fact}", place=source.place, received=some_names(names), help=help)


def _is_text(name: str) -> bool:
    """Whether a name can be written into a file; bytes of a file system that mean no text come as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _titles(source: Source, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The first of the words that words.txt has for a class, all of them where two classes share it."""
    if "words.txt" not in source.names:
        return classes
    words = dict(line.split("\t", 1) for line in read_text(source, "words.txt") if "\t" in line)
    full = [words.get(name, name).strip() or name for name in classes]
    first = [title.split(",", 1)[0].strip() or title for title in full]
    shared = Counter(first)
    return tuple(short if shared[short] == 1 else long for short, long in zip(first, full, strict=True))


def _pictures(by_class: dict[str, list[str]], classes: tuple[str, ...]) -> tuple[Picture, ...]:
    return tuple(Picture(name, label) for label, wnid in enumerate(classes) for name in sorted(by_class.get(wnid, ())))
