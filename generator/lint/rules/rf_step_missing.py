"""RF002: a row with a window adds nothing to the receptive field.

Every convolution with a kernel larger than 1x1 adds (kernel - 1) x jump. `=H28` beside a 3x3 convolution forgets it.
"""

from generator.lint.place import Place

CODE, NAME = "RF002", "receptive-field-step-missing"


def explain(place: Place) -> str | None:
    """Why, if the cell repeats the receptive field of the row above."""
    if place.field != "rf_out" or place.claimed_above is None or place.claimed != place.claimed_above or not place.growth:
        return None
    return f"the row's own window is forgotten: it adds {place.growth:g} at jump {place.jump_before:g}"
