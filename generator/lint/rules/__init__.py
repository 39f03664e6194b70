"""The rules that name why a cell is wrong, in the order in which they are asked; the first that knows the reason gives it."""

from generator.lint.rules import (
    params_counted_on_wrong_channels,
    params_total_misses_rows,
    rf_doubled_at_pool,
    rf_step_ignores_jump,
    rf_step_missing,
    size_not_whole,
    value_wrong,
)

RULES = (
    rf_doubled_at_pool,
    rf_step_missing,
    rf_step_ignores_jump,
    size_not_whole,
    params_counted_on_wrong_channels,
    params_total_misses_rows,
    value_wrong,
)
