import keras
import numpy as np
import pytest

from tinymodel.build import build_model
from tinymodel.training.engines.choice import make_engine, spread
from tinymodel.training.engines.engine import answering_variables
from tinymodel.training.feed.batches import StepArrays, Steps
from tinymodel.training.feed.inputs import Targets
from tinymodel.training.machine.devices import machine_for


def model_of(tiny):
    """The tiny network without dropout; a bias before batch normalisation has no gradient but noise, which Adam enlarges."""
    keras.utils.set_random_seed(0)
    plan = [{**row, "use_bias": False} if row.get("batch_norm") else row for row in tiny.PLAN if row["kind"] != "dropout"]
    return build_model(tiny.design(plan))


def engine_of(tiny, model, weights=(), **recipe):
    found = tiny.design(**recipe).train
    return make_engine(model, found, machine_for(found, 0), Targets(4, found.label_smoothing, weights))


def steps_of(size, seed=0, count=10, rate=0.004, steps=1, boxes=None, momentum=0.0):
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (steps, count, size, size, 3)).astype(np.uint8)
    labels = rng.integers(0, 4, (steps, count)).astype(np.int32)
    rates = np.full(steps, rate, np.float32)
    arrays = StepArrays(images, labels, (), boxes, rates, np.full(steps, momentum, np.float32))
    return Steps("none", arrays, steps, steps * count)


def one(steps, index):
    arrays = steps.arrays
    return steps._replace(
        arrays=arrays._replace(
            inputs=arrays.inputs[index : index + 1], labels=arrays.labels[index : index + 1],
            learning_rate=arrays.learning_rate[:1], ema_momentum=arrays.ema_momentum[:1],
        ), step_count=1,
    )  # fmt: skip


@pytest.mark.parametrize("weights", [(), (1.0, 3.0, 0.5, 1.0)], ids=["", "class weights"])
def test_a_step_does_what_keras_own_training_does(tiny, weights):
    ours, theirs = model_of(tiny), model_of(tiny)
    engine = engine_of(tiny, ours, weights, label_smoothing=0.1)
    theirs.compile(
        keras.optimizers.Adam(0.004), keras.losses.CategoricalCrossentropy(label_smoothing=0.1), metrics=["accuracy"]
    )
    for seed in range(3):
        steps = steps_of(8, seed)
        images, labels = steps.arrays.inputs[0], steps.arrays.labels[0]
        (loss,), (correct,) = (np.asarray(result) for result in engine.train_steps(steps))
        sample_weight = np.array(weights)[labels] if weights else None
        expected, accuracy = theirs.train_on_batch(images / np.float32(255), np.eye(4)[labels], sample_weight)[:2]
        theirs.reset_metrics()
        assert float(loss) == pytest.approx(float(expected), rel=1e-4)
        assert int(correct) == pytest.approx(10 * float(accuracy))
    state = engine.state()
    model = [array for name, array in state.items() if name.startswith("model/")]
    for found, variable in zip(model, theirs.variables, strict=True):
        assert found == pytest.approx(keras.ops.convert_to_numpy(variable.value), abs=2e-4)


def test_sgd_with_weight_decay_is_the_gradient_with_an_l2_penalty_on_kernels_only(tiny):
    model = model_of(tiny)
    before = {variable.path: keras.ops.convert_to_numpy(variable.value) for variable in model.trainable_variables}
    plain, decayed = (
        engine_of(tiny, candidate, optimizer={"name": "sgd", "learning_rate": 0.1, "weight_decay": decay})
        for candidate, decay in ((model, 0.0), (model_of(tiny), 0.5))
    )
    names = [(name, variable) for name, variable in zip(plain.state(), model.variables, strict=False)]
    for engine in (plain, decayed):
        engine.train_steps(steps_of(8, rate=0.1))
    one, other = plain.state(), decayed.state()
    for name, variable in names:
        if variable.path in before:
            pulled = 0.1 * 0.5 * before[variable.path] if name.endswith("kernel") else 0.0
            assert other[name] == pytest.approx(one[name] - pulled, abs=1e-6)


def test_cutmix_pastes_the_next_image_and_shares_the_label(tiny):
    from tinymodel.training.feed.inputs import inputs_of

    steps = steps_of(8, count=3)
    boxes = np.array([[0, 4, 0, 4], [0, 8, 0, 8], [0, 0, 0, 0]], np.int32)
    step = StepArrays(*(value[0] for value in steps.arrays[:2]), (), boxes, None, None)
    found = inputs_of(step, "none", None, Targets(4, 0.0, ()))
    images, targets, labels = (np.array(value) for value in found)
    given = steps.arrays.inputs[0] / np.float32(255)
    assert images[0, :4, :4] == pytest.approx(given[1, :4, :4])
    assert images[0, 4:] == pytest.approx(given[0, 4:])
    assert images[1] == pytest.approx(given[2])
    assert images[2] == pytest.approx(given[2])
    eye, own = np.eye(4), steps.arrays.labels[0]
    assert targets == pytest.approx(np.stack([0.75 * eye[own[0]] + 0.25 * eye[own[1]], eye[own[2]], eye[own[2]]]))
    assert labels.tolist() == [own[0], own[2], own[2]]


