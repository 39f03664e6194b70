"""The YAML reader: what it takes, and the words and places of what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.design.read_yaml import MAX_BYTES, design_of_yaml, load_yaml, read_yaml
from generator.errors import InputError

GOOD = """\
name: small
classes: 10
plan:
  - {kind: conv, filters: 8}
  - {kind: global_average_pool}
  - {kind: softmax}
"""


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        design_of_yaml(text, "d.yaml")
    return str(caught.value)


def test_a_good_design_is_read() -> None:
    assert [row.kind for row in design_of_yaml(GOOD, "d.yaml").plan] == ["conv", "global_average_pool", "softmax"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("filters", "fitlers"), 'd.yaml:4:18: unknown key "fitlers"\n  help: did you mean "filters"?'),
        (GOOD.replace("kind: conv", "kind: convv"), 'd.yaml:4:6: unknown kind "convv"\n  help: did you mean "conv"?'),
        (
            GOOD.replace("filters: 8", "filters: -1"),
            "d.yaml:4:18: filters is not right\n  received: -1\n  expected: a whole number of at least 1",
        ),
        (GOOD.replace("classes: 10", "classes: ten"), "d.yaml:2:1: classes is not right"),
        (GOOD.replace("classes: 10", "classes: 010"), "d.yaml:2:10: 010 starts with a zero"),
        (GOOD.replace("name: small", "name: small\nname: other"), 'd.yaml:2:1: the key "name" is given twice, first in line 1'),
        (GOOD.replace("name: small", "name: &a small"), "d.yaml:1:7: &a is an anchor"),
        (GOOD.replace("name: small", "name: *a"), "d.yaml:1:7: *a is an alias"),
        (GOOD.replace("name: small", "name: !!str small"), "is a tag, which is not allowed"),
        (GOOD.replace("classes: 10", "<<: {classes: 10}"), "d.yaml:2:1: << is a merge key"),
        ("name: [" + "[" * 30 + "]" * 31, "is nested more than 20 levels deep"),
        ("name: {a: [}", "d.yaml:1:12: is not YAML"),
        ("", "d.yaml: is empty"),
        (GOOD + "---\nname: b\n", "d.yaml:7:1: a second document starts here"),
    ],
)
def test_refusals_name_place_fact_and_help(text: str, words: str) -> None:
    assert words in refusal(text)


def test_all_problems_are_shown_at_once() -> None:
    message = refusal(GOOD.replace("filters", "fitlers") + "trian: {}\n")
    assert "fitlers" in message
    assert "trian" in message


def test_scalars_mean_what_they_look_like() -> None:
    text = "a: no\nb: 1e-3\nc: 12:30:45\nd: 12_000_000\ne: true\nf: ~\ng: '010'\nh: 1.5\ni: 0x10"
    assert load_yaml(text, "x").value == {
        "a": "no", "b": 0.001, "c": "12:30:45", "d": 12_000_000, "e": True, "f": None, "g": "010", "h": 1.5, "i": "0x10",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff\xfe", "is not UTF-8 text"), (b"a: " + b"x" * MAX_BYTES, "is larger than 256 KB")]
)
def test_files_that_are_no_small_text_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_yaml(path)


def test_nesting_of_100_kilobytes_is_refused_quickly() -> None:
    assert "nest" in refusal("[" * 100_000)


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_yaml(path).name == "small"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("[{kind: conv, filters: 8, kernel_size: 64, padding: valid}]", "a window of 64 does not fit on a map of 32"),
        ("[{kind: conv, filters: 8, strides: 0}]", "at least 1"),
        ("[{kind: dropout, rate: .nan}]", "rate is not right"),
        ("[{kind: conv, filters: 8, name: a}, {kind: concat, inputs: [a, b]}]", 'reads "b", which does not exist'),
        ("[{kind: concat, name: a, inputs: [a, input]}]", "reads itself"),
        ("[{kind: max_pool, name: p}, {kind: concat, inputs: [p, input]}]", "maps of different sizes meet"),
        ("[{kind: conv, filters: 1000000000}]", "limit"),
    ],
)
def test_designs_that_cannot_be_are_refused(tmp_path: Path, plan: str, words: str) -> None:
    from generator.check.files import check_files
    from generator.lint.options import CheckOptions

    path = tmp_path / "d.yaml"
    path.write_text(f"name: x\nplan: {plan}\n")
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert design.status == "unreadable"
    assert words in str(design.reason)
