"""The exit codes that the commands share."""

from __future__ import annotations

CLEAN = 0

FOUND = 1
"""The command did its work and found something: an error in a design, a target that is missed, a training that diverged."""

UNUSABLE = 2
"""The input cannot be read or used, the output cannot be written, or the command is used wrongly."""
