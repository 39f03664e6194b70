"""The picture that a page shows receptive fields on: a scene drawn by arithmetic, as PNG. Knows no network.

It has what networks are asked to see: a fine texture (leaves, bricks), parts (a window), things (a house, a tree) and a scene.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from functools import lru_cache
from random import Random

Colour = tuple[float, float, float]

MAX_PIXELS = 64
"""Most pixels on a side: those of Tiny ImageNet, a scale at which single pixels can still be seen on a page."""
SAMPLES = 2
"""Samples of a pixel on each axis, for soft edges."""
NOISE = 0.022
"""Standard deviation of the pixels' noise; black to white is 1."""


@lru_cache(maxsize=4)
def picture_data_uri(height: int, width: int) -> str:
    """The scene at a network's image size, at most `MAX_PIXELS` on its longer side, as the address of an image.

    >>> picture_data_uri(2, 2)[:22]
    'data:image/png;base64,'
    """
    shrink = max(1.0, max(height, width) / MAX_PIXELS)
    rows = _scene(max(1, round(height / shrink)), max(1, round(width / shrink)), Random(7))
    return "data:image/png;base64," + base64.b64encode(_png(rows)).decode("ascii")


def _scene(height: int, width: int, random: Random) -> list[bytes]:
    """The pixels, a row of RGB bytes each; the shorter side shows the scene from 0 to 1."""
    side = min(height, width)
    left, top = (width - side) / 2, (height - side) / 2
    leaves = [_leaf(random) for _ in range(90)]
    offsets = [(sample + 0.5) / SAMPLES for sample in range(SAMPLES)]
    rows = []
    for row in range(height):
        line = bytearray()
        for column in range(width):
            sum_of = [0.0, 0.0, 0.0]
            for down in offsets:
                for right in offsets:
                    colour = _colour((column + right - left) / side, (row + down - top) / side, leaves)
                    sum_of = [total + part for total, part in zip(sum_of, colour, strict=True)]
            for total in sum_of:
                value = total / SAMPLES**2 + random.gauss(0, NOISE)
                line.append(round(255 * min(1.0, max(0.0, value))))
        rows.append(bytes(line))
    return rows


def _leaf(random: Random) -> tuple[float, float, float]:
    """Centre and radius, within the crown."""
    angle, away = random.uniform(0, 2 * math.pi), 0.15 * math.sqrt(random.random())
    return 0.72 + away * math.cos(angle), 0.47 + away * math.sin(angle), random.uniform(0.012, 0.03)


def _colour(x: float, y: float, leaves: list[tuple[float, float, float]]) -> Colour:
    """The scene at a place, from the front to the back."""
    return _tree(x, y, leaves) or _house(x, y) or _meadow(x, y) or _sky(x, y)


def _tree(x: float, y: float, leaves: list[tuple[float, float, float]]) -> Colour | None:
    for leaf_x, leaf_y, radius in leaves:
        if (x - leaf_x) ** 2 + (y - leaf_y) ** 2 < radius**2:
            light = 0.16 + 9 * radius - 0.5 * (leaf_y - 0.47)
            return 0.35 * light, 0.62 * light + 0.14, 0.22 * light
    if (x - 0.72) ** 2 + (y - 0.47) ** 2 < 0.15**2:
        return 0.1, 0.27, 0.1
    if abs(x - 0.72) < 0.022 + 0.25 * max(0.0, y - 0.74) and 0.47 < y < 0.8:
        return (0.33, 0.21, 0.13) if math.sin(160 * x) > 0 else (0.26, 0.16, 0.1)
    return None


