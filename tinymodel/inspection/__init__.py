"""A built Keras model → the same Graph as a design has, so that every number of a design is known of any model."""

from tinymodel.inspection.graph_of_model import Inspected, inspect_model
from tinymodel.inspection.load import load_model

__all__ = ["Inspected", "inspect_model", "load_model"]
