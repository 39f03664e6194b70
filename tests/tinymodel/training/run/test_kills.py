import random
import signal
import time

import pytest

from tests.support.trainings import end, finish, start


def kill(run, backend, seconds, number, *options, after=("begins", "goes on", "was finished")):
    """Sends a signal some time after a line that starts with one of these words; returns the exit code."""
    with start(run, backend, *options) as process:
        while (line := process.stderr.readline()) and not line.startswith(after):
            pass
        time.sleep(seconds)
        process.send_signal(number)
        process.stderr.read()
    return process.returncode


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted training with everything on: dropout, CutMix, averages, class weights, a holdout."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    finish(run, "tensorflow")
    return run


@pytest.mark.slow
def test_a_training_killed_at_random_moments_ends_in_the_same_bits(tmp_path, whole, assert_same_end):
    moments = random.Random(3)
    codes = {kill(tmp_path, "tensorflow", moments.uniform(0.0, 1.2), signal.SIGKILL) for _ in range(2)}
    codes.add(kill(tmp_path, "tensorflow", 0.3, signal.SIGTERM))
    finish(tmp_path, "tensorflow")
    assert -signal.SIGKILL in codes
    assert codes <= {0, -signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM}
    assert_same_end(tmp_path, whole)


@pytest.mark.slow
def test_so_does_one_killed_where_it_hurts_most(tmp_path, whole, assert_same_end):
    deaths = ["save:2", "save:2", "validation:1", "phase:1"]
    for death in deaths:
        code, said = end(start(tmp_path, "tensorflow", f"die={death}"))
        assert code == -signal.SIGKILL, f"{death} was not reached: {said}"
    finish(tmp_path, "tensorflow")
    assert_same_end(tmp_path, whole)


@pytest.mark.slow
def test_so_does_one_with_imgaug(tmp_path, assert_same_end):
    pytest.importorskip("cv2", reason="OpenCV does not load here", exc_type=ImportError)
    finish(tmp_path / "whole", "tensorflow", "imgaug")
    assert end(start(tmp_path / "killed", "tensorflow", "imgaug", "die=log:4"))[0] == -signal.SIGKILL
    finish(tmp_path / "killed", "tensorflow", "imgaug")
    assert_same_end(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.slow
def test_so_does_one_under_jax_where_there_is_no_tensorflow(tmp_path, whole_under_jax, assert_same_end):
    options = ("short", "without-tensorflow")
    assert end(start(tmp_path, "jax", *options, "die=save:2"))[0] == -signal.SIGKILL
    finish(tmp_path, "jax", *options)
    assert_same_end(tmp_path, whole_under_jax)
