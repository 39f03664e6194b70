"""RF001: the receptive field is multiplied by the stride at a pool.

A 2x2 pool of stride 2 lets a unit see one more neighbour: the receptive field grows by (2 - 1) x jump. What doubles is the
*jump*, the distance of neighbouring units in the image. `=H27*2` for 25 gives 50; right is 26.
"""

from generator.lint.place import Place

CODE, NAME = "RF001", "receptive-field-doubled-at-pool"


def explain(place: Place) -> str | None:
    """Why, if a pool's claimed receptive field is the one before it times the stride."""
    before = place.claimed_above
    if place.field != "rf_out" or not place.row.is_pool or before is None or place.strides < 2:
        return None
    if place.claimed != before * place.strides:
        return None
    return f"the pool multiplies the receptive field by {place.strides}; it adds {place.growth:g}, and the jump is what doubles"
