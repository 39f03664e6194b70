"""Networks of `keras.applications` against published receptive fields and multiply-accumulates.

Source of the fields: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, and the
table of its library, at 224 px unless another size is named. Those are of the TF-Slim variants. Of them, Keras keeps kernels,
strides and padding of VGG, MobileNet and the two Inceptions. Its ResNets differ in two places, and only there:

* they stride at the first convolution of a stage and not at the last unit of the one before it, which moves the jump of the
  maps between and no receptive field;
* their max-pool pads one pixel on both sides, and Slim's "same" only at the end where the map has an even size, as at 224 px.
  A unit of the last map lies 2 px further there. At 321 px the map is odd, and the two agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

keras = pytest.importorskip("keras")

from generator.geometry.axis import Axis  # noqa: E402
from generator.network.graph import Graph  # noqa: E402
from generator.network.trace import trace  # noqa: E402
from tinymodel.inspection.graph_of_model import Inspected, inspect_model  # noqa: E402
from tinymodel.inspection.load import load_model  # noqa: E402

pytestmark = pytest.mark.slow

SIZE = 224


@cache
def inspected(name: str, *, top: bool = False) -> Inspected:
    """A network as several tests look at it, without its Keras layers, which are large."""
    return inspect_model(load_model(f"keras.applications:{name}", top=top), SIZE)._replace(operations={})


def figures(axis: Axis) -> tuple[Any, Any, Any]:
    """Receptive field, effective stride, effective padding."""
    return axis.rf, axis.jump, (axis.rf - 1) / 2 - axis.start


@pytest.fixture(autouse=True)
def one_model_at_a_time() -> Iterator[None]:
    yield
    keras.backend.clear_session()


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("VGG16", (212, 32, 90)),
        ("MobileNet", (315, 32, 126)),
        ("InceptionV3", (1311, 32, 618)),
        ("InceptionResNetV2", (3039, 32, 1482)),
    ],
)
def test_networks_that_keras_builds_as_published(name: str, published: tuple[int, int, int]) -> None:
    found = inspected(name)
    final = found.traced.final
    assert figures(final.height) == figures(final.width) == published
    assert found.unknown == () == found.doubts


@pytest.mark.parametrize(
    ("name", "rf", "padding", "padding_at_321"),
    [
        ("ResNet50", 483, 239, 241),
        ("ResNet101V2", 1027, 511, 513),
    ],
)
def test_residual_networks(name: str, rf: int, padding: int, padding_at_321: int) -> None:
    found = inspected(name)
    assert figures(found.traced.final.height) == (rf, 32, padding + 2)
    assert found.traced.final.height.aligned
    assert figures(trace(found.graph, (321, 321)).final.height) == (rf, 32, padding_at_321)
    assert figures(trace(padded_at_the_end(found.graph), (SIZE, SIZE)).final.height) == (rf, 32, padding)


def padded_at_the_end(graph: Graph) -> Graph:
    """The network with the pixel of its max-pool where Slim has it."""
    layers = tuple(
        replace(layer, arguments={"padding": ((0, 1), (0, 1))}) if layer.name == "pool1_pad" else layer
        for layer in graph.layers
    )
    assert layers != graph.layers
    return replace(graph, layers=layers)


def test_maps_on_the_way_as_published() -> None:
    vgg = {row.name: row for row in inspected("VGG16").traced.rows}
    assert [figures(vgg[f"block{number}_pool"].height) for number in range(1, 6)] == [
        (6, 2, 2), (16, 4, 6), (44, 8, 18), (100, 16, 42), (212, 32, 90),
    ]  # fmt: skip
    mobile = {row.name: row for row in inspected("MobileNet").traced.rows}
    assert [figures(mobile[f"conv_pw_{number}_relu"].height) for number in range(1, 14)] == [
        (7, 2, 2), (11, 4, 2), (19, 4, 6), (27, 8, 6), (43, 8, 14), (59, 16, 14), (91, 16, 30), (123, 16, 46), (155, 16, 62),
        (187, 16, 78), (219, 16, 94), (251, 32, 94), (315, 32, 126),
    ]  # fmt: skip
    residual = {row.name: row for row in inspected("ResNet50").traced.rows}
    stages = ("conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out")
    assert [residual[name].height.rf for name in stages] == [35, 99, 291, 483]


@pytest.mark.parametrize(
    ("name", "macs", "params"),
    [
        ("VGG16", 15_470_264_320, 138_357_544),
        ("ResNet50", 3_857_973_248, 25_636_712),
        ("MobileNet", 568_740_352, 4_253_864),
    ],
)
def test_multiply_accumulates_and_parameters_with_top(name: str, macs: int, params: int) -> None:
    found = inspected(name, top=True)
    assert (found.traced.macs, found.traced.params) == (macs, params)


OTHERS = (
    "MobileNetV2", "MobileNetV3Large", "DenseNet121", "Xception", "EfficientNetV2B0",
)  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_known_throughout_and_have_the_parameters_of_keras(name: str) -> None:
    model = load_model(f"keras.applications:{name}", top=False)
    found = inspect_model(model, SIZE)
    assert found.unknown == () == found.doubts
    assert found.traced.params == model.count_params()
    assert {row.name: row.shape for row in found.traced.rows[1:]} == found.shapes


def test_gates_of_efficientnet_are_beside_its_receptive_field() -> None:
    found = inspected("EfficientNetB0")
    final = found.traced.final
    # By hand: the stem and 16 depthwise kernels of 3 and 5, each at the jump of its stage.
    kernels = [(3, 1), (3, 2), (3, 2), (3, 4), (5, 4), (5, 8), (3, 8), (3, 16), (3, 16)]
    kernels += [*[(5, 16)] * 4, *[(5, 32)] * 3, (3, 32)]
    assert final.height.rf == 1 + sum((kernel - 1) * jump for kernel, jump in kernels)
    assert final.gated
    assert not final.unknown
