"""RD002: the same word stands with and without spaces around it.

What it finds: words of one column that differ by spaces at their ends alone.

Why it is wrong: to a filter, a look-up or a count of the spreadsheet they are different words.

How people come to it: a cell is retyped among copied ones.

Fails at C4:

    |   | A     | B | C       | D     | E     |
    | 1 | layer | k | padding | n_out | r_out |
    | 2 | input |   |         | 32    | 1     |
    | 3 | conv  | 3 | same    | 32    | 3     |
    | 4 | conv  | 3 | ' same' | 32    | 5     |
    | 5 | conv  | 3 | same    | 32    | 7     |

Passes:

    |   | A     | B | C       | D     | E     |
    | 1 | layer | k | padding | n_out | r_out |
    | 2 | input |   |         | 32    | 1     |
    | 3 | conv  | 3 | same    | 32    | 3     |
    | 4 | conv  | 3 | same    | 32    | 5     |
    | 5 | conv  | 3 | same    | 32    | 7     |
"""

from collections.abc import Iterator

from generator.lint.table_facts import Note, TableFacts

CODE, NAME = "RD002", "stray-spaces"


def find(facts: TableFacts) -> Iterator[Note]:
    """For each column the first cell that is written as the fewer are."""
    for column in facts.table.frame.columns:
        spelled: dict[str, dict[str, list[int]]] = {}
        for row in facts.table.rows:
            text = facts.sheet.value(row.row, column.number)
            if isinstance(text, str) and text.strip():
                spelled.setdefault(text.strip(), {}).setdefault(text, []).append(row.row)
        for word, forms in spelled.items():
            if len(forms) > 1:
                fewest = min(forms, key=lambda form: (len(forms[form]), form == word))
                message = f'"{fewest}" and "{word if fewest != word else max(forms, key=len)}" are the same word'
                yield Note((forms[fewest][0], column.number), message, help=f'type "{word}" in all rows')
