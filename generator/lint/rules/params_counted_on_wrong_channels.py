"""PA002: parameters are counted on channels that are not the row's input.

Behind a concatenation a convolution reads all the channels that meet there. `=3*3*D6*D7+D7` counts the 64 kernels of the row
above where its output has 96 channels; and an image has 3 channels, not as many as pixels.
"""

from generator.lint.place import Place

CODE, NAME = "PA002", "parameters-on-wrong-channels"


def explain(place: Place) -> str | None:
    """Why, if some other number of input channels gives just what is claimed."""
    if place.field != "params" or place.channels_in is None:
        return None
    used = place.channels_that_explain()
    if used is None or used == place.channels_in:
        return None
    what = "the size of the image" if used in place.image_sizes else f"{used:,} channels"
    return f"is counted on {what}; the row reads {place.channels_in:,} channels"
