"""What rules may ask about a whole table, each thing worked out once: claims by column, numbers of the sheet, formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from generator.lint.formula_to_type import FormulasToType
from generator.lint.judge import Judged, Verdicts
from generator.sheet.chain import window_in_chain
from generator.sheet.claims import Claim
from generator.sheet.understanding import RowConvention, Understanding
from generator.spreadsheet.cells import Position, Sheet
from generator.spreadsheet.formula import FormulaError, parse_formula, references_in_formula
from generator.spreadsheet.reference import Reference


class Note(NamedTuple):
    """What a rule on a whole table found.

    Attributes:
        position: The cell; None where it is about the sheet or the file.
        message: One sentence.
        help: One action that mends it.
        field: What the cell is about.
        claimed: The number in it, where it holds one.
    """

    position: Position | None
    message: str
    help: str | None = None
    field: str | None = None
    claimed: int | float | None = None


@dataclass(frozen=True)
class TableFacts:
    """A table, the sheets of its workbook, the verdicts on all of them, and what follows."""

    table: Understanding
    sheets: Mapping[str, Sheet]
    all_verdicts: Verdicts

    @property
    def sheet(self) -> Sheet:
        """The sheet of the table."""
        return self.table.sheet

    @cached_property
    def judged(self) -> list[Judged]:
        """A verdict for every claim of the table."""
        return [self.all_verdicts[Reference(*claim.position, self.sheet.title)] for claim in self.table.claims]

    @cached_property
    def verdicts(self) -> dict[Position, Judged]:
        """The verdicts by cell."""
        return {item.claim.position: item for item in self.judged}

    @cached_property
    def formulas(self) -> FormulasToType:
        """The formulas to type."""
        return FormulasToType(self.table, self.sheets)

    @cached_property
    def by_column(self) -> dict[int, list[Claim]]:
        """The claims of each column from top to bottom."""
        columns: dict[int, list[Claim]] = {}
        for claim in sorted(self.table.claims, key=lambda claim: claim.position):
            columns.setdefault(claim.position[1], []).append(claim)
        return columns

    @cached_property
    def _above(self) -> dict[Position, Claim]:
        return {below.position: above for claims in self.by_column.values() for above, below in pairwise(claims)}

    def above(self, position: Position) -> Claim | None:
        """The claim of the same column in the nearest row above."""
        return self._above.get(position)

    @cached_property
    def conventions(self) -> dict[int, RowConvention]:
        """The convention of each column."""
        return {convention.number: convention for convention in self.table.columns}

    def columns(self, field: str) -> tuple[int, ...]:
        """Numbers of the columns that mean a field, from left to right."""
        return tuple(convention.number for convention in self.table.columns if convention.field == field)

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The whole numbers that stand in the sheet, as channels may be."""
        values = (cell.value for cell in self.sheet.cells.values())
        return frozenset(
            value for value in values if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**24
        )

    def dilation_so_far(self, index: int) -> int:
        """The product of the dilation rates above a row."""
        return self._products[0][index]

    def upsampling_so_far(self, index: int) -> int:
        """The product of the factors of the upsamplings above a row, and in front of its window."""
        return self._products[1][index] * self.table.rows[index].upsampled

    @cached_property
    def _products(self) -> tuple[list[int], list[int]]:
        dilations, factors = [1], [1]
        for row in self.table.rows:
            _, strides, dilation = window_in_chain(row)
            grows = row.kind in ("upsample", "transposed")
            factor = (row.strides or row.kernel_size or (2, 2))[0] if row.kind == "upsample" else strides[0]
            factor = (factor if grows else 1) * row.upsampled
            # Beyond a million nobody meant it, and the numbers of a hostile sheet stay small.
            dilations.append(min(dilations[-1] * dilation[0], 10**6))
            factors.append(min(factors[-1] * factor, 10**6))
        return dilations, factors

    @cached_property
    def typed_rarely(self) -> frozenset[int]:
        """Columns whose claims are formulas, but for their first and a few more."""
        found = set()
        for column, claims in self.by_column.items():
            formulas = sum(self.formula(claim.position) is not None for claim in claims)
            if formulas >= 2 and formulas * 2 >= len(claims) - 1:
                found.add(column)
        return frozenset(found)

    def formula(self, position: Position) -> str | None:
        """The formula of a cell."""
        cell = self.sheet.cells.get(position)
        return cell.formula if cell else None

    def named_by(self, position: Position) -> list[Position]:
        """The cells of the sheet that a cell's formula names, in the order in which it names them."""
        return [reference.position for reference in self.references(position) if self.is_own(reference)]

    def is_own(self, reference: Reference) -> bool:
        """Whether a reference means the table's own sheet."""
        return reference.sheet in (None, self.sheet.title)

    def references(self, position: Position) -> list[Reference]:
        """What a cell's formula names; nothing where it cannot be read."""
        formula = self.formula(position)
        if formula is None:
            return []
        try:
            return list(references_in_formula(parse_formula(formula), self.sheet.last_row))
        except FormulaError:
            return []

    @cached_property
    def cells_of_table(self) -> list[Position]:
        """The filled cells of the table: its columns, from its first row to its last."""
        frame = self.table.frame
        numbers = [column.number for column in frame.columns]
        return [
            (row, number)
            for row in range(frame.first_row, frame.last_row + 1)
            for number in numbers
            if (row, number) in self.sheet.cells
        ]
