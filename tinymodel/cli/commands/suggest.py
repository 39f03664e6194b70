"""`suggest`: the smallest edits of a design that bring it to its targets."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generator.check.files import read_one
from generator.errors import InputError
from generator.lint.options import CheckOptions
from tinymodel.cli.arguments import add_design, add_image_size, add_targets, count, number
from tinymodel.cli.exit_codes import CLEAN, FOUND
from tinymodel.cli.formats import Network, Subject, format_names, format_of
from tinymodel.cli.output import write_output

if TYPE_CHECKING:
    from generator.design.record import Design
    from generator.lint.finding import Checked
    from generator.suggest.search import Suggestion, Suggestions
    from generator.suggest.words import Places

SUBJECTS: tuple[Subject, ...] = ("design", "workbook")


def add_arguments(parser: ArgumentParser) -> None:
    """Declares what the command takes."""
    add_design(parser)
    add_targets(parser, "the receptive field to reach, px, within 5 %%")
    parser.add_argument("--macs-max", metavar="N", type=number, help="the most multiply-accumulates of an image")
    add_image_size(parser, "the design's own and those of its recipe")
    parser.add_argument("--limit", metavar="K", type=count, default=10, help="suggestions to show (10)")
    parser.add_argument("--format", choices=format_names("figures"), default="text")
    parser.add_argument("-o", "--output", metavar="OUT.yaml", help="write the best there, as a design")
    parser.add_argument("--number", metavar="N", type=count, default=1, help="which one -o writes (1)")


def run(options: Namespace) -> int:
    """Prints the suggestions, best first, and writes one of them as a design."""
    from generator.suggest import search
    from generator.suggest.goals import wanted_targets
    from generator.suggest.report import suggestions_json, suggestions_text

    if options.output is not None:
        format_of(options.output, None, *SUBJECTS)  # A form that there is not is refused before the search.
    asked = CheckOptions(image_size=options.image_size, assume=tuple(options.assume), allow_large=options.allow_large)
    checked = read_one(options.design, asked)
    assert checked.design is not None
    try:
        targets = wanted_targets(checked.design.targets, options.rf, options.params_max, options.macs_max)
    except InputError as error:
        raise error.at(options.design) from None
    limit = max(options.limit, options.number)
    found = search.suggest(checked.design, targets, options.image_size, limit=limit, allow_large=options.allow_large)
    places = _places(checked, found)
    shown = found._replace(suggestions=found.suggestions[: options.limit])
    if options.format == "json":
        sys.stdout.write(suggestions_json(shown, places, checked.file, checked.sheet))
    else:
        sys.stdout.write(suggestions_text(shown, places, checked.design.name))
    if options.output is not None:
        _write(found, places, checked, options)
    return FOUND if found.missed and not found.suggestions else CLEAN


def _places(checked: Checked, found: Suggestions) -> Places:
    """Where a person finds the rows: in the sheet or the text that they were read from, else in the plan."""
    from generator.network.expand import row_names
    from generator.suggest.words import Places

    assert checked.design is not None
    drawn = tuple(line or None for line in checked.sheet_lines)
    return Places(found.plan, row_names(checked.design), drawn, "row" if checked.sheet else "line")


def _write(found: Suggestions, places: Places, checked: Checked, options: Namespace) -> None:
    """Writes the suggestion of the number that was asked for; none where none is needed or found."""
    if not found.suggestions:
        why = "nothing is missed" if not found.missed else "nothing reaches the targets"
        print(f"{options.output} is not written: {why}", file=sys.stderr)
        return
    if options.number > len(found.suggestions):
        raise InputError(
            "there are fewer suggestions",
            place="--number",
            received=options.number,
            expected=f"a number from 1 to {len(found.suggestions)}",
        )
    design = _named(found.suggestions[options.number - 1], found, places, checked, options.output)
    form = format_of(options.output, None, *SUBJECTS)
    assert form.make is not None
    write_output(options.output, form.make(Network(replace(checked, design=design))), checked.file)


def _named(suggestion: Suggestion, found: Suggestions, places: Places, checked: Checked, output: str) -> Design:
    """The design under the name of its file, with what it comes from, what to expect of it, and the targets that it meets."""
    from generator.report.text import amount_text
    from generator.suggest.words import suggestion_words

    assert checked.design is not None
    figures = suggestion.after[0].figures()
    size = "x".join(map(str, suggestion.after[0].image_size))
    changed = {
        "name": Path(output).stem,
        "source": f"{checked.design.name}, changed: {suggestion_words(suggestion.edits, places)}"[:2000],
        "expected": f"{figures['params']:,} parameters, rf {amount_text(figures['rf'])}, {figures['macs']:,} macs at {size}",
        "targets": found.targets,
    }
    return suggestion.design.model_copy(update=changed)
