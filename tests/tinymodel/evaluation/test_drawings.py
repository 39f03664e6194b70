import numpy as np
import pytest
from PIL import Image

from tinymodel.evaluation.drawings import classes_figure, confusion_figure, draw_evaluation
from tinymodel.evaluation.figures import class_figures

TITLES = ("cost of $100 and $200", "\u732b \u202e", "a name that is much longer than any picture can hold")


@pytest.mark.slow
def test_three_pictures_for_people_who_write_whatever_the_classes_are_called(tmp_path):
    random = np.random.default_rng(0)
    probabilities, labels = random.dirichlet(np.ones(3), 60).astype(np.float32), random.integers(0, 3, 60)
    files = draw_evaluation(tmp_path, "val", probabilities, labels, TITLES)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(file.name for file in files)
    assert [file.name for file in files] == ["val-confusion.png", "val-classes.png", "val-reliability.png"]
    for file in files:
        pixels = np.asarray(Image.open(file).convert("RGB"))
        assert min(pixels.shape[:2]) > 400
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_the_cells_of_few_classes_say_how_many_they_are():
    matrix = np.array([[7, 0, 1], [2, 1234, 0], [0, 0, 3]])
    axes = confusion_figure(matrix, ["a", "b", "c"]).axes[0]
    said = {text.get_position(): text.get_text() for text in axes.texts}
    assert said == {(0, 0): "7", (2, 0): "1", (0, 1): "2", (1, 1): "1,234", (2, 2): "3"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert confusion_figure(np.eye(40, dtype=int), [str(number) for number in range(40)]).axes[0].texts[:] == []


def test_the_worst_class_is_at_the_top():
    matrix = np.array([[3, 1, 0], [2, 2, 0], [0, 0, 4]])
    axes = classes_figure(class_figures(matrix, "abc", ["ant", "bee", "cow"])).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bee", "ant", "cow"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # The first place is above the others.
    points = {
        points.get_label(): points.get_offsets()[:, 0].tolist() for points in axes.collections if points.get_offsets().size > 2
    }
    assert points["recall"] == [50.0, 75.0, 100.0]
    assert points["precision"] == pytest.approx([200 / 3, 60.0, 100.0])
