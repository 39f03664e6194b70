import pytest

from tinymodel.training.log.events import EpochRow
from tinymodel.training.log.history import Phase, best_of, phases_of


def row(epoch, phase, image_size, val_accuracy, compared_on="val"):
    return EpochRow(epoch, phase, image_size, 100, 0.1, 2.0, 0.5, 2.0, val_accuracy, compared_on)


ROWS = [row(1, 1, 48, 0.99), row(2, 1, 48, 0.4), row(3, 2, 64, 0.5), row(4, 2, 64, 0.5), row(5, 3, 64, 0.4)]


def test_the_best_epoch_is_of_the_last_image_size_and_the_first_of_equal_ones():
    assert best_of(ROWS).epoch == 3


def test_phases_are_epochs_in_a_row():
    assert phases_of(ROWS) == [Phase(1, 48, 1, 2), Phase(2, 64, 3, 4), Phase(3, 64, 5, 5)]


@pytest.mark.parametrize(("compared_on", "name"), [("val", "validation"), ("holdout", "holdout")])
def test_what_an_epoch_is_compared_on_has_a_name(compared_on, name):
    assert row(1, 1, 48, 0.5, compared_on).compared_name == name
