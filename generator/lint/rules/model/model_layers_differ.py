"""AG001: the model has other layers than the design.

What it finds: with `--against MODEL`, the first layer of the design in whose place the model has one of another kind, another
activation, other inputs, or none. Order and names of layers do not count: both networks are gone through from their output.

Why it is wrong: the design no longer says what is trained; every number of its table is of another network.

How people come to it: the code was changed and the sheet was not, or a layer was forgotten while it was copied by hand.

Fails, a design beside a model:

    design: conv 4, max_pool, conv 8
    model:  conv 4, conv 8

Passes:

    design: conv 4, max_pool, conv 8
    model:  conv 4, max_pool, conv 8
"""

CODE, NAME = "AG001", "model-has-other-layers"


def explain(own: str | None, other: str | None, why: str = "") -> str:
    """What stands in the place of what."""
    if own is None:
        return f"the model has {other}, and the design ends before it"
    if other is None:
        return f"the design has {own}, and the model has nothing in its place"
    return f"the design has {own}, where the model has {other}{why}"
