"""The network as a drawing of boxes and lines: a box a row of the plan, from top to bottom. Coordinates only.

Boxes stand in ranks, by the longest way from the input; the longest way of all is the first column. A line to the next rank
goes straight; a longer one leaves through the gap below its box, runs down a lane beside the columns and comes back through the
gap above its end, so that no line crosses a box.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from generator.design.rows import MERGE_KINDS
from generator.report.lines import LayerLine
from generator.report.text import amount_text

BOX_WIDTH, BOX_HEIGHT = 210, 40
GAP, COLUMN_GAP, LANE_GAP, EDGE = 30, 32, 13, 24
MAX_PLAIN_BOXES = 60
"""Above it, rows of a block that follow one another without a branch share a box."""
MAX_BOXES = 400
"""Above it there is no drawing: nobody would read it."""
MAX_LETTERS = 30

FAMILIES = {
    "pool": ("max_pool", "average_pool", "global_average_pool", "global_max_pool"),
    "merge": ("concat", "add", "multiply", "dense_block", "residual_block"),
    "other": (
        "input", "softmax", "activation", "batch_norm", "layer_norm", "rescaling", "dropout", "flatten", "zero_padding",
        "cropping",
    ),
}  # fmt: skip


class Box(NamedTuple):
    """A row of the plan, or several that share a box; `loop` is the line around it of one that has a branch inside."""

    x: int
    y: int
    title: str
    detail: str
    tip: str
    family: str
    wrong: bool
    loop: str


class Drawing(NamedTuple):
    """Boxes, and the paths of the lines between them in SVG's letters; `skips` are those that pass ranks over."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[str, ...]
    skips: tuple[str, ...]


class _Node(NamedTuple):
    key: str
    block: str
    rows: tuple[str, ...]
    kind: str
    detail: str
    wrong: bool
    branches: bool


class _Edge(NamedTuple):
    source: str
    end: str


def drawing_of(lines: Sequence[LayerLine], kinds: Mapping[str, str]) -> Drawing | None:
    """The drawing of a network; None where it has too many boxes.

    Args:
        lines: Its layers.
        kinds: The kind of each row of the plan, by name.
    """
    nodes, edges = _by_rows(lines, kinds)
    if len(nodes) > MAX_PLAIN_BOXES:
        nodes, edges = _collapsed(nodes, edges)
    if len(nodes) > MAX_BOXES:
        return None
    ranks = _ranks(nodes, edges)
    columns = _columns(nodes, edges, ranks)
    return _placed(nodes, edges, ranks, columns)


def _by_rows(lines: Sequence[LayerLine], kinds: Mapping[str, str]) -> tuple[list[_Node], list[_Edge]]:
    row_of = {line.figures["name"]: line.row for line in lines}
    last, wrong = {line.row: line.figures for line in lines}, {line.row for line in lines if line.findings}
    blocks = {line.row: line.block for line in lines}
    merges = Counter(line.row for line in lines if line.figures["kind"] in MERGE_KINDS)
    nodes = [
        _Node(
            name,
            blocks[name],
            (name,),
            kinds.get(name, figures["kind"]),
            f"{_shape(figures['size'], figures['channels'])}, rf {amount_text(figures['rf'])}",
            name in wrong,
            name in merges and kinds.get(name) not in MERGE_KINDS,
        )
        for name, figures in last.items()
    ]
    pairs = [(row_of[source], line.row) for line in lines for source in line.figures["inputs"]]
    return nodes, [_Edge(*ends) for ends in dict.fromkeys(pairs) if ends[0] != ends[1]]


def _shape(size: object, channels: int | None) -> str:
    height, width = size if isinstance(size, list) else (size, size)
    return f"{height} x {width} x {channels}"


def _collapsed(nodes: Sequence[_Node], edges: Sequence[_Edge]) -> tuple[list[_Node], list[_Edge]]:
    """Chains within a block as one node each."""
    outgoing, incoming = Counter(edge.source for edge in edges), Counter(edge.end for edge in edges)
    before = {edge.end: edge.source for edge in edges}
    head: dict[str, str] = {}
    kept: dict[str, _Node] = {}
    for node in nodes:
        source = before.get(node.key)
        joined = kept.get(head.get(source or "", ""))
        chained = source is not None and incoming[node.key] == 1 and outgoing[source] == 1
        if chained and joined is not None and joined.block == node.block and joined.kind != "input":
            head[node.key] = joined.key
            rows = (*joined.rows, *node.rows)
            kept[joined.key] = joined._replace(
                rows=rows,
                detail=node.detail,
                wrong=joined.wrong or node.wrong,
                branches=joined.branches or node.branches,
            )
        else:
            head[node.key] = node.key
            kept[node.key] = node
    pairs = dict.fromkeys((head[edge.source], head[edge.end]) for edge in edges)
    return list(kept.values()), [_Edge(*ends) for ends in pairs if ends[0] != ends[1]]


