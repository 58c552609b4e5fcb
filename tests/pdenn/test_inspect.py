"""Known coefficients are found again: to the order of the extrapolation, and within the estimated error."""

import numpy as np
import pytest

import pdenn as pn
from pdenn import testing

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(16)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
X = np.linspace(-1.0, 1.0, 7)
PLANE = tuple(np.meshgrid(X, X, indexing="ij"))


def line(v, sigma):
    """`E f(x + s v + √(2 s σ) ξ)` by 16 Gauss points: exact for a slow wave to rounding, its generator has these coefficients."""

    def T(f, t, s):
        return sum(
            w * f(X + s * v(X, t) + np.sqrt(2 * s * sigma(X, t)) * y) for y, w in zip(NODES, WEIGHTS, strict=True)
        )

    return T


def plane(v, root):
    """The same in the plane, with the root `R` of `σ = R Rᵀ`."""

    def T(f, t, s):
        (p, q), ((a, b), (c, d)) = v(*PLANE, t), root(*PLANE, t)
        total, r = 0.0, np.sqrt(2 * s)
        for y, w in zip(NODES, WEIGHTS, strict=True):
            for z, g in zip(NODES, WEIGHTS, strict=True):
                total = total + w * g * f(
                    PLANE[0] + s * p + r * (a * y + b * z), PLANE[1] + s * q + r * (c * y + d * z)
                )
        return total

    return T


def drift(x, t):
    return np.sin(x + t)


def spread(x, t):
    return 0.3 + 0.2 * np.cos(x)


def turn(x, y, t):
    return -y * (1 + t), x * np.cos(y)


def root(x, y, t):
    return (0.5 + 0.1 * x, 0 * x), (0.3 * y, 0.4 + 0 * x)


def product(x, y, t):
    """`R Rᵀ`."""
    r = np.array(root(x, y, t))
    return np.einsum("ik...,jk...->ij...", r, r)


@pytest.mark.parametrize(("v", "sigma"), [(lambda x, t: 0.7 + 0 * x, lambda x, t: 0.3 + 0 * x), (drift, spread)])
def test_on_a_line_the_error_is_of_order_three_and_estimated(v, sigma):
    errors = []
    for s in (0.1, 0.05):
        found = pn.inspect(line(v, sigma), (X,), s, t=0.5)
        errors.append([abs(found.v[0] - v(X, 0.5)), abs(found.sigma[0, 0] - sigma(X, 0.5))])
        assert (errors[-1][0] <= found.v_error[0]).all() and (errors[-1][1] <= found.sigma_error[0, 0]).all()
        assert (abs(found.c) <= found.c_error).all()
    order = np.log2(np.max(errors[0], 1) / np.max(errors[1], 1))
    np.testing.assert_allclose(order, 3.0, atol=0.3)


def test_in_the_plane_the_error_is_of_order_three_and_estimated():
    errors = []
    for s in (0.2, 0.1):
        found = pn.inspect(plane(turn, root), PLANE, s, t=0.2)
        wrong = abs(found.v - turn(*PLANE, 0.2)), abs(found.sigma - product(*PLANE, 0.2))
        assert (wrong[0] <= found.v_error).all() and (wrong[1] <= found.sigma_error).all()
        np.testing.assert_array_equal(found.sigma, found.sigma.swapaxes(0, 1))
        errors.append([part.max() for part in wrong])
    np.testing.assert_allclose(np.log2(np.divide(*errors)), 3.0, atol=0.4)


@pytest.mark.parametrize(("flux", "numerical"), [(pn.Central(), 0.0), (pn.Upwind(), 0.5)])
def test_a_solver_has_the_symbol_of_its_stencil(flux, numerical):
    """`-c ∂u` becomes the drift `-c sin(kh)/(kh)`; upwind adds the diffusion `c h/2` to the one given."""
    grid, c, D = pn.Grid((20,), 0.1, "periodic"), 0.8, 0.05
    A = pn.discretise(pn.Convection(c, flux) + pn.Diffusion(conductivity=D), grid)
    found = pn.inspect(testing.evolution(A, pn.ExplicitEuler(), 1.0), grid, 1e-3)
    z = 2 * np.pi / 20
    assert (abs(found.v[0] + c * np.sin(z) / z) <= found.v_error[0]).all()
    sigma = (D + numerical * c * 0.1) * (2 - 2 * np.cos(z)) / z**2
    assert (abs(found.sigma[0, 0] - sigma) <= found.sigma_error[0, 0]).all()
    assert (abs(found.c) <= found.c_error).all()


