"""Several processes or hosts that train together: who writes, and what they must agree on. One process is the usual case.

JAX only. Keras' own environment variables say who is who: `KERAS_DISTRIBUTION_JOB_ADDRESSES` (the first one's address with
port), `KERAS_DISTRIBUTION_NUM_PROCESSES`, `KERAS_DISTRIBUTION_PROCESS_ID`. All start the same command.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import keras
import numpy as np

from generator.errors import InputError

T = TypeVar("T")
COUNT = "KERAS_DISTRIBUTION_NUM_PROCESSES"


def join_processes() -> None:
    """Joins the other processes, where the environment names any; must come before anything is computed.

    Raises:
        InputError: The backend cannot do that.
    """
    if not _several():
        return
    if keras.backend.backend() != "jax":
        raise InputError(
            "several processes train together under JAX only", received=f"{COUNT}={os.environ[COUNT]}", help="--backend jax"
        )
    import jax

    if not jax.distributed.is_initialized():
        jax.config.update("jax_cpu_collectives_implementation", "gloo")  # Between processes on CPUs; other devices ignore it.
        keras.distribution.initialize()


def count_processes() -> int:
    """How many processes train together."""
    if not _several():
        return 1
    import jax

    return jax.process_count()


def is_chief() -> bool:
    """Whether this process is the one that writes."""
    if not _several():
        return True
    import jax

    return jax.process_index() == 0


def any_of_processes(flag: int) -> int:
    """The largest flag of all processes. All of them must ask at the same step."""
    if not _several():
        return flag
    from jax.experimental import multihost_utils

    return int(np.max(multihost_utils.process_allgather(np.array(flag, np.int32))))


def by_chief(work: Callable[[], T]) -> T | None:
    """Lets the chief alone do something; the others get None.

    Raises:
        InputError: In every process, where the chief's work raised one, or an `OSError`.
    """
    if not _several():
        return work()
    result, said = None, ""
    if is_chief():
        try:
            result = work()
        except (InputError, OSError) as error:
            said = str(error)
    said = from_chief(said.encode()).decode()
    if said:
        raise InputError(said)
    return result


def from_chief(content: bytes) -> bytes:
    """What the chief has; the others' is ignored. Hosts need no common disk for it."""
    if not _several():
        return content
    from jax.experimental import multihost_utils

    length = int(multihost_utils.broadcast_one_to_all(np.array(len(content), np.int64)))
    if length == 0:
        return b""
    own = np.frombuffer(content, np.uint8) if is_chief() else np.zeros(length, np.uint8)
    return np.asarray(multihost_utils.broadcast_one_to_all(own)).astype(np.uint8).tobytes()


def _several() -> bool:
    return int(os.environ.get(COUNT) or 1) > 1
