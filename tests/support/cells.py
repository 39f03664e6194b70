"""Cells of findings as tests write them: "I28"."""

from generator.lint.finding import Checked
from generator.spreadsheet.formula import parse_formula
from generator.spreadsheet.reference import Reference


def cell(address: str) -> Reference:
    """The cell of an address, `I28` or `Sheet!H3`."""
    reference = parse_formula(address)
    assert isinstance(reference, Reference)
    return reference


def addresses(*cells: Reference | None) -> list[str | None]:
    """Addresses of cells; None stays None."""
    return [None if each is None else str(each) for each in cells]


def causes_of_errors(design: Checked) -> dict[str | None, str | None]:
    """The cell of every error, with the cell that it inherits from."""
    errors = [finding for finding in design.findings if finding.level == "error"]
    return dict(zip(addresses(*(item.cell for item in errors)), addresses(*(item.cause for item in errors)), strict=True))
