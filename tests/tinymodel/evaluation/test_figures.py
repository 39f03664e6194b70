import numpy as np
import pytest

from tinymodel.evaluation.figures import calibration_error, class_figures, confused_pairs, confusion, reliability
from tinymodel.training.validate import cross_entropy, top_k


@pytest.fixture
def guesses():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(7), 200).astype(np.float32)
    return probabilities, rng.integers(0, 6, 200).astype(np.int32)  # Class 6 has no picture.


def test_figures_a_class_are_those_of_scikit_learn(guesses):
    metrics = pytest.importorskip("sklearn.metrics")
    probabilities, labels = guesses
    matrix = confusion(probabilities, labels)
    assert (matrix == metrics.confusion_matrix(labels, probabilities.argmax(1), labels=range(7))).all()
    expected = metrics.precision_recall_fscore_support(labels, probabilities.argmax(1), labels=range(7), zero_division=0)
    found = class_figures(matrix, "abcdefg", "abcdefg")
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [getattr(figures, name) for figures in found] == pytest.approx(column)


def test_top_k_and_loss_are_those_of_scikit_learn(guesses):
    metrics = pytest.importorskip("sklearn.metrics")
    probabilities, labels = guesses
    for k in (1, 3, 5):
        expected = metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=range(7))
        assert top_k(probabilities, labels, k) == pytest.approx(expected)
    assert cross_entropy(probabilities, labels) == pytest.approx(
        metrics.log_loss(labels, probabilities, labels=range(7)), rel=1e-5
    )


def test_of_equal_probabilities_the_first_class_is_the_prediction():
    even = np.full((4, 4), 0.25, np.float32)
    assert [top_k(even, np.arange(4), k) for k in (1, 2, 4)] == [0.25, 0.5, 1.0]
    assert confusion(even, np.arange(4))[:, 0].tolist() == [1, 1, 1, 1]


def test_pairs_are_the_largest_cells_off_the_diagonal():
    matrix = np.random.default_rng(1).integers(0, 9, (6, 6))
    cells = sorted(
        (-matrix[label, guess], -matrix[label, guess] / matrix[label].sum(), label, guess)
        for label in range(6)
        for guess in range(6)
        if label != guess and matrix[label, guess]
    )
    found = confused_pairs(matrix, 12)
    assert [(pair.label, pair.guess) for pair in found] == [cell[2:] for cell in cells[:12]]
    assert [pair.share for pair in found] == pytest.approx([-cell[1] for cell in cells[:12]])
    assert all(
        pair.pictures == matrix[pair.label, pair.guess] and pair.back == matrix[pair.guess, pair.label] for pair in found
    )
    assert confused_pairs(np.diag([3, 0, 2]), 5) == ()


def test_reliability_is_that_of_scikit_learn(guesses):
    calibration = pytest.importorskip("sklearn.calibration")
    probabilities, labels = guesses
    right, sure = probabilities.argmax(1) == labels, probabilities.max(1)
    accuracy, confidence = calibration.calibration_curve(right, sure, n_bins=10)
    bins = reliability(probabilities, labels)
    held = [one for one in bins if one.pictures]
    assert [one.accuracy for one in held] == pytest.approx(accuracy)
    assert [one.confidence for one in held] == pytest.approx(confidence)
    assert [one.pictures for one in bins] == np.histogram(sure, bins=10, range=(0, 1))[0].tolist()
    expected = np.average(np.abs(accuracy - confidence), weights=[one.pictures for one in held])
    assert calibration_error(bins) == pytest.approx(expected)


def test_a_sure_network_falls_into_the_last_bin():
    bins = reliability(np.eye(3, dtype=np.float32), np.array([0, 1, 0]))
    assert (bins[9].pictures, bins[9].confidence, bins[9].accuracy) == (3, 1.0, pytest.approx(2 / 3))
