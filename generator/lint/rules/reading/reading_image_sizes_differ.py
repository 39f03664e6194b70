"""RD009: the sheet says two sizes of the image.

What it finds: a labelled size of the image above a table, and another one in the first row of its inputs, where the sheet
holds no other table that the label could belong to.

Why it is wrong: every size below rests on one of them; the network is another one with the other.

How people come to it: the plan is copied for another data set, and one of the two cells is forgotten.

Fails at D3:

    |   | A           | B  | C | D    | E     | F    | G     |
    | 1 | Input Image | 32 |   |      |       |      |       |
    | 2 | layer       | k  | s | n_in | n_out | r_in | r_out |
    | 3 | conv        | 3  | 1 | 28   | 26    | 1    | 3     |
    | 4 | conv        | 3  | 1 | 26   | 24    | 3    | 5     |

Passes:

    |   | A           | B  | C | D    | E     | F    | G     |
    | 1 | Input Image | 28 |   |      |       |      |       |
    | 2 | layer       | k  | s | n_in | n_out | r_in | r_out |
    | 3 | conv        | 3  | 1 | 28   | 26    | 1    | 3     |
    | 4 | conv        | 3  | 1 | 26   | 24    | 3    | 5     |
"""

from collections.abc import Iterator

from generator.lint.place import shown
from generator.lint.table_facts import Note, TableFacts
from generator.sheet.amounts import collapsed_amount, same_amount
from generator.spreadsheet.reference import reference_address

CODE, NAME = "RD009", "image-sizes-differ"


def find(facts: TableFacts) -> Iterator[Note]:
    """The first input that is not the labelled size."""
    table = facts.table
    own = {claim.position for claim in table.claims}
    others = [place for place in facts.all_verdicts if place.sheet == facts.sheet.title and place.position not in own]
    if table.labels.image_size is None or others:
        return
    said = collapsed_amount(table.labels.image_size)
    for claim in table.claims:
        first = claim.row_index == 0 and claim.field == "input_size" and claim.claimed is not None
        if first and not same_amount(claim.claimed, said):
            label = reference_address(*table.labels.positions[0])
            message = f"the first row reads an image of {shown(claim.claimed)}, the sheet says {shown(said)} ({label})"
            yield Note(claim.position, message, help="write the same size in both cells", field="input_size")
            return
