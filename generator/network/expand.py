"""Design → Graph: every row of the plan becomes the primitive layers that Keras will have, under the same names.

A row is named `<kind>_<n>` (n from 0 within its kind) unless it has a name; its parts are `<row>_conv_1`, `<row>_bn_1`,
`<row>_relu_1`, `<row>_concat`. No sizes here: those depend on the image and are `trace`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from generator.design import rows
from generator.design.record import Design
from generator.errors import InputError, did_you_mean
from generator.network.graph import Graph, Layer, LayerKind, output_channels

MAX_LAYERS = 20_000
"""More layers than this are a typing error in `convolutions:`; the deepest published networks have about 1,200."""

CONV_KINDS: dict[str, LayerKind] = {
    "standard": "conv",
    "separable": "separable_conv",
    "depthwise": "depthwise_conv",
    "transposed": "transposed_conv",
}


def expand(design: Design) -> Graph:
    """The layers of a design, in the order of the plan.

    Raises:
        InputError: A name given twice, an input that does not exist or comes later, `filters: classes` without classes.
    """
    names = row_names(design)
    builder = _Builder(design)
    for row, name in zip(design.plan, names, strict=True):
        try:
            builder.begin(name, _inputs_of(row, name, names, builder))
            _EXPANSIONS[type(row)](builder, row)
        except InputError as error:
            raise error.of_row(name) from None
        builder.finish()
    return Graph(tuple(builder.layers), design.input.channels, design.input.image_size)


def row_names(design: Design) -> tuple[str, ...]:
    """The name of every row of the plan.

    Raises:
        InputError: Two rows would have one name.
    """
    seen: dict[str, int] = {"input": -1}
    counts: Counter[str] = Counter()
    for index, row in enumerate(design.plan):
        name = row.name or f"{row.kind}_{counts[row.kind]}"
        counts[row.kind] += 1
        if name in seen:
            other = "the input" if seen[name] < 0 else f"row {seen[name] + 1} of the plan"
            raise InputError(
                f'row {index + 1} of the plan and {other} are both named "{name}"', help="give one of them another `name:`"
            ).of_row(index)
        seen[name] = index
    return tuple(seen)[1:]


def _inputs_of(row: rows.Row, name: str, names: tuple[str, ...], builder: _Builder) -> tuple[str, ...]:
    """Names of the layers that a row reads: the outputs of the rows it names, or of the row before."""
    given: tuple[str, ...] | None = getattr(row, "inputs", None)
    if given is None:
        return (builder.layers[-1].name,)
    if not given:
        raise InputError(f'row "{name}" has an empty list of inputs', help="name the rows it reads")
    if not isinstance(row, rows.Merge) and len(given) != 1:
        raise InputError(f'row "{name}" reads one input, not {len(given)}', help="merge them first by a `concat` or `add` row")
    for source in given:
        if source not in builder.outputs:
            if source in names:
                known = "itself" if source == name else f'"{source}", which comes later: that is a cycle or the wrong order'
                raise InputError(f'row "{name}" reads {known}', help="a row reads rows that stand above it")
            raise InputError(f'row "{name}" reads "{source}", which does not exist', help=did_you_mean(source, builder.outputs))
    return tuple(builder.outputs[source] for source in given)


class _Builder:
    """Collects layers; `now` is the name of the layer that the next one reads."""

    def __init__(self, design: Design) -> None:
        self.layers: list[Layer] = [Layer("input", "input", (), "input")]
        self.outputs: dict[str, str] = {"input": "input"}
        self.classes = design.classes
        self.row = ""
        self.sources: tuple[str, ...] = ()
        self.now = "input"
        self.channels: dict[str, int | None] = {"input": design.input.channels}

    def begin(self, row: str, sources: tuple[str, ...]) -> None:
        self.row, self.sources, self.now = row, sources, sources[0]

    def finish(self) -> None:
        self.outputs[self.row] = self.now

    def layer(self, part: str, kind: LayerKind, *inputs: str, **arguments: Any) -> str:
        """Adds the layer `<row>_<part>` (or `<row>` for no part), reading `inputs` or the layer before."""
        name = f"{self.row}_{part}" if part else self.row
        if name in self.channels:
            raise InputError(f'two layers would be named "{name}"', help="give one of the rows another `name:`")
        if len(self.layers) > MAX_LAYERS:
            raise InputError(
                f'the design has more than {MAX_LAYERS:,} layers at row "{self.row}"', help="check `convolutions:`"
            )
        self.layers.append(Layer(name, kind, inputs or (self.now,), self.row, arguments))
        self.channels[name] = output_channels(kind, arguments, [self.channels[source] for source in self.layers[-1].inputs])
        self.now = name
        return name

    def count(self, filters: int | str) -> int:
        """A number of filters, with `classes` put in."""
        if filters == "classes":
            if self.classes is None:
                raise InputError(f'row "{self.row}" asks for as many filters as classes', help="say `classes:` in the design")
            return self.classes
        return int(filters)


def _convolution(
    builder: _Builder,
    number: int,
    conv: str,
    unit: rows.Unit | rows.InvertedResidual,
    *,
    filters: int | None,
    kernel_size: tuple[int, int],
    strides: tuple[int, int] = (1, 1),
    padding: Any = "same",
    dilation_rate: tuple[int, int] = (1, 1),
    groups: int = 1,
) -> None:
    if not isinstance(padding, str):
        builder.layer(f"pad_{number}", "zero_padding", padding=padding)
        padding = "valid"
    arguments = _arguments(unit, filters, kernel_size, strides, padding)
    builder.layer(f"conv_{number}", CONV_KINDS[conv], **arguments, dilation_rate=dilation_rate, groups=groups)


def _arguments(
    unit: rows.Unit | rows.InvertedResidual, filters: int | None, kernel_size: Any, strides: Any, padding: str
) -> dict[str, Any]:
    return {
        "filters": filters,
        "kernel_size": kernel_size,
        "strides": strides,
        "padding": padding,
        "use_bias": unit.use_bias,
        "kernel_initializer": unit.kernel_initializer,
        "l2": unit.l2,
    }


def _normalise(builder: _Builder, number: int, unit: rows.Unit | rows.InvertedResidual, activation: str | None) -> None:
    if unit.batch_norm:
        builder.layer(f"bn_{number}", "batch_norm", epsilon=unit.epsilon)
    if activation is not None:
        builder.layer(f"{activation}_{number}", "activation", activation=activation)


def _conv(builder: _Builder, row: rows.Conv) -> None:
    filters = builder.count(row.filters) if row.filters is not None else None
    _convolution(
        builder, 1, row.conv, row, filters=filters, kernel_size=row.kernel_size, strides=row.strides,
        padding=row.padding, dilation_rate=row.dilation_rate, groups=row.groups,
    )  # fmt: skip
    _normalise(builder, 1, row, row.activation)


def _bottleneck(builder: _Builder, row: rows.Bottleneck) -> None:
    _convolution(builder, 1, "standard", row, filters=builder.count(row.filters), kernel_size=(1, 1))
    _normalise(builder, 1, row, row.activation)


def _dense_block(builder: _Builder, row: rows.DenseBlock) -> None:
    (source,) = builder.sources
    for number in range(1, row.convolutions + 1):
        _convolution(
            builder, number, row.conv, row, filters=builder.count(row.filters), kernel_size=row.kernel_size,
            dilation_rate=row.dilation_rate,
        )  # fmt: skip
        _normalise(builder, number, row, row.activation)
    builder.layer("concat", "concat", source, builder.now)


def _residual_block(builder: _Builder, row: rows.ResidualBlock) -> None:
    (source,) = builder.sources
    for number in range(1, row.convolutions + 1):
        strides = row.strides if number == 1 else (1, 1)
        _convolution(
            builder, number, row.conv, row, filters=builder.count(row.filters), kernel_size=row.kernel_size, strides=strides
        )
        _normalise(builder, number, row, row.activation if number < row.convolutions else None)
    branch = builder.now
    shortcut = source
    changes = row.strides != (1, 1) or builder.channels[source] != builder.count(row.filters)
    if row.projection == "always" or (row.projection == "auto" and changes):
        builder.now = source
        shortcut = _projection(builder, row)
    builder.layer("add", "add", shortcut, branch)
    if row.activation is not None:
        builder.layer(f"{row.activation}_{row.convolutions}", "activation", activation=row.activation)


def _projection(builder: _Builder, row: rows.ResidualBlock) -> str:
    arguments = _arguments(row, builder.count(row.filters), (1, 1), row.strides, "same")
    name = builder.layer("project", "conv", **arguments)
    return builder.layer("project_bn", "batch_norm", epsilon=row.epsilon) if row.batch_norm else name


def _inverted_residual(builder: _Builder, row: rows.InvertedResidual) -> None:
    (source,) = builder.sources
    entering, filters = builder.channels[source], builder.count(row.filters)
    number = 0
    if row.expansion > 1:
        number += 1
        widened = _known(builder, entering) * row.expansion
        _convolution(builder, number, "standard", row, filters=widened, kernel_size=(1, 1))
        _normalise(builder, number, row, row.activation)
    number += 1
    _convolution(builder, number, "depthwise", row, filters=None, kernel_size=row.kernel_size, strides=row.strides)
    _normalise(builder, number, row, row.activation)
    number += 1
    _convolution(builder, number, "standard", row, filters=filters, kernel_size=(1, 1))
    _normalise(builder, number, row, None)
    if row.strides == (1, 1) and entering == filters:
        builder.layer("add", "add", source, builder.now)


def _squeeze_excite(builder: _Builder, row: rows.SqueezeExcite) -> None:
    (source,) = builder.sources
    channels = _known(builder, builder.channels[source])
    squeezed = max(1, channels // row.ratio)
    builder.layer("pool", "global_average_pool")
    builder.layer("dense_1", "dense", **_dense_arguments(squeezed))
    builder.layer("relu_1", "activation", activation="relu")
    builder.layer("dense_2", "dense", **_dense_arguments(channels))
    builder.layer("sigmoid_1", "activation", activation="sigmoid")
    gate = builder.layer("reshape", "reshape", target_shape=(1, 1, channels))
    builder.layer("multiply", "multiply", source, gate)


def _known(builder: _Builder, channels: int | None) -> int:
    if channels is None:
        raise InputError(f'row "{builder.row}" stands behind a flatten, where there are no maps', help="move it up")
    return channels


def _dense_arguments(units: int, use_bias: bool = True, initializer: str = "glorot_uniform", l2: float = 0.0) -> dict[str, Any]:
    return {"units": units, "use_bias": use_bias, "kernel_initializer": initializer, "l2": l2}


def _merge(kind: LayerKind) -> Callable[[_Builder, rows.Merge], None]:
    def add_layers(builder: _Builder, row: rows.Merge) -> None:
        if len(builder.sources) < 2:
            raise InputError(f'row "{builder.row}" merges one input with nothing', help="name at least two `inputs:`")
        builder.layer("", kind, *builder.sources)
        if isinstance(row, rows.Add) and row.activation is not None:
            builder.layer(f"{row.activation}_1", "activation", activation=row.activation)

    return add_layers


def _pool(builder: _Builder, row: rows.Pool) -> None:
    padding = row.padding
    if not isinstance(padding, str):
        builder.layer("pad", "zero_padding", padding=padding)
        padding = "valid"
    kind: LayerKind = "max_pool" if isinstance(row, rows.MaxPool) else "average_pool"
    builder.layer("", kind, pool_size=row.pool_size, strides=row.strides or row.pool_size, padding=padding)


def _dense(builder: _Builder, row: rows.Dense) -> None:
    builder.layer("", "dense", **_dense_arguments(builder.count(row.units), row.use_bias, row.kernel_initializer, row.l2))
    if row.activation is not None:
        builder.layer(f"{row.activation}_1", "activation", activation=row.activation)


def _plain(kind: LayerKind, *arguments: str) -> Callable[[_Builder, Any], None]:
    """The expansion of a row that is one layer, with these of the row's fields as its arguments."""

    def add_layer(builder: _Builder, row: Any) -> None:
        builder.layer("", kind, **{argument: getattr(row, argument) for argument in arguments})

    return add_layer


