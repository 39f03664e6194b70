"""`verify`: three witnesses agree on random networks of all kinds; a wrong number is named; what cannot be shown is said."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

keras = pytest.importorskip("keras")

from keras import layers  # noqa: E402

from generator.design.parse import parse_design  # noqa: E402
from generator.design.record import Design  # noqa: E402
from generator.network.expand import expand  # noqa: E402
from generator.network.graph import Graph  # noqa: E402
from generator.network.trace import trace  # noqa: E402
from tests.support.processes import under_jax  # noqa: E402
from tests.support.random_networks import random_design, random_model  # noqa: E402
from tinymodel.build import build_model  # noqa: E402
from tinymodel.cli import main  # noqa: E402
from tinymodel.inspection.graph_of_model import inspect_model  # noqa: E402
from tinymodel.inspection.load import load_model  # noqa: E402
from tinymodel.verification import proofs  # noqa: E402
from tinymodel.verification.gradient_proof import prove_field  # noqa: E402
from tinymodel.verification.proofs import Verified, verify_design, verify_model  # noqa: E402

Capture = pytest.CaptureFixture[str]
MODELS = "tests.support.models"
DESIGNS, MODELS_DRAWN, QUICK = 8, 4, 3
"""A share of the 500 that `benchmarks/random_networks.py` compares, and how many of each are in the quick round."""


def seeds(count: int) -> list[Any]:
    return [pytest.param(seed, marks=[pytest.mark.slow] if seed >= QUICK else []) for seed in range(count)]


def compared(found: Verified) -> None:
    assert found.agrees, found.to_text()
    assert "nothing could be compared" not in found.to_text()
    allowed = ("paths through a global pool", "height: branches look", "width: branches look", "the calculator does not count")
    assert all(reason.startswith(allowed) for proof in found.proofs for reason in proof.left_out), found.to_text()


@pytest.mark.parametrize("seed", seeds(DESIGNS))
def test_random_designs(seed: int) -> None:
    compared(verify_design(random_design(Random(seed))))


@pytest.mark.parametrize("seed", seeds(MODELS_DRAWN))
def test_random_models_with_what_no_plan_can_say(seed: int) -> None:
    compared(verify_model(random_model(Random(seed))))


def design(*plan: dict[str, Any], size: Any = 24) -> Design:
    return parse_design({"name": "x", "input": {"image_size": size}, "plan": list(plan)})


def conv(filters: int, **arguments: Any) -> dict[str, Any]:
    return {"kind": "conv", "filters": filters, **arguments}


def changed(graph: Graph, name: str, **arguments: Any) -> Graph:
    return replace(
        graph,
        layers=tuple(
            replace(layer, arguments={**layer.arguments, **arguments}) if layer.name == name else layer
            for layer in graph.layers
        ),
    )


# One argument that the calculator is told wrong, the size of the map unchanged by it, and the axes on which that shows.
LIES: dict[str, tuple[dict[str, Any], str, dict[str, Any], set[str]]] = {
    "kernel": (conv(4), "conv_1_conv_1", {"kernel_size": (5, 3)}, {"height"}),
    "dilation": (conv(4), "conv_1_conv_1", {"dilation_rate": (1, 2)}, {"width"}),
    "even_kernel": (conv(4, kernel_size=2), "conv_1_conv_1", {"kernel_size": (3, 3)}, {"height", "width"}),
    "padding": (conv(4, padding=[[2, 0], [1, 1]]), "conv_1_pad_1", {"padding": ((1, 1), (1, 1))}, {"height"}),
    "pool": (
        {"kind": "max_pool", "pool_size": 3, "strides": 2, "padding": "same"}, "max_pool_0", {"pool_size": (3, 4)}, {"width"},
    ),
    "interpolation": (
        {"kind": "upsample", "interpolation": "bilinear"}, "upsample_0", {"interpolation": "nearest"}, {"height", "width"},
    ),
    "transposed": (
        conv(4, conv="transposed", strides=2, kernel_size=4), "conv_1_conv_1", {"kernel_size": (2, 4)}, {"height"},
    ),
    "cropping": ({"kind": "cropping", "cropping": [[0, 2], [1, 1]]}, "cropping_0", {"cropping": ((2, 0), (1, 1))}, {"height"}),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_receptive_field_that_is_wrong_is_found_on_its_axis(lie: str) -> None:
    row, name, arguments, axes = LIES[lie]
    plan = design(conv(4, strides=2), row, conv(4))
    graph = expand(plan)
    model = build_model(plan, image_size=24)
    operations = inspect_model(model).operations
    assert prove_field(graph, trace(graph), operations).differences == ()
    told = changed(graph, name, **arguments)
    found = prove_field(told, trace(told), operations)
    assert {difference.what.split(",")[0] for difference in found.differences} == axes
    assert {difference.layer for difference in found.differences} == {graph.layers[-1].name}


def test_a_wrong_shape_and_wrong_params_name_the_layer_and_both_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(
        "name: d\ninput: {image_size: 9}\nplan:\n  - {kind: conv, filters: 4}\n  - {kind: bottleneck, filters: 5}\n"
    )
    monkeypatch.setattr(proofs, "expand", lambda design: changed(expand(design), "conv_0_conv_1", filters=6))
    assert main(["verify", str(file)]) == 1
    out = capsys.readouterr().out
    assert 'layer "conv_0_conv_1", shape: calculated 9 x 9 x 6, found 9 x 9 x 4' in out
    assert 'layer "conv_0_conv_1", params: calculated 168, found 112' in out
    assert 'layer "d", params of all layers: calculated 203, found 137' in out


def test_the_command_prints_the_proofs(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "d.yaml"
    file.write_text("name: d\ninput: {image_size: [9, 12]}\nplan:\n  - {kind: conv, filters: 4, kernel_size: [3, 5]}\n")
    assert main(["verify", str(file)]) == 0
    assert capsys.readouterr().out == (
        "d at 9 x 12 px\n"
        "  agrees   calculator = Keras: the shapes of 3 layers\n"
        "  agrees   calculator = Keras: 184 parameters, layer by layer\n"
        '  agrees   calculator = gradient: what 16 units of "conv_0_relu_1" see on each axis, rf 3 x 5 px\n'
    )
    assert main(["verify", str(file), "--image-size", "16", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["image_size"], data["agrees"], [proof["name"] for proof in data["proofs"]]) == (
        [16, 16], True, ["shape", "params", "field"],
    )  # fmt: skip


def test_models_are_verified_by_reference(capsys: Capture) -> None:
    assert main(["verify", f"{MODELS}:chain"]) == 0
    assert "see on each axis, rf 4 x 12 px" in capsys.readouterr().out
    assert main(["verify", f"{MODELS}:gated"]) == 0
    assert "not shown: paths through a global pool: by them a unit sees the whole image" in capsys.readouterr().out


def test_behind_a_layer_of_unknown_kind_nothing_is_claimed(capsys: Capture) -> None:
    assert main(["verify", f"{MODELS}:derived"]) == 0
    out = capsys.readouterr().out
    assert 'not shown: layer "wide" is of unknown kind; its shape is Keras\'' in out
    assert "calculator = gradient: nothing could be compared" in out
    assert 'not shown: what "behind" sees: layer "wide" before it is of unknown kind' in out


def test_branches_that_look_at_different_places_are_said_where_the_longest_path_is_not_all() -> None:
    shifted = [
        {"kind": "zero_padding", "padding": [[6, 0], [0, 0]], "name": "down"},
        {"kind": "cropping", "cropping": [[0, 6], [0, 0]], "name": "moved"},
        {"kind": "add", "inputs": ["input", "moved"], "name": "sum"},
    ]
    found = verify_design(design(*shifted, conv(2)))
    assert found.agrees
    assert found.proofs[2].left_out == (
        "height: branches look at different places, so rf 3, of the longest path, is not the 9 px that all of them see "
        "together; what each unit sees agrees",
    )


def test_an_image_that_would_be_too_large_is_said() -> None:
    plan = [conv(2, dilation_rate=[9000, 1], padding="same", activation=None)]
    found = verify_design(design(*plan, size=12))
    assert found.agrees
    assert found.proofs[2].left_out == ("height of rf in full: it takes an image of more than 8,192 px",)


def test_what_a_backend_does_not_carry_out_is_said() -> None:
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow's own refusal")
    image = keras.Input((10, 10, 3))
    x = layers.Conv2DTranspose(2, 4, strides=2, padding="same", output_padding=0, name="up")(image)
    found = verify_model(keras.Model(image, layers.Conv2D(2, 3)(x)))
    assert found.agrees
    assert "tensorflow stops" in found.to_text()
    assert "[[" not in found.to_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.yaml"], "there is no such file"),
        (["nowhere.keras"], "there is no such file"),
        ([f"{MODELS}:two_inputs"], "has 2 inputs (left, right); one is read"),
        ([f"{MODELS}:with_weights"], "takes images of any size"),
    ],
)
def test_what_cannot_be_read_ends_with_2(arguments: list[str], words: str, capsys: Capture) -> None:
    assert main(["verify", *arguments]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rf"), [("VGG16", 212)])
def test_published_receptive_fields_are_what_gradients_find(name: str, rf: int) -> None:
    found = verify_model(load_model(f"keras.applications:{name}", top=False), 224)
    assert found.agrees
    assert found.proofs[2].left_out == ()
    assert f"see on each axis, rf {rf} x {rf} px" in found.proofs[2].shown


@pytest.mark.slow
def test_the_other_backend_agrees(repository: Path) -> None:
    command = "import sys; from tinymodel.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", command, "verify", str(repository / "designs" / "demo.xlsx")]
    done = subprocess.run(words, capture_output=True, text=True, env=under_jax(), check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "rf 68 x 68 px" in done.stdout
    assert done.stdout.count("agrees ") == 3
