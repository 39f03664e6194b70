"""Layouts, one small table each: what is read, what is called wrong, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import openpyxl.worksheet.table
import pytest

from generator.check.files import check_files
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from tests.support.cells import causes_of_errors

Read = Callable[[str], list[Checked]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The designs of a Markdown text."""

    def read(text: str) -> list[Checked]:
        path = tmp_path / "sheet.md"
        path.write_text(text, encoding="utf-8")
        return list(check_files([str(path)], CheckOptions()).designs)

    return read


def wrong(design: Checked) -> dict[str, object]:
    """Address and right value of every cell that is called wrong."""
    return {str(finding.cell): finding.computed for finding in design.findings if finding.level == "error"}


def final(design: Checked) -> tuple[object, ...]:
    assert design.final is not None
    return design.final["size"], design.final["rf"], design.final["jump"]


def fields(design: Checked) -> dict[str, str]:
    assert design.understood is not None
    return {column["column"]: column["field"] for column in design.understood["columns"]}


NO_KERNELS = """
| Layer | r_in | n_in | j_in | s | r_out | n_out | j_out |
|-------|------|------|------|---|-------|-------|-------|
| Conv2d | 1 | 28 | 1 | 1 | 3 | 28 | 1 |
| Conv2d | 3 | 28 | 1 | 1 | 5 | 26 | 1 |
| MaxPool2d | 5 | 26 | 1 | 2 | 6 | 13 | 2 |
| Conv2d | 6 | 13 | 2 | 1 | {} | 11 | 2 |
| Conv2d | {} | 11 | 2 | 1 | {} | 9 | 2 |
"""


def test_kernels_follow_from_the_numbers_of_a_table_that_gives_none(read: Read) -> None:
    (design,) = read(NO_KERNELS.format(10, 10, 14))
    assert (design.layers, final(design), wrong(design)) == (5, (9, 14, 2), {})
    (design,) = read(NO_KERNELS.format(11, 11, 15))
    assert wrong(design) == {"F7": 10, "B8": 10, "F8": 14}
    assert [cell for cell, cause in causes_of_errors(design).items() if cause is None] == ["F7"]


@pytest.mark.parametrize(
    ("kernel", "size"), [("3x3", "32x32x16"), ("(3,3)", "32"), ("3*3", "[32, 32]"), ("3", "32 x 32"), ("`3x3`", "**32**")]
)
def test_kernels_and_sizes_in_their_spellings(read: Read, kernel: str, size: str) -> None:
    rows = "\n".join(f"| conv | {kernel} | 1 | 1 | {size} | {rf} |" for rf in (3, 5, 7))
    (design,) = read(f"| Layer | Kernal size | Stride | Pad | Out size | RF |\n|--|--|--|--|--|--|\n{rows}\n")
    assert (design.layers, final(design), wrong(design)) == (3, (32, 7, 1), {})


def test_arguments_in_names(read: Read) -> None:
    (design,) = read(
        """
| Operation | Input | Output | RF | J |
|---|---|---|---|---|
| Convolution k=3, s=1, p=1 | 32 | 32 | 3 | 1 |
| Maxpooling k=2, s=2 | 32 | 16 | 4 | 2 |
| Conv 5x5, stride 1, pad 2 | 16 | 16 | 12 | 2 |
"""
    )
    assert (design.layers, final(design), wrong(design)) == (3, (16, 12, 2), {})


def test_arguments_together_in_one_column(read: Read) -> None:
    (design,) = read(
        """
| Layer | k/s/p | Size | RF |
|---|---|---|---|
| conv1 | 3/2/1 | 16 | 3 |
| conv2 | 5/1/2 | 16 | 11 |
| conv3 | 3/1/2 (Dil=2) | 16 | 19 |
"""
    )
    assert (design.layers, final(design), wrong(design)) == (3, (16, 19, 2), {})


def test_a_header_that_names_channels_over_sizes_and_one_that_names_sizes_over_names(read: Read) -> None:
    (design,) = read(
        """
| Nin | Kernel | Stride | Padding | Input Channels | Output Channels | RF |
|---|---|---|---|---|---|---|
| conv | 3 | 1 | 0 | 28 | 26 | 3 |
| pool | 2 | 2 | 0 | 26 | 13 | 4 |
| conv | 3 | 1 | 0 | 13 | 11 | 8 |
| conv | 3 | 1 | 0 | 11 | 9 | 12 |
"""
    )
    assert {letter: fields(design)[letter] for letter in "AEF"} == {"A": "name", "E": "input_size", "F": "size"}
    assert (final(design), wrong(design)) == ((9, 12, 2), {})


