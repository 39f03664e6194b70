"""The rendered script: its golden text, its form, and that no text of a design becomes code."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generator.design.parse import parse_design
from generator.design.read_yaml import read_yaml
from generator.design.record import Design
from generator.design.rows import ROWS
from generator.errors import InputError
from generator.network.expand import row_names
from generator.render.literals import python_identifier, python_literal
from generator.render.safety import check_script
from generator.render.script import render_script
from tests.support.goldens import ACCEPT, GOLDEN, SOURCES, design_of, golden_of
from tests.support.places import REPOSITORY

BLOCKS_SOURCE = (REPOSITORY / "tinymodel" / "blocks.py").read_text()
SHIPPED = sorted(path for path in (REPOSITORY / "designs").iterdir() if path.suffix in (".yaml", ".xlsx"))

LONG = "a_name_as_long_as_a_name_may_be_which_is_sixty_four_characters_l"


def _design(*plan: dict[str, Any], **header: Any) -> Design:
    return parse_design({"name": "test", "plan": list(plan), **header})


def _render(*plan: dict[str, Any], **header: Any) -> str:
    return render_script(_design(*plan, **header), BLOCKS_SOURCE)


def _plan(text: str) -> list[str]:
    """The statements of the plan, without their comments."""
    lines = text.split("# fmt: off\n")[1].split("    # fmt: on")[0].splitlines()
    return [code for line in lines if (code := line.split("#")[0].strip())]


WIDE = _design(
    {"kind": "conv", "filters": 4, "name": LONG, "kernel_size": [1, 11], "dilation_rate": [1, 2], "batch_norm": True},
    *({"kind": "conv", "filters": 4, "name": f"{LONG[:60]}_{number}"} for number in range(3)),
    {"kind": "concat", "name": f"{LONG[:-1]}s", "inputs": [LONG, *(f"{LONG[:60]}_{number}" for number in range(3))]},
    {"kind": "squeeze_excite", "note": "a gate", "block": "Attention"},
    {"kind": "residual_block", "filters": 9, "strides": [2, 1], "convolutions": 3, "conv": "separable", "l2": 1e-5},
    {"kind": "inverted_residual", "filters": 9},
    {"kind": "conv", "conv": "transposed", "filters": 3, "strides": 3, "padding": 1},
    {"kind": "conv", "conv": "depthwise", "use_bias": False},
    {"kind": "flatten"},
    {"kind": "dense", "units": "classes", "l2": 0.25, "activation": "softmax"},
    classes=7,
)
POOL_ONLY = _design({"kind": "max_pool"})
DENSE_ONLY = _design({"kind": "global_max_pool"}, {"kind": "dense", "units": 2})


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_script_is_its_golden_one(source: Path, request: pytest.FixtureRequest) -> None:
    rendered, golden = render_script(design_of(source), BLOCKS_SOURCE), golden_of(source)
    if request.config.getoption("--accept-golden"):
        golden.write_text(rendered)
    assert golden.exists(), f"there is no golden script; to make it: {ACCEPT}"
    assert rendered == golden.read_text(), f"the script changed; if that is right: {ACCEPT}"


def test_the_golden_scripts_are_of_all_kinds_and_no_other_file_is_there() -> None:
    assert {row.kind for source in SOURCES for row in design_of(source).plan} == set(ROWS)
    assert set(GOLDEN.glob("*.py")) == {GOLDEN / "conftest.py", *map(golden_of, SOURCES)}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_design_can_be_written_as_a_script(file: Path) -> None:
    design = design_of(file)
    script = render_script(design, BLOCKS_SOURCE)
    assert [name for name in row_names(design) if f'name="{name}"' not in script] == []


@pytest.mark.parametrize("design", [WIDE, POOL_ONLY, DENSE_ONLY], ids=["wide", "pool only", "dense only"])
def test_scripts_are_as_the_formatter_and_the_linter_want_them(design: Design, tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(render_script(design, BLOCKS_SOURCE))
    for command in (["format", "--check", "--diff"], ["check"]):
        options = ["--config", str(REPOSITORY / "pyproject.toml"), "--no-cache"]
        done = subprocess.run([sys.executable, "-m", "ruff", *command, *options, str(file)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_scripts_pass_the_type_checker(tmp_path: Path) -> None:
    for name, design in {"wide": WIDE, "pool_only": POOL_ONLY, "dense_only": DENSE_ONLY}.items():
        (tmp_path / f"{name}.py").write_text(render_script(design, BLOCKS_SOURCE))
    command = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", *map(str, sorted(tmp_path.glob("*.py")))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_script_holds_only_what_its_plan_uses() -> None:
    tree = ast.parse(_render({"kind": "conv", "filters": 2}))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert functions == ["standard_conv", "conv_unit", "build_model", "main"]
    tree = ast.parse(render_script(POOL_ONLY, BLOCKS_SOURCE))
    assert [node.name for node in tree.body if isinstance(node, ast.FunctionDef)] == ["build_model", "main"]
    assert [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)] == [
        "import keras",
        "from keras import layers",
    ]


def test_its_functions_are_those_of_the_blocks_word_for_word() -> None:
    rendered = render_script(WIDE, BLOCKS_SOURCE)
    tree = ast.parse(BLOCKS_SOURCE)
    texts = [ast.get_source_segment(BLOCKS_SOURCE, node) for node in tree.body if isinstance(node, ast.FunctionDef)]
    used = [text for text in texts if text and text in rendered]
    assert len(used) == len(texts) - 2, "all but bottleneck and dense_block"


def test_arguments_that_are_defaults_are_left_out() -> None:
    unit = {"kernel_size": 3, "strides": [1, 1], "padding": "same", "use_bias": True, "activation": "relu"}
    plan = _plan(_render({"kind": "conv", "filters": 2, **unit}, {"kind": "max_pool", "pool_size": 2, "strides": 2}))
    assert plan == [
        'x = conv_unit(inputs, 2, STANDARD, name="conv_0")',
        'x = layers.MaxPooling2D(2, name="max_pool_0")(x)',
    ]


def test_rows_made_alike_share_a_unit() -> None:
    text = _render(
        {"kind": "conv", "filters": 2},
        {"kind": "dense_block", "filters": 2, "batch_norm": True},
        {"kind": "bottleneck", "filters": 2},
    )
    assert "STANDARD = Unit(standard_conv)\nSTANDARD_2 = Unit(standard_conv, batch_norm=True)\n" in text
    assert [line.split(", ")[2] for line in _plan(text)] == ["STANDARD", "STANDARD_2", "STANDARD"]


def test_classes_are_an_argument_where_a_row_asks_for_them() -> None:
    rows = {"kind": "bottleneck", "filters": "classes"}, {"kind": "global_average_pool"}
    text = _render(*rows, classes=5)
    assert "def build_model(image_size: int | tuple[int, int] | None = None, classes: int = 5) -> keras.Model:" in text
    assert 'x = bottleneck(inputs, classes, STANDARD, name="bottleneck_0")' in text
    assert "if classes == 5 and model.count_params() != 20:" in text
    assert "classes" not in _render({"kind": "bottleneck", "filters": 5}, classes=5).split("build_model(")[1].split("\n")[0]


def test_the_image_size_is_fixed_where_weights_depend_on_it() -> None:
    text = _render({"kind": "flatten"}, {"kind": "dense", "units": 2}, input={"image_size": 8})
    assert "def build_model(image_size: int | tuple[int, int] = 8) -> keras.Model:" in text
    assert "if image_size == 8 and model.count_params() != 386:" in text


def test_rows_read_by_name_are_variables_under_names_that_mean_nothing_else() -> None:
    names = ["x", "keras", "conv_unit", "int", "x_", "STANDARD", "model"]
    plan = [{"kind": "conv", "filters": 2, "name": name} for name in names]
    lines = _plan(_render(*plan, {"kind": "add", "inputs": names}))
    variables = ["x_", "keras_", "conv_unit_", "int_", "x__", "STANDARD_", "model_"]
    assert [line.split(" = ")[0] for line in lines[:7]] == variables
    assert lines[-1] == f'x = layers.Add(name="add_0")([{", ".join(variables)}])'
    assert lines[1] == 'keras_ = conv_unit(x_, 2, STANDARD, name="keras")'


def test_the_plan_shows_size_jump_rf_and_params() -> None:
    text = _render(
        {"kind": "conv", "filters": 8, "kernel_size": [3, 1], "block": 1},
        {"kind": "max_pool", "block": "The end", "note": "halves both axes"},
        {"kind": "upsample", "size": 4},
        {"kind": "global_average_pool"},
    )
    table = text.split("# fmt: off\n")[1].split("    # fmt: on")[0]
    squeezed = [" ".join(line.split()) for line in table.splitlines()]
    assert squeezed == [
        "# size jump rf params",
        "# Block 1",
        'x = conv_unit(inputs, 8, STANDARD, kernel_size=(3, 1), name="conv_0") # 32 1 3x1 80',
        "",
        "# The end",
        "# halves both axes",
        'x = layers.MaxPooling2D(2, name="max_pool_0")(x) # 16 2 4x2 0',
        "",
        'x = layers.UpSampling2D(4, name="upsample_0")(x) # 64 1/2 4x2 0',
        'x = layers.GlobalAveragePooling2D(name="global_average_pool_0")(x) # - - - 0',
    ]
    assert len({line.rindex("#") for line in table.splitlines() if "x = " in line}) == 1


def test_rendering_is_deterministic_and_loads_no_framework() -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from generator.design.read_yaml import read_yaml; from generator.render.script import render_script\n"
        "text = render_script(read_yaml(Path('designs/tiny-imagenet-v36.yaml')), Path('tinymodel/blocks.py').read_text())\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch', 'tinymodel', 'openpyxl'} & sys.modules.keys()\n"
        "sys.stdout.write(text)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == render_script(read_yaml(REPOSITORY / "designs" / "tiny-imagenet-v36.yaml"), BLOCKS_SOURCE)


HOSTILE = [
    'a"""\nimport os\nos.system("x")\n"""',
    "a'''\nimport os",
    "a\nimport os",
    "a\r\nimport os\rb\x0cc\x85d\u2028import os\u2029e",
    "ends with a backslash \\",
    'ends with a quote "',
    "{{ 7 * 7 }}{% raw %}",
    "a # fmt: on\n    import os",
    "\u202eso\u2066 tropmi\u200b",
    "impоrt ｏs",
    "\x00\x1b[31m",
    "%s {x} \\N{DIGIT ONE} \\u0022\\x22",
    "",
    " ",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("sink", ["name", "source", "expected", "block", "note"])
def test_no_text_of_a_design_becomes_code(sink: str, text: str) -> None:
    row: dict[str, Any] = {"kind": "conv", "filters": 2}
    header: dict[str, Any] = {}
    (row if sink in ("block", "note") else header)[sink] = text
    rendered = _render(row, **header)
    assert rendered.isascii()
    assert rendered.isprintable() or set(rendered) - set(map(chr, range(32, 127))) == {"\n"}
    assert _statements(rendered, sink) == _statements(_render({"kind": "conv", "filters": 2}), sink)


def _statements(text: str, sink: str) -> str:
    """The script's code without its docstring and, where the design's name is the sink, without the model's name."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "keras.Model" and sink == "name":
            node.keywords = []
    return ast.unparse(tree.body[1:])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ['a"', "a b", "a\nb", "import", "_a", "__class__", "2a", "а", "a" * 200, "", "a.b", "ﬁ"])
