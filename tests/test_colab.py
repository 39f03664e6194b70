"""The cells of the README's way from Google Sheets to a trained model, run as they stand, with a folder for Colab's disk."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import time
import types
from pathlib import Path

import pytest

from tests.support.notebooks import Notebook
from tests.support.places import REPOSITORY

HEADING = "### From Google Sheets to a trained model on Colab"


def cells(content: Path) -> list[str]:
    """The five cells, on a disk of ours."""
    section = (REPOSITORY / "README.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    found = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(found) == 5
    return [cell.replace("/content", str(content)) for cell in found]


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Colab's disk, with its module `google.colab`; a file that is uploaded is a small design."""
    content = tmp_path / "content"
    (content / "drive" / "MyDrive").mkdir(parents=True)
    monkeypatch.chdir(content)

    def upload() -> dict[str, bytes]:
        shutil.copy(REPOSITORY / "designs" / "demo.xlsx", content / "demo.xlsx")
        return {"demo.xlsx": b""}

    colab = types.ModuleType("google.colab")
    colab.drive = types.SimpleNamespace(mount=lambda folder: None)  # type: ignore[attr-defined]
    colab.files = types.SimpleNamespace(upload=upload)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    return content


@pytest.mark.slow
def test_the_cells_train_a_sheet_through_a_lost_machine(content: Path) -> None:
    install, upload, table, train, again = cells(content)
    assert install.endswith('!pip install -q "./checkout[train]"\n')
    assert train == again
    smaller = train.replace("make-toy", "make-toy --train-per-class 8 --val-per-class 2")
    smaller = smaller.replace(" --data", " --set phases.0.epochs=2 --set phases.1.epochs=2 --data")

    notebook = Notebook(content)
    notebook.run(upload)
    shown = notebook.run(table)
    assert "rf 68, jump 8" in shown
    assert "parameters 91,010" in shown

    *first, training = smaller.strip().splitlines()
    notebook.run("\n".join(first))
    copy = content / "drive" / "MyDrive" / "my-network"
    with notebook.start(training) as process:
        deadline = time.monotonic() + 120
        while not list((copy / "checkpoints").glob("epoch-0002-*")):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    for name in ("run", "pictures", "cache"):
        shutil.rmtree(content / name)

    notebook = Notebook(content)
    notebook.run(upload)
    said = notebook.run(smaller)
    assert f"the run is taken from {copy}" in said
    assert "goes on at step" in said
    assert "best validation accuracy" in said
    assert (copy / "model.keras").read_bytes() == (content / "run" / "model.keras").read_bytes()


def test_pasted_cells_are_a_design_as_well(content: Path) -> None:
    _, upload, *_ = cells(content)
    notebook = Notebook(content)
    pasted = (REPOSITORY / "docs" / "pasted_cells.txt").read_text()
    notebook.run(upload.replace('PASTED = """\n', f'PASTED = """\n{pasted}'))
    assert notebook.names["DESIGN"] == "design.tsv"
    assert "size 16, rf 10" in notebook.run("!tinymodel check {DESIGN}")
