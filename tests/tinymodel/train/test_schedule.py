import pytest

from generator.errors import InputError
from tinymodel.train.schedule import Schedule


@pytest.fixture
def schedule(tiny):
    return Schedule(tiny.design().train, 96)


def test_every_step_has_the_position_that_nested_loops_would_give(schedule):
    expected = [
        (phase, first + epoch, step, size, batch, rate)
        for phase, first, epochs, steps, size, batch, rate in ((0, 0, 2, 12, 8, 8, 0.001), (1, 2, 3, 9, 16, 10, 0.003))
        for epoch in range(epochs)
        for step in range(steps)
    ]
    assert [schedule.at(step) for step in range(schedule.steps)] == expected


def test_epochs_phases_and_steps_fit_together(schedule):
    assert (schedule.epochs, schedule.steps, schedule.final_image_size) == (5, 2 * 12 + 3 * 9, 16)
    assert [schedule.first_step(epoch) for epoch in range(6)] == [0, 12, 24, 33, 42, 51]
    assert [schedule.end_of_phase(epoch) for epoch in range(5)] == [24, 24, 51, 51, 51]


def test_pixels_are_counted_over_the_border_of_a_phase(schedule):
    assert schedule.pixels(23, 25) == 8 * 8 * 8 + 10 * 16 * 16


def test_a_batch_larger_than_the_data_is_refused(tiny):
    with pytest.raises(InputError) as caught:
        Schedule(tiny.design().train, 9)
    assert str(caught.value) == (
        "phase 2 takes batches of more images than there are in the training data\n"
        "  received: 10\n  expected: at most 9\n  help: --set phases.1.batch_size=9"
    )
