"""Inner products to rounding, whatever the length, and the same for any number of threads."""

import math

import numpy as np
import pytest

from pdenn.kernels import sums

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (sums.BLOCK,), (sums.BLOCK + 1,), (3, 7, 2000)], ids=str)
def test_inner_products_to_rounding(shape, dtype):
    """A block makes as many additions at most as it has entries, of which the sum of sizes bounds each."""
    x, y = RNG.normal(size=(2, *shape)).astype(dtype)
    terms = [float(a) * float(b) for a, b in zip(x.ravel(), y.ravel(), strict=True)]
    found = sums.dot(x, y)
    assert found.dtype == dtype
    rounding = (min(sums.BLOCK, len(terms)) + 2) * np.finfo(dtype).eps * math.fsum(map(abs, terms))
    assert abs(float(found) - math.fsum(terms)) <= rounding


def test_small_terms_are_not_lost_beside_many_large_ones():
    """In single precision a sum of 2^25 ones would stay at 2^24."""
    ones = np.ones(1 << 25, np.float32)
    assert sums.dot(ones, ones) == 1 << 25


def test_nothing_sums_to_zero():
    assert sums.dot(np.zeros((0, 3)), np.zeros((0, 3))) == 0


def test_any_layout():
    x, y = RNG.normal(size=(2, 40, 30))
    assert sums.dot(x[::2].T, y[::2].T) == sums.dot(np.ascontiguousarray(x[::2].T), np.ascontiguousarray(y[::2].T))


def test_threads_give_the_same_number():
    x, y = RNG.normal(size=(2, 10 * sums.BLOCK + 5))
    found = np.empty((2, 11))
    for kernel, total in zip(sums._dot, found, strict=True):
        kernel(sums.read_only(x), sums.read_only(y), total)
    np.testing.assert_array_equal(*found)
    assert sums.dot(x, y) == found[0].sum()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_seen(value):
    x = RNG.normal(size=3 * sums.BLOCK)
    x[sums.BLOCK + 7] = value
    assert not np.isfinite(sums.dot(x, x))
