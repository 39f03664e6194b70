import keras
import numpy as np
import pytest

from generator.design.parse import parse_design
from tinymodel.build import build_model
from tinymodel.evaluation.layer_field import layer_field
from tinymodel.fields.gradients import gradient

PLAN = [
    {"kind": "conv", "filters": 2, "strides": 2, "activation": None, "name": "first"},
    {"kind": "conv", "filters": 2, "strides": 2, "activation": None, "name": "second"},
    {"kind": "squeeze_excite", "name": "gate"},
    {"kind": "global_average_pool"},
    {"kind": "softmax"},
]
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    design = parse_design({"name": "x", "input": {"image_size": 24}, "classes": 2, "plan": PLAN})
    model = build_model(design)
    for layer in model.layers:
        if "second" in layer.name or "first" in layer.name:
            layer.set_weights([np.ones_like(weights) for weights in layer.get_weights()])
    return model, design


def test_the_hottest_unit_is_where_its_gradient_is(network):
    model, design = network
    field = layer_field(model, design, IMAGES, "second_conv_1")
    assert (field.theoretical, field.size, field.image_size) == ((7, 7), (6, 6), 24)
    tap = keras.Model(model.input, model.get_layer("second_conv_1").output)
    for unit in ((2, 3), (1, 4)):

        def score(pixels, unit=unit):
            return keras.ops.sum(tap(pixels)[:, unit[0], unit[1]])

        moved = gradient(score, IMAGES[:1] / np.float32(255))
        rows, columns = np.nonzero(np.abs(moved[0]).sum(axis=-1))
        heat = np.zeros((24, 24), np.float32)
        heat[4 * unit[0] + 1, 4 * unit[1] + 2] = 1.0
        assert field.hottest(heat) == (rows.mean(), columns.mean())
    assert field.effective == pytest.approx(7.0, abs=0.01)  # Of equal weights every pixel counts.


def test_behind_a_global_pool_units_have_no_place_and_gates_are_told(network):
    model, design = network
    names = [layer.name for layer in model.layers if layer.name.startswith("gate") and len(layer.output.shape) == 4]
    fields = {name: layer_field(model, design, IMAGES, name) for name in names}
    whole = [field for field in fields.values() if field is not None]
    assert None in fields.values()
    assert all(field.gated and "and the whole of it through gates" in field.to_text() for field in whole)
    assert whole