def test_a_lone_jump_may_be_the_input_one(read: Read) -> None:
    table = """
| Layer | k | s | p | n | J | RF |
|---|---|---|---|---|---|---|
| conv | 3 | 1 | 1 | 32 | 1 | 3 |
| conv | 3 | 2 | 1 | 16 | {} | 5 |
| conv | 3 | 1 | 1 | 16 | 2 | 9 |
| conv | 3 | 2 | 1 | 8 | {} | 13 |
"""
    (before,), (after,) = read(table.format(1, 2)), read(table.format(2, 4))
    assert (fields(before)["F"], wrong(before)) == ("jump_in", {})
    assert (fields(after)["F"], wrong(after)) == ("jump", {})


def test_heights_and_widths_in_columns_of_their_own(read: Read) -> None:
    (design,) = read(
        """
| Layer | in_width | in_height | kernel_width | kernel_height | stride_width | stride_height | out_width | out_height |
|---|---|---|---|---|---|---|---|---|
| C1 | 60 | 41 | 57 | 6 | 1 | 1 | 4 | 36 |
| Pool | 4 | 36 | 4 | 3 | 1 | 3 | 1 | 13 |
| C2 | 1 | 13 | 1 | 4 | 1 | 1 | 1 | 10 |
"""
    )
    assert wrong(design) == {"I5": 12, "C6": 12, "I6": 9}
    assert design.final is not None
    assert (design.layers, design.final["size"]) == (3, [9, 1])


def test_several_networks_under_one_header(read: Read) -> None:
    first, second = read(
        """
| Layer | k | s | p | n_in | n_out | j_in | j_out | r_in | r_out |
|---|---|---|---|---|---|---|---|---|---|
| conv | 3 | 1 | 1 | 32 | 32 | 1 | 1 | 1 | 3 |
| pool | 2 | 2 | 0 | 32 | 16 | 1 | 2 | 3 | 4 |
| conv | 5 | 1 | 2 | 64 | 64 | 1 | 1 | 1 | 5 |
| conv | 3 | 1 | 1 | 64 | 64 | 1 | 1 | 5 | 7 |
"""
    )
    assert (final(first), wrong(first), final(second), wrong(second)) == ((16, 4, 2), {}, (64, 7, 1), {})
    assert (first.table, second.table) == ("A2:J5", "A6:J7")


def test_a_pool_over_the_whole_map_takes_its_size_as_kernel(read: Read) -> None:
    (design,) = read(
        """
| Layer | k | s | p | n_in | n_out | r_out |
|---|---|---|---|---|---|---|
| conv | 3 | 2 | 1 | 33 | 17.5 | 3 |
| conv | 3 | 1 | 1 | 17.5 | 17.5 | 7 |
| AdaptiveAvgPool2d | 17.5 | 1 | 0 | 17.5 | 1 | 40 |
"""
    )
    assert wrong(design) == {"F4": 17, "E5": 17, "F5": 17, "B6": 17, "E6": 17, "G6": 39}
    assert final(design) == (1, 39, 2)


def test_an_upsampling_in_front_of_a_layer_halves_the_jump(read: Read) -> None:
    (design,) = read(
        """
| Layer | k | s | p | In | Out | Jin | Jout | RF |
|---|---|---|---|---|---|---|---|---|
| conv | 3 | 2 | 1 | 32 | 16 | 1 | 2 | 3 |
| conv | 3 | 2 | 1 | 16 | 8 | 2 | 4 | 7 |
| Upsample 2 + conv | 3 | 1 | 1 | 16 | 16 | 2 | 2 | 11 |
| conv | 3 | 1 | 1 | 16 | 16 | 2 | 2 | 15 |
"""
    )
    assert (final(design), wrong(design)) == ((16, 15, 2), {})


def test_expanded_kernels_are_claims(read: Read) -> None:
    (design,) = read(
        """
| Layer | k | Dilation | Effective kernel | s | n_out | RF |
|---|---|---|---|---|---|---|
| conv | 3 | 1 | 3 | 1 | 32 | 3 |
| conv | 3 | 2 | 4 | 1 | 32 | 7 |
| conv | 3 | 4 | 9 | 1 | 32 | 15 |
"""
    )
    assert wrong(design) == {"D5": 5}


def test_repetitions_count_where_the_receptive_fields_say_so(read: Read) -> None:
    (design,) = read(
        """
| Stage | Repeat | Kernel | Stride | Size | RF |
|---|---|---|---|---|---|
| conv1 | 1 | 3x3 | 1 | 32 | 3 |
| conv2 | 3 | 3x3 | 1 | 32 | 9 |
| conv3 | 4 | 3x3 | 1 | 32 | 17 |
| conv4 | 2 | 3x3 | 1 | 32 | 21 |
"""
    )
    assert (final(design), wrong(design)) == ((32, 21, 1), {})


