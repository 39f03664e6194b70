"""`tinymodel check` of sheets as a whole process: a real workbook beside importing openpyxl and pydantic, and long sheets.

    python benchmarks/check_sheets.py

Prints medians of seconds, taken in turn, their ratio (goal: at most 2), and the most memory that a check held: once with the
bytecode of both kept, as an installed program has it, and once where Python may keep none, so that this project's modules are
compiled at each start. Then the same of generated sheets of 500, 1,000 and 2,000 layers, clean and with 200 wrong formulas. The
microseconds a layer stay what they are where the time grows with the layers alone.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 15
ROUNDS_OF_LONG_SHEETS = 5
LAYERS = (500, 1_000, 2_000)
WRONG = 200
DESIGN = Path(__file__).parents[1] / "designs" / "Model Design.xlsx"
PEER = "import openpyxl, pydantic"
OURS = "import sys; from tinymodel.cli import main; code = main()"
PEAK = "; print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1], file=sys.stderr)"
"""The kernel's own mark of a process: what it held at most, in kB."""

HEADER = ("layer", "kernel size", "stride", "padding", "no. of kernels", "output size", "jump", "receptive field", "parameters")
KERNELS = 32
POOLS = 4
"""Pools in a sheet, the first behind one layer, so that all that follow stand at a jump above 1: 64 px come to 4 px."""


def seconds(environment: Mapping[str, str], code: str, *arguments: str) -> float:
    start = time.perf_counter()
    subprocess.run((sys.executable, "-c", code, *arguments), check=False, capture_output=True, env=environment)
    return time.perf_counter() - start


def peak_megabytes(environment: Mapping[str, str], *arguments: str) -> float:
    command = (sys.executable, "-c", OURS + PEAK, *arguments)
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    return int(done.stderr.split()[-1]) / 1024


def write_sheet(path: Path, layers: int, wrong: int) -> None:
    """A sheet as a person would fill it down, every number a formula that takes it from the row above.

    Of the wrong formulas every other one forgets the jump in the receptive field, which all rows below it inherit; the rest
    count the parameters on one channel more.
    """
    from openpyxl import Workbook

    from generator.spreadsheet.xlsx.stored_values import bytes_without_stored_values, with_computed_values

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(HEADER)
    sheet.append(("input", None, None, None, 3, 64, 1, 1))
    pools = {2 + layers * index // POOLS for index in range(POOLS)}
    mistakes = [3 + (layers - 3) * index // wrong for index in range(wrong)]
    wrong_steps = set(mistakes[::2]) | pools.intersection(mistakes)  # A pool has no parameters to be wrong.
    wrong_parameters = set(mistakes) - wrong_steps
    for number in range(1, layers + 1):
        row, above = number + 2, number + 1
        pool = number in pools
        kernel, strides = (2, 2) if pool else (3, 1)
        step = f"(B{row}-1)" if number in wrong_steps else f"(B{row}-1)*G{above}"
        channels = f"(E{above}+1)" if number in wrong_parameters else f"E{above}"
        sheet.append(
            (
                f"pool {number}" if pool else f"conv {number}",
                kernel,
                strides,
                "valid" if pool else "same",
                f"=E{above}" if pool else KERNELS,
                f"=F{above}/C{row}",
                f"=G{above}*C{row}",
                f"=H{above}+{step}",
                0 if pool else f"=B{row}*B{row}*{channels}*E{row}+E{row}",
            )
        )
    path.write_bytes(with_computed_values(bytes_without_stored_values(workbook)))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        kept = {**bare, "PYTHONPYCACHEPREFIX": str(Path(folder) / "bytecode")}
        peer = real_workbook("bytecode kept", kept)
        real_workbook("compiled at each start", {**bare, "PYTHONDONTWRITEBYTECODE": "1"})
        for layers in LAYERS:
            for wrong in (0, WRONG):
                path = Path(folder) / f"{layers}-{wrong}.xlsx"
                write_sheet(path, layers, wrong)
                long_sheet(path, layers, wrong, kept, peer)


def real_workbook(words: str, environment: Mapping[str, str]) -> float:
    """The figures of the real workbook; returns the peer's seconds."""
    ours, peers = [], []
    for _ in range(ROUNDS + 1):
        ours.append(seconds(environment, OURS, "check", str(DESIGN)))
        peers.append(seconds(environment, PEER))
    check, peer = statistics.median(ours[1:]), statistics.median(peers[1:])  # The first round fills caches.
    peak = peak_megabytes(environment, "check", str(DESIGN))
    print(f"{DESIGN.name}, {words}: check {check:.3f} s, peer {peer:.3f} s, ratio {check / peer:.2f}, {peak:.0f} MB")
    return peer


def long_sheet(path: Path, layers: int, wrong: int, environment: Mapping[str, str], peer: float) -> None:
    took = statistics.median(seconds(environment, OURS, "check", str(path)) for _ in range(ROUNDS_OF_LONG_SHEETS))
    peak = peak_megabytes(environment, "check", str(path))
    print(
        f"{layers:,} layers, {wrong} wrong: {took:.2f} s ({took / peer:.1f} x peer), "
        f"{(took - peer) / layers * 1e6:.0f} us a layer, {peak:.0f} MB"
    )


if __name__ == "__main__":
    main()
