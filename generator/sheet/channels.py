"""Channels of the network that a table draws: which rows concatenate, and what each row reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from generator.sheet.amounts import same_amount
from generator.sheet.chain import Step
from generator.sheet.claims import ClaimReader
from generator.sheet.conventions import repeats_by_convention
from generator.sheet.layers import SheetRow


class Channels:
    """The channels before and behind every row.

    Args:
        reader: The table.
        steps: The maps before and behind its rows.
        image: Channels of the image.
        merge: "concat" or "none" where a person says so.
    """

    def __init__(self, reader: ClaimReader, steps: Sequence[Step], image: int, merge: str | None) -> None:
        self.reader, self.rows, self.steps, self.image = reader, reader.rows, steps, image
        self.merged = self._merges(merge)
        self.after: list[int | None] = []
        self._go_through()

    def entering(self, index: int) -> int | None:
        """Channels that a row reads."""
        row = self.rows[index]
        if row.joins:
            ends = [self.after[end] for end in row.joins]
            return None if None in ends else sum(end for end in ends if end is not None)
        before = index - 1 if row.reads is None else row.reads
        while row.reads is None and before >= 0 and self.rows[before].reads is not None:
            before -= 1
        channels = self.after[before] if before >= 0 else self.image
        for joined in rows_joined_by_channels(self.rows, index):
            other = self.after[joined]
            channels = None if channels is None or other is None else channels + other
        return channels

    def features(self, index: int) -> int | None:
        """What a row's weights multiply: channels, or all units of the map in front of the first dense row."""
        channels, row = self.entering(index), self.rows[index]
        above = [other.kind for other in self.rows[:index]] if row.kind == "dense" else []
        if row.kind != "dense" or channels is None or "dense" in above or "global_pool" in above:
            return channels
        before = self.steps[index].before
        units = Fraction(before.height.size) * Fraction(before.width.size) * channels
        return int(units) if before.size_known else None

    def _merges(self, merge: str | None) -> tuple[bool, ...]:
        """Which rows concatenate their result with their input: decided block by block, the first row apart."""
        numbers = self.reader.columns.get("channels", ())
        if merge is not None:
            first = next((index for index, row in enumerate(self.rows) if repeats_by_convention(row)), None)
            return tuple(
                merge == "concat" and repeats_by_convention(row) and index != first for index, row in enumerate(self.rows)
            )
        inputs = self.reader.columns.get("channels_in", ())
        if not numbers and not inputs:
            return tuple(False for _ in self.rows)
        indices = range(len(self.rows))
        if numbers:
            votes = [self._vote(index, numbers[-1]) for index in indices]
        else:
            votes = [self._vote_of_next(index, inputs[0]) for index in indices]
        overall = sum(vote is True for vote in votes) > sum(vote is False for vote in votes)
        merged = [False] * len(self.rows)
        for block in _blocks(self.rows):
            if block[0] == 0 and votes[0] is False:
                block = block[1:]
            yes, no = (sum(votes[index] is vote for index in block) for vote in (True, False))
            joined = yes > no or (yes == no > 0 and overall)
            if not numbers:
                joined = joined and yes > 1  # One sum of channels may as well be a slip.
            for index in block:
                merged[index] = joined
        return tuple(merged)

    def _vote(self, index: int, number: int) -> bool | None:
        row, claimed = self.rows[index], self.reader.claimed(index, number)
        if row.filters is None or not repeats_by_convention(row) or claimed is None:
            return None
        earlier, _ = self.reader.earlier(index, number)
        if same_amount(claimed, row.filters):
            return False
        before = earlier if earlier is not None else self.image
        return True if not isinstance(before, tuple) and same_amount(claimed, before + row.filters) else None

    def _vote_of_next(self, index: int, number: int) -> bool | None:
        """What the input channels of the next row say: a sum of this row's input and kernels, or its kernels alone."""
        row = self.rows[index]
        read, following = self.reader.claimed(index, number), self.reader.claimed(index + 1, number)
        if (
            row.filters is None
            or not repeats_by_convention(row)
            or read is None
            or following is None
            or isinstance(read, tuple)
        ):
            return None
        if same_amount(following, row.filters):
            return False
        return True if same_amount(following, read + row.filters) else None

    def _go_through(self) -> None:
        """Channels behind each row, from the image on."""
        for index, (row, merged) in enumerate(zip(self.rows, self.merged, strict=True)):
            entering = self.entering(index)
            if row.reads is not None:
                entering = row.filters
            elif row.kind in ("conv", "transposed", "dense"):
                entering = row.filters if row.filters is None or not merged or entering is None else entering + row.filters
            elif (
                row.kind == "pass" and is_concatenation(row) and not row.joins and not rows_joined_by_channels(self.rows, index)
            ):
                entering = row.filters or entering  # It does not say with what: its own number has to be believed.
            self.after.append(entering)


_CONCATENATION = re.compile(r"concat\w*", re.IGNORECASE)


def is_concatenation(row: SheetRow) -> bool:
    """A row that its name says to concatenate."""
    return _CONCATENATION.search(row.label) is not None


def rows_joined_by_channels(rows: Sequence[SheetRow], index: int) -> list[int]:
    """Indices of the earlier rows that a row's name says it is concatenated with."""
    match = _CONCATENATION.search(rows[index].label)
    if match is None:
        return []
    named = set(re.findall(r"[\w.]+", rows[index].label[match.end() :].lower()))
    labels = [row.label.lower().strip() for row in rows[: max(index - 1, 0)]]
    return [other for other, label in enumerate(labels) if label and label in named]


def _blocks(rows: Sequence[SheetRow]) -> Iterator[list[int]]:
    """Indices of convolution rows that follow each other without a 1x1, a pool or a blank row between."""
    block: list[int] = []
    for index, row in enumerate(rows):
        if block and (not repeats_by_convention(row) or row.row > rows[block[-1]].row + 1):
            yield block
            block = []
        if repeats_by_convention(row):
            block.append(index)
    if block:
        yield block
