"""The direct build: published totals, open image sizes, refusals."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from generator.design.parse import parse_design
from generator.design.read_yaml import read_yaml
from generator.design.record import Design
from generator.errors import InputError
from generator.network.expand import expand
from generator.network.limits import MAX_PARAMS, check_limits
from generator.network.trace import Trace, trace
from generator.render.script import render_script

pytest.importorskip("keras")

from tests.support.places import DESIGNS
from tests.support.processes import under_jax
from tinymodel import blocks
from tinymodel.build import build_model


def _design(*plan: dict[str, Any], **header: Any) -> Design:
    return parse_design({"name": "test", "plan": list(plan), **header})


def _trace(design: Design) -> Trace:
    return trace(expand(design))


def _with_defaults(file: str, **defaults: Any) -> Design:
    raw = yaml.safe_load((DESIGNS / file).read_text())
    raw["defaults"]["all"] |= defaults
    return parse_design(raw)


@pytest.fixture(scope="module")
def v36() -> Design:
    return read_yaml(DESIGNS / "tiny-imagenet-v36.yaml")


def _scripted(design: Design) -> Any:
    namespace: dict[str, Any] = {"__name__": "rendered"}
    exec(render_script(design, Path(blocks.__file__).read_text()), namespace)
    return namespace["build_model"]


def test_v36_has_the_published_totals(v36: Design) -> None:
    traced = _trace(v36)
    assert (traced.params, traced.trainable_params) == (11_178_211, 11_150_739)
    assert (traced.final.height.rf, traced.final.width.rf) == (80, 80)
    assert round(traced.macs / 1e9, 2) == 10.37
    assert v36.train is not None
    assert [(phase.image_size, phase.epochs, phase.batch_size) for phase in v36.train.phases] == [
        (32, 70, 250),
        (64, 10, 100),
        (64, 20, 128),
        (64, 130, 128),
    ]


def test_v36_equals_the_trained_network_layer_by_layer(v36: Design, shared_dir: Path) -> None:
    with (shared_dir / "seed" / "trained_model_layers.csv").open() as file:
        trained = list(csv.DictReader(file))
    expected = [(row["type"], row["output_shape"], int(row["params"])) for row in trained]
    positions = {row["layer"]: index for index, row in enumerate(trained)}
    expected_inputs = [[positions[name] for name in row["inputs"].split()] for row in trained]

    built, scripted = build_model(v36, image_size=32), _scripted(v36)(image_size=32)
    for model in (built, scripted):
        names = [layer.name for layer in model.layers]
        shapes = [
            (type(layer).__name__, "x".join(map(str, layer.output.shape[1:])), layer.count_params()) for layer in model.layers
        ]
        assert shapes == expected
        inputs = [[names.index(tensor._keras_history.operation.name) for tensor in _inputs(layer)] for layer in model.layers]
        assert inputs == expected_inputs
    rows = _trace(v36).rows
    assert [("x".join(map(str, row.shape)), row.cost.params) for row in rows] == [facts[1:] for facts in expected]
    assert [row.name for row in rows] == [layer.name for layer in built.layers]


def _inputs(layer: Any) -> list[Any]:
    if type(layer).__name__ == "InputLayer":
        return []
    return layer.input if isinstance(layer.input, list) else [layer.input]


def test_v36_build_and_script_predict_the_same_at_every_size(v36: Design) -> None:
    built, scripted = build_model(v36), _scripted(v36)()
    assert built.input_shape == scripted.input_shape == (None, None, None, 3)
    assert sum(int(np.prod(weight.shape)) for weight in built.trainable_weights) == 11_150_739
    scripted.set_weights(built.get_weights())
    for size in (32, 16):
        images = np.random.default_rng(size).uniform(0.0, 1.0, (1, size, size, 3)).astype("float32")
        outputs = np.asarray(built(images))
        np.testing.assert_array_equal(outputs, np.asarray(scripted(images)))
        assert outputs.shape == (1, 200)
        assert outputs.sum() == pytest.approx(1.0, abs=1e-5)


def test_v36_penalises_the_bottlenecks_only(v36: Design) -> None:
    penalised = [layer.name for layer in build_model(v36).layers if layer.losses]
    assert penalised == [f"bottleneck_{number}_conv_1" for number in range(5)]


@pytest.mark.parametrize(
    ("defaults", "params", "rf"),
    [({}, 27_878_152, 64), ({"conv": "separable", "batch_norm": True}, 4_041_347, 64)],
    ids=["as drawn", "separable"],
)
def test_v4_has_the_published_totals(defaults: dict[str, Any], params: int, rf: int) -> None:
    design = _with_defaults("tiny-imagenet-v4.yaml", **defaults)
    traced = _trace(design)
    assert (traced.params, traced.final.height.rf) == (params, rf)
    assert build_model(design).count_params() == _scripted(design)().count_params() == params
    assert design.targets.rf is not None
    low, _ = design.targets.rf.bounds()
    assert low == 100 > rf


def test_the_size_is_fixed_only_where_weights_depend_on_it() -> None:
    conv = {"kind": "conv", "filters": 2}
    pooled = _design(conv, {"kind": "global_average_pool"}, {"kind": "dense", "units": 2})
    flat = _design(conv, {"kind": "flatten"}, {"kind": "dense", "units": 2}, input={"image_size": [8, 6]})
    assert build_model(pooled).input_shape == (None, None, None, 3)
    assert build_model(pooled, image_size=(8, 6)).input_shape == (None, 8, 6, 3)
    assert build_model(flat).input_shape == (None, 8, 6, 3)
    assert build_model(flat, image_size=4).count_params() == 56 + 4 * 4 * 2 * 2 + 2


def test_fresh_weights_have_the_initialiser_of_their_row() -> None:
    design = _design(
        {"kind": "conv", "filters": 64, "kernel_size": 9, "kernel_initializer": "he_normal"},
        {"kind": "conv", "conv": "separable", "filters": 8, "kernel_initializer": "zeros", "l2": 0.5},
    )
    model = build_model(design)
    he_normal = model.get_layer("conv_0_conv_1").kernel
    assert np.std(np.asarray(he_normal)) == pytest.approx((2 / (9 * 9 * 3)) ** 0.5, rel=0.05)
    separable = model.get_layer("conv_1_conv_1")
    assert not np.asarray(separable.depthwise_kernel).any()
    assert not np.asarray(separable.pointwise_kernel).any()
    assert len(separable.losses) == 2


def test_the_model_takes_its_name_from_the_design() -> None:
    assert build_model(_design({"kind": "conv", "filters": 2}, name="Größe 3/2\n")).name == "Gro_e_3_2"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (
            [{"kind": "conv", "filters": 2, "strides": 2, "dilation_rate": 2}],
            'row "conv_0" has strides of (2, 2) and a dilation_rate of (2, 2), which Keras does not combine\n'
            "  help: give one of them to a row of its own",
        ),
        (
            [{"kind": "conv", "filters": 2, "name": "lost"}, {"kind": "conv", "filters": 2, "inputs": ["input"]}],
            'nothing reads row "lost"\n  help: name it in the `inputs:` of a later row, or leave the row out',
        ),
        (
            [{"kind": "max_pool", "pool_size": 64}],
            'layer "max_pool_0" cannot be: a window of 64 does not fit on a map of 32 (image size 32x32)\n'
            "  help: pad it, make the window smaller, or give a larger image size",
        ),
        (
            [{"kind": "rescaling", "scale": [1, 2]}],
            'layer "rescaling_0" cannot be: its scale has 2 numbers for 3 channels (image size 32x32)\n'
            "  help: give one number, or one for each channel",
        ),
        (
            [{"kind": "global_max_pool", "name": "gate"}, {"kind": "multiply", "inputs": ["input", "gate"]}],
            'layer "multiply_0" cannot be: a map and a vector meet (image size 32x32)\n'
            "  help: give the global pool `keepdims: true`",
        ),
        (
            [{"kind": "bottleneck", "filters": 2, "name": "two"}, {"kind": "add", "inputs": ["input", "two"]}],
            'layer "add_0" cannot be: maps of different channels are added: 3, 2 (image size 32x32)\n'
            "  help: bring them to the same channels by a `bottleneck`",
        ),
        (
            [{"kind": "dense_block", "filters": 1, "convolutions": 10**9}],
            'the design has more than 20,000 layers at row "dense_block_0"\n  help: check `convolutions:`',
        ),
    ],
    ids=["strides and dilation", "unread row", "window too large", "factors", "no map", "channels", "too many layers"],
)
def test_what_cannot_be_built_is_refused_with_its_row(plan: list[dict[str, Any]], words: str) -> None:
    design = _design(*plan)
    with pytest.raises(InputError) as built:
        build_model(design)
    assert str(built.value) == words
    with pytest.raises(InputError) as rendered:
        render_script(design, Path(blocks.__file__).read_text())
    assert str(rendered.value) == words


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (
            _design({"kind": "conv", "filters": 10**9}),
            '1,000,000,000 channels in layer "conv_0_conv_1", over the limit of 65,536',
        ),
        (
            _design(*[{"kind": "conv", "filters": 8192}] * 2),
            f"604,217,344 parameters, over the limit of {MAX_PARAMS:,}",
        ),
        (
            _design({"kind": "global_average_pool"}, {"kind": "dense", "units": 10**8}),
            f"400,000,000 parameters, over the limit of {MAX_PARAMS:,}",
        ),
        (_design({"kind": "max_pool"}, input={"image_size": 10_000}), "an image size of 10,000 px, over the limit of 8,192"),
    ],
    ids=["filters", "parameters", "dense", "image size"],
)
def test_a_design_over_the_limits_is_refused_unless_it_is_meant(design: Design, words: str) -> None:
    with pytest.raises(InputError) as refused:
        build_model(design)
    assert str(refused.value) == f"the design has {words}\n  help: correct it, or say --allow-large if it is meant"
    check_limits(_trace(design), allow_large=True)


def test_vgg16_is_within_the_limits() -> None:
    blocks_of_filters = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    plan: list[dict[str, Any]] = []
    for filters, convolutions in blocks_of_filters:
        plan += [{"kind": "conv", "filters": filters}] * convolutions + [{"kind": "max_pool"}]
    plan += [{"kind": "flatten"}, *({"kind": "dense", "units": units} for units in (4096, 4096, 1000))]
    traced = _trace(_design(*plan, input={"image_size": 224}))
    assert traced.params == 138_357_544
    check_limits(traced)


@pytest.mark.slow
def test_the_build_is_the_same_under_jax(tmp_path: Path) -> None:
    """The plan of V4 with few filters, built under both backends with equal weights."""
    raw = yaml.safe_load((DESIGNS / "tiny-imagenet-v4.yaml").read_text())
    raw["plan"] = [{**row, "filters": 8} if isinstance(row.get("filters"), int) else row for row in raw["plan"]]
    raw["defaults"]["all"] |= {"conv": "separable", "batch_norm": True}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(raw))
    model = build_model(parse_design(raw))
    images = np.random.default_rng(1).uniform(0.0, 1.0, (2, 32, 32, 3)).astype("float32")
    np.savez(tmp_path / "weights.npz", *model.get_weights(), images=images)
    program = (
        "import sys, numpy, keras; from pathlib import Path\n"
        "from generator.design.read_yaml import read_yaml; from tinymodel.build import build_model\n"
        "model = build_model(read_yaml(Path('small.yaml'))); saved = numpy.load('weights.npz')\n"
        "model.set_weights([saved[f'arr_{index}'] for index in range(len(model.weights))])\n"
        "numpy.save('outputs.npy', numpy.asarray(model(saved['images'])))\n"
        "assert keras.backend.backend() == 'jax' and 'tensorflow' not in sys.modules\n"
    )
    environment = {**under_jax(), "PYTHONPATH": str(DESIGNS.parent)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "outputs.npy"), np.asarray(model(images)), rtol=1e-4)
