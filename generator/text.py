"""Text that people wrote, made fit for places that take plain names and characters only; sides and counted things in words."""

from __future__ import annotations

import re
import unicodedata

MAX_MODEL_NAME_CHARACTERS = 64

_PLAIN = str.maketrans(
    {"\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": "'", "\u201d": "'", "\u00d7": "x", "\u2192": "->"}
)


def plain_text(text: str) -> str:
    r"""One line of printable ASCII: letters without their accents, "?" for what has no plain form, white space as one blank.

    >>> plain_text("R\u00e9sum\u00e9 3\u00d73\n\tof\u202e it")
    'Resume 3x3 of? it'
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    kept = (character for character in decomposed if not unicodedata.combining(character))
    shown = (" " if character.isspace() else character if " " <= character <= "~" else "?" for character in kept)
    return " ".join("".join(shown).split())


def model_name(name: str) -> str:
    """The name of a design as the name of its Keras model, which allows letters, digits and _ only.

    >>> model_name("tiny-imagenet-v36"), model_name("50 layers"), model_name("/")
    ('tiny_imagenet_v36', 'model_50_layers', 'model')
    """
    words = re.sub(r"[^A-Za-z0-9]+", "_", plain_text(name)).strip("_")
    if not words[:1].isalpha():
        words = f"model_{words}".rstrip("_")
    return words[:MAX_MODEL_NAME_CHARACTERS]


def sides(height: object, width: object) -> str:
    """Two axes in words: one number where they agree.

    >>> sides(3, 3), sides(3, 5)
    ('3', '3 x 5')
    """
    return f"{height}" if height == width else f"{height} x {width}"


def counted(number: int, one: str, many: str) -> str:
    """A number of things in words.

    >>> counted(1, "class", "classes"), counted(2, "class", "classes")
    ('1 class', '2 classes')
    """
    return f"{number} {one if number == 1 else many}"
