"""DS001: the network is over the limits.

What it finds: a design with more than 250 million parameters, 65,536 channels or an image of more than 8,192 px.

Why it is wrong: an ordinary machine cannot hold it; mostly a digit is one too many, or the kernels double in every row.

How people come to it: the sheet multiplies on, and nothing in it costs anything.

Fails:

    |   | A     | B | C     | D     | E       |
    | 1 | layer | k | n_out | r_out | Filters |
    | 2 | input |   | 32    | 1     | 3       |
    | 3 | conv  | 3 | 32    | 3     | 64      |
    | 4 | conv  | 3 | 32    | 5     | 128000  |
    | 5 | conv  | 1 | 32    | 5     | 10      |

Passes:

    |   | A     | B | C     | D     | E       |
    | 1 | layer | k | n_out | r_out | Filters |
    | 2 | input |   | 32    | 1     | 3       |
    | 3 | conv  | 3 | 32    | 3     | 64      |
    | 4 | conv  | 3 | 32    | 5     | 128     |
    | 5 | conv  | 1 | 32    | 5     | 10      |
"""

from collections.abc import Iterator

from generator.errors import InputError
from generator.lint.table_facts import Note

CODE, NAME = "DS001", "too-big-to-build"


def find_in(refusal: InputError) -> Iterator[Note]:
    """The limit that a network is over, from the refusal to build it."""
    if "over the limit of" in refusal.fact:
        yield Note(None, refusal.fact, help=refusal.help)
