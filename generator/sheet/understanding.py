"""What was understood of a table: its layers, the convention of each column, the network drawn, every claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from generator.design.fields import Pair
from generator.errors import InputError
from generator.sheet.chain import Step, walk_chain, with_whole_maps
from generator.sheet.claims import Claim
from generator.sheet.headers import Field
from generator.sheet.labels import Labels
from generator.sheet.layers import SheetRow
from generator.sheet.steps import CountRule
from generator.sheet.tables import Frame
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.reference import Range, column_letters, reference_address


class RowConvention(NamedTuple):
    """How many convolutions a row of a column stands for, and the rows that differ."""

    number: int
    field: Field
    convolutions: int = 1
    exceptions: Mapping[int, int] = {}

    def as_data(self) -> dict[str, Any]:
        """The convention as JSON has it."""
        exceptions = {str(row): count for row, count in self.exceptions.items()}
        return {
            "column": column_letters(self.number),
            "field": self.field,
            "convolutions_per_row": self.convolutions,
            "exceptions": exceptions,
        }


@dataclass(frozen=True)
class Understanding:
    """A table with everything that was read from it.

    Attributes:
        rows: The rows that are layers (or the input), in order.
        steps: The map before and after each row, by the network's own convention.
        convolutions: For each row, how many convolutions the network has there.
        channels_after: Channels behind each row; None where unknown.
        merged: For each row, whether its result is concatenated with its input.
        claims: Every claimed cell, row by row.
    """

    sheet: Sheet
    frame: Frame
    rows: tuple[SheetRow, ...]
    steps: tuple[Step, ...]
    convolutions: tuple[int, ...]
    image_size: Pair | None
    channels: int
    channels_given: bool
    channels_after: tuple[int | None, ...]
    merged: tuple[bool, ...]
    count: CountRule
    padding: str
    columns: tuple[RowConvention, ...]
    claims: tuple[Claim, ...]
    labels: Labels
    activation: str = "relu"

    @property
    def layers(self) -> int:
        """Rows with a window."""
        return sum(row.has_window for row in self.rows)

    def steps_at(self, image_size: Pair) -> list[Step]:
        """The map before and after each row, for an image of another size."""
        rows = with_whole_maps(self.rows, image_size, self.padding)
        return walk_chain(rows, image_size, self.convolutions, self.padding)

    @property
    def area(self) -> Range:
        """The rectangle of the table, from its header to its last layer."""
        return self.frame.area(self.rows[-1].row)


def require_image_size(understanding: Understanding) -> Pair:
    """The image size, or the error that says how to give it."""
    if understanding.image_size is None:
        cell = reference_address(understanding.frame.header_row, understanding.frame.columns[0].number)
        raise InputError(f"the table at {cell} does not say the size of the image", help="--assume image_size=32")
    return understanding.image_size
