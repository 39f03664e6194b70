"""The optional extras of this project: what each brings, and how one is installed.

No message names this project to pip by its name alone: on the public index that name belongs to another project.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from generator.errors import InputError

EXTRAS = {
    "train": ("keras", "tensorflow", "imgaug", "cv2", "PIL", "matplotlib"),
    "jax": ("keras", "jax", "h5py", "PIL", "matplotlib"),
    "tpu": ("keras", "jax", "libtpu", "h5py", "PIL", "matplotlib"),
}
"""Packages of each extra, by the names that they are imported under."""


class MissingExtra(InputError):
    """A package of an optional extra is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this command needs {package}, which is not installed", help=install_command(extra))


def install_command(extra: str) -> str:
    """What a person types to have an extra: in a checkout that, else the wheel that the project came from, with its path.

    >>> install_command("train") in ("pip install '.[train]'", f"pip install '.[train]' in {CHECKOUT}")
    True
    """
    if not (CHECKOUT / "pyproject.toml").is_file():
        return f"pip install 'PATH/OF/THE.whl[{extra}]'"
    return f"pip install '.[{extra}]'" + ("" if Path.cwd() == CHECKOUT else f" in {CHECKOUT}")


CHECKOUT = Path(__file__).resolve().parent.parent
"""The folder that the project lies in; only a checkout has a `pyproject.toml` there."""


def installed(package: str) -> bool:
    """Whether a package can be imported; it is not imported."""
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return False
