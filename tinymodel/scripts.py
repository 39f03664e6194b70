"""A design as code that stands by itself, with the blocks of `blocks.py`, which are read as text and never imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.design.record import Design


def script_of(design: Design) -> str:
    """The Keras script of a design."""
    from generator.render.script import render_script

    return render_script(design, blocks_source())


def notebook_of(design: Design) -> str:
    """The notebook of a design: its script, its training and what it learned, a cell each."""
    from generator.render.notebook import render_notebook

    return render_notebook(design, blocks_source())


def blocks_source() -> str:
    """The text of `tinymodel/blocks.py`."""
    from importlib.resources import files

    return (files("tinymodel") / "blocks.py").read_text(encoding="utf-8")
