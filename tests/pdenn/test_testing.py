"""The assertions of `pdenn.testing` fail when they must, say what they found, and pass when they must."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import find, given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing

EULER = pn.ExplicitEuler()
GRID = pn.Grid((8,), boundary="periodic")
HEAT = pn.discretise(pn.Diffusion(), GRID)
CHARBONNIER = pn.discretise(pn.Diffusion(pn.Charbonnier()), GRID)
CHECKERBOARD = (-1.0) ** np.arange(8)
SPIKE = np.eye(8)[3]


@dataclass(frozen=True)
class WrongFSI:
    """FSI with the denominator 2k + 2 instead of 2k + 3."""

    def step(self, A, t, u, tau):
        theta, before = 3 * tau / 72, u
        for k in range(8):
            alpha = (4 * k + 2) / (2 * k + 2)
            before, u = u, alpha * (u + theta * A(t, u)) + (1 - alpha) * before
        return u


@dataclass(frozen=True)
class Source:
    """An Euler step with something added."""

    amount: float

    def step(self, A, t, u, tau):
        return u + tau * A(t, u) + self.amount


@dataclass(frozen=True)
class Forgetful:
    """Returns NaN."""

    def step(self, A, t, u, tau):
        return u * float("nan")


@given(data=st.data())
def test_states_are_finite_small_and_read_only(data):
    grid = data.draw(testing.grids(max_cells=20))
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    u = data.draw(testing.states(grid, dtype, batch=(2,)))
    assert u.shape == (2, *grid.shape)
    assert u.dtype == dtype
    assert abs(u).max() <= 1000
    with pytest.raises(ValueError, match="read-only"):
        u[...] = 0


@given(grid=testing.grids(dims=(2,), max_cells=12, boundaries=("periodic",)))
def test_grids_keep_to_what_is_asked(grid):
    assert grid.dim == 2
    assert 1 <= grid.size <= 12
    assert all(grid.ghosts(axis) is None for axis in range(2))


@pytest.mark.parametrize("monotone", [True, False])
def test_laws_can_be_chosen_by_monotonicity(monotone):
    @given(law=testing.laws(monotone=monotone))
    def check(law):
        assert law.monotone is monotone

    check()


def test_schemes_come_in_all_lengths():
    assert {scheme.n for scheme in testing.members(pn.RKL2)} == set(range(3, 10))
    assert {scheme.coefficients for scheme in testing.members(pn.FSI)} == {"held", "updated"}
    assert testing.members(pn.ExplicitEuler) == [EULER]


@pytest.mark.parametrize("scheme", [EULER, pn.FSI(8), pn.RKL2(5)], ids=repr)
def test_bounded(scheme):
    testing.assert_bounded(scheme, HEAT, CHECKERBOARD)
    testing.assert_bounded(scheme, HEAT, CHECKERBOARD.astype(np.float32))
    testing.assert_bounded(scheme, HEAT, torch.tensor(CHECKERBOARD))
    tau = 1.05 * pn.certificate(scheme, HEAT, "bounded").tau
    with pytest.raises(AssertionError, match=r"‖u⁺‖ = .* exceeds 2\.828.*tau=.*the certificate: bounded.*β"):
        testing.assert_bounded(scheme, HEAT, CHECKERBOARD, tau)
    with pytest.raises(AssertionError, match="bounded"):
        testing.assert_bounded(scheme, HEAT, CHECKERBOARD.astype(np.float32), tau)


def test_bounded_sees_a_wrong_weight():
    tau = pn.certificate(pn.FSI(8), HEAT, "bounded").tau
    testing.assert_bounded(pn.FSI(8), HEAT, CHECKERBOARD, tau)
    with pytest.raises(AssertionError, match="WrongFSI"):
        testing.assert_bounded(WrongFSI(), HEAT, CHECKERBOARD, tau)


def test_bounded_names_the_entry_of_the_batch():
    u = np.stack([0 * SPIKE, CHECKERBOARD, 0 * SPIKE])
    with pytest.raises(AssertionError, match=r"in entry \(1,\) of the batch"):
        testing.assert_bounded(EULER, HEAT, u, 0.6)


@pytest.mark.parametrize(
    "check",
    [testing.assert_bounded, testing.assert_max_min, testing.assert_conservative],
    ids=lambda check: check.__name__,
)
def test_nan_never_passes(check):
    with pytest.raises(AssertionError, match="nan"):
        check(Forgetful(), HEAT, SPIKE, 0.1)


def test_nan_is_not_contractive():
    with pytest.raises(AssertionError, match="nan"):
        testing.assert_contractive(Forgetful(), HEAT, SPIKE, CHECKERBOARD, 0.1)


def test_without_a_certificate_a_step_must_be_given():
    A = pn.discretise(pn.Diffusion(pn.PeronaMalik()), GRID)
    with pytest.raises(pn.NoCertificate, match="not monotone"):
        testing.assert_contractive(EULER, A, SPIKE, CHECKERBOARD)
    testing.assert_contractive(EULER, A, SPIKE, 0 * SPIKE, 0.01)


def test_contractive():
    near = 1e-3 * CHECKERBOARD
    testing.assert_contractive(EULER, CHARBONNIER, near, -near)
    with pytest.raises(AssertionError, match=r"‖u⁺ - v⁺‖.*the certificate: contractive.*2r"):
        testing.assert_contractive(EULER, CHARBONNIER, near, -near, 1.05 * 0.5)


def test_max_min_on_both_sides():
    testing.assert_max_min(EULER, HEAT, SPIKE)
    with pytest.raises(AssertionError, match=r"max-min: -min u⁺ = 0\.05.*exceeds -?0 .*the certificate: max-min"):
        testing.assert_max_min(EULER, HEAT, SPIKE, 1.05 * 0.5)
    with pytest.raises(AssertionError, match=r"max-min: max u⁺ = 0\.05"):
        testing.assert_max_min(EULER, HEAT, -SPIKE, 1.05 * 0.5)


def test_max_min_counts_the_walls_in():
    """Between walls of value 2 (Robin: gamma/alpha) zero grows, but never beyond 2."""
    for wall in (pn.Dirichlet(2.0), pn.Robin(1.0, 1.0, 2.0)):
        A = pn.discretise(pn.Diffusion(), pn.Grid((3,), boundary=wall))
        assert EULER.step(A, 0.0, np.zeros(3), 0.1).max() > 0
        testing.assert_max_min(EULER, A, np.zeros(3))
        with pytest.raises(AssertionError, match="exceeds 2 "):
            testing.assert_max_min(Source(3.0), A, np.zeros(3), 0.1)


def test_mean():
    testing.assert_conservative(EULER, HEAT, SPIKE, 0.5)
    with pytest.raises(AssertionError, match=r"mean u\| = (1|9\.99\d*)e-(09|10).*the walls are closed"):
        testing.assert_conservative(Source(1e-9), HEAT, SPIKE, 0.5)
    open_walls = pn.discretise(pn.Diffusion(), pn.Grid((8,), boundary=pn.Dirichlet(0.0)))
    with pytest.raises(AssertionError, match="the walls are not closed"):
        testing.assert_conservative(EULER, open_walls, CHECKERBOARD + 1, 0.25)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_adjoint(dtype):
    rng = np.random.default_rng(0)
    k, u, v = (rng.standard_normal(shape).astype(dtype) for shape in ((30, 20), 20, 30))
    testing.assert_adjoint(lambda x: k @ x, lambda y: k.T @ y, u, v)
    wrong = k.T.copy()
    wrong[0, 0] += 1
    with pytest.raises(AssertionError, match="adjoint: ⟨K u, v⟩"):
        testing.assert_adjoint(lambda x: k @ x, lambda y: wrong @ y, u, v)
    with pytest.raises(AssertionError, match="shape"):
        testing.assert_adjoint(lambda x: k @ x, lambda y: y, u, v)


def test_same():
    a = np.ones(4)
    testing.assert_same(a, a + 1e-15, 1.0)
    testing.assert_same(a, torch.tensor(a), 1.0)
    testing.assert_same(np.array([np.inf]), np.array([np.inf]), 1.0)
    with pytest.raises(AssertionError, match=r"at \(2,\) differ by 1e-12"):
        testing.assert_same(a, a + 1e-12 * np.eye(4)[2], 1.0)
    with pytest.raises(AssertionError, match="dtypes are float64 and float32"):
        testing.assert_same(a, a.astype(np.float32), 1.0)
    with pytest.raises(AssertionError, match="shapes"):
        testing.assert_same(a, np.ones(3), 1.0)
    with pytest.raises(AssertionError, match="differ by nan"):
        testing.assert_same(a, np.array([1, np.nan, 1, 1]), 1.0)


def test_solver_equals_network(monkeypatch):
    from pdenn.operators.taps import TapDiffusion

    u = CHECKERBOARD + 2 * SPIKE
    testing.assert_solver_equals_network(CHARBONNIER, pn.FSI(4), 0.5, 3, u)
    apply_to = TapDiffusion.apply_to
    monkeypatch.setattr(TapDiffusion, "apply_to", lambda self, x, faces: (1 + 1e-6) * apply_to(self, x, faces))
    with pytest.raises(AssertionError, match="same"):
        testing.assert_solver_equals_network(CHARBONNIER, pn.FSI(4), 0.5, 3, u)


def test_observed_order():
    assert testing.observed_order([8.0, 2.0, 0.5], 2) == pytest.approx([2, 2])
    assert testing.observed_order([9.0, 1.0, 0.25], [3, 2]) == pytest.approx([2, 2])


@pytest.mark.parametrize("errors", [[1.0], [1.0, 0.0], [1.0, float("nan")], [1.0, -1.0]], ids=str)
def test_observed_order_refuses_errors_without_an_order(errors):
    with pytest.raises(ValueError, match="errors must be"):
        testing.observed_order(errors, 2)


def test_observed_order_refuses_widths_that_do_not_shrink():
    with pytest.raises(ValueError, match="ratios must be"):
        testing.observed_order([2.0, 1.0], 1)


def test_order_is_two_sided():
    widths = [0.4, 0.2, 0.1]
    testing.assert_order([w**2 for w in widths], widths, 2, ceiling=0.011)
    for expected in (1.8, 2.2):
        with pytest.raises(AssertionError, match=r"order: 2\.0000 is not"):
            testing.assert_order([w**2 for w in widths], widths, expected)
    with pytest.raises(AssertionError, match="ceiling"):
        testing.assert_order([w**2 for w in widths], widths, 2, ceiling=0.009)


def test_the_attacker_finds_the_norm_of_a_linear_step():
    """`1 - τρ` at the checkerboard: nothing beyond it, and nothing less."""
    assert testing.worst_expansion(EULER, HEAT, 0.55, climbs=1).ratio == pytest.approx(1.2, rel=1e-8)


def test_the_attacker_returns_the_pair_it_measured():
    found = testing.worst_expansion(EULER, CHARBONNIER, 0.6, climbs=5)
    after = [EULER.step(CHARBONNIER, 0.0, x, 0.6) for x in (found.u, found.v)]
    assert found.ratio == np.linalg.norm(after[0] - after[1]) / np.linalg.norm(found.u - found.v)
    assert found.ratio > 1


def test_pdenn_does_not_load_hypothesis(tmp_path):
    code = "import pdenn, sys; print('hypothesis' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "False"


def test_hypothesis_makes_grids_from_the_type_alone():
    """Through the entry point of the installed package."""
    grid = find(st.from_type(pn.Grid), lambda g: g.dim == 2 and not g.closed)
    assert isinstance(grid, pn.Grid)
