"""Any built Keras model becomes a graph whose table is true, or is refused by one message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

keras = pytest.importorskip("keras")

from keras import layers, ops  # noqa: E402

from generator.design.parse import parse_design  # noqa: E402
from generator.errors import InputError  # noqa: E402
from generator.network.expand import expand  # noqa: E402
from generator.network.trace import trace  # noqa: E402
from tests.support import models  # noqa: E402
from tests.test_kinds import PLANS, VARIANTS  # noqa: E402
from tinymodel.build import build_model  # noqa: E402
from tinymodel.inspection.graph_of_model import Inspected, inspect_model  # noqa: E402


def rows_of(found: Inspected) -> dict[str, Any]:
    return {row.name: row for row in found.traced.rows}


def image(size: int = 16, channels: int = 3) -> Any:
    return keras.Input((size, size, channels), name="image")


def test_a_sequential_model_gives_the_rows_that_a_person_would_work_out() -> None:
    found = inspect_model(models.chain())
    rows = [(row.name, row.kind, row.shape, row.height.rf, row.width.rf, row.cost.params) for row in found.traced.rows]
    assert rows == [
        ("image", "input", (32, 24, 3), 1, 1, 0),
        ("conv", "conv", (32, 24, 8), 3, 3, 3 * 3 * 3 * 8 + 8),
        ("pool", "max_pool", (16, 12, 8), 4, 4, 0),
        ("separable", "separable_conv", (16, 8, 6), 4, 12, 5 * 8 + 8 * 6 + 6),
        ("global", "global_average_pool", (6,), 34, 26, 0),
        ("head", "dense", (5,), 34, 26, 6 * 5 + 5),
    ]
    assert found.traced.final.name == "separable"
    assert found.traced.macs == 32 * 24 * 216 + 16 * 8 * (40 + 48) + 30


@pytest.mark.parametrize(("kind", "variant"), VARIANTS)
def test_a_model_of_this_product_has_the_table_of_its_design(kind: str, variant: str) -> None:
    header = {"name": "x", "input": {"image_size": [12, 10], "channels": 4}, "classes": 3}
    design = parse_design({**header, "plan": PLANS[kind][variant]})
    graph = expand(design)
    found = inspect_model(build_model(design), None if graph.needs_image_size else graph.image_size)
    rows, expected = ({row.name: row._replace(row="") for row in traced.rows} for traced in (found.traced, trace(graph)))
    assert rows == expected
    assert found.unknown == () == found.doubts


def test_models_in_a_model_are_opened_and_a_layer_called_twice_counts_once() -> None:
    inner = keras.Input((None, None, 4))
    block = keras.Model(
        inner, layers.Add(name="add")([inner, layers.Conv2D(4, 3, padding="same", name="conv")(inner)]), name="block"
    )
    x = image()
    model = keras.Model(x, block(block(layers.Conv2D(4, 1, name="first")(x))), name="outer")
    found = inspect_model(model)
    assert [row.name for row in found.traced.rows] == [
        "image", "first", "block/conv", "block/add", "block/conv_call_2", "block/add_call_2",
    ]  # fmt: skip
    assert [row.cost.params for row in found.traced.rows] == [0, 16, 148, 0, 0, 0]
    assert found.traced.params == model.count_params()
    assert [row.cost.macs for row in found.traced.rows][2] == [row.cost.macs for row in found.traced.rows][4] > 0
    assert found.traced.final.height.rf == 5


@pytest.mark.parametrize(
    ("build", "kind", "rf"),
    [
        (lambda x, y: x * y, "multiply", 3),
        (lambda x, y: x + y, "add", 3),
        (lambda x, y: x - y, "subtract", 3),
        (lambda x, y: ops.maximum(x, y), "maximum", 3),
        (lambda x, y: ops.concatenate([x, y], axis=-1), "concat", 3),
        (lambda x, y: layers.Average()([x, y]), "average", 3),
        (lambda x, y: layers.Minimum()([x, y]), "minimum", 3),
        (lambda x, y: ops.relu(y), "activation", 3),
        (lambda x, y: y * 0.5, "rescaling", 3),
        (lambda x, y: layers.LayerNormalization()(y), "layer_norm", 3),
        (lambda x, y: layers.UnitNormalization()(y), "unit_norm", 3),
        (lambda x, y: layers.PReLU()(y), "activation", 3),
        (lambda x, y: ops.power(y, 2.0), "activation", 3),
        (lambda x, y: ops.pad(y, ((0, 0), (2, 0), (0, 1), (0, 0))), "zero_padding", 3),
        (lambda x, y: layers.Conv2D(2, 3, activation=layers.LeakyReLU(0.1))(y), "conv", 5),
        (lambda x, y: layers.Conv2D(2, 3, activation=ops.relu)(y), "conv", 5),
        (lambda x, y: y * ops.reshape(layers.GlobalAveragePooling2D()(y), (-1, 1, 1, 3)), "multiply", 3),
        (lambda x, y: layers.RandomFlip()(y), "augmentation", 3),
        (lambda x, y: layers.RandomSaturation(0.2)(y), "augmentation", 3),
        (lambda x, y: layers.Conv2DTranspose(2, 3, strides=2, output_padding=0, padding="same")(y), "transposed_conv", 4),
        (lambda x, y: layers.UpSampling2D(2, interpolation="bilinear")(y), "upsample", 4),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_layers_and_operations_that_are_known(build: Callable[[Any, Any], Any], kind: str, rf: int) -> None:
    x = image()
    y = layers.Conv2D(3, 3, padding="same")(x)
    model = keras.Model(x, build(x, y))
    found = inspect_model(model)
    last = found.traced.rows[-1]
    assert (last.kind, last.height.rf, last.unknown) == (kind, rf, False)
    assert last.shape == tuple(model.output.shape[1:])
    assert found.traced.params == model.count_params()


@pytest.mark.parametrize(
    "build",
    [
        lambda x: models.Wide(3, 3, padding="same", name="odd")(x),
        lambda x: layers.Lambda(lambda x: x + 1.0, name="odd")(x),
        lambda x: layers.TimeDistributed(layers.Dense(3), name="odd")(x),
        lambda x: layers.Permute((2, 1, 3), name="odd")(x),
        lambda x: layers.UpSampling2D(1, interpolation="bicubic", name="odd")(x),
        lambda x: layers.BatchNormalization(axis=1, name="odd")(x),
        lambda x: layers.Softmax(axis=1, name="odd")(x),
        lambda x: layers.Activation(lambda x: ops.roll(x, 1, axis=1), name="odd")(x),
        lambda x: layers.Concatenate(axis=1, name="odd")([x, x]),
        lambda x: layers.MultiHeadAttention(2, 3, name="odd")(x, x),
        lambda x: layers.UnitNormalization(axis=(1, 2), name="odd")(x),
        lambda x: layers.Conv2D(3, 3, padding="same", activation=lambda x: ops.roll(x, 1, axis=1), name="odd")(x),
        lambda x: layers.Resizing(16, 16, name="odd")(x),
    ],
)
def test_a_layer_of_unknown_kind_is_never_taken_for_a_1x1_and_taints_what_follows(build: Callable[[Any], Any]) -> None:
    x = image()
    y = build(layers.Conv2D(3, 3, padding="same", name="known")(x))
    model = keras.Model(x, layers.Conv2D(2, 3, name="behind")(y))
    rows = rows_of(inspect_model(model))
    assert (rows["known"].unknown, rows["known"].height.rf) == (False, 3)
    assert rows["odd"].kind == "unknown"
    assert rows["odd"].cost.params == model.get_layer("odd").count_params()
    assert rows["behind"].kind == "conv"
    assert rows["behind"].unknown
    assert rows["behind"].shape == tuple(model.output.shape[1:])
    assert sum(row.cost.params for row in rows.values()) == model.count_params()


def test_a_gate_taints_nothing_and_is_said_beside_the_paths_without_it() -> None:
    found = inspect_model(models.gated())
    rows = rows_of(found)
    assert {name for name, row in rows.items() if row.gated} == {"gate", "after"}
    assert {name for name, row in rows.items() if row.pooled} == {"pool", "squeeze", "expand"}
    assert (rows["gate"].height.rf, rows["after"].height.rf, rows["after"].unknown) == (3, 5, False)
    assert found.traced.final.name == "after"


def test_forms_that_have_no_places_are_unknown_and_no_mistake_of_anybody() -> None:
    x = image(8)
    tokens = layers.Reshape((64, 4), name="tokens")(layers.Conv2D(4, 3, padding="same")(x))
    found = inspect_model(keras.Model(x, layers.GlobalAveragePooling1D(name="mean")(tokens)))
    assert (found.unknown, found.doubts) == (("tokens", "mean"), ())


def test_an_activation_that_a_design_means_otherwise_has_its_number_in_its_name() -> None:
    x = image()
    model = keras.Model(x, ops.gelu(ops.leaky_relu(ops.leaky_relu(x), negative_slope=0.5)))
    names = [layer.arguments["activation"] for layer in inspect_model(model).graph.layers[1:]]
    assert names == ["leaky_relu", "leakyrelu(negative_slope=0.5)", "gelu(approximate=True)"]


def test_of_a_model_in_it_the_output_that_is_read_is_the_last() -> None:
    assert inspect_model(models.heads(1)).traced.final.name == "inner/second"
    with pytest.raises(InputError, match='layer "inner/second" reads the output, layer "inner/first", and leads to none'):
        inspect_model(models.heads(0))


def test_frozen_layers_have_no_trainable_parameters() -> None:
    model = models.chain()
    model.get_layer("conv").trainable = False
    found = inspect_model(model)
    assert found.traced.params == model.count_params()
    assert found.traced.trainable_params == model.count_params() - 224


def test_another_image_size_is_worked_out_by_keras_and_by_the_calculator() -> None:
    found = inspect_model(models.with_weights(None, False), 20)
    assert found.shapes == dict.fromkeys(found.shapes, (18, 18, 4))
    assert found.traced.rows[-1].shape == (18, 18, 4)


def first_channels() -> Any:
    x = keras.Input((3, 8, 8))
    return keras.Model(x, layers.ZeroPadding2D(1, data_format="channels_first", name="pad")(x), name="first")


def first_channels_inside() -> Any:
    x = keras.Input((3, 8, 8))
    inner = keras.Input((3, 8, 8))
    pad = layers.ZeroPadding2D(1, data_format="channels_first", name="pad")
    return keras.Model(x, keras.Model(inner, pad(inner), name="inner")(x), name="outer")


def flat() -> Any:
    x = keras.Input((8, 8, 3))
    return keras.Model(x, layers.Dense(2, name="head")(layers.Flatten()(x)), name="flat")


@pytest.mark.parametrize(
    ("build", "size", "words"),
    [
        (models.two_inputs, None, 'model "two_inputs" has 2 inputs (left, right); one is read'),
        (models.two_outputs, None, 'model "forked" has 2 outputs (one, two); one is read'),
        (lambda: models.with_weights(None), None, 'model "with_weights" takes images of any size'),
        (models.own_call, None, 'model "own_call" is a class with a `call` of its own'),
        (lambda: keras.Sequential([layers.Conv2D(2, 3)], name="bare"), None, 'model "bare" is not built'),
        (
            lambda: keras.Sequential([keras.Input((9,)), layers.Dense(2)], name="vector"),
            None,
            'model "vector" does not read images',
        ),
        (first_channels, None, 'layer "pad" has its channels first'),
        (first_channels_inside, None, 'layer "inner/pad" has its channels first'),
        (flat, 16, 'layer "head" has weights for the image size that the model is built for'),
        (models.chain, 1, "does not"),
    ],
)
def test_what_cannot_be_inspected_is_refused_by_one_message(build: Callable[[], Any], size: int | None, words: str) -> None:
    with pytest.raises(InputError) as refused:
        inspect_model(build(), size)
    assert words in str(refused.value)
    assert "Traceback" not in str(refused.value)
