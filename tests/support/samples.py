"""Small data sets and pictures, written by hand."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

Files = dict[str, bytes]


def encode(size: tuple[int, int] = (16, 16), format: str = "JPEG", mode: str = "RGB", shade: int = 100) -> bytes:
    """A picture of a soft ramp, as a file."""
    width, height = size
    ramp = (np.add.outer(np.arange(height), np.arange(width)) % 100 + shade).astype(np.uint8)
    image = Image.fromarray(np.stack([ramp, ramp, 255 - ramp], axis=-1)).convert(mode)
    stream = io.BytesIO()
    image.save(stream, format)
    return stream.getvalue()


def tiny_imagenet(per_class: int = 3, val: int = 2) -> Files:
    """Two classes in Tiny ImageNet's layout."""
    files: Files = {"wnids.txt": b"n2\nn1\n", "words.txt": b"n1\tgoldfish, Carassius auratus\nn2\tbeacon, lighthouse\n"}
    annotations = []
    for label, wnid in enumerate(("n1", "n2")):
        files[f"train/{wnid}/{wnid}_boxes.txt"] = b"x\t0\t0\t1\t1\n"
        for number in range(per_class):
            files[f"train/{wnid}/images/{wnid}_{number}.JPEG"] = encode(shade=20 + 40 * label + number)
        for number in range(val):
            name = f"val_{2 * number + label}.JPEG"
            files[f"val/images/{name}"] = encode(shade=120 + 10 * label + number)
            annotations.append(f"{name}\t{wnid}\t0\t0\t1\t1\n")
    files["val/val_annotations.txt"] = "".join(annotations).encode()
    return files
