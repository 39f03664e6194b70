"""The trainer. Keras must know its backend (`KERAS_BACKEND`) before a module of this package is imported."""
