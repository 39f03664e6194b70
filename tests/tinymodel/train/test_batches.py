import threading

import numpy as np
import pytest

from tinymodel.train.batches import feeding
from tinymodel.train.schedule import Schedule


def batches(tiny, recipe, first, last):
    schedule = Schedule(recipe, 96)
    split = tiny.FakeData().split("train", schedule.at(first).image_size)
    with feeding(schedule, split, recipe, first, last) as feed:
        return [feed.next() for _ in range(first, last)]


def assert_same(one, other):
    assert np.array_equal(one.images, other.images)
    assert np.array_equal(one.labels, other.labels)
    assert all(np.array_equal(a, b) for a, b in zip(one.draws, other.draws, strict=True))


def test_a_resumed_feed_gives_what_the_uninterrupted_one_gave(tiny):
    recipe = tiny.design().train
    for one, other in zip(batches(tiny, recipe, 0, 24)[17:], batches(tiny, recipe, 17, 24), strict=True):
        assert_same(one, other)


def test_an_epoch_visits_no_image_twice_and_the_next_one_in_another_order(tiny):
    found = batches(tiny, tiny.design().train, 0, 24)
    images = [image.tobytes() for batch in found for image in batch.images]
    assert len(set(images[:96])) == 96
    assert set(images[96:]) == set(images[:96])
    assert images[96:] != images[:96]


def test_imgaug_augments_on_the_host_by_seed_and_step(tiny):
    pytest.importorskip("cv2", reason="OpenCV does not load here", exc_type=ImportError)
    pytest.importorskip("tinymodel.augment.imgaug_engine")
    recipe, other_seed = (tiny.design(augment_engine="imgaug", seed=seed).train for seed in (0, 1))
    one, again = batches(tiny, recipe, 3, 5), batches(tiny, recipe, 4, 5)
    assert_same(one[1], again[0])
    assert one[0].augment == "none"
    assert not np.array_equal(one[1].images, batches(tiny, other_seed, 4, 5)[0].images)


def test_what_goes_wrong_on_the_thread_is_raised_where_the_batch_is_asked_for(tiny):
    recipe = tiny.design().train
    split = tiny.FakeData().split("train", 8)._replace(images=None)
    with pytest.raises(TypeError), feeding(Schedule(recipe, 96), split, recipe, 0, 3) as feed:
        feed.next()


def test_the_thread_ends_with_the_feed(tiny):
    batches(tiny, tiny.design().train, 0, 2)
    assert not [thread for thread in threading.enumerate() if thread.name == "batches"]
