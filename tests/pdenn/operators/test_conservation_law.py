"""Conservation laws: the numerical fluxes against their definitions, entropy solutions, range, walls, tensors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.equations import ConservationLaw
from pdenn.exact.shocks import BuckleyLeverettRiemann, BurgersRiemann
from pdenn.fluxes import BuckleyLeverett, Burgers, Godunov, LaxFriedrichs
from pdenn.grids import Outflow
from pdenn.operators.linearised import derivative

LAWS = [Burgers(), BuckleyLeverett(0.5), BuckleyLeverett(4.0)]
NUMERICAL = [Godunov(), LaxFriedrichs()]
RANGE = {Burgers: (-1.0, 2.0), BuckleyLeverett: (0.0, 1.0)}
SAMPLES = np.linspace(0, 1, 2001)


def values(law, n, seed):
    low, high = RANGE[type(law)]
    return np.random.default_rng(seed).uniform(low, high, n)


@pytest.mark.parametrize("direction", [1.0, -0.7])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_flux_of_godunov_is_the_extremum(law, direction):
    """Against the extremum over 2001 samples, whose error is at most `sup |f''| (r - l)² / (8 · 2000²)`."""
    left, right = values(law, 200, 0), values(law, 200, 1)
    f = direction * law.f(left + (right - left) * SAMPLES[:, None])
    expected = np.where(left <= right, f.min(0), f.max(0))
    assert abs(Godunov().flux(law, direction, left, right) - expected).max() < 1e-5


@pytest.mark.parametrize("direction", [1.0, -0.7])
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_local_flux_of_lax_and_friedrichs(law, direction):
    left, right = values(law, 200, 0), values(law, 200, 1)
    between = left + (right - left) * SAMPLES[:, None]
    fastest = abs(direction * law.speed(between)).max(0)
    expected = direction * (law.f(left) + law.f(right)) / 2 - fastest * (right - left) / 2
    assert abs(LaxFriedrichs().flux(law, direction, left, right) - expected).max() < 1e-4


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_speeds_are_derivatives_and_vanish_where_they_should(law):
    u, d = values(law, 50, 2), 1e-5
    assert law.speed(u) == pytest.approx((law.f(u + d) - law.f(u - d)) / (2 * d), abs=1e-8)
    assert law.speed(np.array(law.critical)) == pytest.approx(0.0, abs=1e-14)
    c = np.array(law.inflections)
    assert law.speed(c + d) == pytest.approx(law.speed(c - d), abs=1e-6)


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_order_one_where_the_state_is_smooth(law, numerical):
    errors, sizes, k = [], (80, 160, 320), 2 * np.pi
    for n in sizes:
        grid = pn.Grid((n,), 1 / n, "periodic")
        (x,) = grid.coordinates()
        u, slope = 0.5 + 0.3 * np.sin(k * x), 0.3 * k * np.cos(k * x)
        A = pn.discretise(ConservationLaw(law, numerical, -1.5), grid)
        errors.append(abs(A(0.0, u) - 1.5 * law.speed(u) * slope).mean())
    testing.assert_order(errors, [1 / n for n in sizes], 1)


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize(
    ("law", "exact", "interval"),
    [
        (Burgers(), BurgersRiemann(1.0, -0.2, -0.3), (-1.0, 1.0)),
        (Burgers(), BurgersRiemann(-1.0, 1.0, 0.0), (-1.0, 1.0)),
        (BuckleyLeverett(0.5), BuckleyLeverettRiemann(0.5, -0.8), (0.0, 1.0)),
    ],
    ids=["shock", "fan through the sonic point", "waterfront"],
)
def test_entropy_solutions_are_reached(law, exact, interval, numerical):
    """The error in the mean is at most `C sqrt(h)` (Kuznetsov 1976); at these it is about `h |log h|`."""
    errors = []
    for n in (100, 400):
        h = 2 / n
        grid = pn.Grid((n,), h, Outflow())
        x = grid.coordinates()[0] - 1.0
        A = pn.discretise(ConservationLaw(law, numerical, range=interval), grid)
        u0 = exact.u(0.0, x)
        u = pn.solve(A, u0, pn.ExplicitEuler(), 0.4, certificate="max-min").u
        errors.append(abs(u - exact.u(0.4, x)).mean())
    assert errors[1] < 0.02
    assert errors[1] < 0.5 * errors[0]


@st.composite
def problems(draw):
    law = draw(st.sampled_from(LAWS))
    low, high = RANGE[type(law)]
    walls = ("periodic", pn.Dirichlet(high), (pn.Dirichlet(low), Outflow()), Outflow())
    grid = draw(testing.grids(max_cells=20, boundaries=walls))
    direction = tuple(draw(st.floats(-2, 2)) for _ in grid.shape)
    return pn.discretise(ConservationLaw(law, draw(st.sampled_from(NUMERICAL)), direction, (low, high)), grid)


@given(A=problems(), seed=st.integers(0, 999), steps=st.booleans(),
       scheme=st.sampled_from([pn.ExplicitEuler(), pn.SSPRK3()]))  # fmt: skip
def test_the_range_is_kept_at_the_limit(A, seed, steps, scheme):
    low, high = A.equation.range
    share = np.random.default_rng(seed).uniform(0, 1, A.grid.shape)
    testing.assert_max_min(scheme, A, low + (high - low) * (share.round() if steps else share))


def test_the_step_of_godunov_is_monotone_at_the_limit():
    """`∂u⁺_i/∂u_j ≥ 0` by differences: all entries of the Jacobian, at states of both signs."""
    A = pn.discretise(ConservationLaw(Burgers(), Godunov(), range=(-1.0, 1.0)), pn.Grid((8,), boundary="periodic"))
    tau = 1 / A.bound.diagonal.value
    assert tau == 1.0
    for seed in range(20):
        u = 0.99 * np.random.default_rng(seed).uniform(-1, 1, 8)
        more = np.stack([u + 1e-6 * e for e in np.eye(8)])
        assert (more + tau * A(0.0, more) - u - tau * A(0.0, u)).min() >= -1e-15


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_no_three_values_leave_their_range_at_the_limit(law, numerical):
    """All triples of 41 values, one step at `τ sup |f'| = h`; at 1.1 times that some leave it."""
    low, high = RANGE[type(law)]
    axis = np.linspace(low, high, 41)
    triples = np.stack(np.meshgrid(axis, axis, axis), -1).reshape(-1, 3)
    A = pn.discretise(ConservationLaw(law, numerical, range=(low, high)), pn.Grid((3,), boundary=Outflow()))
    change = A(0.0, triples)[:, 1] / A.bound.diagonal.value
    top, bottom = triples.max(1) - triples[:, 1], triples.min(1) - triples[:, 1]
    assert (change <= top + 1e-14).all()
    assert (change >= bottom - 1e-14).all()
    assert (1.1 * change > top + 1e-3).any() or (1.1 * change < bottom - 1e-3).any()


@given(seed=st.integers(0, 99), law=st.sampled_from(LAWS), numerical=st.sampled_from(NUMERICAL))
def test_nothing_is_lost_on_a_torus_or_between_closed_walls(seed, law, numerical):
    A = pn.discretise(ConservationLaw(law, numerical, (1.0, -0.5)), pn.Grid((5, 4), 0.5, ("periodic", "reflecting")))
    u = values(law, 40, seed).reshape(2, 5, 4)
    assert abs(A(0.0, u).sum((1, 2))).max() <= 1e-12


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_constants_between_their_walls_are_steady(law, numerical):
    grid = pn.Grid((5, 4), 0.5, (pn.Dirichlet(0.3), "outflow"))
    A = pn.discretise(ConservationLaw(law, numerical, (1.0, -0.5)), grid)
    assert abs(A(0.0, np.full((5, 4), 0.3))).max() <= 1e-14


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_tensors_and_their_derivatives(law, numerical):
    A = pn.discretise(
        ConservationLaw(law, numerical, (1.0, -0.5)), pn.Grid((3, 4), 0.5, (pn.Dirichlet(0.3), "outflow"))
    )
    for dtype in (np.float64, np.float32):
        u = values(law, 12, 3).reshape(3, 4).astype(dtype)
        result = A(0.0, u)
        assert result.dtype == dtype
        testing.assert_same(A(0.0, torch.tensor(u)), result, 20.0)
    x = torch.tensor(values(law, 12, 3).reshape(3, 4), requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: A(0.0, v), (x,))


def test_claims_need_a_range_and_walls_that_keep_it():
    def because(wall, interval=None):
        return pn.discretise(ConservationLaw(range=interval), pn.Grid((4,), boundary=wall)).bound.diagonal

    assert "pass the `range`" in because("periodic").because
    assert "walls that stop the flow" in because("reflecting", (0.0, 1.0)).because
    assert because("outflow", (-3.0, 1.0)).value == 3.0
    A = pn.discretise(ConservationLaw(BuckleyLeverett(0.5), range=(0.0, 1.0)), pn.Grid((4,), 0.5, "periodic"))
    assert A.bound.diagonal.value == pytest.approx(BuckleyLeverett(0.5).speed(np.linspace(0, 1, 100001)).max() / 0.5)
    assert A.bound.contraction.value is None


def test_a_state_outside_the_range_is_refused():
    A = pn.discretise(ConservationLaw(range=(0.0, 1.0)), pn.Grid((3,)))
    for u in (np.array([0.0, 1.1, 0.5]), torch.tensor([0.0, -0.1, 0.5])):
        with pytest.raises(ValueError, match=r"u must lie in range=\(0.0, 1.0\), got values from"):
            A(0.0, u)
    with pytest.raises(ValueError, match="u must lie in range"):
        A(0.0, np.array([0.0, np.nan, 0.5]))
    with pytest.raises(ValueError, match="boundary must lie in range"):
        pn.discretise(ConservationLaw(range=(0.0, 1.0)), pn.Grid((3,), boundary=pn.Dirichlet(2.0)))


def test_holding_and_mixing():
    A = pn.discretise(ConservationLaw(), pn.Grid((6,), boundary="periodic"))
    u, v = values(Burgers(), 6, 0), values(Burgers(), 6, 1)
    assert A.hold(0.0, u) is A
    testing.assert_same(A.mix(0.0, u, (0.5, 2.0, 3.0), v), 0.5 * u + 2.0 * v + 3.0 * A(0.0, u), 20.0)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"flux": "burgers"}, TypeError, "flux must be Burgers"),
        ({"numerical": "godunov"}, TypeError, "numerical must be Godunov"),
        ({"direction": (float("inf"),)}, ValueError, "direction must consist of 1 to 3 finite numbers"),
        ({"range": (1.0, 0.0)}, ValueError, "range must be two finite numbers in order"),
    ],
)
def test_bad_statements_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        ConservationLaw(**arguments)


def test_bad_grids_and_ratios_are_refused():
    with pytest.raises(ValueError, match=r"direction must have one component per axis \(2\)"):
        pn.discretise(ConservationLaw(), pn.Grid((3, 3)))
    with pytest.raises(ValueError, match="ratio must be finite and > 0, got -1"):
        BuckleyLeverett(-1)
    with pytest.raises(TypeError, match="ratio must be a real number"):
        BuckleyLeverett("2")
    with pytest.raises(ValueError, match="u must have shape"):
        pn.discretise(ConservationLaw(), pn.Grid((3,)))(0.0, np.zeros(4))


def test_it_prints_as_mathematics():
    assert str(ConservationLaw()) == "∂u/∂t = -div(c f(u)) [c = (1), f = Burgers(), Godunov()]"


@pytest.mark.parametrize("numerical", NUMERICAL, ids=repr)
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_definition_takes_a_complex_step(law, numerical):
    """The exact derivative of the implicit schemes, against a difference of fourth order."""
    A = pn.discretise(ConservationLaw(law, numerical), pn.Grid((9,), 0.5, pn.Dirichlet(0.3)))
    u, v, d = values(law, 9, 0), values(law, 9, 1), 1e-4
    ends = [A(0.0, u + k * d * v) for k in (-2, -1, 1, 2)]
    expected = (8 * (ends[2] - ends[1]) - (ends[3] - ends[0])) / (12 * d)
    assert abs(derivative(A, 0.0, u, v) - expected).max() < 1e-7
