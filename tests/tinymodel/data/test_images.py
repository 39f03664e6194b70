"""Pictures of every kind: converted, or named with the reason and left out, up to the stated limit."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from generator.errors import InputError
from tests.support.samples import encode, tiny_imagenet
from tinymodel.data.images import decode, quiet_decoding
from tinymodel.data.prepare import prepare
from tinymodel.data.source import Unreadable


def png_header(width: int, height: int) -> bytes:
    """A PNG whose pixels never come."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + header
        + struct.pack(">I", zlib.crc32(header))
        + struct.pack(">I", 99)
        + b"IDAT"
    )


def sixteen_bits() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((16, 16), 40_000, np.uint16)).save(stream, "PNG")
    return stream.getvalue()


BAD = {
    "truncated": (encode((64, 64))[:-200], "cannot be decoded"),
    "huge": (png_header(13_000, 13_000), "more than 25000000 pixels"),
    "absurd": (png_header(2**31 - 1, 2**31 - 1), "more than 25000000 pixels"),
    "large": (png_header(5_001, 5_000), "5001 x 5000 px"),
    "empty": (b"", "empty file"),
    "text": (b"I am a picture", "not a picture"),
    "header only": (png_header(16, 16), "cannot be decoded"),
    "sixteen bits": (sixteen_bits(), "colour mode I;16"),
    "tiff": (encode(format="TIFF"), "not a picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_picture_is_named_and_left_out(write_folder, cache, name: str) -> None:
    data, reason = BAD[name]
    made = prepare(write_folder(tiny_imagenet() | {"train/n1/images/bad.JPEG": data}), cache=cache)
    assert len(made.skipped) == 1
    assert made.skipped[0].startswith("train/n1/images/bad.JPEG: ")
    assert reason in made.skipped[0]
    assert made.counts == {"train": 6, "val": 4}
    assert "train/n1/images/bad.JPEG" not in made.split("train").names
    assert prepare(write_folder({}), cache=cache).skipped == made.skipped


@pytest.mark.parametrize(
    ("mode", "format"), [("L", "JPEG"), ("CMYK", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG"), ("RGBA", "PNG")]
)
def test_other_colour_models_become_rgb(mode: str, format: str) -> None:
    pixels = decode(encode(mode=mode, format=format), 16)
    assert pixels.shape == (16, 16, 3)
    assert pixels.dtype == np.uint8
    truth = decode(encode(format="PNG"), 16)
    grey = truth.mean(axis=-1, keepdims=True) if mode in ("L", "LA", "1") else truth
    tolerance = {"1": 100, "P": 40}.get(mode, 12)
    assert np.abs(pixels.astype(float).mean() - grey.mean()) < tolerance
    if mode in ("L", "LA", "1"):
        assert (pixels == pixels[..., :1]).all()


def test_random_damage_is_never_more_than_a_reason() -> None:
    random = np.random.default_rng(0)
    good = [encode(), encode(format="PNG"), encode(format="GIF", mode="P"), encode(format="WEBP"), encode(format="BMP")]
    with quiet_decoding():
        for number in range(400):
            data = bytearray(good[number % len(good)])
            for position in random.integers(0, len(data), 4):
                data[position] = random.integers(0, 256)
            with contextlib.suppress(Unreadable):
                assert decode(bytes(data), 16).shape == (16, 16, 3)


def test_too_many_bad_ones_are_fatal(write_folder, cache) -> None:
    bad = {f"train/n1/images/bad_{number:02d}.JPEG": b"" for number in range(10)}
    assert len(prepare(write_folder(tiny_imagenet() | bad), cache=cache).skipped) == 10
    with pytest.raises(InputError, match="more than 10 of 20 pictures") as caught:
        prepare(write_folder(tiny_imagenet() | bad | {"val/images/val_0.JPEG": b""}), cache=cache)
    assert "bad_00.JPEG: empty file" in str(caught.value)


def test_class_without_a_good_picture_is_fatal(write_folder, cache) -> None:
    files = tiny_imagenet() | {f"train/n1/images/n1_{number}.JPEG": b"" for number in range(3)}
    with pytest.raises(InputError, match="no training picture") as caught:
        prepare(write_folder(files), cache=cache)
    assert "n1" in str(caught.value)
    assert not list(cache.glob("*.building"))
