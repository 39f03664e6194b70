"""The table as a picture: a PNG of what the table and the curve say."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from tests.support.places import REPOSITORY
from tinymodel.cli import main
from tinymodel.table_picture import DPI, POINTS

SHEET = str(REPOSITORY / "designs" / "Model Design.xlsx")
TITLE_PIXELS = 80
"""The title ends above, the curve begins below."""
BLOCK_ABOVE_END_PIXELS, TOTAL_ABOVE_END_PIXELS = 195, 145
"""Where the only row with a block lies in the picture of a plan of one convolution, counted from its lower edge."""


def test_the_suffix_asks_for_a_picture(tmp_path: Path) -> None:
    file = tmp_path / "table.png"
    assert main(["table", SHEET, "-o", str(file)]) == 0
    picture = Image.open(io.BytesIO(file.read_bytes())).convert("RGB")
    width, height = picture.size
    assert width == 1376
    assert height > 2000, "81 layers"
    colours = {colour for _, colour in picture.getcolors(maxcolors=1 << 20) or []}
    assert (0x1C, 0x67, 0xB0) in colours, "the curve"
    assert (0xBB, 0x32, 0x26) in colours, "wrong cells"


def ink(picture: Image.Image) -> tuple[int, int]:
    """Width and height in px of what is drawn on white."""
    left, top, right, bottom = ImageOps.invert(picture.convert("RGB")).getbbox() or (0, 0, 0, 0)
    return right - left, bottom - top


def letters(text: str, **font: Any) -> Any:
    """The ink of a text alone, letter by letter as it stands there; letters begin at fractions of a pixel."""
    figure = Figure(figsize=(6, 1), dpi=DPI, facecolor="white")
    figure.text(0.1, 0.5, text, parse_math=False, **font)
    content = io.BytesIO()
    FigureCanvasAgg(figure).print_png(content)
    return pytest.approx(ink(Image.open(content)), abs=1)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (r"$\frac{a$ {x} %s", r"$\frac{a$ {x} %s"),
        (r"\N{DIGIT ONE} & <b>", r"\N{DIGIT ONE} & <b>"),
        ("a \u202e%s", r"a \u202e%s"),
    ],
)
def test_hostile_names_are_drawn_as_they_are(tmp_path: Path, name: str, shown: str) -> None:
    design, file = tmp_path / "design.yaml", tmp_path / "table.png"
    design.write_text(f'name: {json.dumps(name)}\nplan: [{{kind: conv, filters: 2, block: "$x^$"}}]\n')
    assert main(["table", str(design), "-o", str(file)]) == 0
    picture = Image.open(file)
    width, height = picture.size
    assert ink(picture.crop((0, 0, width, TITLE_PIXELS))) == letters(shown, fontsize=12, fontweight="bold")
    block = picture.crop((0, height - BLOCK_ABOVE_END_PIXELS, width // 10, height - TOTAL_ABOVE_END_PIXELS))
    assert ink(block) == letters("$x^$", fontsize=POINTS)


def test_a_picture_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", SHEET, "--format", "png"]) == 2
    assert "help: name a file for it: -o table.png" in capsys.readouterr().err


def test_without_matplotlib_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["table", SHEET, "-o", str(tmp_path / "table.png")]) == 2
    assert "pip install '.[train]'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
