"""The designs that come with the product: each says where it is from and what to expect, and says it rightly."""

from __future__ import annotations

import importlib.util
import re
import zipfile
from pathlib import Path
from types import ModuleType

import openpyxl
import pytest

from generator.check.files import check_files, read_one
from generator.design.read_yaml import read_yaml
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from generator.plan_sheet.write import design_workbook
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.xlsx.read import read_workbook
from tests.support.places import DESIGNS

NAMES = sorted(path.name for path in DESIGNS.iterdir() if path.suffix in (".yaml", ".xlsx"))
WORKBOOKS = [name for name in NAMES if name.endswith(".xlsx")]
V4 = "Proposed Model V4"
RF_100 = "tiny-imagenet-rf100.yaml"


def checked(name: str) -> Checked:
    return read_one(str(DESIGNS / name), CheckOptions())


def said_of(name: str) -> str:
    """What a design says of itself: the student's sheet in a note under its table, every other by its keys."""
    if name == "Model Design.xlsx":
        return read_workbook(DESIGNS / name)[V4].text(40, 1)
    design = checked(name).design
    assert design is not None
    return f"Source: {design.source}. Expected: {design.expected}"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_workbooks", DESIGNS / "make_workbooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def written(program: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which all workbooks have just been written: two by the program, one from its YAML."""
    folder = tmp_path_factory.mktemp("designs")
    program.model_design(folder / "Model Design.xlsx")
    program.demo(folder / "demo.xlsx")
    (folder / RF_100.replace(".yaml", ".xlsx")).write_bytes(design_workbook(read_yaml(DESIGNS / RF_100)))
    return folder


def cells_of(sheet: Sheet, last_row: int = 1_000, last_column: int = 1_000) -> dict[tuple[int, int], tuple[object, ...]]:
    return {
        position: tuple(cell)
        for position, cell in sheet.cells.items()
        if position[0] <= last_row and position[1] <= last_column
    }


def test_the_folder_holds_the_designs() -> None:
    sheets, plans = ["Model Design", "demo", "tiny-imagenet-rf100"], ["resnet18-tiny-imagenet", "tiny-imagenet-rf100"]
    plans += ["tiny-imagenet-v36", "tiny-imagenet-v4"]
    assert sorted([*(f"{name}.xlsx" for name in sheets), *(f"{name}.yaml" for name in plans)]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_design_says_its_source_and_the_figures_that_its_trace_gives(name: str) -> None:
    text = said_of(name)
    assert re.search(r"Source: (?!None)\w", text)
    expected = text.partition("Expected: ")[2]
    params, rf = re.search(r"([\d,]+) parameters", expected), re.search(r"\brf (\d+)", expected)
    assert params is not None
    assert rf is not None
    final = checked(name).final
    assert (int(params[1].replace(",", "")), int(rf[1])) == (final["params"], final["rf"])


def test_the_students_sheet_says_what_came_of_it() -> None:
    assert said_of("Model Design.xlsx").endswith("Result: its target, an rf of 100, is missed.")


@pytest.mark.parametrize("name", WORKBOOKS)
def test_the_program_writes_the_committed_cells(written: Path, name: str) -> None:
    committed, anew = read_workbook(DESIGNS / name), read_workbook(written / name)
    accept = "to accept what is written: python designs/make_workbooks.py, or tinymodel render X.yaml -o X.xlsx"
    assert list(anew) == list(committed), accept
    assert {title: cells_of(sheet) for title, sheet in anew.items()} == {
        title: cells_of(sheet) for title, sheet in committed.items()
    }, accept


@pytest.mark.parametrize("name", WORKBOOKS)
def test_every_formula_has_its_value_in_the_file(name: str) -> None:
    cells = [cell for sheet in read_workbook(DESIGNS / name).values() for cell in sheet.cells.values()]
    assert sum(cell.formula is not None for cell in cells) > 40
    assert all(cell.stored or cell.value == "" for cell in cells)  # An empty text is as good as none.


@pytest.mark.parametrize("name", WORKBOOKS)
def test_no_date_in_the_file_is_the_day_of_its_writing(program: ModuleType, written: Path, name: str) -> None:
    properties = openpyxl.load_workbook(written / name).properties
    assert (properties.created, properties.modified) == (program.DATE, program.DATE)
    with zipfile.ZipFile(written / name) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_workbook_of_rf_100_is_the_design_of_its_plan() -> None:
    assert checked(RF_100.replace(".yaml", ".xlsx")).design == read_yaml(DESIGNS / RF_100)


def test_rf_100_is_v4_with_its_pool_elsewhere() -> None:
    plans = [list(read_yaml(DESIGNS / name).plan) for name in (RF_100, "tiny-imagenet-v4.yaml")]
    pools = [plan.pop(next(index for index, row in enumerate(plan) if row.kind == "max_pool")) for plan in plans]
    assert plans[0] == plans[1]
    assert pools[0] == pools[1]


def test_the_students_sheet_is_the_original_cell_for_cell(shared_dir: Path) -> None:
    original = read_workbook(shared_dir / "sheets" / "Model Design.xlsx")[V4]
    made = read_workbook(DESIGNS / "Model Design.xlsx")[V4]
    assert cells_of(made, last_row=35) == cells_of(original, last_row=35)


def test_the_demo_is_right_in_every_cell_and_meets_its_targets() -> None:
    result = check_files([str(DESIGNS / "demo.xlsx")], CheckOptions())
    (demo,) = result.designs
    assert demo.findings == ()
    assert result.passed_over == ()
    assert demo.claimed == {name: demo.final[name] for name in ("size", "rf", "jump", "params")}


def test_the_demo_carries_its_targets_and_its_recipe() -> None:
    design = checked("demo.xlsx").design
    assert design is not None
    assert design.targets.rf is not None
    assert design.targets.rf.bounds() == (56.0, 72.0)
    assert design.targets.params is not None
    assert design.targets.params.max == 100_000
    assert design.train is not None
    assert [(phase.image_size, phase.learning_rate) for phase in design.train.phases] == [(32, None), (64, 0.0005)]
    assert (design.train.optimizer.learning_rate, design.train.augment_engine, design.train.seed) == (0.003, "native", 0)


def test_the_demo_has_a_channel_for_each_figure_of_the_toy_pictures() -> None:
    from tinymodel.data.toy import FIGURES

    design = checked("demo.xlsx").design
    assert design is not None
    assert design.classes == len(FIGURES)
