"""`inspect` and `check --against` from outside: references, files, forms, refusals."""

from __future__ import annotations

import csv
import json
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from generator.check.files import read_one  # noqa: E402
from generator.design.read_yaml import read_yaml  # noqa: E402
from generator.lint.options import CheckOptions  # noqa: E402
from generator.lint.rules import AGAINST  # noqa: E402
from generator.network.expand import expand  # noqa: E402
from generator.network.trace import trace  # noqa: E402
from tests.support import models  # noqa: E402
from tinymodel.build import build_model  # noqa: E402
from tinymodel.cli import main  # noqa: E402
from tinymodel.inspection.load import load_model  # noqa: E402

HERE = "tests.support.models"
Capture = pytest.CaptureFixture[str]


def refused(*arguments: object) -> bool:
    return main([*map(str, arguments)]) == 2


def test_the_table_of_a_function_is_printed(capsys: Capture) -> None:
    assert main(["inspect", f"{HERE}:chain"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].split() == ["block", "name", "kind", "size", "rf", "jump", "channels", "params", "macs"]
    assert "separable  separable_conv" in out
    assert "at 32 x 24: the last map has size 16 x 8, rf 4 x 12, jump 2, 6 channels" in out
    assert f"parameters {models.chain().count_params():,}" in out


def test_a_gate_and_an_unknown_layer_are_said_below_the_table(capsys: Capture) -> None:
    assert main(["inspect", f"{HERE}:gated"]) == 0
    out = capsys.readouterr().out
    assert "units from gate on see the whole image, 16 x 16" in out
    assert "shortest path" not in out
    assert main(["inspect", f"{HERE}:forked"]) == 0
    assert "the last map has size 16, rf 7 x 5 (3 x 1 by the shortest path), jump 1, 4 channels" in capsys.readouterr().out
    assert main(["inspect", f"{HERE}:derived"]) == 0
    out = capsys.readouterr().out
    assert "of unknown kind: wide; what stands behind has no rf that could be known, and their macs are not counted" in out
    assert [line.split()[2:5] for line in out.splitlines() if line.split()[:1] == ["wide"]] == [["16", "unknown", "unknown"]]
    assert "the last map has size 14, rf unknown, jump unknown, 5 channels" in out


def test_the_json_is_the_object_of_check_with_rows(capsys: Capture) -> None:
    assert main(["inspect", f"{HERE}:chain", "--format", "json"]) == 0
    (design,) = json.loads(capsys.readouterr().out)["designs"]
    assert (design["file"], design["status"], design["buildable"], design["layers"]) == (f"{HERE}:chain", "clean", True, 3)
    assert design["final"]["rf"] == [4, 12]
    assert [row["name"] for row in design["rows"]] == ["image", "conv", "pool", "separable", "global", "head"]
    assert set(design["rows"][0]) == {
        "name", "kind", "inputs", "size", "rf", "rf_min", "jump", "start", "channels", "params", "macs",
    }  # fmt: skip
    assert main(["inspect", f"{HERE}:derived", "--format", "json"]) == 0
    (design,) = json.loads(capsys.readouterr().out)["designs"]
    assert design["reason"] == 'layer "wide" is of unknown kind, which no row of a plan can say'
    assert [row["rf"] for row in design["rows"]] == [1, 3, None, None]


def test_a_table_goes_to_a_file_in_the_form_of_its_suffix(tmp_path: Path) -> None:
    assert main(["inspect", f"{HERE}:chain", "-o", str(tmp_path / "t.csv")]) == 0
    with (tmp_path / "t.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert (rows[-1]["name"], rows[-1]["params"]) == ("total", str(models.chain().count_params()))


def test_a_model_written_out_as_a_design_is_clean_and_builds_the_same_network(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "chain.yaml"
    assert main(["inspect", f"{HERE}:chain", "-o", str(file)]) == 0
    assert main(["check", str(file), "--against", f"{HERE}:chain"]) == 0
    assert "no findings" in capsys.readouterr().out
    design = read_yaml(file)
    assert [row.kind for row in design.plan] == ["conv", "max_pool", "conv", "global_average_pool", "dense"]
    assert design.classes == 5
    built, own = build_model(design), models.chain()
    assert built.count_params() == own.count_params()
    assert built.output.shape == own.outputs[0].shape
    assert trace(expand(design)).macs == 32 * 24 * 216 + 16 * 8 * 88 + 30


def test_a_model_written_out_as_a_workbook_is_clean(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "chain.xlsx"
    assert main(["inspect", f"{HERE}:chain", "-o", str(file)]) == 0
    assert main(["check", str(file), "--against", f"{HERE}:chain"]) == 0
    assert "no findings" in capsys.readouterr().out


def test_what_a_design_has_no_word_for_is_said_and_a_file_is_written_again(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "d.yaml"
    for _ in range(2):
        assert main(["inspect", f"{HERE}:precise", "-o", str(file)]) == 0
        assert capsys.readouterr().err == (
            f"{file}: a batch normalisation has the momentum 0.9; in a design it is 0.99, which makes a difference in training"
            f" only\n{file}: a layer that acts in training only (Dropout): in a design, a dropout of single units\n"
        )
    assert read_yaml(file).name == "precise"


def weight_like(weight: Any) -> Any:
    seed = zlib.crc32(f"{weight.shape} {weight.name}".encode())
    return np.random.default_rng(seed).uniform(0.1, 1.0, weight.shape)


@pytest.mark.parametrize(("name", "kept"), [("precise", 0), ("adapted", 7), ("gated", 0)])
@pytest.mark.parametrize("suffix", [".yaml", ".xlsx"])
def test_a_network_written_out_computes_what_the_model_does(
    name: str, kept: int, suffix: str, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / f"again{suffix}"
    assert main(["inspect", f"{HERE}:{name}", "-o", str(file)]) == 0
    assert (f"so the design has {kept} parameters less" in capsys.readouterr().err) == (kept > 0)
    assert main(["check", str(file), "--against", f"{HERE}:{name}"]) == 0
    assert "no findings" in capsys.readouterr().out
    model = getattr(models, name)()
    built = build_model(read_one(str(file), CheckOptions()).design)
    assert built.count_params() == model.count_params() - kept
    generator = np.random.default_rng(1)
    for one in (model, built):
        for layer in one.layers:
            if not isinstance(layer, keras.layers.Normalization):
                # By shape and name alone, so that both have the same whatever their layers are called.
                layer.set_weights([weight_like(weight) for weight in layer.weights])
    images = generator.uniform(0.0, 255.0, (2, 16, 16, 3)).astype("float32")
    outputs = np.asarray(model(images))
    assert outputs.std() > 0
    np.testing.assert_allclose(np.asarray(built(images)), outputs, rtol=1e-5)


def test_a_saved_model_is_read_as_the_function_that_made_it(tmp_path: Path, capsys: Capture) -> None:
    models.chain().save(tmp_path / "m.keras")
    assert main(["inspect", str(tmp_path / "m.keras")]) == 0
    saved = capsys.readouterr().out
    assert main(["inspect", f"{HERE}:chain"]) == 0
    assert saved == capsys.readouterr().out


def test_a_function_is_called_without_weights_and_with_its_top_unless_told_otherwise() -> None:
    models.CALLED.clear()
    load_model(f"{HERE}:with_weights")
    load_model(f"{HERE}:with_weights", top=False)
    assert models.CALLED == [(None, True), (None, False)]


def test_what_a_function_prints_is_no_result(capsys: Capture) -> None:
    assert main(["inspect", f"{HERE}:talks", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["designs"][0]["final"]["rf"] == [4, 12]


def test_a_function_for_one_image_size_is_asked_for_another(capsys: Capture) -> None:
    assert main(["inspect", f"{HERE}:sized", "--image-size", "20"]) == 0
    assert "at 20 x 20: the last map has size 18" in capsys.readouterr().out
    assert main(["verify", f"{HERE}:sized", "--image-size", "20"]) == 0
    capsys.readouterr()
    for size in (16, 17):
        assert main(["inspect", f"{HERE}:fitted", "--image-size", str(size)]) == 0
        out = capsys.readouterr().out
        assert ("zero_padding" in out) == size % 2


def test_a_model_of_unknown_size_asks_for_one(capsys: Capture) -> None:
    assert refused("inspect", f"{HERE}:with_weights")
    assert capsys.readouterr().err == (
        f'{HERE}:with_weights: model "with_weights" takes images of any size\n  help: say which by --image-size\n'
    )
    assert main(["inspect", f"{HERE}:with_weights", "--image-size", "20"]) == 0


def test_a_file_with_a_lambda_is_refused_and_its_code_is_not_run(tmp_path: Path, capsys: Capture) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras warns of saving a lambda.
        models.with_lambda().save(tmp_path / "l.keras")
    capsys.readouterr()
    assert refused("inspect", tmp_path / "l.keras")
    err = capsys.readouterr().err
    assert "holds a Lambda layer, whose code would run as soon as the file is opened" in err
    assert "help: give MODULE:FUNCTION" in err
    assert "Traceback" not in err


def test_a_file_with_a_layer_of_somebodys_own_is_refused_by_its_name(tmp_path: Path, capsys: Capture) -> None:
    models.derived().save(tmp_path / "d.keras")
    with zipfile.ZipFile(tmp_path / "d.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    # As a file from another machine has it: the module is not here.
    parts["config.json"] = parts["config.json"].replace(b"tests.support.models", b"somewhere.else")
    with zipfile.ZipFile(tmp_path / "e.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    capsys.readouterr()
    assert refused("inspect", tmp_path / "e.keras")
    assert 'holds a layer of somebody\'s own: "Wide", whose code is not in the file' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("nowhere.keras", "there is no such file"),
        ("nonsense", "is no model"),
        ("no.such.module:f", 'module "no.such.module" cannot be imported: ModuleNotFoundError'),
        (f"{HERE}:chian", 'did you mean "chain"?'),
        (f"{HERE}:CALLED", '"CALLED" is no function'),
        ("keras.applications:Resnet50", 'did you mean "ResNet50"?'),
        (f"{HERE}:no_model", "gives no Keras model but int"),
        (f"{HERE}:fails", '"fails" fails: RuntimeError: the disk is on fire\n'),
        (f"{HERE}:ends", '"ends" fails: SystemExit: no time\n'),
        ("builtins:dict", "gives no Keras model but dict"),
        ("math:hypot", "gives no Keras model but float"),
        (f"{HERE}:needs", '"needs" cannot be called without depth'),
        (f"{HERE}:two_inputs", "has 2 inputs (left, right)"),
    ],
)
def test_references_that_name_no_model(reference: str, words: str, capsys: Capture) -> None:
    assert refused("inspect", reference)
    err = capsys.readouterr().err
    assert err.startswith(f"{reference}: ")
    assert words in err
    assert "Traceback" not in err


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "x.keras").write_bytes(b"not a zip")
    assert refused("inspect", tmp_path / "x.keras")
    assert "x.keras: cannot be opened: it is no archive, or only a part of one\n" in capsys.readouterr().err
    models.chain().save(tmp_path / "whole.keras")
    (tmp_path / "x.keras").write_bytes((tmp_path / "whole.keras").read_bytes()[:-200])
    assert refused("verify", tmp_path / "x.keras")
    assert "x.keras: cannot be opened: it is no archive, or only a part of one\n" in capsys.readouterr().err
    with zipfile.ZipFile(tmp_path / "x.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    assert refused("inspect", tmp_path / "x.keras")
    assert "x.keras: cannot be opened: " in capsys.readouterr().err
    (tmp_path / "x.h5").write_bytes(b"not a zip")
    assert refused("inspect", tmp_path / "x.h5")
    assert 'models are not read from ".h5" files' in capsys.readouterr().err


def test_wrong_uses_are_refused_before_anything_is_read(tmp_path: Path, capsys: Capture) -> None:
    assert refused("inspect", f"{HERE}:fails", "-o", tmp_path / "d.yaml", "--format", "csv")
    assert "--format is the form of a table" in capsys.readouterr().err
    assert refused("inspect", f"{HERE}:fails", "-o", tmp_path / "d.pdf")
    assert "the suffix does not say what to write" in capsys.readouterr().err
    assert refused("inspect", f"{HERE}:chain", "--no-top")
    assert '"chain" has no parameter include_top' in capsys.readouterr().err


# ------------------------------------------------------------------------------------------------------ --against

SHORT = """
name: short
input: {{image_size: 16}}
plan:
  - {{kind: conv, filters: 4, activation: null}}
{pool}
  - {{kind: conv, filters: 8, activation: null}}
"""


def short_model(pool: bool = True, filters: int = 8, use_bias: bool = True, activation: str | None = None) -> keras.Model:
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="first")(image)
    x = keras.layers.MaxPooling2D(name="middle")(x) if pool else x
    x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=use_bias, activation=activation, name="last")(x)
    return keras.Model(image, x)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, []),
        ({"pool": False}, [("AG001", None)]),
        ({"filters": 9}, [("AG002", "channels"), ("AG003", "params_total")]),
        ({"use_bias": False}, [("AG003", "params"), ("AG003", "params_total")]),
        ({"activation": "relu"}, [("AG001", None)]),
    ],
)
def test_a_design_beside_a_model(
    arguments: dict[str, object], expected: list[tuple[str, str | None]], tmp_path: Path, capsys: Capture
) -> None:
    design, model = tmp_path / "d.yaml", tmp_path / "m.keras"
    design.write_text(SHORT.format(pool="  - {kind: max_pool}"))
    short_model(**arguments).save(model)  # type: ignore[arg-type]
    code = main(["check", str(design), "--against", str(model), "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["designs"][0]["findings"]
    assert [(finding["code"], finding["field"]) for finding in findings] == expected
    assert code == bool(expected)
    assert {finding["code"] for finding in findings} <= {rule.CODE for rule in AGAINST}


def test_the_first_layer_that_is_another_is_named(tmp_path: Path, capsys: Capture) -> None:
    design, model = tmp_path / "d.yaml", tmp_path / "m.keras"
    design.write_text(SHORT.format(pool="  - {kind: max_pool}"))
    short_model(pool=False).save(model)
    assert main(["check", str(design), "--against", str(model)]) == 1
    assert 'error AG001: the design has max_pool "max_pool_0", where the model has conv "last"' in capsys.readouterr().out
    assert main(["check", str(design), "--against", str(model), "--ignore", "AG"]) == 0


def test_branches_are_compared_whatever_the_order_they_were_written_in(tmp_path: Path, capsys: Capture) -> None:
    design = tmp_path / "d.yaml"
    plan = "[{kind: residual_block, filters: 3, activation: null}, {kind: residual_block, filters: 6, strides: 2}]"
    design.write_text(f"name: x\ninput: {{image_size: 16}}\nplan: {plan}\n")
    image = keras.Input((16, 16, 3))

    def branch(x: object, filters: int, strides: int) -> object:
        y = keras.layers.Conv2D(filters, 3, strides, padding="same", activation="relu")(x)
        return keras.layers.Conv2D(filters, 3, padding="same")(y)

    x = keras.layers.Add()([branch(image, 3, 1), image])
    x = keras.layers.Add()([branch(x, 6, 2), keras.layers.Conv2D(6, 1, 2)(x)])
    keras.Model(image, keras.layers.ReLU()(x)).save(tmp_path / "m.keras")
    capsys.readouterr()
    assert main(["check", str(design), "--against", str(tmp_path / "m.keras")]) == 1
    out = capsys.readouterr().out
    # The plan's first block, without an activation, has none between its convolutions either.
    assert 'AG001: the design has conv "residual_block_0_conv_2", where the model has relu' in out
    design.write_text(design.read_text().replace("activation: null}", "activation: relu, name: a}"))
    assert main(["check", str(design), "--against", str(tmp_path / "m.keras")]) == 1
    assert 'the design has relu "a_relu_2", where the model has conv' in capsys.readouterr().out


def test_a_sheet_without_a_network_is_not_compared_and_says_so(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "s.csv").write_text("layer,k,s,n_out,j_out,r_out\ninput,,,32,1,1\nconv,3,1,32,1,3\npool,2,2,16,2,4\n")
    short_model().save(tmp_path / "m.keras")
    capsys.readouterr()
    assert main(["check", str(tmp_path / "s.csv"), "--against", str(tmp_path / "m.keras")]) == 2
    assert "s.csv: not compared with" in capsys.readouterr().err
