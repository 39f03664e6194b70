"""Findings → the cells to change and what to write into them, until a check of the changed sheets finds nothing more to mend.

Only cells that are wrong *here* change, those that are right by luck, typed numbers that inherit, and blank ones that a total
needs; a formula that inherits is right as soon as the others are. Knows sheets, no files and no styles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from generator.lint.finding import Checked, Finding
from generator.lint.formula_to_type import FormulasToType, as_cell_number
from generator.lint.options import CheckOptions, chosen_findings
from generator.lint.sheet_findings import sheet_findings
from generator.plan_sheet.layout import layout_of
from generator.sheet.amounts import Amount, amount_in, both_axes, same_amount
from generator.sheet.beside import Beside
from generator.sheet.claims import Claim
from generator.sheet.understand import read_tables
from generator.sheet.understanding import Understanding
from generator.spreadsheet.cells import Sheet
from generator.spreadsheet.formula import FormulaError, Value, parse_formula, references_in_formula
from generator.spreadsheet.recalculate import Key, recalculate
from generator.spreadsheet.reference import Reference
from generator.spreadsheet.values import Evaluator

MAX_ROUNDS = 5
"""How often the sheets are checked; twice unless a change shows another mistake."""
_TWO_AXES = re.compile(r"(\d+)(\s*[x*×,]\s*)(\d+)")
_ONE_AXIS = re.compile(r"\d+(?:\.0+)?(?=\s*px)")


class Change(NamedTuple):
    """One cell that changes.

    Attributes:
        finding: Why.
        old: The content that it had: a formula with its `=`, or what was typed; None for a blank cell.
        old_value: The value that it showed.
        new: The content that it gets.
        right: The value that it shows then.
    """

    finding: Finding
    old: Value
    old_value: Value
    new: Value
    right: Amount


class Mended(NamedTuple):
    """The cells that change, all sheets with them and worked out anew, and the findings that stay with their sheet's title."""

    changes: dict[Key, Change]
    sheets: dict[str, Sheet]
    remaining: tuple[tuple[str, Finding], ...]


def mend(
    sheets: Mapping[str, Sheet],
    designs: Collection[Checked],
    options: CheckOptions,
    beside: Beside,
    fixed: Collection[Key] = (),
    own: Mapping[Key, Change] | None = None,
) -> Mended:
    """What to change in a workbook so that a check of it finds nothing.

    Args:
        sheets: All sheets of the workbook by title.
        designs: What the check found in them.
        options: What the check was asked: `assume`, `select` and `ignore` count here as they do there.
        beside: What stands beside the workbook.
        fixed: Cells that cannot be changed by themselves.
        own: What to change in sheets of this project's own, which are known without being understood.
    """
    drawn = {checked.sheet for checked in designs}
    titles = [title for title in sheets if title in drawn and layout_of(sheets[title]) is None]
    best: Mended | None = None
    changes: dict[Key, Change] = {key: change for key, change in (own or {}).items() if key not in fixed}
    for _ in range(MAX_ROUNDS):
        after = recalculate(sheets, {key: change.new for key, change in changes.items()})
        tables = [table for title in titles for table in read_tables(after[title], beside.assumptions(title, options.assume))]
        judged = zip(tables, sheet_findings(tables, after), strict=True)
        found = [(table, chosen_findings(findings, options)) for table, findings in judged]
        remaining = tuple(
            (table.sheet.title, finding) for table, findings in found for finding in findings if finding.level != "info"
        )
        if best is not None and len(remaining) >= len(best.remaining):
            break  # The changes of the last round have mended nothing.
        news = _Round(tables, after, None if best is None else changes).changes(found)
        best = Mended(changes, after, remaining)
        if not remaining:
            break
        changes = {**changes, **{key: change for key, change in news.items() if key not in fixed and change.new != change.old}}
    assert best is not None  # There is at least one round.
    return best


