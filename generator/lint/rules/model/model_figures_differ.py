"""AG002: a layer of the model has another shape or sees something else.

What it finds: with `--against MODEL`, layers that are of one kind in both, with another size, number of channels, receptive
field, jump or start. Layers whose inputs differ already are not named again.

Why it is wrong: one of the two has another kernel, stride, padding, dilation or number of filters.

How people come to it: a number was changed in one place, or code and sheet were written with other defaults.

Fails, a design beside a model:

    design: conv 4, max_pool, conv 8
    model:  conv 4, max_pool, conv 9

Passes:

    design: conv 4, max_pool, conv 8
    model:  conv 4, max_pool, conv 8
"""

CODE, NAME = "AG002", "model-has-other-figures"


def explain(layer: str, beside: str, what: str, own: str, other: str) -> str:
    """Which figure differs."""
    return f"{what} of {layer} is {own} in the design, and {other} of {beside} in the model"