def _ranks(nodes: Sequence[_Node], edges: Sequence[_Edge]) -> dict[str, int]:
    sources: dict[str, list[str]] = {node.key: [] for node in nodes}
    for edge in edges:
        sources[edge.end].append(edge.source)
    ranks: dict[str, int] = {}
    for node in nodes:
        ranks[node.key] = max((ranks[source] + 1 for source in sources[node.key]), default=0)
    return ranks


def _columns(nodes: Sequence[_Node], edges: Sequence[_Edge], ranks: Mapping[str, int]) -> dict[str, int]:
    """The longest way into the first column; every other box into its input's, or the nearest free one beside it."""
    close = {edge.end: edge.source for edge in edges if ranks[edge.end] == ranks[edge.source] + 1}
    columns: dict[str, int] = {}
    on_the_way: str | None = nodes[-1].key
    while on_the_way is not None:
        columns[on_the_way] = 0
        on_the_way = close.get(on_the_way)
    taken = {(ranks[key], column) for key, column in columns.items()}
    for node in nodes:
        if node.key not in columns:
            column = max(1, columns.get(close.get(node.key, ""), 1))
            while (ranks[node.key], column) in taken:
                column += 1
            columns[node.key] = column
            taken.add((ranks[node.key], column))
    return columns


def _placed(nodes: Sequence[_Node], edges: Sequence[_Edge], ranks: Mapping[str, int], columns: Mapping[str, int]) -> Drawing:
    places = {
        key: (EDGE + column * (BOX_WIDTH + COLUMN_GAP), EDGE + ranks[key] * (BOX_HEIGHT + GAP))
        for key, column in columns.items()
    }
    right = EDGE + (max(columns.values()) + 1) * (BOX_WIDTH + COLUMN_GAP)
    long = [edge for edge in edges if ranks[edge.end] > ranks[edge.source] + 1]
    lanes = _lanes(long, ranks)
    short = [_straight(places[edge.source], places[edge.end]) for edge in edges if edge not in lanes]
    skips = [_around(places[edge.source], places[edge.end], right + lanes[edge] * LANE_GAP) for edge in long]
    width = right + max((lane * LANE_GAP for lane in lanes.values()), default=-COLUMN_GAP) + EDGE
    height = 2 * EDGE + (max(ranks.values()) + 1) * (BOX_HEIGHT + GAP) - GAP
    return Drawing(width, height, tuple(_box(node, places[node.key]) for node in nodes), tuple(short), tuple(skips))


def _lanes(edges: Sequence[_Edge], ranks: Mapping[str, int]) -> dict[_Edge, int]:
    """A lane for each line, the short ones inside; lines that pass the same rank have lanes of their own."""
    lanes: dict[_Edge, int] = {}
    ends: list[list[tuple[int, int]]] = []
    for edge in sorted(edges, key=lambda edge: (ranks[edge.end] - ranks[edge.source], ranks[edge.source])):
        first, last = ranks[edge.source], ranks[edge.end]
        lane = next((n for n, used in enumerate(ends) if all(last <= a or first >= b for a, b in used)), len(ends))
        ends += [[]] if lane == len(ends) else []
        ends[lane].append((first, last))
        lanes[edge] = lane
    return lanes


def _straight(source: tuple[int, int], end: tuple[int, int]) -> str:
    x, y, to_x, to_y = source[0] + BOX_WIDTH // 2, source[1] + BOX_HEIGHT, end[0] + BOX_WIDTH // 2, end[1]
    return f"M{x} {y} C{x} {y + GAP // 2} {to_x} {to_y - GAP // 2} {to_x} {to_y}"


def _around(source: tuple[int, int], end: tuple[int, int], lane: int) -> str:
    x, to_x = source[0] + BOX_WIDTH // 2 + 24, end[0] + BOX_WIDTH // 2 + 24
    out, into = source[1] + BOX_HEIGHT + GAP // 3, end[1] - GAP // 3
    r = 5
    return (
        f"M{x} {source[1] + BOX_HEIGHT} V{out - r} q0 {r} {r} {r} H{lane - r} q{r} 0 {r} {r} "
        f"V{into - r} q0 {r} -{r} {r} H{to_x + r} q-{r} 0 -{r} {r} V{end[1]}"
    )


def _box(node: _Node, place: tuple[int, int]) -> Box:
    names = ", ".join(node.rows)
    title = node.key if len(node.rows) == 1 else f"{len(node.rows)} rows{f' of {node.block}' if node.block else ''}"
    family = next((family for family, kinds in FAMILIES.items() if node.kind in kinds), "window")
    shown = title if len(title) <= MAX_LETTERS else title[: MAX_LETTERS - 2] + ".."
    tip = f"{node.kind}: {names}" if len(node.rows) == 1 else names
    x, y = place
    loop = f"M{x} {y + 8} c-18 0 -18 {BOX_HEIGHT - 16} 0 {BOX_HEIGHT - 16}" if node.branches else ""
    return Box(x, y, shown, node.detail, tip, family, node.wrong, loop)
