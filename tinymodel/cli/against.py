"""`check --against MODEL`: the findings of a check with those of a comparison with a Keras model."""

from __future__ import annotations

from dataclasses import replace

from generator.check.files import with_settings
from generator.errors import InputError
from generator.lint.finding import Checked, CheckResult
from generator.lint.options import CheckOptions, chosen_findings
from generator.network.expand import expand
from tinymodel.cli.backend import quiet, start_keras


def against(result: CheckResult, reference: str, asked: CheckOptions) -> tuple[CheckResult, list[str]]:
    """The result with what differs from a model, and a line for each design that has no network to compare.

    Raises:
        InputError: There is no such model, or its graph cannot be known.
    """
    start_keras()
    with quiet():
        from tinymodel.inspection.load import load_model

        model = load_model(reference)
        designs = tuple(_compared(checked, model, asked) for checked in result.designs)
    left_out = [
        f"{checked.file}: not compared with {reference}: {checked.reason}"
        for checked in result.designs
        if checked.readable and checked.design is None
    ]
    return CheckResult(designs, result.passed_over), left_out


def _compared(checked: Checked, model: object, asked: CheckOptions) -> Checked:
    from generator.lint.against import differences_from_model
    from tinymodel.inspection.graph_of_model import inspect_model

    if checked.design is None or checked.trace is None:
        return checked
    size = checked.trace.image_size
    try:
        found = inspect_model(model, size)
    except InputError:
        # Weights of a model may fit the image size that it was built for only; if it has no such size, this fails too.
        found = inspect_model(model)
    findings = differences_from_model(expand(checked.design), found.graph, found.graph.image_size)
    return replace(checked, findings=(*checked.findings, *chosen_findings(findings, with_settings(asked, checked.file))))
