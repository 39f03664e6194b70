"""The table as a picture: a PNG of what the table and the curve say."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.places import REPOSITORY
from tinymodel.cli import main

SHEET = str(REPOSITORY / "designs" / "Model Design.xlsx")


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


def test_hostile_names_are_drawn_as_they_are(tmp_path: Path) -> None:
    design = tmp_path / "design.yaml"
    design.write_text('name: "$\\\\frac{a$ {x} \\u202e%s"\nplan: [{kind: conv, filters: 2, block: "$x^$"}]\n')
    assert main(["table", str(design), "-o", str(tmp_path / "table.png")]) == 0


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
