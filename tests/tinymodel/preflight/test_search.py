"""The largest batch, against machines whose memory is known."""

from __future__ import annotations

import pytest

from tinymodel.preflight.outcome import Outcome
from tinymodel.preflight.search import TRIES, Sizes, search_largest

LIMIT = 16_000


def search(image_bytes, batch, fixed=1_000, hidden=0, devices=8, images=10**6, said=1.5, fits=TRIES):
    """Runs it where an image takes `image_bytes` of a device, beside `fixed` that is known and `hidden` that
    is not; the calculator says `said` times what an image takes.
    """
    tried = []

    def attempt(size):
        used = fixed + hidden + image_bytes * -(-size // devices)
        tried.append((size, used <= LIMIT))
        return Outcome(used <= LIMIT, used, LIMIT)

    first = attempt(batch)
    found = search_largest(attempt, batch, first, Sizes(fixed, int(said * image_bytes), devices, images, fits))
    assert len(tried) <= 1 + TRIES
    assert sum(fits for _, fits in tried[1:]) <= fits
    assert all(size % devices == 0 for size, _ in tried[1:])
    return found, tried


@pytest.mark.parametrize("batch", [8, 64, 250, 512, 4096])
def test_a_straight_line_is_found_exactly(batch):
    found, _ = search(300, batch)
    assert found == (400, 408)


@pytest.mark.parametrize("hidden", [0, 500, 4_000])
@pytest.mark.parametrize("said", [1.0, 1.5, 1.9])
def test_a_single_program_that_fits_is_enough(hidden, said):
    found, _ = search(300, 128, hidden=hidden, said=said, fits=1)
    best = (LIMIT - 1_000 - hidden) // 300 * 8
    assert 0.9 * best <= found.fits <= best
    assert found.refused > best


@pytest.mark.parametrize("batch", [128, 512])
def test_a_compiler_that_saves_near_its_limit_is_not_followed_to_the_end_of_the_tries(batch):
    """As measured: 64 px on v5e, MiB a device by images a device."""

    def attempt(size):
        share = size // 8
        return Outcome(share <= 40, 2000 + 300 * share if share <= 40 else 16_200 + 200 * (share - 40), 16_128)

    found = search_largest(attempt, batch, attempt(batch), Sizes(1_300, 400, 8, 10**6, 1))
    assert 0.85 * 320 <= found.fits <= 320 < found.refused <= 1.15 * 320


def test_nothing_fits_where_the_weights_alone_are_too_large():
    found, _ = search(300, 64, fixed=LIMIT)
    assert found == (None, 8)


def test_no_batch_has_more_images_than_there_are():
    found, tried = search(1, 64, images=100)
    assert found == (96, None)
    assert len(tried) == 2


def test_a_batch_that_cannot_be_cut_and_fits_counts_itself():
    found, _ = search(1, 9, images=10)
    assert found == (9, None)


def test_a_refusal_without_a_number_still_leads_somewhere():
    def attempt(size):
        return Outcome(size <= 100, None, LIMIT)

    found = search_largest(attempt, 512, Outcome(False, None, LIMIT), Sizes(1_000, 300, 8, 10**6, 1))
    assert found.refused <= 512
