import threading

import numpy as np
import pytest

from tinymodel.training.feed.batches import Source, feeding_batches
from tinymodel.training.feed.training_data import TrainingData
from tinymodel.training.schedule import Schedule


def source_of(tiny, recipe, first=0, **given):
    data = TrainingData(tiny.FakeData(), recipe)
    schedule = Schedule(recipe, data.count)
    known = {"resident": False, "augmented_by": "device"} | given
    return Source(schedule, recipe, data, data.train(schedule.at(first).image_size), **known)


def calls(tiny, recipe, first, last, steps_per_call=1, **given):
    source, found, step = source_of(tiny, recipe, first, **given), [], first
    with feeding_batches(source, first, last, steps_per_call) as feed:
        while step < last:
            found.append(feed.next())
            step += found[-1].step_count
    return found


def leaves(steps):
    arrays = steps.arrays
    return [arrays.inputs, arrays.labels, *arrays.draws, arrays.learning_rate, arrays.ema_momentum] + (
        [] if arrays.boxes is None else [arrays.boxes]
    )


def assert_same(one, other):
    assert one.augment == other.augment
    assert all(np.array_equal(a, b) for a, b in zip(leaves(one), leaves(other), strict=True))


@pytest.mark.parametrize("everything", [False, True])
def test_a_resumed_feed_gives_what_the_uninterrupted_one_gave(tiny, everything):
    recipe = (tiny.design(phases=tiny.CUTMIX_PHASES, **tiny.EVERYTHING) if everything else tiny.design()).train
    for one, other in zip(calls(tiny, recipe, 0, 18)[11:], calls(tiny, recipe, 11, 18), strict=True):
        assert_same(one, other)


def test_calls_of_several_steps_hold_the_same_steps_and_begin_where_they_did(tiny):
    recipe = tiny.design(phases=tiny.CUTMIX_PHASES, **tiny.EVERYTHING).train
    singly, together = calls(tiny, recipe, 0, 18), calls(tiny, recipe, 0, 18, steps_per_call=4)
    assert [call.step_count for call in together] == [4, 4, 1, 4, 4, 1]
    flat = [[leaf[index] for leaf in leaves(call)] for call in together for index in range(call.step_count)]
    for one, other in zip(singly, flat, strict=True):
        assert all(np.array_equal(a[0], b) for a, b in zip(leaves(one), other, strict=True))
    assert [call.step_count for call in calls(tiny, recipe, 6, 18, steps_per_call=4)] == [2, 1, 4, 4, 1]


def test_an_epoch_visits_no_image_twice_and_the_next_one_in_another_order(tiny):
    found = calls(tiny, tiny.design().train, 0, 24)
    images = [image.tobytes() for call in found for image in call.arrays.inputs[0]]
    assert len(set(images[:96])) == 96
    assert set(images[96:]) == set(images[:96])
    assert images[96:] != images[:96]


def test_what_is_held_out_is_never_trained_on_and_is_what_epochs_are_compared_on(tiny):
    recipe = tiny.design(holdout=0.25).train
    data = TrainingData(tiny.FakeData(), recipe)
    trained = {int(position) for epoch in range(3) for position in data.visits(epoch).positions}
    assert trained == set(data.kept.tolist())
    assert trained.isdisjoint(data.held)
    assert np.bincount(data.labels[data.held]).tolist() == [6, 6, 6, 6]
    compared = data.compared(16)
    assert compared.labels.tolist() == data.labels[data.held].tolist()
    assert np.array_equal(compared.images, data.train(16).images[data.held])
    assert data.compared_on == "holdout"


def test_balanced_sampling_shows_every_class_equally_often_and_draws_repeats_anew(tiny):
    from tinymodel.data.order import balanced_visits

    labels = np.array([0] * 60 + [1] * 30 + [2] * 6)
    found = balanced_visits(0, 0, np.arange(96), labels, 96)
    assert np.bincount(labels[found.positions]).tolist() == [32, 32, 32]
    assert len(set(found.keys.tolist())) == 96
    assert (found.keys % 96).tolist() == found.positions.tolist()
    seen = {int(index) for epoch in range(20) for index in balanced_visits(0, epoch, np.arange(96), labels, 96).positions}
    assert len(seen) == 96


def test_a_holdout_without_an_image_is_refused(tiny):
    from generator.errors import InputError

    with pytest.raises(InputError, match="the holdout has no image"):
        TrainingData(tiny.FakeData(train=8), tiny.design(holdout=0.1).train)


@pytest.mark.parametrize("augmented_by", ["opencv", "imgaug"])
def test_the_host_augments_where_it_is_the_faster_one(tiny, augmented_by):
    pytest.importorskip("cv2", reason="OpenCV does not load here", exc_type=ImportError)
    recipe, other_seed = (tiny.design(seed=seed).train for seed in (0, 1))
    one, again = (calls(tiny, recipe, first, 5, augmented_by=augmented_by) for first in (3, 4))
    assert_same(one[1], again[0])
    assert one[0].augment == "none"
    other = calls(tiny, other_seed, 4, 5, augmented_by=augmented_by)[0]
    assert not np.array_equal(one[1].arrays.inputs, other.arrays.inputs)


def test_images_on_the_device_are_asked_for_by_position(tiny):
    recipe = tiny.design().train
    (streamed,), (resident,) = (calls(tiny, recipe, 3, 4, resident=resident) for resident in (False, True))
    assert resident.arrays.inputs.dtype == np.int32
    images = tiny.FakeData().split("train", 8).images
    assert np.array_equal(images[resident.arrays.inputs[0]], streamed.arrays.inputs[0])
    assert all(np.array_equal(a, b) for a, b in zip(leaves(resident)[1:], leaves(streamed)[1:], strict=True))


def test_what_goes_wrong_on_the_thread_is_raised_where_the_steps_are_asked_for(tiny):
    source = source_of(tiny, tiny.design().train)
    with pytest.raises(TypeError), feeding_batches(source._replace(split=source.split._replace(images=None)), 0, 3, 1) as feed:
        feed.next()


def test_the_thread_ends_with_the_feed(tiny):
    calls(tiny, tiny.design().train, 0, 2)
    assert not [thread for thread in threading.enumerate() if thread.name == "batches"]