def test_of_a_solver_with_variable_velocity_the_order_in_h_is_two():
    def velocity(t, x, y):
        return np.cos(t) * np.sin(2 * np.pi * y), np.sin(2 * np.pi * x)

    errors, misfits = [], []
    for n in (16, 32, 64):
        grid = pn.Grid((n, n), 1 / n, "periodic")
        A = pn.discretise(pn.Convection(velocity, pn.Central()) + pn.Diffusion(conductivity=0.1), grid)
        found = pn.inspect(testing.evolution(A, pn.SSPRK3(), 1.0), grid, 1e-4, t=0.3)
        exact = -np.array(velocity(0.3, *grid.coordinates()))
        errors.append(abs(found.v - exact).max() + abs(found.sigma - 0.1 * np.eye(2)[..., None, None]).max())
        misfits.append(found.misfit)
    testing.assert_order(errors, [1 / 16, 1 / 32, 1 / 64], 2.0)
    testing.assert_order(misfits, [1 / 16, 1 / 32, 1 / 64], 2.0)


def test_reaction_is_told_apart():
    grid = pn.Grid((16,), 1.0, "periodic")
    A = pn.discretise(pn.Diffusion() + pn.Reaction(lambda u: -0.2 * u), grid)
    found = pn.inspect(testing.evolution(A, pn.ExplicitEuler(), 0.1), grid, 0.1)
    np.testing.assert_allclose(found.c, -0.2, atol=1e-12)
    z = 2 * np.pi / 16
    np.testing.assert_allclose(found.sigma[0, 0], (2 - 2 * np.cos(z)) / z**2, rtol=1e-12)


def test_fourth_order_does_not_fit():
    """`-∂⁴u` at `2k` is 16 times that at `k`, where second order says 4: a misfit of 12/4."""
    grid = pn.Grid((64,), 2 * np.pi / 64, "periodic")
    A = pn.discretise(pn.Diffusion(order=2), grid)
    found = pn.inspect(testing.evolution(A, pn.ExplicitEuler(), 1.0), grid, 1e-6)
    assert abs(found.misfit - 3) < 0.05


def test_particles_are_an_evolution_operator():
    """Common random numbers make them linear. The quotient at `s/4` has a standard error `e ≤ √(8σ/(s n))` (the sine is
    1-Lipschitz), those at `s/2` and `s` are `e/√2` and `e/2`, extrapolation adds `8/3`, 2 and `1/3` of them: five times
    their sum is exceeded with a probability below 1e-6. The error of the limit is that of the exact operator."""
    n, s, v, sigma = 400_000, 0.4, -0.7, 0.3
    kac = pn.FeynmanKac(lambda x: (-v + 0 * x,), sigma, particles=n, steps=1)
    place = (np.array([0.0, 0.5]),)
    found = pn.inspect(lambda f, t, s: kac.estimate(f, place, s).mean, place, s)
    limit = pn.inspect(line(lambda x, t: v + 0 * x, lambda x, t: sigma + 0 * x), (X,), s).v_error.max()
    chance = 5 * (8 / 3 + 2 / np.sqrt(2) + 1 / 6) * np.sqrt(8 * sigma / (s * n))
    assert abs(found.v[0] - v).max() <= chance + limit < 0.2


def test_it_prints_as_mathematics():
    found = pn.inspect(line(lambda x, t: 0.5 + 0 * x, lambda x, t: 0.25 + 0 * x), (X,), 0.01)
    assert isinstance(found, pn.Coefficients)
    assert str(found) == "∂u/∂t = 0.5 ∂0u + 0.25 ∂00u + 0 u"


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: pn.inspect(3, (X,), 0.1), TypeError, "T must be an evolution operator"),
        (lambda: pn.inspect(lambda f, t, s: f(X), (X,), 0.0), ValueError, "s must be finite and > 0"),
        (lambda: pn.inspect(lambda f, t, s: f(X)[1:], (X,), 0.1), ValueError, r"of shape \(7,\)"),
        (lambda: pn.inspect(lambda f, t, s: f(X) * np.nan, (X,), 0.1), ValueError, "finite values"),
        (lambda: pn.inspect(lambda f, t, s: f(X) ** 2, (X,), 0.1), ValueError, "T must be linear"),
        (lambda: pn.inspect(lambda f, t, s: f(X), (X,), 0.1, wavelength=-1.0), ValueError, "wavelength must be"),
    ],
)
def test_bad_input_is_refused(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