def _house(x: float, y: float) -> Colour | None:
    if 0.455 < y < 0.53 and abs(x - 0.29) < 0.05 + 2.2 * (y - 0.455):
        return (0.55, 0.17, 0.13) if math.sin(190 * y) > -0.3 else (0.42, 0.11, 0.1)
    if 0.35 < x < 0.385 and 0.42 < y < 0.5:
        return 0.4, 0.2, 0.17
    if not (0.13 < x < 0.45 and 0.53 <= y < 0.74):
        return None
    if 0.33 < x < 0.4 and y > 0.61:
        return (0.9, 0.75, 0.3) if (x - 0.388) ** 2 + (y - 0.68) ** 2 < 0.006**2 else (0.2, 0.3, 0.42)
    if 0.18 < x < 0.28 and 0.575 < y < 0.67:
        frame = min(abs(x - 0.18), abs(x - 0.23), abs(x - 0.28), abs(y - 0.575), abs(y - 0.622), abs(y - 0.67))
        return (0.95, 0.95, 0.92) if frame < 0.007 else (0.35 + 2 * (y - 0.575), 0.55, 0.72)
    course = math.floor(y / 0.024)
    brick = (x + 0.02 * (course % 2)) % 0.04
    return (0.86, 0.8, 0.7) if y % 0.024 < 0.005 or brick < 0.005 else (0.83, 0.66, 0.47)


def _meadow(x: float, y: float) -> Colour | None:
    edge = 0.68 + 0.03 * math.sin(5 * x + 0.6) + 0.012 * math.sin(13 * x)
    if y < edge:
        return None
    if y > 0.78:
        cell_x, cell_y = math.floor(x / 0.075), math.floor(y / 0.075)
        chance = math.sin(cell_x * 12.9898 + cell_y * 78.233) * 43758.5453 % 1
        centre_x, centre_y = (cell_x + 0.3 + 0.4 * chance) * 0.075, (cell_y + 0.3 + 0.4 * (chance * 7 % 1)) * 0.075
        away = math.hypot(x - centre_x, y - centre_y)
        if away < 0.009:
            return 0.98, 0.82, 0.2
        if chance < 0.62 and away < 0.02:
            return (0.93, 0.93, 0.95) if chance < 0.3 else (0.86, 0.3, 0.34)
    depth = (y - edge) / 0.35
    blade = 0.04 * math.sin(150 * x + 40 * math.sin(9 * y)) * math.sin(95 * y + 20 * x)
    return 0.36 - 0.16 * depth + blade, 0.62 - 0.2 * depth + blade, 0.24 - 0.1 * depth


def _sky(x: float, y: float) -> Colour:
    ridge = 0.5 - 0.2 * abs(math.sin(4.1 * x + 0.9)) - 0.03 * math.sin(23 * x) - 0.012 * math.sin(61 * x)
    if y > ridge:
        snow = y < ridge + 0.055 + 0.02 * math.sin(47 * x)
        haze = min(1.0, max(0.0, (y - 0.3) / 0.4))
        return (0.93, 0.95, 0.98) if snow and ridge < 0.37 else (0.36 + 0.16 * haze, 0.42 + 0.18 * haze, 0.52 + 0.14 * haze)
    if (x - 0.83) ** 2 + (y - 0.15) ** 2 < 0.075**2:
        return 1.0, 0.9, 0.52
    cloud = 0.5 * math.sin(9 * x + 2.2 * math.sin(17 * y)) * math.sin(21 * y + 3 * x) + 0.3 * math.sin(31 * x + 9 * y)
    white = min(1.0, max(0.0, (cloud - 0.22) * 2.4)) * (1 if y < 0.3 else 0)
    ground = (0.38 + 0.7 * y, 0.62 + 0.5 * y, 0.88 + 0.14 * y)
    return (
        ground[0] + white * (0.97 - ground[0]),
        ground[1] + white * (0.97 - ground[1]),
        ground[2] + white * (0.98 - ground[2]),
    )


def _png(rows: list[bytes]) -> bytes:
    """Rows of RGB bytes as a PNG file.

    Source: the PNG specification (ISO/IEC 15948), chunks IHDR, IDAT, IEND; colour type 2, filter 0 on every row.
    """
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (header, pixels, b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
