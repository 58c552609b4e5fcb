"""The stencil of a linear operator applies it, whether its coefficients are known or found by probing."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn.operators.linearised import affine_part
from pdenn.operators.stencil import Stencil, applied, entries, stencil

RNG = np.random.default_rng(2)
WALLS = ["reflecting", "periodic", "outflow", pn.Dirichlet(0.3), pn.Neumann(0.2), pn.Robin(1.0, 2.0, 0.5)]
LENGTHS = [1, 2, 3, 4, 5, 7]
probed = entries.dispatch(object)  # what is done for operators whose coefficients are not known


def operators(grid):
    """Held isotropic and separable diffusion, sums, convection with and without diffusion, and a tensor."""
    u, law = RNG.random(grid.shape), pn.Charbonnier(0.2)
    found = {
        "linear": pn.discretise(pn.Diffusion(), grid),
        "held": pn.discretise(pn.Diffusion(law), grid).hold(0.0, u),
        "separable": pn.discretise(pn.Diffusion(law, form="separable"), grid).hold(0.0, u),
        "sum": pn.discretise(pn.Diffusion() + pn.Fidelity(u, RNG.random(grid.shape), 3.0), grid),
    }
    return found


def assert_applies(A, u, mass=0.7, gamma=2.0, tolerance=1e-12):
    found = stencil(A, 0.0, u, mass, gamma)
    exact = mass * u - gamma * (A(0.0, u) - affine_part(A, 0.0, u))
    scale = max(1.0, np.abs(found.s).sum(0).max())
    np.testing.assert_allclose(applied(found, u.reshape(-1, *A.grid.shape)).reshape(u.shape), exact, rtol=0,
                               atol=tolerance * scale)  # fmt: skip
    assert not any(found.offsets[0])
    assert found.s.dtype == u.dtype


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("walls", WALLS, ids=str)
def test_axes_of_any_length_behind_any_wall(walls, n):
    for shape in ((n,), (n, 4), (3, n), (2, n, 3)):
        grid = pn.Grid(shape, tuple(0.5 + 0.25 * np.arange(len(shape))), boundary=walls)
        u = RNG.random((2, *shape))
        for A in operators(grid).values():
            assert_applies(A, u)
            for offset, values in probed(A, 0.0, u).items():
                known = entries(A, 0.0, u).get(offset, np.zeros_like(values))
                np.testing.assert_allclose(known, values, rtol=0, atol=1e-12 * max(1.0, np.abs(values).max()))


@given(shape=st.lists(st.sampled_from(LENGTHS), min_size=1, max_size=3), data=st.data())
def test_every_axis_may_have_its_own_walls(shape, data):
    sides = st.sampled_from([w for w in WALLS if w != "periodic"])
    walls = [data.draw(st.one_of(st.just("periodic"), st.tuples(sides, sides))) for _ in shape]
    grid = pn.Grid(tuple(shape), boundary=walls)
    for A in operators(grid).values():
        assert_applies(A, RNG.random(grid.shape))


@pytest.mark.parametrize("n", [3, 4, 5, 7, 8])
@pytest.mark.parametrize("walls", ["periodic", "reflecting", pn.Dirichlet(0.3)], ids=str)
def test_convection_and_its_sums(walls, n):
    grid = pn.Grid((n, 6), boundary=walls)
    u = RNG.random((2, n, 6))
    for equation in (
        pn.Convection((1.0, -0.5)),
        pn.Diffusion(conductivity=0.1) + pn.Convection((-1.0, 0.5)),
        pn.ConvectionDiffusion((1.0, -0.5), 0.1),
    ):
        A = pn.discretise(equation, grid)
        assert_applies(A, u)
        s = stencil(A, 0.0, u, 0.0, 1.0).s
        assert s[1:].max() <= 1e-12, "upwind couplings are attractive"


@pytest.mark.parametrize("walls", ["periodic", "reflecting"])
@pytest.mark.parametrize("shape", [(7, 8), (4, 5), (5, 6, 4)], ids=str)
def test_held_tensors_couple_diagonal_neighbours(shape, walls):
    tensor = pn.EdgeEnhancing(pn.Charbonnier(0.3), sigma=0.5)
    A = pn.discretise(pn.AnisotropicDiffusion(tensor), pn.Grid(shape, boundary=walls)).hold(0.0, RNG.random(shape))
    u = RNG.random(shape)
    assert_applies(A, u, tolerance=1e-11)
    assert any(sum(map(abs, o)) > 1 for o in stencil(A, 0.0, u).offsets)


def test_every_state_of_a_batch_has_its_coefficients():
    u = RNG.random((3, 2, 6, 5))
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)), pn.Grid((6, 5))).hold(0.0, u)
    assert stencil(A, 0.0, u).s.shape == (5, 6, 6, 5)
    assert_applies(A, u)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_operators_on_tensors_have_the_same_stencil(dtype):
    grid = pn.Grid((6, 5), boundary=pn.Dirichlet(0.3))
    u = torch.from_numpy(RNG.random((2, 6, 5))).to(dtype).requires_grad_()
    plain = u.detach().numpy()
    for equation in (pn.Diffusion(pn.Charbonnier(0.2)), pn.Diffusion(pn.Charbonnier(0.2), form="separable")):
        A = pn.discretise(equation, grid)
        found, exact = stencil(A.hold(0.0, u), 0.0, u), stencil(A.hold(0.0, plain), 0.0, plain)
        assert found.offsets == exact.offsets
        assert found.s.dtype == plain.dtype
        np.testing.assert_allclose(found.s, exact.s, rtol=100 * np.finfo(plain.dtype).eps)
    B = pn.discretise(pn.Diffusion() + pn.Fidelity(0.2, RNG.random((6, 5)), 2.0) + pn.Convection((1.0, 0.5)), grid)
    np.testing.assert_allclose(stencil(B, 0.0, u).s, stencil(B, 0.0, plain).s, rtol=0, atol=1e-5)


def test_wrappers_are_probed():
    class Counted:
        """An operator that is known by its calls alone."""

        def __init__(self, A):
            self.A, self.grid, self.bound, self.calls = A, A.grid, A.bound, 0

        def __call__(self, t, u):
            self.calls += 1
            return self.A(t, u)

    A = Counted(pn.discretise(pn.Diffusion(), pn.Grid((30, 30))))
    assert_applies(A, RNG.random((30, 30)))
    # Nine colours, the constant part twice, the check, and once in the assertion.
    assert A.calls <= 14


@pytest.mark.parametrize(
    "equation",
    [pn.Diffusion(order=2), pn.Convection((1.0, 0.5), pn.MUSCL()), pn.Convection((1.0, 0.5), pn.WENO5())],
    ids=str,
)
@pytest.mark.parametrize("n", [4, 5, 7, 12])
def test_wider_operators_are_refused(equation, n):
    A = pn.discretise(equation, pn.Grid((n, 12), boundary="periodic"))
    with pytest.raises(TypeError, match="direct neighbours only|needs a linear operator"):
        stencil(A, 0.0, RNG.random((n, 12)))


def test_nonlinear_operators_are_refused():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.2)), pn.Grid((6, 5)))
    with pytest.raises(TypeError, match="a stencil needs a linear operator, got .*: hold its coefficients"):
        stencil(A, 0.0, RNG.random((6, 5)))


def test_application_to_tensors():
    found = Stencil(((0, 0), (1, 0), (-1, 1)), RNG.random((3, 2, 4, 5)))
    v = RNG.random((2, 4, 5))
    moved = Stencil(found.offsets, torch.from_numpy(found.s))
    np.testing.assert_allclose(applied(moved, torch.from_numpy(v)), applied(found, v), rtol=1e-14)
    by_hand = sum(
        c * v[:, (np.arange(4)[:, None] + o[0]) % 4, (np.arange(5) + o[1]) % 5]
        for o, c in zip(found.offsets, found.s, strict=True)
    )
    np.testing.assert_allclose(applied(found, v), by_hand, rtol=1e-14)