def test_averages_follow_the_weights_and_are_what_predicts(tiny):
    model = model_of(tiny)
    engine = engine_of(tiny, model, ema_momentum=0.9)
    first = answering_variables(engine.state())
    engine.train_steps(steps_of(8, momentum=0.75))
    state = engine.state()
    for name, average in answering_variables(state).items():
        if np.issubdtype(average.dtype, np.floating):
            assert average == pytest.approx(0.75 * first[name] + 0.25 * state[name], abs=1e-6)
    images = steps_of(8, 5).arrays.inputs[0]
    predicted = engine.predict(images)
    for name, variable in zip(answering_variables(state), model.variables, strict=True):
        variable.assign(answering_variables(state)[name])
    assert predicted == pytest.approx(keras.ops.convert_to_numpy(model(images.astype(np.float32) / 255)), abs=1e-5)


def test_many_steps_in_a_call_do_what_one_after_the_other_do(tiny):
    sgd = {"name": "sgd", "learning_rate": 0.01}  # Adam would blow up what is rounded in gradients that are nearly 0.
    together, alone = (engine_of(tiny, model_of(tiny), optimizer=sgd) for _ in range(2))
    steps = steps_of(8, steps=3)
    losses, correct = (np.asarray(result) for result in together.train_steps(steps))
    singly = [[np.asarray(result)[0] for result in alone.train_steps(one(steps, index))] for index in range(3)]
    assert losses == pytest.approx([loss for loss, _ in singly], rel=1e-5)
    assert correct.tolist() == [int(right) for _, right in singly]
    one_state, other = together.state(), alone.state()
    for name, array in one_state.items():
        assert array == pytest.approx(other[name], abs=1e-4), name


def test_images_on_the_device_give_what_streamed_ones_give(tiny):
    resident, streamed = engine_of(tiny, model_of(tiny)), engine_of(tiny, model_of(tiny))
    images = np.random.default_rng(1).integers(0, 256, (30, 8, 8, 3)).astype(np.uint8)
    positions = np.arange(29, 9, -2, dtype=np.int32)
    steps = steps_of(8)
    resident.hold(images)
    by_position = steps._replace(arrays=steps.arrays._replace(inputs=positions[None]))
    by_image = steps._replace(arrays=steps.arrays._replace(inputs=images[positions][None]))
    found, expected = resident.train_steps(by_position)[0], streamed.train_steps(by_image)[0]
    assert np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-6)


def test_predictions_are_the_models_own(tiny):
    model = model_of(tiny)
    images = steps_of(8).arrays.inputs[0]
    expected = keras.ops.convert_to_numpy(model(images.astype(np.float32) / 255))
    assert engine_of(tiny, model).predict(images) == pytest.approx(expected, abs=1e-6)


def test_the_state_brings_another_model_to_the_same_place(tiny):
    first, second = (engine_of(tiny, model_of(tiny), ema_momentum=0.5) for _ in range(2))
    first.train_steps(steps_of(8, momentum=0.5))
    second.load(first.state())
    assert all(np.array_equal(array, second.state()[name]) for name, array in first.state().items())
    losses = [float(np.asarray(engine.train_steps(steps_of(8, 1))[0])[0]) for engine in (first, second)]
    assert losses[0] == losses[1]


def test_a_step_is_traced_once_a_shape(tiny):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("counts the traces of TensorFlow")
    engine = engine_of(tiny, model_of(tiny))
    for size in (8, 8, 16, 16, 8):
        engine.train_steps(steps_of(size, rate=0.01 * size))
    assert engine._steps.experimental_get_tracing_count() == 2


def test_bfloat16_computes_in_it_on_float32_weights(tiny):
    from tinymodel.training.machine.devices import computing_in

    with computing_in("bfloat16"):
        model = model_of(tiny)
    assert {layer.compute_dtype for layer in model.layers if layer.weights} == {"bfloat16"}
    assert {str(variable.dtype) for variable in model.trainable_variables} == {"float32"}
    losses = np.asarray(engine_of(tiny, model).train_steps(steps_of(8))[0])
    exact = np.asarray(engine_of(tiny, model_of(tiny)).train_steps(steps_of(8))[0])
    assert losses == pytest.approx(exact, rel=0.02)
    assert keras.config.dtype_policy().name == "float32"


def test_one_device_needs_no_spreading(tiny):
    with spread(machine_for(tiny.design().train, 0)):
        assert model_of(tiny).count_params() > 0
