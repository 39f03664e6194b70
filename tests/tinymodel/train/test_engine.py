import keras
import numpy as np
import pytest

from tinymodel.build import build_model
from tinymodel.train.batches import Batch
from tinymodel.train.engine import make_engine


@pytest.fixture
def recipe(tiny):
    return tiny.design(label_smoothing=0.1).train


def model_of(tiny):
    keras.utils.set_random_seed(0)
    return build_model(tiny.design([row for row in tiny.PLAN if row["kind"] != "dropout"]))


def batch(size, seed=0, count=10):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (count, size, size, 3)).astype(np.uint8)
    return Batch(images, rng.integers(0, 4, count).astype(np.int32), "none", ())


def test_a_step_does_what_keras_own_training_does(tiny, recipe):
    ours, theirs = model_of(tiny), model_of(tiny)
    engine = make_engine(ours, recipe)
    theirs.compile(
        keras.optimizers.Adam(0.004), keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"]
    )
    for seed in range(3):
        images, labels, _, _ = batch(8, seed)
        loss, correct = engine.train_step(batch(8, seed), 0.004)
        expected, accuracy = theirs.train_on_batch(images / np.float32(255), np.eye(4)[labels])[:2]
        theirs.reset_metrics()
        assert float(loss) == pytest.approx(float(expected), rel=1e-4)
        assert int(correct) == pytest.approx(10 * float(accuracy))
    engine.synchronise()
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert one == pytest.approx(other, abs=2e-4)


def test_predictions_are_the_models_own(tiny, recipe):
    model = model_of(tiny)
    images = batch(8).images
    expected = keras.ops.convert_to_numpy(model(images.astype(np.float32) / 255))
    assert make_engine(model, recipe).predict(images) == pytest.approx(expected, abs=1e-6)


def test_the_state_brings_another_model_to_the_same_place(tiny, recipe):
    first, second = (make_engine(model_of(tiny), recipe) for _ in range(2))
    first.train_step(batch(8), 0.01)
    second.load(first.state())
    losses = [float(engine.train_step(batch(8, 1), 0.01)[0]) for engine in (first, second)]
    assert losses[0] == losses[1]


def test_a_step_is_traced_once_a_shape(tiny, recipe):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("counts the traces of TensorFlow")
    engine = make_engine(model_of(tiny), recipe)
    for size in (8, 8, 16, 16, 8):
        engine.train_step(batch(size), 0.01 * size)
    assert engine._step.experimental_get_tracing_count() == 2