def _global_pool(kind: LayerKind) -> Callable[[_Builder, rows.GlobalPool], None]:
    def add_layer(builder: _Builder, row: rows.GlobalPool) -> None:
        builder.layer("", kind, **({"keepdims": True} if row.keepdims else {}))

    return add_layer


def _softmax(builder: _Builder, row: rows.Softmax) -> None:
    builder.layer("", "activation", activation="softmax")


_EXPANSIONS: dict[type[rows.Row], Callable[[_Builder, Any], None]] = {
    rows.Conv: _conv,
    rows.ResidualBlock: _residual_block,
    rows.DenseBlock: _dense_block,
    rows.Bottleneck: _bottleneck,
    rows.InvertedResidual: _inverted_residual,
    rows.SqueezeExcite: _squeeze_excite,
    rows.Concat: _merge("concat"),
    rows.Add: _merge("add"),
    rows.Multiply: _merge("multiply"),
    rows.MaxPool: _pool,
    rows.AveragePool: _pool,
    rows.GlobalAveragePool: _global_pool("global_average_pool"),
    rows.GlobalMaxPool: _global_pool("global_max_pool"),
    rows.Upsample: _plain("upsample", "size", "interpolation"),
    rows.ZeroPadding: _plain("zero_padding", "padding"),
    rows.Cropping: _plain("cropping", "cropping"),
    rows.BatchNorm: _plain("batch_norm", "epsilon", "scale", "center"),
    rows.LayerNorm: _plain("layer_norm", "epsilon", "scale", "center"),
    rows.Rescaling: _plain("rescaling", "scale", "offset"),
    rows.Activation: _plain("activation", "activation"),
    rows.Dropout: _plain("dropout", "rate"),
    rows.Flatten: _plain("flatten"),
    rows.Dense: _dense,
    rows.Softmax: _softmax,
}
