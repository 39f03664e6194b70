"""Bilinear sampling of many small images by one call of OpenCV: a call an image would cost Python more than the work itself."""

from __future__ import annotations

import numpy as np

from tinymodel.augment.draws import CHANNELS
from tinymodel.augment.opencv import load_cv2

POSITIONS_A_PX = 256.0
"""Sampled positions are multiples of 1/256 px: exact in float32 wherever an image stands in its stack."""


def sampled(images: np.ndarray, matrices: np.ndarray, repeat_edge: bool) -> np.ndarray:
    """Bilinear samples, from output to input about the centre, of all images in one call.

    They stand in a tall stack with a black row below each; positions that leave an image end on that row or on its edge.

    Args:
        images: (n, size, size, 3) uint8.
        matrices: (n, 2, 2) float32, from (vertical, horizontal) of the output to those of the input.
        repeat_edge: Whether positions outside read the edge pixel; else black.
    """
    cv2 = load_cv2()
    count, size = images.shape[:2]
    centre = (size - 1) / 2.0
    stack = np.zeros((count, size + 1, size, CHANNELS), np.uint8)
    stack[:, :size] = images
    products = matrices[..., None] * (np.arange(size, dtype=np.float32) - centre)
    products = np.rint(products * POSITIONS_A_PX) / POSITIONS_A_PX
    rows, columns = (products[:, axis, 0, :, None] + (products[:, axis, 1, None, :] + centre) for axis in (0, 1))
    if repeat_edge:
        np.clip(rows, 0.0, size - 1.0, out=rows)
        np.clip(columns, 0.0, size - 1.0, out=columns)
    else:
        np.clip(rows, -1.0, size, out=rows)
    rows += np.arange(count, dtype=np.float32)[:, None, None] * (size + 1)
    shape = (count * size, size)
    stack, columns, rows = stack.reshape(-1, size, CHANNELS), columns.reshape(shape), rows.reshape(shape)
    return np.asarray(cv2.remap(stack, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)).reshape(images.shape)
