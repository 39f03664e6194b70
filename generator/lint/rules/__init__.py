"""All rules, one a file. The rules on cells stand in the order in which they are asked: the first that knows why gives the
code, so the special ones come before the general ones.
"""

from types import ModuleType

from generator.lint.rules.channels import (
    channels_are_not_classes,
    channels_blank_after_concatenation,
    channels_concatenation_forgotten,
    channels_mistyped,
    channels_skip_not_drawn,
    channels_wrong,
    kernels_mistyped,
)
from generator.lint.rules.cost import (
    macs_wrong,
    params_batch_norm,
    params_bias,
    params_bias_by_groups,
    params_blank,
    params_counted_on_wrong_channels,
    params_of_standard_convolution,
    params_on_image_size,
    params_total_misses_rows,
    params_total_wrong,
    params_wrong,
)
from generator.lint.rules.files import (
    file_circular_reference,
    file_error_value,
    file_external_reference,
    file_formula_not_computed,
    file_hidden_sheet,
    file_stored_value_differs,
    file_unstored_values,
)
from generator.lint.rules.formulas import formula_differs, formula_typed_number, formula_wrong_row, right_by_luck
from generator.lint.rules.jump import jump_dilation_in_it, jump_stride_left_out, jump_upsampling_keeps, jump_wrong
from generator.lint.rules.model import model_figures_differ, model_layers_differ, model_params_differ
from generator.lint.rules.reading import (
    reading_image_size_guessed,
    reading_image_sizes_differ,
    reading_kernel_date,
    reading_kernel_formula,
    reading_number_as_text,
    reading_number_outside,
    reading_repetition,
    reading_same_label,
    reading_stray_spaces,
)
from generator.lint.rules.rf import (
    rf_dilation_in_jump,
    rf_dilation_left_out,
    rf_doubled_at_pool,
    rf_step_ignores_jump,
    rf_step_missing,
    rf_takes_output_jump,
    rf_upsampling_keeps_jump,
    rf_wrong,
    rf_wrong_start,
)
from generator.lint.rules.size import (
    size_dilation_left_out,
    size_not_whole,
    size_other_padding,
    size_rounded_up,
    size_stride_left_out,
    size_typed,
    size_wrong,
)
from generator.lint.rules.targets import design_too_big, target_activation_bytes, target_macs, target_params, target_rf
from generator.lint.rules.windows import kernel_expanded_wrong, window_does_not_fit

REASONS: tuple[ModuleType, ...] = (
    rf_doubled_at_pool,
    rf_step_missing,
    rf_takes_output_jump,
    rf_dilation_left_out,
    rf_dilation_in_jump,
    rf_upsampling_keeps_jump,
    rf_step_ignores_jump,
    rf_wrong_start,
    jump_upsampling_keeps,
    jump_dilation_in_it,
    jump_stride_left_out,
    size_not_whole,
    size_dilation_left_out,
    size_rounded_up,
    size_stride_left_out,
    size_other_padding,
    size_typed,
    channels_concatenation_forgotten,
    channels_skip_not_drawn,
    channels_mistyped,
    params_bias_by_groups,
    params_bias,
    params_batch_norm,
    params_of_standard_convolution,
    params_on_image_size,
    params_counted_on_wrong_channels,
    params_total_misses_rows,
    formula_wrong_row,
    formula_typed_number,
    formula_differs,
)
"""`explain(place)` says why a cell is wrong, or None."""

WRONG: dict[str, ModuleType] = {
    "input_size": size_wrong,
    "size": size_wrong,
    "jump_in": jump_wrong,
    "jump": jump_wrong,
    "rf_in": rf_wrong,
    "rf_out": rf_wrong,
    "channels_in": channels_wrong,
    "channels": channels_wrong,
    "params": params_wrong,
    "params_total": params_total_wrong,
    "macs": macs_wrong,
    "kernel_size": kernel_expanded_wrong,
}
"""By field, the rule of a wrong cell for which nobody knows the reason, and of cells that inherit."""

ON_TABLES: tuple[ModuleType, ...] = (
    window_does_not_fit,
    file_circular_reference,
    file_formula_not_computed,
    file_error_value,
    file_stored_value_differs,
    file_external_reference,
    file_unstored_values,
    reading_image_size_guessed,
    reading_image_sizes_differ,
    reading_number_outside,
    reading_number_as_text,
    reading_stray_spaces,
    reading_kernel_formula,
    reading_kernel_date,
    reading_repetition,
    reading_same_label,
    kernels_mistyped,
    channels_blank_after_concatenation,
    channels_are_not_classes,
)
"""`find(facts)` gives notes on a table, or on its file."""

TARGETS: dict[str, ModuleType] = {
    "rf": target_rf,
    "params": target_params,
    "macs": target_macs,
    "activation_bytes": target_activation_bytes,
}

AGAINST: tuple[ModuleType, ...] = (model_layers_differ, model_figures_differ, model_params_differ)
"""What `check --against` finds between a design and a model."""

ALL: tuple[ModuleType, ...] = tuple(
    sorted(
        {
            *REASONS,
            *WRONG.values(),
            *ON_TABLES,
            *TARGETS.values(),
            *AGAINST,
            params_blank,
            right_by_luck,
            design_too_big,
            file_hidden_sheet,
        },
        key=lambda rule: str(rule.CODE),
    )
)
"""Every rule by its code."""
