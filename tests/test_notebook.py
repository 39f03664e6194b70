"""The rendered notebook: its form, its safety, and that its cells run from top to bottom."""

from __future__ import annotations

import ast
import json
import re
import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator.check.files import read_one
from generator.design.parse import parse_design
from generator.design.read_yaml import read_yaml
from generator.design.record import Design
from generator.lint.options import CheckOptions
from generator.render.notebook import render_notebook
from generator.render.script import render_script
from tests.support.notebooks import Notebook
from tests.support.places import REPOSITORY

BLOCKS_SOURCE = (REPOSITORY / "tinymodel" / "blocks.py").read_text()
SHIPPED = sorted(path for path in (REPOSITORY / "designs").iterdir() if path.suffix in (".yaml", ".xlsx"))


def _design(*plan: dict[str, Any], **header: Any) -> Design:
    return parse_design({"name": "test", "plan": list(plan), **header})


def _read(file: Path) -> Design:
    design = read_one(str(file), CheckOptions()).design
    assert design is not None
    return design


def _notebook(design: Design) -> dict[str, Any]:
    return dict(json.loads(render_notebook(design, BLOCKS_SOURCE)))


def _cells(design: Design, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in _notebook(design)["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_it_is_a_notebook_without_outputs(file: Path) -> None:
    notebook = _notebook(_read(file))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    for cell in notebook["cells"]:
        assert cell["cell_type"] in ("markdown", "code")
        assert cell["cell_type"] == "markdown" or (cell["outputs"] == [] and cell["execution_count"] is None)
    if find_spec("nbformat"):
        import nbformat

        nbformat.validate(nbformat.from_dict(notebook))
    assert render_notebook(_read(file), BLOCKS_SOURCE) == render_notebook(_read(file), BLOCKS_SOURCE)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_the_code_is_that_of_the_script_and_the_file_is_the_design(file: Path, tmp_path: Path) -> None:
    design = _read(file)
    code = _cells(design, "code")
    script = render_script(design, BLOCKS_SOURCE)
    blocks, model = (cell for cell in code if cell in script and len(cell) > 500)
    assert ast.dump(ast.parse(f"{blocks}\n{model}")) == ast.dump(ast.Module(ast.parse(script).body[1:-2], type_ignores=[]))

    (written,) = (cell for cell in code if cell.startswith("%%writefile design.yaml\n"))
    (tmp_path / "design.yaml").write_text(written.partition("\n")[2])
    read = read_yaml(tmp_path / "design.yaml")
    assert read.train is not None
    assert read == (design if design.train else design.model_copy(update={"train": read.train}))


def test_a_design_without_a_recipe_gets_one_at_growing_resolution() -> None:
    plan = {"kind": "conv", "filters": 2}
    text = "\n".join(_cells(_design(plan, input={"image_size": 64}), "code"))
    assert re.findall(r"image_size: (\d+), epochs", text) == ["32", "64"]
    assert "put in" in "\n".join(_cells(_design(plan), "markdown"))
    flat = _design({"kind": "flatten"}, {"kind": "dense", "units": 2}, input={"image_size": 64})
    assert re.findall(r"image_size: (\d+), epochs", "\n".join(_cells(flat, "code"))) == ["64"]


def test_the_table_has_a_line_a_row_and_the_totals() -> None:
    design = _read(REPOSITORY / "designs" / "tiny-imagenet-v36.yaml")
    (table,) = (cell for cell in _cells(design, "markdown") if cell.startswith("## The table"))
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 1 + len(design.plan) + 1
    assert "| **80** |" in lines[-1]
    assert "| **11,178,211** |" in lines[-1]
    params = [int(line.split("|")[8].replace(",", "")) for line in lines[2:-1]]
    assert sum(params) == 11_178_211


HOSTILE = [
    "x\n!rm -rf /",
    "x\n%%bash\nrm",
    "x\n%system rm",
    "# %% [code]\nimport os",
    '"""\nimport os\n"""',
    "</script><img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) ![b](http://x) <http://x>",
    "$x$ $$y$$ \\(z\\)",
    "| a | b |\n|---|",
    "{DATA} {{ 7 * 7 }} $HOME `id`",
    "\u202e\x1b[31m\u2028",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("sink", ["name", "source", "expected", "block", "note", "class_weight"])
def test_no_text_of_a_design_becomes_code_or_markup(sink: str, text: str) -> None:
    def told(word: str) -> Design:
        row, phase = {"kind": "conv", "filters": 2}, {"image_size": 32, "epochs": 1, "batch_size": 8}
        if sink in ("block", "note"):
            return _design({**row, sink: word})
        if sink == "class_weight":
            return _design(row, train={"phases": [phase], "class_weight": {word: 2.0}})
        return _design(row, **{sink: word})

    design, plain = told(text), told("plain")
    hostile, harmless = _cells(design, "code"), _cells(plain, "code")
    assert len(hostile) == len(harmless)
    for one, other in zip(hostile, harmless, strict=True):
        if one.startswith("%%writefile design.yaml\n"):
            assert one.count("\n") == other.count("\n"), "the text stays on its line of the file"
        elif "def build_model" in one:
            assert _without_model_name(one) == _without_model_name(other)
        else:
            assert re.sub(r"MyDrive/\w+", "", one) == re.sub(r"MyDrive/\w+", "", other)
    for cell in _cells(design, "markdown"):
        assert "<" not in cell.replace("\\<", "")
        assert "$" not in cell.replace("\\$", "")
        assert "](" not in cell.replace("\\](", "").replace("\\]\\(", "")
        assert "://" not in cell
        assert cell.isprintable() or set(cell) - {"\n"} <= {character for character in cell if character.isprintable()}


def _without_model_name(cell: str) -> str:
    return re.sub(r"name='\w+'\)$", "", ast.unparse(ast.parse(cell)), flags=re.MULTILINE)


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty machine with Jupyter's module for pictures."""
    display = types.ModuleType("IPython.display")
    display.Image = lambda file: Path(file).read_bytes()  # type: ignore[attr-defined]
    display.display = lambda picture: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_its_cells_run_from_top_to_bottom(content: Path) -> None:
    pytest.importorskip("tensorflow")
    small = {"image_size": 16, "epochs": 1, "batch_size": 20, "augment": "none"}
    design = _design(
        {"kind": "conv", "filters": 8, "strides": 2, "batch_norm": True},
        {"kind": "residual_block", "filters": 16, "strides": 2},
        {"kind": "bottleneck", "filters": "classes"},
        {"kind": "global_average_pool"},
        {"kind": "softmax"},
        classes=200,
        train={"phases": [small, {**small, "image_size": 32}]},
    )
    notebook = Notebook(content)
    said = {}
    for cell in _cells(design, "code"):
        if "!pip install" in cell:
            assert '!pip install -q "./checkout[{EXTRA}]"' in cell
            continue
        said[cell] = notebook.run(cell.replace("make-toy", "make-toy --train-per-class 10 --val-per-class 2"))
    said_by = {key.removesuffix(" --dry-run").split()[1]: text for key, text in said.items() if key.startswith("!")}
    assert "best validation accuracy" in said_by["train"]
    assert "top-1" in said_by["evaluate"]
    assert Path("kept/model.keras").read_bytes() == Path("run/model.keras").read_bytes()
    model = notebook.names["model"]
    assert model.count_params() > 0
    assert np.isfinite(np.asarray(model(np.zeros((1, 32, 32, 3), "float32")))).all()

    from keras.saving import load_model

    trained = load_model("run/model.keras")
    assert [weight.path for weight in trained.weights] == [weight.path for weight in model.weights]
    for one, other in zip(trained.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
