"""FI005: formulas depend on each other in a circle.

What it finds: a formula of the table that depends on its own cell.

Why it is wrong: such a cell has no value: a spreadsheet shows 0 or the last number that it had.

How people come to it: a total stands inside its own range, or an input column reads the output of its own row.

Fails at F5:

    |   | A     | B | C | D     | E     | F           |
    | 1 | layer | k | s | n_out | j_out | r_out       |
    | 2 | input |   |   | 32    | 1     | 1           |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3  |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4  |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F6-4 -> 8  |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 -> 12 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16          |

Passes:

    |   | A     | B | C | D     | E     | F           |
    | 1 | layer | k | s | n_out | j_out | r_out       |
    | 2 | input |   |   | 32    | 1     | 1           |
    | 3 | conv  | 3 | 1 | 32    | 1     | =F2+2 -> 3  |
    | 4 | pool  | 2 | 2 | 16    | 2     | =F3+1 -> 4  |
    | 5 | conv  | 3 | 1 | 16    | 2     | =F4+4 -> 8  |
    | 6 | conv  | 3 | 1 | 16    | 2     | =F5+4 -> 12 |
    | 7 | conv  | 3 | 1 | 16    | 2     | 16          |
"""

from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts
from generator.spreadsheet.cells import Position
from generator.spreadsheet.reference import reference_address

CODE, NAME = "FI005", "circular-reference"
MAX_SHOWN = 6
"""Most cells of a circle that a message names."""


def find(facts: TableFacts) -> Iterator[Note]:
    """The first circle."""
    circle = circle_of(facts)
    if circle:
        way = " -> ".join(reference_address(*position) for position in [*circle[:MAX_SHOWN], circle[0]])
        below = [position for position in circle if any(needed[0] > position[0] for needed in facts.named_by(position))]
        at = min(below or circle)
        good = facts.formulas.copied(facts.verdicts[at].claim) if at in facts.verdicts else None
        help = f"type {good}" if good else "type a number into one of these cells"
        yield Note(at, f"{reference_address(*circle[0])} depends on itself: {way}", help=help)


def circle_of(facts: TableFacts) -> list[Position]:
    """The cells of the first circle among the formulas of a table, from its uppermost cell on; empty where there is none."""
    done: set[Position] = set()
    for start in facts.cells_of_table:
        path: dict[Position, None] = {}
        stack = [(start, iter(facts.named_by(start)))] if start not in done and facts.formula(start) else []
        path.update((position, None) for position, _ in stack)
        while stack:
            position, waiting = stack[-1]
            needed = next(waiting, None)
            if needed is None:
                done.add(position)
                del path[position]
                stack.pop()
            elif needed in path:
                cells = list(path)
                circle = cells[cells.index(needed) :]
                top = circle.index(min(circle))
                return circle[top:] + circle[:top]
            elif needed not in done and facts.formula(needed):
                path[needed] = None
                stack.append((needed, iter(facts.named_by(needed))))
    return []
