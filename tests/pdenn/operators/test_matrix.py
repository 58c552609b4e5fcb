"""The sparse matrix of an operator applies it."""

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn.operators.combine import Zero
from pdenn.operators.matrix import matrices

RNG = np.random.default_rng(5)
POINTS = RNG.random((30, 2))
CHARBONNIER = pn.Diffusion(pn.Charbonnier(0.2))


def graph(normalisation="none", directed=False):
    return pn.Graph.from_points(POINTS, 5, normalisation=normalisation, directed=directed)


def assert_applies(A, u, count):
    """To the rounding of sums of some ten terms."""
    found = matrices(A, 0.0, u)
    assert len(found) == count
    states = u.reshape(-1, found[0].shape[0])
    applied = np.stack([found[i % count] @ v for i, v in enumerate(states)]).reshape(u.shape)
    linear = A(0.0, u) - A(0.0, np.zeros_like(u))
    np.testing.assert_allclose(applied, linear, rtol=0, atol=1e-12 * max(1.0, abs(linear).max()))


@pytest.mark.parametrize("normalisation", ["none", "symmetric", "row"])
@pytest.mark.parametrize("directed", [False, True])
def test_of_diffusion_on_graphs(normalisation, directed):
    A = pn.discretise(pn.Diffusion(), graph(normalisation, directed))
    assert_applies(A, RNG.random((2, 30)), 1)


@pytest.mark.parametrize("form", ["isotropic", "separable"])
def test_of_held_coefficients_one_for_each_state(form):
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2), form=form), graph())
    u = RNG.random((3, 2, 30))
    assert_applies(A.hold(0.0, u), u, 6)
    assert_applies(A.hold(0.0, u[0, 0]), u, 1)
    held = matrices(A.hold(0.0, torch.from_numpy(u)), 0.0, u)
    for M, N in zip(held, matrices(A.hold(0.0, u), 0.0, u), strict=True):
        assert abs(M - N).max() <= 1e-14 * abs(N).max()


@pytest.mark.parametrize("mask", [0.5, RNG.random(30), RNG.random((2, 30))])
def test_of_sums_with_fidelity(mask):
    u = RNG.random((2, 30))
    A = pn.discretise(CHARBONNIER + pn.Fidelity(u, mask, 3.0), graph())
    assert_applies(A.hold(0.0, u), u, 2)
    assert_applies(pn.discretise(pn.Diffusion() + pn.Fidelity(0.25, 0.5), graph()), u, 1)
    assert_applies(Zero(graph()), u, 1)


@pytest.mark.parametrize("shape", [(2,), (9,), (5, 7), (3, 2), (4, 3, 5)])
@pytest.mark.parametrize("walls", ["reflecting", "periodic", pn.Dirichlet(0.3)])
def test_of_diffusion_on_grids(shape, walls):
    A = pn.discretise(pn.Diffusion(), pn.Grid(shape, 0.5, walls))
    assert_applies(A, RNG.random(shape), 1)


def test_of_convection():
    A = pn.discretise(pn.Convection((1.0, -0.5)), pn.Grid((6, 5), boundary="periodic"))
    assert_applies(A, RNG.random((6, 5)), 1)


def test_a_wrapper_is_looked_through():
    class Counting:
        A = pn.discretise(pn.Diffusion(), graph())

    assert abs(matrices(Counting(), 0.0, np.zeros(30))[0] + graph().laplacian).max() == 0


def test_others_have_none():
    with pytest.raises(TypeError, match="needs a linear operator"):
        matrices(pn.discretise(CHARBONNIER, graph()), 0.0, np.zeros(30))
    with pytest.raises(TypeError, match="a matrix is known of linear diffusion and fidelity on graphs"):
        matrices(pn.discretise(pn.Reaction(np.sin), graph()), 0.0, np.zeros(30))
