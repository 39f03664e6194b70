"""Data: any of three layouts → classes, and each split as one mapped uint8 array at any size."""

from tinymodel.data.dataset import DataSet, Split, describe
from tinymodel.data.hashing import fold
from tinymodel.data.order import order
from tinymodel.data.prepare import prepare
from tinymodel.data.toy import make_toy

__all__ = ["DataSet", "Split", "describe", "fold", "make_toy", "order", "prepare"]
