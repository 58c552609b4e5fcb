"""Kernels of stencils against `operators.stencil.applied`, in the serial and the parallel compilation."""

from itertools import product

import numpy as np
import pytest

from pdenn.kernels import galerkin
from pdenn.kernels import stencil as kernels
from pdenn.operators.stencil import Stencil, applied

RNG = np.random.default_rng(4)
# Rows are cut into lanes of 16 numbers and fours of these, between a first and a last cell.
SHAPES = [(1, 1, 1), (1, 1, 9), (6, 1, 7), (7, 1, 6), (4, 5, 3), (3, 3, 4), (2, 5, 6), (5, 2, 1), (2, 1, 2), (2, 1, 10), (1, 3, 11),
          (3, 4, 34), (2, 1, 43), (1, 2, 75)]  # fmt: skip


def random_stencil(shape, full):
    """Couplings to all neighbours along axes of three cells and more, or to the direct ones, rings closed."""
    reach = [(0, -1, 1) if n > 2 else (0, 1) if n == 2 else (0,) for n in shape]
    offsets = [o for o in product(*reach) if full or sum(map(abs, o)) < 2]
    s = RNG.uniform(-1, 1, (len(offsets), 2, *shape))
    s[0] = 3 + np.abs(s[1:]).sum(0)
    return Stencil(tuple(offsets), s)


@pytest.fixture(params=list(product(SHAPES, (False, True))), ids=str)
def case(request):
    M = random_stencil(*request.param)
    v, f = RNG.random((2, *M.s.shape[1:]))
    return M, np.array(M.offsets, np.int64), v, f


@pytest.mark.parametrize("parallel", [False, True])
def test_residual(case, parallel):
    M, offsets, v, f = case
    out = np.full_like(f, np.nan)
    kernels.residual[parallel](M.s, offsets, v, f, out)
    np.testing.assert_allclose(out, f - applied(M, v), rtol=0, atol=1e-12)


@pytest.mark.parametrize("parallel", [False, True])
def test_jacobi(case, parallel):
    M, offsets, v, f = case
    out = np.full_like(f, np.nan)
    kernels.jacobi[parallel](M.s, offsets, v, f, 0.6, out)
    np.testing.assert_allclose(out, v + 0.6 * (f - applied(M, v)) / M.s[0], rtol=0, atol=1e-13)


def test_rows_of_single_precision():
    """Lanes of 16."""
    M = random_stencil((3, 4, 95), True)
    v, f = RNG.random((2, *M.s.shape[1:]))
    out = np.full(f.shape, np.nan, np.float32)
    s, v, f = (x.astype(np.float32) for x in (M.s, v, f))
    kernels.residual[0](s, np.array(M.offsets, np.int64), v, f, out)
    # A cell has 9 products of numbers up to 12.
    np.testing.assert_allclose(out, f - applied(M, v), rtol=0, atol=100 * np.finfo(np.float32).eps)


def coloured(M, v, f, omega):
    """One colour after the other: even sums of parities first."""
    places = np.indices(f.shape[1:])
    for parities in sorted(product((0, 1), repeat=3), key=lambda p: sum(p) % 2):
        here = np.all([x % 2 == p for x, p in zip(places, parities, strict=True)], 0)
        v = np.where(here, v + omega * (f - applied(M, v)) / M.s[0], v)
    return v


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("ring", [False, True])
@pytest.mark.parametrize("shape", [(24, 1, 12), (26, 1, 44), (24, 4, 6), (30, 2, 20), (25, 3, 5)], ids=str)
def test_all_colours_in_one_sweep(shape, ring, parallel):
    """Bit for bit on any number of slabs, and what the colours give one after the other."""
    if ring and any(n % 2 for n in shape):
        shape = tuple(n + n % 2 for n in shape)
    M = random_stencil(shape, True)
    for axis in () if ring else range(3):
        for o, c in zip(M.offsets, M.s, strict=True):
            if o[axis]:
                np.moveaxis(c, 1 + axis, 0)[0 if o[axis] < 0 else -1] = 0
    v, f = RNG.random((2, *M.s.shape[1:]))
    found = []
    for slabs in (1, 2, 3):
        found.append(v.copy())
        kernels.relax[parallel](M.s, np.array(M.offsets, np.int64), found[-1], f, 1.1, ring, slabs)
    np.testing.assert_allclose(found[0], coloured(M, v, f, 1.1), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


def test_nan_is_seen():
    M = random_stencil((1, 1, 9), True)
    v, f = RNG.random((2, *M.s.shape[1:]))
    v[1, 0, 0, 4] = np.nan
    out = np.empty_like(f)
    kernels.residual[0](M.s, np.array(M.offsets, np.int64), v, f, out)
    assert np.isnan(out[1, 0, 0, 3:6]).all()
    assert np.isfinite(out[0]).all()


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize(("shape", "merged"), [((1, 1, 9), (0, 0, 1)), ((8, 1, 7), (1, 0, 1)), ((8, 1, 7), (1, 0, 0)),
                                                ((5, 4, 6), (1, 1, 1)), ((5, 4, 7), (0, 1, 0)), ((2, 3, 4), (1, 0, 1))])  # fmt: skip
def test_transfer_is_what_each_coarse_cell_gives(shape, merged, parallel):
    """`weights[m]` of the coarse cell `I` is what it gives to the fine cell `2I + o`; none beyond the ends of odd axes."""
    strides, power = np.zeros(3, np.int64), 1
    for a in (2, 1, 0):
        if merged[a]:
            strides[a], power = power, 3 * power
    coarse = tuple((n + 1) // 2 if m else n for n, m in zip(shape, merged, strict=True))
    weights, P = np.zeros((power, 2, *coarse)), np.zeros((2, *shape, *coarse))
    for place in np.ndindex(*coarse):
        for o in product(*((-1, 0, 1) if m else (0,) for m in merged)):
            target = [2 * x + y if m else x for x, y, m in zip(place, o, merged, strict=True)]
            if any(m and n % 2 and not 0 <= x < n for x, n, m in zip(target, shape, merged, strict=True)):
                continue
            slot = sum((y + 1) * stride for y, stride in zip(o, strides, strict=True) if stride)
            given = RNG.random(2)
            weights[(slot, slice(None), *place)] = given
            wrapped = tuple(x % n for x, n in zip(target, shape, strict=True))
            P[(slice(None), *wrapped, *place)] += given
    e, v, r = RNG.random((2, *coarse)), RNG.random((2, *shape)), RNG.random((2, *shape))
    out, few = np.full_like(v, np.nan), np.full_like(e, np.nan)
    galerkin.prolongation[parallel](weights, strides, e, v, out)
    np.testing.assert_allclose(out, v + np.einsum("bijkxyz,bxyz->bijk", P, e), rtol=0, atol=1e-13)
    galerkin.restriction[parallel](weights, strides, r, few)
    np.testing.assert_allclose(few, np.einsum("bijkxyz,bijk->bxyz", P, r), rtol=0, atol=1e-13)
