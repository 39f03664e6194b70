"""Heat maps of the pictures that people look at first → small maps of bytes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinymodel.evaluation.layer_field import LayerField
from tinymodel.report_page.inputs import Heat
from tinymodel.report_page.pictures import Ranked

MAP_SIDE = 16
"""Of a stored map; a network's last maps are rarely larger, and the page smooths between."""
MAX_MISTAKES, MAX_HITS = 1000, 96
"""Pictures that get a map: a map costs about three predictions."""
BATCH = 512
NOWHERE = -1.0


class HeatMaps(NamedTuple):
    """Maps of some pictures.

    Attributes:
        ranks: (m,) places of the pictures in the page's order.
        maps: (m, MAP_SIDE, MAP_SIDE) uint8.
        hottest: (m, 2) centre (y, x) of the unit with the most heat, px; negative where nothing is hot or units have no place.
    """

    ranks: np.ndarray
    maps: np.ndarray
    hottest: np.ndarray


def heat_maps(heat: Heat, field: LayerField | None, order: Ranked, guesses: np.ndarray) -> HeatMaps:
    """Maps of the most confident mistakes and the least confident hits, for the class that each was taken for.

    Args:
        heat: Draws them.
        field: What the units see whose maps these are.
        order: Of the page.
        guesses: (n,) predicted class of every picture of the split.
    """
    mistakes = min(order.mistakes, MAX_MISTAKES)
    hits = min(len(order.positions) - order.mistakes, MAX_HITS)
    ranks = np.concatenate([np.arange(mistakes), order.mistakes + np.arange(hits)])
    maps = np.zeros((len(ranks), MAP_SIDE, MAP_SIDE), np.uint8)
    hottest = np.full((len(ranks), 2), NOWHERE)
    for start in range(0, len(ranks), BATCH):
        positions = order.positions[ranks[start : start + BATCH]]
        drawn = heat(positions, guesses[positions])
        maps[start : start + len(positions)] = [_small(one) for one in drawn]
        if field is not None:
            places = [field.hottest(one) if one.max() > 0 else (NOWHERE, NOWHERE) for one in drawn]
            hottest[start : start + len(positions)] = np.round(places, 2)
    return HeatMaps(ranks, maps, hottest)


def _small(heat: np.ndarray) -> np.ndarray:
    from PIL import Image

    picture = Image.fromarray(np.asarray(heat, np.float32))
    smooth = Image.Resampling.BOX if heat.shape[0] >= MAP_SIDE else Image.Resampling.BILINEAR
    return np.rint(np.clip(np.asarray(picture.resize((MAP_SIDE, MAP_SIDE), smooth)), 0.0, 1.0) * 255).astype(np.uint8)
