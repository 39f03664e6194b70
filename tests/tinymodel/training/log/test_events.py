import errno
import io

import pytest

from tinymodel.training.log.events import EpochRow, Progress, TerminalLog, Timing
from tinymodel.training.log.meter import Meter
from tinymodel.training.schedule import Schedule

ROW = EpochRow(3, 2, 16, 9, 0.003, 1.25, 0.5, 1.5, 0.25, "val")
TIMING = Timing(3, 4.0, 1.0, 0.4, 1234.5, 0.1)
PROGRESS = Progress(3, 10, 2, 2, 16, 6, 9, 1234.5, 0.1, 75.0)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_file_gets_one_plain_line_an_epoch_and_no_bar():
    stream = io.StringIO()
    log = TerminalLog(stream)
    log.progress(PROGRESS)
    log.epoch(ROW, TIMING, PROGRESS, best=True)
    assert stream.getvalue() == (
        "epoch  3/10  phase 2/2  16 px  loss 1.2500  accuracy 50.00%  val loss 1.5000  val accuracy 25.00% *  "
        "5.0 s  1,234 images/s  data wait 10%  1 min 15 s left\n"
    )


def test_a_terminal_gets_a_bar_that_the_next_line_replaces():
    stream, times = Terminal(), iter([10.0, 10.0, 10.1])
    log = TerminalLog(stream, clock=lambda: next(times))
    log.progress(PROGRESS)
    log.progress(PROGRESS)
    log.message("done")
    assert stream.getvalue() == (
        "\repoch 3/10 [#############.......] 6/9  16 px  1,234 images/s  data wait 10%  1 min 15 s left\x1b[K\r\x1b[Kdone\n"
    )


class Failing(io.StringIO):
    """A stream whose disk is full, until there is room again."""

    full = True

    def write(self, text):
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_what_a_stream_does_not_take_is_lost_and_ends_no_training():
    stream = Failing()
    log = TerminalLog(stream)
    log.epoch(ROW, TIMING, PROGRESS, best=True)
    stream.full = False
    log.message("room again")
    assert stream.getvalue() == "room again\n"
    stream.close()
    log.message("lost")
    for nowhere in (None, stream):
        TerminalLog(nowhere).message("lost")


def test_a_mistake_in_a_line_is_not_hidden():
    with pytest.raises(UnicodeEncodeError):
        TerminalLog(io.TextIOWrapper(io.BytesIO(), "ascii")).message("Stra\u00dfe")


def test_the_time_left_is_that_of_the_pixels_left(tiny):
    now = [0.0]
    meter = Meter(Schedule(tiny.design().train, 96), 0, clock=lambda: now[0])
    now[0] = 12.0
    for _ in range(12):
        meter.count(8, waited_seconds=3.0)
    progress = meter.progress(epoch=0, step=12)
    assert (progress.images_per_second, progress.data_wait_share) == (8.0, 0.25)
    assert progress.seconds_left == pytest.approx(12.0 + 3 * 9 * 10 * 16 * 16 / (8 * 8 * 8))