def test_tables_without_a_header(tmp_path: Path) -> None:
    rows = [
        (3, 1, 1, 32, 32, 1, 3),
        (3, 1, 1, 32, 32, 3, 5),
        (2, 2, 0, 32, 16, 5, 6),
        (3, 1, 1, 16, 16, 6, 10),
        (3, 1, 0, 16, 14, 10, 15),
    ]
    path = tmp_path / "bare.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding="utf-8")
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert (design.table, design.layers, wrong(design)) == ("A1:G5", 5, {"G5": 14})


def test_a_copy_by_reference_inherits_from_the_table_that_it_copies(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet, copy = book.active, book.create_sheet("Final")
    for row in (
        ("Layer", "k", "s", "p", "n_in", "n_out", "r_in", "r_out"),
        ("conv", 3, 1, 1, 32, 32, 1, 3),
        ("pool", 2, 2, 0, 32, 16, 3, 6),
        ("conv", 3, 1, 1, 16, 16, "=H3", "=G4+(B4-1)*2"),
    ):
        sheet.append(row)
    for row in range(1, 5):
        copy.append([f"=Sheet!{letter}{row}" if row > 1 else sheet[f"{letter}1"].value for letter in "ABCDEFGH"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    first, second = check_files([str(path)], CheckOptions()).designs
    assert causes_of_errors(first) == {"H3": None, "G4": "H3", "H4": "H3"}
    assert causes_of_errors(second) == {"H3": "Sheet!H3", "G4": "Sheet!H3", "H4": "Sheet!H3"}


def test_one_layer_alone_is_an_example_not_a_design(read: Read) -> None:
    (design,) = read("| Layer | k | s | n_in | n_out | RF |\n|--|--|--|--|--|--|\n| conv | 3 | 1 | 28 | 26 | 3 |\n")
    assert not design.readable
    assert "holds no design" in str(design.reason)


def test_branches_that_a_concatenation_joins(read: Read) -> None:
    table = """
| Layer | Kernel | Stride | Pad | Input | Output | Cin | Cout | Params |
|---|---|---|---|---|---|---|---|---|
| conv1 | 3 | 1 | 1 | 32 | 32 | 3 | 64 | 1792 |
| b1_1x1 | 1 | 1 | 0 | 32 | 32 | 64 | 16 | 1040 |
| b2_1x1 | 1 | 1 | 0 | 32 | 32 | 64 | 16 | 1040 |
| b2_3x3 | 3 | 1 | 1 | 32 | 32 | 16 | 32 | {} |
| b3_1x1 | 1 | 1 | 0 | 32 | 32 | 64 | 8 | 520 |
| b3_5x5 | 5 | 1 | 2 | 32 | 32 | 8 | 16 | 3216 |
| concat | | | | 32 | 32 | 64 | 64 | 0 |
| conv2 | 3 | 1 | 1 | 32 | 32 | 64 | 128 | 73856 |
"""
    (design,) = read(table.format(4640))
    assert (design.layers, final(design), wrong(design), design.buildable) == (7, (32, 9, 1), {}, False)
    assert "concatenates" in str(design.reason)
    (design,) = read(table.format(9248))
    assert wrong(design) == {"I7": 4640}


def test_a_shortcut_reads_what_its_block_read(read: Read) -> None:
    (design,) = read(
        """
| Layer | Kernel | Stride | Padding | Output | Channels | RF | Jump |
|---|---|---|---|---|---|---|---|
| conv1 | 3 | 1 | 1 | 32 | 16 | 3 | 1 |
| layer2.0.conv1 | 3 | 2 | 1 | 16 | 32 | 5 | 2 |
| layer2.0.conv2 | 3 | 1 | 1 | 16 | 32 | 9 | 2 |
| layer2.0.downsample | 1 | 2 | 0 | 16 | 32 | 3 | 2 |
| layer3.0.conv1 | 3 | 2 | 1 | 8 | 64 | 13 | 4 |
"""
    )
    assert (final(design), wrong(design)) == ((8, 13, 4), {})
    assert "is a shortcut beside the main path" in str(design.reason)


def test_shapes_of_a_summary_with_its_vector_at_the_end(read: Read) -> None:
    table = """
| Layer | Kernel | Strides | Padding | Output Shape | Param # |
|---|---|---|---|---|---|
| input_1 (InputLayer) | | | | (None, 32, 32, 3) | 0 |
| conv2d (Conv2D) | 3 | 1 | same | (None, 32, 32, 32) | 896 |
| max_pooling2d (MaxPooling2D) | 2 | 2 | valid | (None, 16, 16, 32) | 0 |
| conv2d_1 (Conv2D) | 3 | 1 | same | (None, 16, 16, 64) | 18496 |
| flatten (Flatten) | | | | (None, 16384) | 0 |
| dense (Dense) | | | | (None, 10) | {} |
"""
    (design,) = read(table.format(163_850))
    assert (final(design), wrong(design), design.buildable) == ((16, 8, 2), {}, True)
    (design,) = read(table.format(650))
    assert wrong(design) == {"F9": 163_850}


def test_counts_follow_columns_of_yes_and_no_and_the_row_of_the_classes(read: Read) -> None:
    table = """
| Layer | Kernel | Size | Cin | Cout |{} Params |
|---|---|---|---|---|{}---|
| conv1 | 3 | 32 | 3 | 16 |{} 464 |
| conv2 | 3 | 32 | 16 | 32 |{} 4672 |
| conv3 | 3 | 32 | 32 | 32 |{} 9280 |
| conv4 | 1 | 32 | 32 | 10 |{} {} |
"""
    yes, no = " Yes | No |", " No | Yes |"
    (design,) = read(table.format(" BN | Bias |", "---|---|", yes, yes, yes, no, 330))
    assert wrong(design) == {}
    (design,) = read(table.format("", "", "", "", "", "", 330))
    assert wrong(design) == {}
    (design,) = read(table.format("", "", "", "", "", "", 331))
    assert set(wrong(design)) == {"F7"}


def test_two_sizes_of_the_image_are_said(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("Input Image,32\nlayer,k,s,n_in,n_out,r_out\nconv,3,1,28,26,3\nconv,3,1,26,24,5\n", encoding="utf-8")
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert [(finding.code, str(finding.cell)) for finding in design.findings] == [("RD009", "D3")]


def test_the_assumed_way_of_counting_judges_the_parameters(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("layer,k,n_out,cin,cout,params\nc1,3,32,3,16,448\nc2,3,32,16,32,4640\n", encoding="utf-8")
    (design,) = check_files([str(path)], CheckOptions(assume=("use_bias=false",))).designs
    assert wrong(design) == {"F2": 432, "F3": 4608}


def test_a_table_of_more_rows_than_a_plan_can_have_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("layer,k,n_out,r_out\n" + "conv,3,32,3\n" * 10_001, encoding="utf-8")
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert not design.readable
    assert "10,001 rows, over the limit of 10,000" in str(design.reason)


def test_formulas_that_name_the_columns_of_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    this = "CNN[[#This Row],[{}]]".format
    sheet.append(["layer", "k", "s", "n_in", "jin", "jout", "rin", "rout"])
    for row in range(2, 5):
        first = row == 2
        reads = [32 if first else 30, 1 if first else f"=F{row - 1}", 1 if first else f"=H{row - 1}"]
        jump = f"={this('jin')}*CNN[@s]"
        field = f"={this('rin')}+({this('k')}-1)*{this('jout' if row == 4 else 'jin')}"
        sheet.append(["conv", 3, 2 if row == 4 else 1, reads[0] - 2 * (row == 4), reads[1], jump, reads[2], field])
    sheet.add_table(openpyxl.worksheet.table.Table(displayName="CNN", ref="A1:H4"))
    path = tmp_path / "table.xlsx"
    book.save(path)
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert wrong(design) == {"H4": 7}
    (finding,) = [finding for finding in design.findings if finding.level == "error"]
    assert "takes F4, the output jump" in finding.message
    assert finding.help == "type =G4+(B4-1)*E4"


def test_a_second_decoder_begins_where_the_first_one_did(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ("k", "p", "s", "In", "Out", "RF", "name"),
        (3, 1, 2, 32, "=INT((D2+2*B2-A2)/C2)+1", 3, "conv1"),
        (3, 1, 2, "=E2", "=INT((D3+2*B3-A3)/C3)+1", "=F2+(A3-1)*2", "conv2"),
        (3, 1, 1, "=E3*2", "=INT((D4+2*B4-A4)/C4)+1", "=F3+(A4-1)*2", "up1"),
        (3, 1, 1, "=E4*2", "=INT((D5+2*B5-A5)/C5)+1", "=F4+(A5-1)*1", "up2"),
        (3, 1, 1, 16, "=INT((D6+2*B6-A6)/C6)+1", 11, "second up1"),
        (3, 1, 1, "=E6*2", "=INT((D7+2*B7-A7)/C7)+1", "=F6+(A7-1)*1", "second up2"),
    ):
        sheet.append(row)
    path = tmp_path / "decoders.xlsx"
    book.save(path)
    (design,) = check_files([str(path)], CheckOptions()).designs
    assert (design.layers, final(design), wrong(design)) == (6, (32, 13, 1), {})
