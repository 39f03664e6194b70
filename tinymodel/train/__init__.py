"""The trainer. Keras must know its backend (`KERAS_BACKEND`) before this package is imported."""

from tinymodel.train.log import Log, SilentLog, TerminalLog
from tinymodel.train.stopping import Diverged, NotWhole, Stopped
from tinymodel.train.trainer import Result, train

__all__ = ["Diverged", "Log", "NotWhole", "Result", "SilentLog", "Stopped", "TerminalLog", "train"]
