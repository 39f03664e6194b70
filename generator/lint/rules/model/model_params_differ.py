"""AG003: a layer of the model, or all of it, has another number of parameters.

What it finds: with `--against MODEL`, layers that read the same and have another number of parameters in the model, and a total
that differs.

Why it is wrong: a bias, a batch normalisation's scale, or groups differ; weights of the one do not fit the other.

How people come to it: `use_bias` and its like are in the code and not in the sheet.

Fails, a design beside a model:

    design: conv 4, max_pool, conv 8
    model:  conv 4, max_pool, conv 8 without bias

Passes:

    design: conv 4, max_pool, conv 8
    model:  conv 4, max_pool, conv 8
"""

CODE, NAME = "AG003", "model-has-other-params"


def explain(layer: str, beside: str, own: int, other: int) -> str:
    """Whose parameters differ."""
    return f"{layer} has {own:,} parameters in the design, and {beside} has {other:,} in the model"
