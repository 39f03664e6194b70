"""The design page in a headless browser: a script of the test's own moves the slider and writes down what it sees."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from generator.check.files import read_drawn
from generator.lint.finding import CheckResult
from generator.lint.options import CheckOptions
from generator.report import json_report
from generator.report.design_page.page import design_page
from tests.support.places import REPOSITORY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed")]

FLAGS = [
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"),
    *("--virtual-time-budget=5000", "--dump-dom"),
]

WATCH = """
const result = { violations: [], errors: [], steps: [] };
addEventListener("securitypolicyviolation", (event) => result.violations.push(event.violatedDirective));
addEventListener("error", (event) => result.errors.push(event.message));
"""

TELL_THE_FRAME = """
addEventListener("load", () => parent.postMessage(
  `${innerWidth} px wide, ${document.documentElement.scrollWidth - document.documentElement.clientWidth} px too wide`, "*"));
"""

FRAME = """
<iframe src="page.html" style="width:390px;height:800px;border:0"></iframe><pre id="kept"></pre>
<script>addEventListener("message", (event) => { document.getElementById("kept").textContent = event.data; });</script>
"""

MOVE = """
addEventListener("load", () => {
  const slider = document.getElementById("step");
  const read = () => {
    const boxes = {};
    for (const name of ["reach", "seen", "least", "grid"]) {
      const rect = document.getElementById(name);
      boxes[name] = ["x", "y", "width", "height"].map((key) => Number(rect.getAttribute(key)));
    }
    const shown = {};
    for (const element of document.querySelectorAll("[id^=now-]")) shown[element.id.slice(4)] = element.textContent;
    const cursors = [...document.querySelectorAll(".curve .cursor")].map((line) => line.getAttribute("x1"));
    const row = document.querySelector("tr.now td").textContent;
    return { boxes, shown, cursors, row, bright: getComputedStyle(document.getElementById("seen")).display !== "none" };
  };
  for (let step = 0; step <= Number(slider.max); step += 1) {
    slider.value = step;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    result.steps.push(read());
  }
  const picture = document.getElementById("picture");
  slider.value = 1;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  for (let pressed = 0; pressed < 200; pressed += 1) {
    picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp" }));
    picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
  }
  result.corner = read();
  document.getElementById("after").click();
  result.after = slider.value;
  document.getElementById("middle").click();
  result.middle = read();
  const ground = () => getComputedStyle(document.body).backgroundColor;
  const before = ground();
  document.getElementById("theme").click();
  result.grounds = [before, ground()];
  result.width = [document.documentElement.scrollWidth, document.documentElement.clientWidth];
  result.resources = performance.getEntriesByType("resource").map((entry) => entry.name);
  const kept = document.createElement("pre");
  kept.id = "kept";
  kept.textContent = JSON.stringify(result);
  document.body.append(kept);
});
"""


def with_scripts(page: str, *scripts: tuple[str, str]) -> str:
    """The page with scripts of ours behind a marker, and their hashes in its policy."""
    for before, script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        page = page.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
        page = page.replace(before, f"<script>{script}</script>{before}", 1)
    return page


def opened(page: str, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """What the test's script kept, and the lines that the browser's console printed."""
    file = folder / "page.html"
    file.write_text(with_scripts(page, ("<title>", WATCH), ("</body>", MOVE)), encoding="utf-8")
    kept, said = dumped(file)
    return json.loads(kept), [line for line in said.splitlines() if "CONSOLE" in line]


def dumped(file: Path) -> tuple[str, str]:
    """The text of the element `kept`, and what the browser said."""
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={file.parent / 'profile'}", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    kept = re.search(r'<pre id="kept">(.*?)</pre>', done.stdout, re.DOTALL)
    assert kept, done.stderr
    return html.unescape(kept[1]), done.stderr


def pair(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value, value]


@pytest.mark.parametrize("name", ["Model Design.xlsx", "tiny-imagenet-v36.yaml", "resnet18-tiny-imagenet.yaml"])
def test_the_slider_draws_what_the_json_says_and_nothing_leaves_the_file(name: str, tmp_path: Path) -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / name), CheckOptions())
    result, console = opened(design_page(checked), tmp_path)
    assert console == []
    assert result["errors"] == result["violations"] == []
    assert all(address.startswith("data:") for address in result["resources"])

    rows = {row["name"]: row for row in json.loads(json_report(CheckResult((checked,)), rows=True))["designs"][0]["rows"]}
    assert checked.trace is not None
    height, width = checked.trace.image_size
    assert len(result["steps"]) > 20
    for step in result["steps"]:
        row, shown = rows[step["shown"]["name"]], step["shown"]
        assert step["row"] == row["name"]
        for figure in ("size", "rf", "rf_min", "jump", "channels"):
            words = row[figure] if isinstance(row[figure], list) else [row[figure]]
            assert shown[figure] == " x ".join(f"{side:,}" for side in words)
        at = [int(part.rsplit(" ", 1)[1]) for part in shown["unit"].split(", ")]
        for axis, (side, low, extent) in enumerate(((height, "y", "height"), (width, "x", "width"))):
            box = dict(zip(("x", "y", "width", "height"), step["boxes"]["reach"], strict=True))
            seen = dict(zip(("x", "y", "width", "height"), step["boxes"]["seen"], strict=True))
            rf, jump, start, size = (pair(row[key])[axis] for key in ("rf", "jump", "start", "size"))
            assert at[axis] == (size - 1) // 2
            first = start + at[axis] * jump - (rf - 1) / 2  # the first pixel that the unit sees
            assert (box[low], box[extent]) == (first, rf)
            assert (seen[low], seen[low] + seen[extent]) == (max(0, first), min(side, first + rf))
    moved = [step["boxes"]["reach"] for step in result["steps"]]
    assert len({tuple(box) for box in moved}) > 10
    assert len({tuple(step["cursors"]) for step in result["steps"]}) == len(result["steps"])


def test_units_move_to_the_border_and_back(tmp_path: Path) -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / "demo.xlsx"), CheckOptions())
    result, _ = opened(design_page(checked), tmp_path)
    corner, middle = result["corner"], result["middle"]
    assert corner["shown"]["unit"] == "row 0, column 0"
    assert corner["boxes"]["seen"][:2] == [0, 0]
    assert corner["boxes"]["reach"][0] < 0, "over the border"
    assert corner["boxes"]["seen"][2] < corner["boxes"]["reach"][2], "clipped there"
    assert result["after"] == "2"
    assert middle["shown"]["unit"] != corner["shown"]["unit"]
    assert result["grounds"][0] != result["grounds"][1]


def test_it_fits_a_phone(tmp_path: Path) -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / "Model Design.xlsx"), CheckOptions())
    (tmp_path / "page.html").write_text(with_scripts(design_page(checked), ("</body>", TELL_THE_FRAME)), encoding="utf-8")
    (tmp_path / "frame.html").write_text(FRAME)
    assert dumped(tmp_path / "frame.html")[0] == "390 px wide, 0 px too wide"