def test_names_that_are_not_plain_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="a name cannot be written into code"):
        python_identifier(name)
    row = _design({"kind": "conv", "filters": 2}).plan[0].model_copy(update={"name": name})
    design = _design({"kind": "conv", "filters": 2}).model_copy(update={"plan": (row,)})
    if name not in ("", "import"):
        with pytest.raises(InputError, match="a value cannot be written into code"):
            render_script(design, BLOCKS_SOURCE)


@pytest.mark.parametrize("value", ['relu" or exec("x")', "__import__('os')", float("nan"), float("inf"), object(), (1,), b"a"])
def test_values_that_are_not_literals_are_refused(value: Any) -> None:
    with pytest.raises(InputError, match="a value cannot be written into code"):
        python_literal(value)


@pytest.mark.parametrize("field", ["activation", "kernel_initializer"])
@pytest.mark.parametrize("value", ['relu" or exec("x")', "__import__('os')", "a\nb"])
def test_values_that_went_past_the_reader_are_refused(field: str, value: str) -> None:
    row = _design({"kind": "conv", "filters": 2}).plan[0].model_copy(update={field: value})
    design = _design({"kind": "conv", "filters": 2}).model_copy(update={"plan": (row,)})
    with pytest.raises(InputError, match="a value cannot be written into code"):
        render_script(design, BLOCKS_SOURCE)


