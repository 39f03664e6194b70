"""What a person wrote beside the keys of a YAML design is still there, and at its place, when the tool writes the design."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.design.read_yaml import design_of_yaml
from generator.design.write_yaml import design_to_yaml
from tinymodel.cli import main

COMMENTED = """\
# A network of mine.
# It has a story.

# the name is final
name: commented   # no "#1"
source: "see # 7, it's #8"
input: {image_size: 32, channels: 3}
classes: 10
defaults:
  # for every unit
  all: {batch_norm: true}

plan:   # from the image on
  # the stem
  - {kind: conv, filters: 8, note: "a # in it"}   # thin

  # then it widens
  #
  # slowly
  - kind: conv
    # twice as many
    filters: 16
  - {kind: max_pool, pool_size: 2}  # the only pool
  - {kind: conv, filters: 32}       # wide
  # the classes
  - {kind: bottleneck, filters: classes}
  - {kind: global_average_pool}
  - {kind: softmax}
train:
  seed: 7   # my number
  phases:
    - {image_size: 32, epochs: 1, batch_size: 8}
    # as long as the machine lasts
    - {image_size: 64, epochs: 2, batch_size: 8}
# the end
"""

KEPT = """\
# A network of mine.
# It has a story.

# the name is final
name: commented  # no "#1"
source: "see # 7, it's #8"
input: {image_size: 32, channels: 3}
classes: 10

defaults:
  # for every unit
  all: {batch_norm: true}

plan:  # from the image on
  # the stem
  - {kind: conv, filters: 8, note: "a # in it"}  # thin

  # then it widens
  #
  # slowly
  # twice as many
  - {kind: conv, filters: 16}
  - {kind: max_pool}  # the only pool
  - {kind: conv, filters: 32}  # wide
  # the classes
  - {kind: bottleneck, filters: classes}
  - {kind: global_average_pool}
  - {kind: softmax}

train:
  seed: 7  # my number
  phases:
    - {image_size: 32, epochs: 1, batch_size: 8}
    # as long as the machine lasts
    - {image_size: 64, epochs: 2, batch_size: 8}
# the end
"""


def rewritten(before: str, changed: str) -> list[str]:
    return design_to_yaml(design_of_yaml(changed, "changed"), before).splitlines()


def test_render_keeps_every_comment_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(COMMENTED, encoding="utf-8")
    assert main(["render", str(tmp_path / "own.yaml"), "-o", str(tmp_path / "again.yaml")]) == 0
    assert (tmp_path / "again.yaml").read_text("utf-8") == KEPT


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_is_written_is_written_again_as_it_is(ends: str) -> None:
    before = KEPT.replace("\n", ends)
    assert design_to_yaml(design_of_yaml(before, "kept"), before) == KEPT


def test_a_comment_moves_with_its_row() -> None:
    pool = "  - {kind: max_pool, pool_size: 2}  # the only pool\n"
    moved = COMMENTED.replace(pool, "").replace("  # the stem\n", "  # the stem\n" + pool)
    lines = rewritten(COMMENTED, moved)
    assert lines.index("  - {kind: max_pool}  # the only pool") < lines.index("  # the stem")
    assert lines[lines.index("  # the stem") + 1] == '  - {kind: conv, filters: 8, note: "a # in it"}  # thin'


def test_a_changed_row_keeps_its_comments() -> None:
    lines = rewritten(COMMENTED, COMMENTED.replace("filters: 32}", "filters: 48, kernel_size: 5}"))
    assert "  - {kind: conv, filters: 48, kernel_size: 5}  # wide" in lines


def test_above_a_row_that_is_gone_a_comment_stays_and_behind_it_goes() -> None:
    gone = COMMENTED.replace('  - {kind: conv, filters: 8, note: "a # in it"}   # thin\n', "")
    lines = rewritten(COMMENTED, gone)
    assert "# thin" not in "\n".join(lines)
    assert lines[lines.index("  # the stem") + 1 :][:5] == [
        "", "  # then it widens", "  #", "  # slowly", "  # twice as many"
    ]  # fmt: skip


def test_nothing_is_lost_where_the_last_rows_and_the_recipe_are_gone() -> None:
    short = COMMENTED[: COMMENTED.index("  # the classes")]
    lines = rewritten(COMMENTED, short)
    for comment in ("  # the classes", "# as long as the machine lasts", "# the end"):
        assert comment.strip() in [line.strip() for line in lines], comment
    design_of_yaml("\n".join(lines), "written")


def test_suggest_writes_the_comments_of_its_design(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(COMMENTED, encoding="utf-8")
    assert main(["suggest", str(tmp_path / "own.yaml"), "--rf", "20", "-o", str(tmp_path / "wider.yaml")]) == 0
    lines = (tmp_path / "wider.yaml").read_text("utf-8").splitlines()
    assert {"# It has a story.", "  # the stem", "# the end"} <= set(lines)
    assert sum(line.endswith("  # the only pool") for line in lines) == 1
