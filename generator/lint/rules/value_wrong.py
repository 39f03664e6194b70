"""A number is not what the rows above it give, and no other rule knows why.

SZ001 (size), JP001 (jump), RF009 (receptive field), CH001 (channels), PA001 (parameters), PA004 (their total), by the column.
"""

from generator.lint.place import Place

CODE, NAME = "XX001", "value-wrong"

CODES = {
    "input_size": ("SZ001", "size-wrong"),
    "size": ("SZ001", "size-wrong"),
    "jump_in": ("JP001", "jump-wrong"),
    "jump": ("JP001", "jump-wrong"),
    "rf_in": ("RF009", "receptive-field-wrong"),
    "rf_out": ("RF009", "receptive-field-wrong"),
    "channels_in": ("CH001", "channels-wrong"),
    "channels": ("CH001", "channels-wrong"),
    "params": ("PA001", "parameters-wrong"),
    "params_total": ("PA004", "parameters-total-wrong"),
}


def explain(place: Place) -> str:
    """That the number is wrong."""
    return "does not follow from the rows above"