FRAME = '"""A script."""\n\nimport keras\n\n\ndef main() -> None:\n    """Runs."""\n    {}\n'


def test_the_last_look_passes_plain_code() -> None:
    check_script(FRAME.format("keras.Input((None, None, 3), name='input')"))


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("import os", "an import"),
        ("from keras import layers as exec", "an import"),
        ("exec('x')", "a name that the script does not define"),
        ("open('x')", "a name that the script does not define"),
        ("__import__('os')", "a name that the script does not define"),
        ("__builtins__", "a name that the script does not define"),
        ("keras.saving.load_model('x')", "an attribute"),
        ("().__class__", "an attribute"),
        ("keras.utils.get_file('x')", "an attribute"),
        ("lambda: 0", "a Lambda"),
        ("[x for x in ()]", "a ListComp"),
        ("with keras: pass", "a With"),
        ("while True: pass", "a While"),
        ("try: pass\n    finally: pass", "a Try"),
        ("global keras", "a Global"),
        ("del keras", "a Delete"),
        ("assert keras", "a Assert"),
        ("print = 1", "a name that is not its own"),
        ("(x := 1)", "a NamedExpr"),
        ("yield 1", "a Yield"),
        ("'\u202e'", "a character that is not printable ASCII"),
        ("keras\n\nexec", "a statement"),
        ("keras\n\nmain()", "a statement that no script has at its top"),
        ("keras\n\nif True:\n    main()", "a statement that no script has at its top"),
        ("keras\n\n@main\ndef other(): return", "a decorator"),
        ("1 +", "is not Python"),
    ],
)  # fmt: skip
def test_the_last_look_refuses_everything_else(statement: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        check_script(FRAME.format(statement))
