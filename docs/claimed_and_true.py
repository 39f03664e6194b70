"""Draws docs/claimed_and_true.png: what `Model Design.xlsx` claims of its receptive field, layer by layer, and what is true.

python docs/claimed_and_true.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from generator.sheet.assume import Assumptions
from generator.sheet.tables import find_frames
from generator.sheet.understand import understand
from generator.spreadsheet.xlsx.read import read_workbook

HERE = Path(__file__).parent
TARGET = 100


def main() -> None:
    sheet = next(iter(read_workbook(HERE.parent / "designs" / "Model Design.xlsx").values()))
    frames = find_frames(sheet)
    table = understand(sheet, frames[0], frames, Assumptions())
    assert table is not None
    column = table.frame.numbers("rf_out")[-1]
    claims = [claim for claim in table.claims if claim.position[1] == column]
    layers = range(1, len(claims) + 1)
    figure, axes = plt.subplots(figsize=(9, 3.6), dpi=140)
    axes.axhline(TARGET, color="#888888", linestyle="--", linewidth=1)
    axes.text(1, TARGET + 2, "target: 100", color="#666666", fontsize=9)
    axes.plot(
        layers, [claim.claimed for claim in claims], color="#c0392b", marker="o", markersize=4, label="claimed by the sheet"
    )
    axes.plot(layers, [claim.right for claim in claims], color="#2471a3", marker="o", markersize=4, label="true")
    axes.annotate(
        f"{claims[-1].claimed}", (len(claims), claims[-1].claimed), textcoords="offset points", xytext=(8, -3), color="#c0392b"
    )
    axes.annotate(
        f"{claims[-1].right}", (len(claims), claims[-1].right), textcoords="offset points", xytext=(8, -3), color="#2471a3"
    )
    first = next(claim for claim in claims if claim.claimed != claim.right)
    axes.annotate(
        f"I{first.position[0]}: the max-pool doubles it",
        (claims.index(first) + 1, first.claimed),
        xytext=(claims.index(first) - 5.5, first.claimed - 8),
        arrowprops={"arrowstyle": "->", "color": "#555555"},
        fontsize=9,
    )
    axes.set_xlabel("layer of the sheet")
    axes.set_ylabel("receptive field, px")
    axes.set_xticks(list(layers))
    axes.set_xlim(0.5, len(claims) + 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="center left")
    figure.tight_layout()
    figure.savefig(HERE / "claimed_and_true.png")


if __name__ == "__main__":
    main()
