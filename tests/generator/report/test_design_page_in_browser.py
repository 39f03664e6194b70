"""The design page in a browser: the slider moves, and the picture, the figures and the curve follow it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.check.files import read_drawn
from generator.lint.finding import CheckResult
from generator.lint.options import CheckOptions
from generator.report.design_page.page import design_page
from generator.report.json_report import json_report
from tests.support.browser import Browser
from tests.support.places import REPOSITORY

pytestmark = pytest.mark.slow

SHOWN = """(() => {
  const boxes = {};
  for (const name of ["reach", "seen", "least", "grid"]) {
    const rect = document.getElementById(name);
    boxes[name] = ["x", "y", "width", "height"].map((key) => Number(rect.getAttribute(key)));
  }
  const shown = {};
  for (const element of document.querySelectorAll("[id^=now-]")) shown[element.id.slice(4)] = element.textContent;
  const cursors = [...document.querySelectorAll(".curve .cursor")].map((line) => line.getAttribute("x1"));
  return { boxes, shown, cursors, row: document.querySelector("tr.now td").textContent };
})()"""
"""What the page shows of the layer that it stands at."""

MOVE = """(() => {
  const slider = document.getElementById("step");
  slider.value = %d;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
})()"""

TO_THE_CORNER = """(() => {
  const picture = document.getElementById("picture");
  for (let pressed = 0; pressed < 200; pressed += 1) {
    picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp" }));
    picture.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
  }
})()"""

GROUND = "getComputedStyle(document.body).backgroundColor"


def written(page: str, folder: Path) -> Path:
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    return file


def pair(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value, value]


@pytest.mark.parametrize("name", ["Model Design.xlsx", "tiny-imagenet-v36.yaml", "resnet18-tiny-imagenet.yaml"])
def test_the_slider_draws_what_the_json_says_and_nothing_leaves_the_file(
    name: str, browser: Callable[..., Browser], tmp_path: Path
) -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / name), CheckOptions())
    file = written(design_page(checked), tmp_path)
    steps = []
    with browser() as page:
        page.open(file)
        for number in range(int(page.run("document.getElementById('step').max")) + 1):
            page.run(MOVE % number)
            steps.append(page.run(SHOWN))
        assert page.complaints() == []
        assert page.requests() == [file.as_uri()]

    rows = {row["name"]: row for row in json.loads(json_report(CheckResult((checked,)), rows=True))["designs"][0]["rows"]}
    assert checked.trace is not None
    height, width = checked.trace.image_size
    assert len(steps) > 20
    for step in steps:
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
    moved = [step["boxes"]["reach"] for step in steps]
    assert len({tuple(box) for box in moved}) > 10
    assert len({tuple(step["cursors"]) for step in steps}) == len(steps)


def test_units_move_to_the_border_and_back(browser: Callable[..., Browser], tmp_path: Path) -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / "demo.xlsx"), CheckOptions())
    with browser() as page:
        page.open(written(design_page(checked), tmp_path))
        page.run(MOVE % 1)
        page.run(TO_THE_CORNER)
        corner = page.run(SHOWN)
        page.click_on("#after")
        assert page.run("document.getElementById('step').value") == "2"
        page.click_on("#middle")
        middle = page.run(SHOWN)
        light = page.run(GROUND)
        page.click_on("#theme")
        assert page.run(GROUND) != light
        assert page.complaints() == []
    assert corner["shown"]["unit"] == "row 0, column 0"
    assert corner["boxes"]["seen"][:2] == [0, 0]
    assert corner["boxes"]["reach"][0] < 0, "over the border"
    assert corner["boxes"]["seen"][2] < corner["boxes"]["reach"][2], "clipped there"
    assert middle["shown"]["unit"] != corner["shown"]["unit"]


def test_it_fits_a_phone(browser: Callable[..., Browser], tmp_path: Path) -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / "Model Design.xlsx"), CheckOptions())
    with browser(width=390, height=800, phone=True) as page:
        page.open(written(design_page(checked), tmp_path))
        assert page.run("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]


def test_a_page_that_fails_or_asks_for_anything_is_found_out(browser: Callable[..., Browser], tmp_path: Path) -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; script-src 'unsafe-inline'\">"
    file = written(f"<title>x</title>{policy}<img src='picture.png'><script>nothing()</script>", tmp_path)
    with browser() as page:
        page.open(file)
        refused, failed = sorted(page.complaints(), key=lambda text: "nothing is not defined" in text)
    assert "violates the following Content Security Policy" in refused
    assert "nothing is not defined" in failed
    file.write_text("<title>x</title><img src='picture.png'>")
    with browser() as page:
        page.open(file)
        assert page.requests() == [file.as_uri(), (tmp_path / "picture.png").as_uri()]
