import struct
from itertools import pairwise

import pytest

from tinymodel.training.log.curves import curve_label_places, curves_figure, curves_png
from tinymodel.training.log.events import EpochRow


def rows(epochs_of_phases, rates=None, sizes=None):
    phases = [phase for phase, epochs in enumerate(epochs_of_phases, 1) for _ in range(epochs)]
    return [
        EpochRow(
            epoch, phase, sizes[phase - 1] if sizes else 32 + 16 * phase, 100, rates[phase - 1] if rates else 0.1,
            2 / epoch, 1 - 1 / (epoch + 1), 3 / epoch, 0.9 - 0.5 / epoch, "val",
        )
        for epoch, phase in enumerate(phases, 1)
    ]  # fmt: skip


def panels(drawn):
    return {panel.get_title("left"): panel for panel in drawn.axes}


@pytest.mark.parametrize("epochs_of_phases", [[1], [40], [16, 14, 10], [40] * 10, [1, 397, 2]])
def test_a_png_of_the_stated_size(epochs_of_phases):
    content = bytes(curves_png(rows(epochs_of_phases)))
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (1200, 1320)


def test_the_same_rows_give_the_same_bytes():
    assert curves_png(rows([3, 2])) == curves_png(rows([3, 2]))


def test_what_the_panels_show():
    given = rows([3, 2])
    drawn = curves_figure(given)
    loss, accuracy = panels(drawn)["loss"], panels(drawn)["accuracy in %"]
    train, val = loss.get_lines()[:2]
    assert list(train.get_xdata()) == [1, 2, 3, 4, 5]
    assert list(train.get_ydata()) == [row.loss for row in given]
    assert list(val.get_ydata()) == [row.val_loss for row in given]
    assert list(accuracy.get_lines()[1].get_ydata()) == [100 * row.val_accuracy for row in given]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["train, as minimised", "validation, cross-entropy"]
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == [
        "train", "validation", "best at 64 px: 80.00 % in epoch 5",
    ]  # fmt: skip
    assert panels(drawn)["learning rate"].get_xlabel() == "epoch"


def test_a_holdout_is_named_where_epochs_are_compared_on_it():
    accuracy = panels(curves_figure([row._replace(compared_on="holdout") for row in rows([2])]))["accuracy in %"]
    assert accuracy.get_legend().get_texts()[1].get_text() == "holdout"


def phase_names(drawn):
    return [(text.get_text(), text.get_rotation()) for text in panels(drawn)[""].texts]


def test_phases_are_named_lying_where_there_is_room_and_standing_otherwise():
    assert phase_names(curves_figure(rows([3, 2]))) == [("phase 1\n48 px", 0), ("phase 2\n64 px", 0)]
    assert phase_names(curves_figure(rows([1, 397, 2]))) == [("1: 48 px", 90), ("2: 64 px", 90), ("3: 80 px", 90)]


def test_names_are_neither_outside_nor_over_a_legend_or_each_other():
    for epochs_of_phases in ([1], [5] * 5, [40] * 10, [1] * 9 + [391], [391] + [1] * 9):
        drawn = curves_figure(rows(epochs_of_phases, sizes=[224] * len(epochs_of_phases)))
        boxes = [text.get_window_extent() for text in panels(drawn)[""].texts]
        legend = panels(drawn)["loss"].get_legend().get_window_extent()
        width, height = drawn.canvas.get_width_height()
        assert all(box.x0 >= 0 and box.y0 >= legend.y1 - 1 and box.x1 <= width and box.y1 <= height for box in boxes)
        assert all(one.x1 <= after.x0 for one, after in pairwise(boxes))


@pytest.mark.parametrize(
    ("rates", "scale"), [([0.1, 0.05], "linear"), ([0.1, 0.001], "log"), ([0.1, 0.0], "linear"), ([0.0, 0.0], "linear")]
)
def test_the_axis_of_the_learning_rate(rates, scale):
    assert panels(curves_figure(rows([3, 2], rates)))["learning rate"].get_yscale() == scale


def test_labels_keep_their_distance_at_both_ends():
    assert curve_label_places([0.001, 0.002], 0.1) == pytest.approx([0.05, 0.15])
    assert curve_label_places([0.998, 0.999], 0.1) == pytest.approx([0.85, 0.95])
