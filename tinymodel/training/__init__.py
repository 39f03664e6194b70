"""The trainer. Keras must know its backend (`KERAS_BACKEND`) before this package is imported."""

from tinymodel.training.log.events import Log, SilentLog, TerminalLog
from tinymodel.training.stopping import Diverged, NotWhole, Stopped
from tinymodel.training.trainer import Result, train

__all__ = ["Diverged", "Log", "NotWhole", "Result", "SilentLog", "Stopped", "TerminalLog", "train"]
