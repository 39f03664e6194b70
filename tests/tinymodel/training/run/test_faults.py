"""A share of `benchmarks/faults.py`: calls to the file system that fail, and kills, anywhere in the life of a training."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.support.faults.driver import chosen, hit, left_alone, serving
from tests.support.faults.shim import compiled, compiler

FAULTS = 40
MEMORY = Path("/dev/shm")
"""A disk in memory, where there is one: what is tested is what happens when a call fails, not how long one takes."""


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    if not MEMORY.is_dir():
        yield tmp_path_factory.mktemp("faults")
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="needs a C compiler")
def test_no_failing_call_leaves_a_run_that_lies(scratch):
    with serving(compiled(scratch), scratch / "server") as server:
        whole = left_alone(server, scratch / "whole", keep=1)
        assert {call.kind for call in whole.calls} == {"create", "write", "fsync", "rename", "unlink", "mkdir"}
        cases = chosen(whole, FAULTS // 2, seed=1, keep=1)[:FAULTS]
        ended, wrong = Counter(), []
        for case in cases:
            how, found = hit(server, whole, case, scratch / "case")
            ended[how] += 1
            wrong += [f"{case}: {one}" for one in found]
    assert wrong == []
    assert len(cases) == FAULTS
    assert ended["exit 1"] > FAULTS // 3, "the faults were met"
    assert ended["killed"] > 0
    assert any(case.elsewhere for case in cases)
    assert {case.fault.lasting for case in cases} == {True, False}
