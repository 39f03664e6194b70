"""What a check found and what a network's table says, for people and for other programs. Text in, nothing printed."""

from generator.report.annotations import github_annotations
from generator.report.json_report import json_report
from generator.report.text import check_text
from generator.report.verdict import exit_code

__all__ = ["check_text", "exit_code", "github_annotations", "json_report"]
