"""SZ003: a window is larger than its map.

What it finds: a row whose kernel, with its dilation, is larger than the padded map that it reads.

Why it is wrong: there is nowhere to put the window: the framework refuses such a layer, or gives an empty map.

How people come to it: the network is planned for a larger image, or one pool too many is drawn.

Fails at A6:

    |   | A     | B | C | D | E     | F     |
    | 1 | layer | k | s | p | n_out | r_out |
    | 2 | input |   |   |   | 8     | 1     |
    | 3 | conv  | 3 | 2 | 0 | 3     | 3     |
    | 4 | conv  | 3 | 1 | 0 | 1     | 7     |
    | 5 | conv  | 1 | 1 | 0 | 1     | 7     |
    | 6 | conv  | 3 | 1 | 0 |       |       |

Passes:

    |   | A     | B | C | D | E     | F     |
    | 1 | layer | k | s | p | n_out | r_out |
    | 2 | input |   |   |   | 8     | 1     |
    | 3 | conv  | 3 | 2 | 0 | 3     | 3     |
    | 4 | conv  | 3 | 1 | 0 | 1     | 7     |
    | 5 | conv  | 1 | 1 | 0 | 1     | 7     |
    | 6 | conv  | 3 | 1 | 1 | 1     | 11    |
"""

from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "SZ003", "window-does-not-fit"


def find(facts: TableFacts) -> Iterator[Note]:
    """The rows that cannot be."""
    first = facts.table.frame.columns[0].number
    for row, step in zip(facts.table.rows, facts.table.steps, strict=True):
        if step.impossible:
            yield Note(
                (row.row, first),
                f"row {row.row} cannot be: {step.impossible}",
                help="pad it, make the window smaller, or start from a larger image",
                field="size",
            )
