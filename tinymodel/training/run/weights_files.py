"""Keras' own files of a model and of its weights, as bytes: written to memory, because HDF5 loses errors of the disk."""

from __future__ import annotations

import io

import keras

WEIGHTS_SUFFIX, MODEL_SUFFIX = ".weights.h5", ".keras"


class _Memory(io.BytesIO):
    """A file in memory with a name, by whose end Keras tells the format."""

    def __init__(self, suffix: str, content: bytes = b"") -> None:
        super().__init__(content)
        self._name = f"memory{suffix}"

    def __str__(self) -> str:
        return self._name


def model_bytes(model: keras.Model) -> memoryview:
    """The content of the `.keras` file of a model."""
    file = _Memory(MODEL_SUFFIX)
    model.save(file)
    return file.getbuffer()


def weights_bytes(model: keras.Model) -> memoryview:
    """The content of the `.weights.h5` file of a model."""
    file = _Memory(WEIGHTS_SUFFIX)
    model.save_weights(file)
    return file.getbuffer()


def load_weights(model: keras.Model, content: bytes) -> None:
    """Puts the content of a `.weights.h5` file into a model.

    Raises:
        OSError, KeyError, RuntimeError: It is no such file.
        ValueError: It is of another network.
    """
    model.load_weights(_Memory(WEIGHTS_SUFFIX, content))
