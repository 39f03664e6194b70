"""Data: any of three layouts → classes, and each split as one mapped uint8 array at any size."""

from tinymodel.data.dataset import DataSet, describe
from tinymodel.data.prepare import prepare
from tinymodel.data.toy import make_toy

__all__ = ["DataSet", "describe", "make_toy", "prepare"]
