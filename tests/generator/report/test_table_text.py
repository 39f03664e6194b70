"""The table in a terminal: it fits, blocks stand apart, findings are marked, colours stay on terminals."""

from __future__ import annotations

import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

import pytest

from generator.check.files import read_drawn
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from generator.report.table import checked_table
from generator.report.table_text import table_text
from tests.support.places import REPOSITORY


@pytest.fixture(scope="module")
def v4() -> Checked:
    return read_drawn(str(REPOSITORY / "designs" / "Model Design.xlsx"), CheckOptions())


@pytest.mark.parametrize("width", [40, 50, 60, 72, 80, 100, 120, 160])
def test_no_line_is_wider_than_the_terminal(v4: Checked, width: int) -> None:
    lines = table_text(checked_table(v4), width=width).splitlines()
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "27,878,152" in text, "the parameters are never left out"
    assert len(re.findall(r"^! ", text, re.MULTILINE)) == 5
    assert width < 60 or re.search(r"^! .*RF001 H28", text, re.MULTILINE)


def test_names_that_are_cut_can_still_be_told_apart(v4: Checked) -> None:
    lines = table_text(checked_table(v4), width=70).splitlines()
    shown = [line[2:].split("  ")[0].strip() or line[6:].split()[0] for line in lines if re.search(r"dense_|bottle", line)]
    assert len(shown) == len(set(shown)) == 13 * 5 + 5 * 2
    assert "left out at 70 columns: kind, jump, channels, macs" in lines[-1]


def test_findings_are_marked_with_what_the_sheet_says(v4: Checked) -> None:
    lines = table_text(checked_table(v4)).splitlines()
    marked = [line for line in lines if line.startswith("! ")]
    assert len(marked) == 5
    assert marked[1].split() == [
        *("!", "max_pool_0", "max_pool", "16", "48", "2", "256", "0", "0"),
        *("RF001", "H28", "says", "50,", "RF001", "I28", "says", "94"),
    ]
    assert any(line.startswith("error PA004 J35: total of the parameters is") for line in lines), "it is on no layer"


def test_the_total_stands_under_its_columns(v4: Checked) -> None:
    lines = table_text(checked_table(v4)).splitlines()
    total = next(line for line in lines if line.split()[:1] == ["total"])
    assert total.split() == ["total", "16", "64", "2", "200", "27,878,152", "23,851,794,432"]
    assert total.index("27,878,152") + 10 == lines[0].index("params") + 6


def test_colours_mark_levels_and_are_asked_for(v4: Checked) -> None:
    plain, coloured = table_text(checked_table(v4)), table_text(checked_table(v4), colour=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain
    assert all(line.startswith("\x1b[31m!") for line in coloured.splitlines() if "RF001" in line)


def in_terminal(columns: int, **environment: str) -> str:
    """What `table` prints on a terminal of that many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    command = [sys.executable, "-m", "tinymodel.cli", "table", str(REPOSITORY / "designs" / "demo.xlsx")]
    program = f"import sys; from tinymodel.cli import main; sys.exit(main({command[3:]!r}))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=theirs, env={**kept, **environment}) as process:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:  # the other end is closed
            pass
        assert process.wait() == 0
    os.close(ours)
    return said.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_and_its_own_width() -> None:
    said = in_terminal(64)
    assert "\x1b[1m" in said
    assert max(len(re.sub(r"\x1b\[\d+m", "", line)) for line in said.splitlines()) <= 64
    assert "\x1b" not in in_terminal(64, NO_COLOR="1")


def test_hostile_names_cannot_move_the_cursor() -> None:
    from generator.check.sheets import check_text

    cells = "layer\tkernel\tstride\tn_out\tRF\na\x1b[31m\u202eb\t3\t1\t32\t3\nc\t3\t1\t32\t9\nd\t3\t1\t32\t7\n"
    checked = check_text("-", cells.encode(), CheckOptions())[0][0]
    text = table_text(checked_table(checked), width=60)
    assert "\x1b" not in text
    assert "\u202e" not in text
