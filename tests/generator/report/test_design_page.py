"""The page of a design: its numbers are those of the JSON, no text of a design is markup or code, nothing lies outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from generator.check.files import read_drawn
from generator.design.parse import parse_design
from generator.lint.checked_network import with_network
from generator.lint.finding import Checked, CheckResult, Finding
from generator.lint.options import CheckOptions
from generator.network.expand import expand
from generator.network.trace import trace
from generator.report.design_page.page import design_page
from generator.report.json_report import json_report
from generator.report.lines import layer_lines
from tests.support.cells import cell
from tests.support.places import REPOSITORY

DESIGNS = sorted([*(REPOSITORY / "designs").glob("*.yaml"), *(REPOSITORY / "designs").glob("*.xlsx")])
FIGURES = ("size", "rf", "jump", "channels", "params", "macs")


class Page(HTMLParser):
    """Elements with their attributes, and the text of everything that carries `data-figure`."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.rows: list[dict[str, str]] = []
        self.tiles: dict[str, str] = {}
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        self.elements.append((tag, found))
        if tag not in ("meta", "input", "br", "img"):
            self._open.append((tag, found))
        if tag == "tr":
            self.rows.append({})
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, found = self._open[-1] if self._open else ("", {})
        if tag == "script":
            self.scripts[-1] += data
        elif tag == "td":
            self.rows[-1][found.get("data-figure", "name" if "title" in found else "other")] = data
        elif tag == "span" and found.get("class", "").startswith("code ") and any(name == "td" for name, _ in self._open):
            self.rows[-1]["found"] = f"{self.rows[-1].get('found', '')} {data}".strip()
        elif tag == "b":
            self.tiles[self._open[-2][1]["data-figure"]] = data
        if tag not in ("script", "style"):
            self.words.append(data)

    def embedded(self) -> dict[str, Any]:
        return dict(json.loads(self.scripts[0]))


def number(text: str) -> Any:
    if text in ("–", "unknown"):
        return None
    sides = [float(side.replace(",", "")) for side in text.split(" x ")]
    return sides[0] if len(sides) == 1 else sides


def designed(*plan: dict[str, Any], **header: Any) -> Checked:
    design = parse_design({"name": "test", "plan": list(plan), **header})
    return with_network(Checked(file="test.yaml", design=design), design, CheckOptions())


def reported(checked: Checked) -> dict[str, Any]:
    return dict(json.loads(json_report(CheckResult((checked,)), rows=True))["designs"][0])


def table_rows(page: Page) -> list[dict[str, str]]:
    return [row for row in page.rows if "rf" in row and row.get("name")]


@pytest.mark.parametrize("file", DESIGNS, ids=lambda file: file.name)
def test_every_number_is_that_of_the_json(file: Path) -> None:
    checked = read_drawn(str(file), CheckOptions())
    page, data = Page(design_page(checked)), reported(checked)
    shown = table_rows(page)
    assert [row["name"] for row in shown] == [row["name"] for row in data["rows"]]
    for row, true in zip(shown, data["rows"], strict=True):
        assert [number(row[name]) for name in FIGURES] == [true[name] for name in FIGURES]
    assert page.embedded()["rows"] == data["rows"]
    for name in ("rf", "size", "jump", "params", "macs"):
        assert number(page.tiles[name]) == data["final"][name]


def test_the_wrong_cells_of_a_sheet_stand_on_their_layers_and_in_the_list() -> None:
    checked = read_drawn(str(REPOSITORY / "designs" / "Model Design.xlsx"), CheckOptions())
    text = design_page(checked)
    page = Page(text)
    on_layers = {row["name"]: row["found"] for row in table_rows(page) if "found" in row}
    assert on_layers == {
        "dense_block_1_conv_2": "PA002 J7",
        "max_pool_0": "RF001 H28 RF001 I28",
        "dense_block_11_conv_2": "RF002 H30 RF003 I30",
        "dense_block_12_conv_2": "RF003 H31 RF003 I31",
        "bottleneck_4_conv_1": "RF009 H33 RF009 I33",
    }
    words = " ".join(page.words)
    for finding in checked.findings:
        assert f"{finding.cell}" in words
        if finding.cause is None:
            assert finding.message in words
    assert "inherited by" in words
    claims = [found for tag, found in page.elements if tag == "rect" and found.get("height") == "8"]
    assert len(claims) == 8, "I28, I30, I31, I33 on both curves"