class _Round:
    """One look at all tables, with the right values of all of them at hand.

    Args:
        tables: All tables that are mended.
        sheets: All sheets as they are now.
        earlier: What was changed before, None in the first round; what is wrong all the same gets a number, not a formula.
    """

    def __init__(
        self, tables: Collection[Understanding], sheets: Mapping[str, Sheet], earlier: Mapping[Key, Change] | None
    ) -> None:
        self.sheets, self.earlier, self.again = sheets, earlier or {}, earlier is not None
        self.claims = {Key(table.sheet.title, claim.position): claim for table in tables for claim in table.claims}
        self.evaluators = {table.sheet.title: Evaluator(sheets, table.sheet.title, {}) for table in tables}
        for key, claim in self.claims.items():
            if claim.right is not None and not isinstance(claim.right, tuple):
                for evaluator in self.evaluators.values():
                    evaluator.known[_reference(key)] = as_cell_number(claim.right)

    def changes(self, found: Collection[tuple[Understanding, Collection[Finding]]]) -> dict[Key, Change]:
        """A change for every cell that has to change."""
        changes: dict[Key, Change] = {}
        for table, findings in found:
            formulas = FormulasToType(table, self.sheets)
            # A note on the file, without a right value, may stand at a cell that is wrong besides.
            ranked = sorted(findings, key=lambda finding: finding.computed is not None)
            by_cell = {finding.cell: finding for finding in ranked if finding.cell}
            for claim in table.claims:
                finding = by_cell.get(Reference(*claim.position))
                if finding is None or finding.computed is None or claim.right is None:
                    continue
                key = Key(table.sheet.title, claim.position)
                if self._heals(key, claim):
                    changes |= self._blanks(key, by_cell, formulas)
                else:
                    changes[key] = self._change(key, claim, finding, formulas)
        return {**self._without_value(), **changes}

    def _without_value(self) -> dict[Key, Change]:
        """Numbers in place of earlier formulas that came to nothing, as when two of them name each other."""
        return {
            key: change._replace(new=_typed(None, change.right))
            for key, change in self.earlier.items()
            if self.sheets[key.sheet].value(*key.position) is None
        }

    def _heals(self, key: Key, claim: Claim) -> bool:
        """Whether a formula is right once all claims of all tables are."""
        try:
            return same_amount(amount_in(self.evaluators[key.sheet].formula_value(key.position)), claim.right)
        except FormulaError:
            return False

    def _blanks(self, key: Key, by_cell: Mapping[Reference, Finding], formulas: FormulasToType) -> dict[Key, Change]:
        """The blank cells that a formula reads as 0 where they stand for a number."""
        formula = self.sheets[key.sheet].cells[key.position].formula
        changes: dict[Key, Change] = {}
        for reference in references_in_formula(parse_formula(str(formula)), self.sheets[key.sheet].last_row):
            source = Key(reference.sheet or key.sheet, reference.position)
            claim, finding = self.claims.get(source), by_cell.get(Reference(*reference.position))
            if source.sheet == key.sheet and claim and finding and claim.claimed is None and claim.right:
                changes[source] = self._change(source, claim, finding, formulas)
        return changes

    def _change(self, key: Key, claim: Claim, finding: Finding, formulas: FormulasToType) -> Change:
        assert claim.right is not None  # Whoever asks has seen to it.
        if key in self.earlier:
            return self.earlier[key]._replace(new=_typed(None, claim.right), right=claim.right)
        cell = self.sheets[key.sheet].cells.get(key.position)
        old = (cell.formula or cell.value) if cell else None
        new: Value = size_text_corrected(old, claim.right) if isinstance(old, str) and cell and cell.formula is None else None
        if new is None:
            new = formulas.of(claim)
            new = None if self.again and new == old else new
        return Change(finding, old, cell.value if cell else None, _typed(new, claim.right), claim.right)


def _reference(key: Key) -> Reference:
    return Reference(*key.position, key.sheet)


def _typed(new: Value, right: Amount) -> Value:
    """The new content, or the right value as a person types it."""
    if new is not None:
        return new
    axes = [as_cell_number(axis) for axis in both_axes(right)]
    return axes[0] if not isinstance(right, tuple) else "x".join(f"{axis:g}" for axis in axes)


def size_text_corrected(text: str, right: Amount) -> str | None:
    """A text that holds a size with the right one in it; None where the text is a plain number or holds no size.

    >>> size_text_corrected("32x32x64", 16), size_text_corrected("57 x 6", (28, 3))
    ('16x16x64', '28 x 3')
    >>> size_text_corrected("56 px", 28), size_text_corrected("1,024", 512)
    ('28 px', None)
    """
    if text.strip().replace(",", "").isdigit():
        return None
    height, width = both_axes(right)
    new = _TWO_AXES.sub(lambda match: f"{height}{match[2]}{width}", text, count=1)
    if new == text:
        new = _ONE_AXIS.sub(str(height), text, count=1)
    return new if new != text and same_amount(amount_in(new), right) else None
