"""One picture: its bytes → a square of uint8 pixels. Judges the header before it decodes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, UnidentifiedImageError

from tinymodel.data.source import Unreadable

FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP")

MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"})
"""Eight bits a channel, in any colour model; converted to RGB. Sixteen bits would be cut off at white."""

MAX_PIXELS = 25_000_000
"""Largest picture that is decoded, 5,000 x 5,000; it takes 75 MB."""

RESIZING = "centre square; PIL BOX (area average) to shrink, PIL BILINEAR to enlarge"
"""The rule for pictures of other sizes, as the manifest says it."""


@contextmanager
def quiet_decoding() -> Iterator[None]:
    """Pillow's own warning of a huge picture becomes a refusal, its remarks on odd metadata nothing.

    Warning filters belong to the whole process, so this surrounds the threads that decode, not each picture.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def side_of_image(data: bytes) -> int:
    """The shorter side of a picture in px, from its header.

    Raises:
        Unreadable: It is none.
    """
    return min(_open(data).size)


def decode(data: bytes, size: int) -> np.ndarray:
    """A picture as pixels.

    Args:
        data: An image file of one of `FORMATS`.
        size: Side of the result in px.

    Returns:
        (size, size, 3) uint8, RGB; a greyscale picture has three equal channels.

    Raises:
        Unreadable: It is no picture, cut off, too large or of an unknown kind.
    """
    image = _open(data)
    if image.mode not in MODES:
        raise Unreadable(f"colour mode {image.mode} is not supported")
    try:
        image.load()
        coloured = image if image.mode == "RGB" else image.convert("RGB")
        pixels = fit_image(coloured, size).tobytes()
    except Exception as error:  # a damaged file makes Pillow raise nearly anything: OSError, SyntaxError, struct.error, ...
        raise Unreadable(f"cannot be decoded ({_first_line(error)})") from None
    return np.frombuffer(pixels, np.uint8).reshape(size, size, 3)


def fit_image(image: Image.Image, size: int) -> Image.Image:
    """A picture as a square of `size` px, by the rule `RESIZING`."""
    width, height = image.size
    side = min(width, height)
    if (width, height) == (size, size):
        return image
    left, top = (width - side) // 2, (height - side) // 2
    resample = Image.Resampling.BOX if side > size else Image.Resampling.BILINEAR
    return image.resize((size, size), resample, box=(left, top, left + side, top + side))


def _open(data: bytes) -> Image.Image:
    if not data:
        raise Unreadable("empty file")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Unreadable(f"more than {MAX_PIXELS} pixels") from None
    except UnidentifiedImageError:
        raise Unreadable(f"not a picture ({', '.join(FORMATS)})") from None
    except Exception as error:  # as in `decode`
        raise Unreadable(f"damaged header ({_first_line(error)})") from None
    if image.width * image.height > MAX_PIXELS:
        raise Unreadable(f"{image.width} x {image.height} px, more than {MAX_PIXELS} pixels")
    return image


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
