import pytest

from generator.errors import InputError
from tinymodel.training.schedule import Schedule


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


def rates(tiny, count=96, **recipe):
    schedule = Schedule(tiny.design(**recipe).train, count)
    return [schedule.at(step).learning_rate for step in range(schedule.steps)]


ONE_PHASE = [{"image_size": 8, "epochs": 4, "batch_size": 12}]


def test_cosine_falls_over_all_phases_after_a_straight_warm_up(tiny):
    schedule = {"name": "cosine", "warmup_epochs": 1, "final": 0.1}
    found = rates(tiny, phases=ONE_PHASE, optimizer={"learning_rate": 1.0}, schedule=schedule)
    assert found[:8] == pytest.approx([(step + 1) / 9 for step in range(8)])
    assert found[8] == 1.0
    assert found[20] == pytest.approx((1.0 + 0.1) / 2)
    assert found[-1] == pytest.approx(0.1, abs=0.01)
    assert found[8:] == sorted(found[8:], reverse=True)


def test_one_cycle_rises_to_its_peak_and_falls_to_its_end(tiny):
    schedule = {"name": "one_cycle", "peak": 0.25}
    found = rates(tiny, phases=ONE_PHASE, optimizer={"learning_rate": 1.0}, schedule=schedule)
    assert found[0] == pytest.approx(1 / 25)
    assert max(found) == found[8] == 1.0
    assert found[20] == pytest.approx(0.5)
    assert found[-1] == pytest.approx(1 / 24)


def test_a_phase_has_its_own_highest_rate(tiny):
    found = rates(tiny, schedule={"name": "cosine"}, optimizer={"learning_rate": 0.1})
    assert found[23] == pytest.approx(0.1 * found[24] / 0.003, rel=0.05)


def test_averages_forget_more_at_first(tiny):
    schedule = Schedule(tiny.design(ema_momentum=0.99).train, 96)
    assert [schedule.ema_momentum(step) for step in (0, 8, 10_000)] == [0.1, 0.5, 0.99]
    assert Schedule(tiny.design().train, 96).ema_momentum(7) == 0.0


def test_a_batch_larger_than_the_data_is_refused(tiny):
    with pytest.raises(InputError) as caught:
        Schedule(tiny.design().train, 9)
    assert str(caught.value) == (
        "phase 2 takes batches of more images than there are in the training data\n"
        "  received: 10\n  expected: at most 9\n  help: --set phases.1.batch_size=9"
    )
