import numpy as np
import pytest

from tinymodel.evaluate.figures import class_figures, confusion
from tinymodel.train.validate import cross_entropy, top_k


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
