"""How large a design may be before somebody says that it is meant: what keeps a typing error from filling the memory."""

from __future__ import annotations

from generator.errors import InputError
from generator.network.trace import Trace

MAX_PARAMS = 250_000_000
"""1 GB of float32; 4 GB with gradients and Adam's two moments. VGG-16 has 138 million."""

MAX_CHANNELS = 65_536
"""Channels of one map; the widest of the well-known networks have 4,096."""

MAX_IMAGE_SIZE = 8_192
"""Side of the input in px; a photograph of 64 megapixels has about as many."""


def check_limits(trace: Trace, allow_large: bool = False) -> None:
    """Passes a network that an ordinary machine can hold.

    Raises:
        InputError: A figure over its limit, unless `allow_large`.
    """
    if allow_large:
        return
    widest = max((row for row in trace.rows if row.spatial), key=lambda row: row.channels)
    figures = (
        ("an image size of {} px", max(trace.image_size), MAX_IMAGE_SIZE, None),
        (f'{{}} channels in layer "{widest.name}"', widest.channels, MAX_CHANNELS, widest.row),
        ("{} parameters", trace.params, MAX_PARAMS, None),
    )
    for words, figure, limit, row in figures:
        if figure > limit:
            error = InputError(
                f"the design has {words.format(f'{figure:,}')}, over the limit of {limit:,}",
                help="correct it, or say --allow-large if it is meant",
            )
            raise error if row is None else error.of_row(row)
