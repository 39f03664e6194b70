"""RF003: the step of the receptive field is that of jump 1.

Behind a stride of 2 neighbouring units are 2 pixels apart, so a 3x3 convolution adds (3 - 1) x 2 = 4, not 2.
"""

from generator.lint.place import Place

CODE, NAME = "RF003", "receptive-field-step-ignores-jump"


def explain(place: Place) -> str | None:
    """Why, if the claimed step is the right one divided by the jump."""
    if place.field != "rf_out" or place.claimed_above is None or place.jump_before == 1 or not place.growth:
        return None
    step = place.claimed - place.claimed_above
    if step * place.jump_before != place.growth:
        return None
    return f"adds {step:g} where the jump is {place.jump_before:g}: the step is {place.growth:g}"