def test_the_curve_rises_as_the_receptive_field_does() -> None:
    page = Page(design_page(designed(*({"kind": "conv", "filters": 4} for _ in range(6)))))
    dots = [found for tag, found in page.elements if tag == "circle" and "data-step" in found]
    wide = dots[: len(dots) // 2]
    assert len(wide) == 7
    heights = [float(dot["cy"]) for dot in wide]
    steps = [round(before - after, 1) for before, after in pairwise(heights)]
    assert len(set(steps)) == 1
    assert steps[0] > 0, "2 px a layer, each as high as the one before"


def test_branches_are_lines_that_cross_no_box() -> None:
    plan = [
        {"kind": "conv", "filters": 4, "name": "a"},
        {"kind": "conv", "filters": 4, "name": "b"},
        {"kind": "conv", "filters": 4, "name": "c"},
        {"kind": "conv", "filters": 4, "name": "d", "inputs": ["a"]},
        {"kind": "add", "inputs": ["c", "d", "a"], "name": "sum"},
    ]
    text = design_page(designed(*plan))
    graph = text.partition('<section id="graph">')[2].partition("</section>")[0]
    page = Page(graph)
    boxes = [found for tag, found in page.elements if tag == "rect" and found["width"] == "210"]
    assert len(boxes) == 6
    assert len({(box["x"], box["y"]) for box in boxes}) == 6
    skips = [found["d"] for tag, found in page.elements if tag == "path" and found.get("class") == "skip"]
    assert len(skips) == 2, "a to the sum, and d to the sum, which lies two ranks on"
    right = max(int(box["x"]) + 210 for box in boxes)
    for path in skips:
        lane = max(int(part) for part in re.findall(r"H(\d+)", path))
        assert lane >= right


def test_long_plans_share_boxes_block_by_block() -> None:
    plan = [{"kind": "conv", "filters": 4, "block": number // 40} for number in range(120)]
    page = Page(design_page(designed(*plan)))
    assert sum(tag == "rect" and found.get("width") == "210" for tag, found in page.elements) == 4
    assert sum("40 rows of" in word for word in page.words) == 3


def test_a_sheet_that_cannot_be_built_shows_its_geometry() -> None:
    from generator.check.sheets import check_text

    content = (REPOSITORY / "docs" / "pasted_cells.txt").read_bytes()
    checked = check_text("-", content, CheckOptions())[0][0]
    page = Page(design_page(checked))
    assert [row["name"] for row in table_rows(page)] == [row["name"] for row in checked.geometry]
    assert page.embedded()["rows"] == reported(checked)["rows"]
    assert any("Geometry only" in word for word in page.words)


def test_axes_that_differ_are_both_shown() -> None:
    page = Page(design_page(designed({"kind": "conv", "filters": 2, "kernel_size": [3, 1]}, input={"image_size": [20, 48]})))
    assert table_rows(page)[1]["size"] == "20 x 48"
    assert table_rows(page)[1]["rf"] == "3 x 1"


HOSTILE = [
    "</script><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]>",
    "${alert(1)}",
    "javascript:alert(1)",
    "\u202egnp.x\u2066",
    "\x00\x1b[31m",
    "&lt;script&gt;",
]


def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Elements and names of their attributes, in order; a label of the curve is left out where it does not fit."""
    return [(tag, tuple(found)) for tag, found in Page(text).elements if tag != "text"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("sink", ["name", "source", "block", "note", "file", "sheet", "message", "help", "reason", "around"])
def test_no_text_is_markup_or_code(sink: str, text: str) -> None:
    def page(word: str) -> str:
        said = {"kind": "conv", "filters": 2, **({sink: word} if sink in ("block", "note") else {})}
        checked = designed(said, **({sink: word} if sink in ("name", "source") else {}))
        finding = Finding("RF001", "x", "error", word if sink == "message" else "m", cell=cell("B2"),
                          help=word if sink == "help" else "h")  # fmt: skip
        around = {cell("B2"): (("", "rf"), ("2", word if sink == "around" else "3"))}
        checked = replace(checked, findings=(finding,), surroundings=around, sheet_lines=(2,))
        if sink in ("file", "sheet"):
            checked = replace(checked, **{sink: word})
        return design_page(replace(checked, buildable=False, reason=word) if sink == "reason" else checked)

    hostile, plain = page(text), page("plain")
    assert shape(hostile) == shape(plain)
    assert Page(hostile).scripts[1] == Page(plain).scripts[1]
    assert len(Page(hostile).scripts) == 2
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", hostile)


def test_layers_of_hostile_names_in_a_sheet_stay_data() -> None:
    from generator.check.sheets import check_text

    cells = "layer\tkernel\tstride\tn_out\tRF\n" + "".join(
        f"{word!r}\t3\t1\t32\t{3 + 2 * n}\n" for n, word in enumerate(HOSTILE)
    )
    checked = check_text("-", cells.encode("utf-8", "replace"), CheckOptions())[0][0]
    page = Page(design_page(checked))
    assert len(page.scripts) == 2
    assert page.embedded()["rows"] == reported(checked)["rows"]
    assert not any("onerror" in name or "onload" in name for _, found in page.elements for name in found)


def test_only_its_own_script_may_run_and_nothing_is_loaded() -> None:
    text = design_page(read_drawn(str(REPOSITORY / "designs" / "demo.xlsx"), CheckOptions()))
    page = Page(text)
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    policy = next(found["content"] for tag, found in page.elements if found.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    addresses = [
        value for _, found in page.elements for key, value in found.items() if key in ("src", "href", "action", "srcset")
    ]
    assert addresses
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert "http" not in re.sub(r"http-equiv", "", text)
    assert "url(" not in text.replace("url(#grid-cell)", "")


def test_the_same_design_gives_the_same_page() -> None:
    checked = designed({"kind": "conv", "filters": 2})
    assert design_page(checked) == design_page(checked)


def test_a_gate_on_a_pooled_map_is_no_step_of_the_curve() -> None:
    plan = [
        {"kind": "conv", "filters": 4, "name": "map"},
        {"kind": "global_average_pool", "keepdims": True},
        {"kind": "bottleneck", "filters": 4, "name": "gate"},
        {"kind": "multiply", "inputs": ["map", "gate"]},
    ]
    design = parse_design({"name": "gated", "plan": plan})
    lines = layer_lines(Checked(file="gated", design=design, trace=trace(expand(design))))
    assert [line.figures["name"] for line in lines if line.looks] == ["input", "map_conv_1", "multiply_0"]
