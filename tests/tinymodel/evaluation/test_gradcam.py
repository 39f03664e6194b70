import keras
import numpy as np
import pytest

from generator.design.parse import parse_design
from generator.errors import InputError
from tinymodel.build import build_model
from tinymodel.evaluation.gradcam import grad_cam, last_map

HEAD = [{"kind": "global_average_pool"}, {"kind": "softmax"}]
NESTED = [
    {"kind": "conv", "filters": 6, "conv": "separable", "batch_norm": True},
    {"kind": "dense_block", "filters": 4, "conv": "separable", "name": "dense"},
    {"kind": "residual_block", "filters": 8, "strides": 2},
    {"kind": "squeeze_excite"},
    {"kind": "bottleneck", "filters": "classes"},
    *HEAD,
]


def network(*plan):
    keras.utils.set_random_seed(3)
    return build_model(parse_design({"name": "x", "input": {"image_size": 16}, "classes": 2, "plan": list(plan)}))


def corners(count=4):
    """Grey pictures with a red patch in one of the corners, and where it is."""
    images = np.full((count, 16, 16, 3), 60, np.uint8)
    places = [
        (slice(0, 4) if index % 2 else slice(12, 16), slice(0, 4) if index < 2 else slice(12, 16)) for index in range(count)
    ]
    for image, (rows, columns) in zip(images, places, strict=True):
        image[rows, columns] = (255, 0, 0)
    return images, places


def red_detector():
    """A network made by hand: class 0 is red, class 1 is the rest."""
    model = network({"kind": "conv", "filters": 2, "kernel_size": 3, "activation": "relu", "name": "maps"}, *HEAD)
    kernel, bias = np.zeros((3, 3, 3, 2), np.float32), np.array([-0.5, 0.2], np.float32)
    kernel[1, 1, :, 0] = (1.0, -1.0, -1.0)
    model.get_layer("maps_conv_1").set_weights([kernel, bias])
    return model


def test_evidence_in_one_corner_is_hot_in_that_corner():
    images, places = corners()
    for heat, place in zip(grad_cam(red_detector(), images, np.zeros(4, int)), places, strict=True):
        assert heat.shape == (16, 16)
        assert heat[place].min() > 0.5
        assert heat.max() == 1.0
        elsewhere = heat.copy()
        elsewhere[place] = 0.0
        assert elsewhere.max() == 0.0


def test_a_class_without_evidence_is_cold():
    images = np.full((1, 16, 16, 3), 60, np.uint8)
    assert grad_cam(red_detector(), images, np.array([0])).max() == 0.0


def test_the_last_layer_with_maps_is_looked_at_where_none_is_named():
    model, (images, _) = network(*NESTED), corners()
    assert last_map(model) == "bottleneck_0_relu_1"
    heats = [grad_cam(model, images, np.array([0, 1, 0, 1]), layer) for layer in (None, "bottleneck_0_relu_1")]
    assert np.array_equal(*heats)


@pytest.mark.parametrize("layer", ["dense_concat", "residual_block_0_conv_1", "squeeze_excite_0_multiply"])
def test_any_layer_of_a_network_with_branches_and_gates_can_be_asked_for(layer):
    model = network(*NESTED)
    images, _ = corners()
    weights = model.get_weights()
    classes = np.array([0, 1, 0, 1])
    heat = grad_cam(model, images, classes, layer)
    assert not np.array_equal(heat, grad_cam(model, images, classes)), "the maps of another layer"
    assert heat.shape == (4, 16, 16)
    assert np.isfinite(heat).all()
    assert 0.0 <= heat.min() <= heat.max() <= 1.0
    assert all(np.array_equal(one, other) for one, other in zip(weights, model.get_weights(), strict=True))


def test_the_heat_is_what_a_finite_difference_gives():
    model = network({"kind": "conv", "filters": 3, "name": "maps"}, {"kind": "bottleneck", "filters": "classes"}, *HEAD)
    images = np.random.default_rng(0).integers(0, 256, (1, 16, 16, 3)).astype(np.uint8)
    kernel, bias = model.get_layer("maps_conv_1").get_weights()
    head_kernel, head_bias = model.get_layer("bottleneck_0_conv_1").get_weights()
    padded = np.pad(images[0] / 255.0, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    maps = np.maximum(np.einsum("yxcij,ijcf->yxf", windows, kernel) + bias, 0)

    def score(values):
        return np.maximum(values @ head_kernel[0, 0] + head_bias, 0).mean(axis=(0, 1))[0]

    weights = [(score(maps + step) - score(maps - step)) / 2e-3 / 256 for step in 1e-3 * np.eye(3)]
    expected = np.maximum((maps * np.array(weights)).sum(-1), 0)
    found = grad_cam(model, images, np.array([0]), "maps_relu_1")[0]
    assert found == pytest.approx(expected / expected.max(), abs=0.02)


def test_wrong_layers_are_refused():
    model = network(*NESTED)
    images, _ = corners()
    with pytest.raises(InputError, match="did you mean"):
        grad_cam(model, images, np.zeros(4, int), "dense_concatt")
    with pytest.raises(InputError, match="has no map"):
        grad_cam(model, images, np.zeros(4, int), "global_average_pool_0")
