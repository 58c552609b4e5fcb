"""The mean of a noisy network lies within its confidence interval of the equation that it says it solves.

Every comparison asks for |mean - u| ≤ half width + tolerance at each of its points, the half width at a confidence of
1 - 1e-5 by the central limit theorem: with fixed seeds nothing is left to chance, and with others five points fail with a
probability below 5e-5. `u` comes from the solver on two grids, the finer twice as fine; their difference, which is at least
the error of the finer one, is shown to be below a fifth of the half width. So is the error of the time step of the network,
which is known (Euler and Maruyama, weak order 1) or is part of the equation.
"""

import numpy as np
import pytest
import torch
from torch import nn

import pdenn as pn
from pdenn.networks import Dropout, NoiseInjected, RandomisedSmoothing, estimate
from pdenn.robustness import certify_points

SURE = 1 - 1e-5
TURN = 2 * np.pi


class Increment(nn.Module):
    """`Δt v(x)` of a function of the components."""

    def __init__(self, velocity, dt):
        super().__init__()
        self.velocity, self.dt = velocity, dt

    def forward(self, x):
        return self.dt * torch.stack(torch.broadcast_tensors(*self.velocity(*x.unbind(-1))), -1)


class Constant(nn.Module):
    """`F = 2`."""

    def forward(self, x):
        return torch.full_like(x, 2.0)


class Readout(nn.Module):
    """The classifier `f(x)`, one output."""

    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(*x.unbind(-1))


def hills(x):
    return (TURN * x).sin() if torch.is_tensor(x) else np.sin(TURN * x)


def waves(x, y):
    return hills(x) * hills(y + 0.1)


def still(x):
    return 0.2 + 0.1 * hills(x)


def turning(x, y):
    return 0.3 * hills(y), 0.3 * hills(x)


def still_slope(x):
    return 0.1 * TURN * np.cos(TURN * x)


def bend(x):
    return -0.1 * TURN**2 * np.sin(TURN * x)


def on_line(cells, u0, drift, slope, conductivity, end):
    """`∂u/∂t = (b u)' - b' u + (c u')'` with the drift `b` and its slope `b'` on the periodic unit interval; order 2."""
    grid = pn.Grid((cells,), 1 / cells, "periodic")
    (x,) = grid.coordinates()
    c = conductivity(x) if callable(conductivity) else conductivity
    fade = -slope(x)
    transport = pn.Convection((-drift(x),), pn.Central()) + pn.Reaction(lambda u: fade * u)
    A = pn.discretise(transport + pn.Diffusion(conductivity=c), grid)
    tau = min(0.4 / cells, 0.4 / cells**2 / max(np.max(c), 1e-9))
    return grid, pn.solve(A, u0(x) if callable(u0) else u0, pn.SSPRK3(), end, tau=tau, certificate=None).u


def at(grid, u, points):
    """Cubic interpolation on the periodic grid (its error is of order four)."""
    from scipy.interpolate import CubicSpline

    for axis, h in enumerate(grid.h):
        closed = np.concatenate([u, u.take([0], axis)], axis)
        spline = CubicSpline((np.arange(grid.shape[axis] + 1) + 0.5) * h, closed, axis=axis, bc_type="periodic")
        u = spline(points[:, axis] % 1.0)
    return u if u.ndim == 1 else np.diagonal(u).copy()


def assert_explained(network, points, solutions, samples, chunk=None):
    """The mean explains the finer solution, and the grids agree much better; returns the estimate and the solution."""
    found = estimate(network, torch.tensor(points), samples, confidence=SURE, chunk=chunk)
    coarse, fine = (at(grid, u, points) for grid, u in solutions)
    half = found.half_width.numpy()
    assert (abs(coarse - fine) < half / 5).all()
    assert (abs(found.mean.numpy() - fine) <= half).all()
    return found, fine


LINE = np.linspace(0.05, 0.85, 5)[:, None]
PLANE = np.stack([np.linspace(0.05, 0.85, 5), np.linspace(0.6, 0.1, 5)], -1)


def test_noise_in_every_block_is_diffusion_on_a_line():
    """200 blocks of 0.005; the error of their step is about `Δt/2 |v v' u'| = 0.005/2 · 0.06 · 2π < 0.001`, a tenth."""
    dt, a = 0.005, 0.02
    network = NoiseInjected([Increment(lambda x: (still(x),), dt)] * 200, Readout(hills), a, dt)
    D = a**2 / (2 * dt)
    solutions = [on_line(n, hills, still, still_slope, D, 1.0) for n in (64, 128)]
    found, _ = assert_explained(network, LINE, solutions, 5000)
    assert found.half_width.max() > 0.01


def test_noise_in_every_block_is_diffusion_in_the_plane():
    """100 blocks of 0.005; by the central flux and SSPRK3, order 2. Without the diffusion the mean is not explained."""
    dt, a = 0.005, 0.02
    network, D = NoiseInjected([Increment(turning, dt)] * 100, Readout(waves), a, dt), a**2 / (2 * dt)
    solutions = []
    for n in (40, 80):
        grid = pn.Grid((n, n), 1 / n, "periodic")
        x, y = grid.coordinates()
        speed = pn.Convection((-0.3 * hills(y), -0.3 * hills(x)), pn.Central())
        A = pn.discretise(speed + pn.Diffusion(conductivity=D), grid)
        solutions.append((grid, pn.solve(A, waves(x, y), pn.SSPRK3(), 0.5, tau=0.2 / n**2 / D, certificate=None).u))
    found, fine = assert_explained(network, PLANE, solutions, 3000)
    calm = estimate(NoiseInjected(network.blocks, network.classifier, 0.0, dt), torch.tensor(PLANE), 2).mean.numpy()
    assert (abs(calm - fine) > 3 * found.half_width.numpy()).any()


def test_dropout_is_diffusion_of_the_order_of_a_block():
    """40 blocks of 0.025, `p = 1/2`: drift `v - Δt/2 v v'` and diffusion `σ = Δt/2 v²` with the drift `-σ'` of its
    divergence form; what is left out is of order `Δt²`, some 1e-4. Without the diffusion the mean is not explained."""
    dt = 0.025
    network = Dropout([Increment(lambda x: (still(x),), dt)] * 40, Readout(hills), 0.5, dt)
    assert network.diffusion == dt / 2

    def euler(x):
        return still(x) - dt / 2 * still(x) * still_slope(x)

    def euler_slope(x):
        return still_slope(x) - dt / 2 * (still_slope(x) ** 2 + still(x) * bend(x))

    def drift(x):
        return euler(x) - dt * still(x) * still_slope(x)

    def slope(x):
        return euler_slope(x) - dt * (still_slope(x) ** 2 + still(x) * bend(x))

    solutions = [on_line(n, hills, drift, slope, lambda x: dt / 2 * still(x) ** 2, 1.0) for n in (150, 300)]
    found, _ = assert_explained(network, LINE, solutions, 10_000)
    undamped = at(*on_line(300, hills, euler, euler_slope, 0.0, 1.0), LINE)
    assert (abs(found.mean.numpy() - undamped) > 2 * found.half_width.numpy()).any()


def test_a_smoothed_network_is_a_splitting():
    """200 blocks of 0.005 without noise, then the heat equation for the time one."""
    dt, s = 0.005, 0.1
    network = RandomisedSmoothing([Increment(lambda x: (still(x),), dt)] * 200, Readout(hills), s, dt)
    solutions = []
    for n in (100, 200):
        grid, u = on_line(n, hills, still, still_slope, 0.0, 1.0)
        heat = pn.discretise(pn.Diffusion(conductivity=s**2 / 2), grid)
        solutions.append((grid, pn.solve(heat, u, pn.CrankNicolson(), 1.0, tau=1 / n, certificate=None).u))
    assert_explained(network, LINE, solutions, 5000)


def test_a_noisy_block_has_the_drift_and_the_diffusion_that_it_states():
    """`pn.inspect` sees `v` and `σ²/2` in the outputs alone; the standard errors are those of the test of particles there:
    `e = √(8D/(s n))` for `v`, and for the cosine, `1 - cos ≤` its argument squared over two, `√(2 · 3) D` of `n` draws."""
    n, s, D = 200_000, 0.2, 0.3
    x = torch.linspace(0, 1, 3, dtype=torch.float64)[:, None]

    def T(f, t, s):
        block = Increment(lambda x: (0.5 * x.sin(),), s)
        network = NoiseInjected([block], Readout(lambda x: torch.from_numpy(f(x.numpy()))), (2 * D * s) ** 0.5, s)
        return estimate(network, x, n).mean.numpy()

    found = pn.inspect(T, (x[:, 0].numpy(),), s)
    extrapolation = 8 / 3 + 2 + 1 / 3
    limit = 5 * extrapolation * np.sqrt(8 * D / (s * n)) + found.v_error.max()
    assert (abs(found.v[0] - 0.5 * np.sin(x[:, 0].numpy())) <= limit).all() and limit < 0.4
    limit = 5 * extrapolation * (np.sqrt(6 / n) * D + np.sqrt(8 * D / (s * n))) + found.sigma_error.max()
    assert (abs(found.sigma[0, 0] - D) <= limit).all()


def test_the_certificate_of_a_smoothed_network():
    """A residual net `x + (1, 0)` before the half plane `x_0 > 0`: the smoothed boundary is `x_0 = -1`, at distance 1.2."""
    shift = nn.Linear(2, 2)
    nn.init.zeros_(shift.weight), shift.bias.data.copy_(torch.tensor([1.0, 0.0]))
    plain = RandomisedSmoothing([shift], Readout(lambda x, y: torch.stack([-x, x], -1)), noise=0.0)
    x = np.array([[0.2, 3.0]], np.float32)
    found = certify_points(lambda z: plain(torch.tensor(z)).argmax(1).numpy(), x, 0.8, trials=4000)
    assert found.label[0] == 1 and 1.0 < found.radius[0] <= 1.2


@pytest.mark.parametrize("kind", [NoiseInjected, Dropout, RandomisedSmoothing])
def test_without_noise_all_are_the_residual_network(kind):
    blocks, classifier = [nn.Linear(3, 3), nn.Linear(3, 3)], nn.Linear(3, 2)
    x = torch.randn(4, 3)
    network = kind(blocks, classifier, 1.0 if kind is Dropout else 0.0, samples=2)
    y = x + blocks[0](x)
    torch.testing.assert_close(network(x), classifier(y + blocks[1](y)))


@pytest.mark.parametrize("kind", [NoiseInjected, Dropout, RandomisedSmoothing])
def test_moments_of_one_block(kind):
    """Of `F = 2`: noise 0.5 in variance 0.25, or `p = 0.5` in variance `F² = 4`; 5 standard errors, `√(2/n)` of a variance."""
    n = 40_000
    network = kind([Constant()], nn.Identity(), 0.5)
    values = network.paths(torch.zeros(1, 1, dtype=torch.float64), n, torch.Generator().manual_seed(1))
    variance = 4.0 if kind is Dropout else 0.25
    assert values.shape == (n, 1, 1)
    assert abs(values.mean() - 2) < 5 * (variance / n) ** 0.5
    assert abs(values.var() / variance - 1) < 5 * (2 / n) ** 0.5


def test_paths_are_differentiable_chunked_and_seeded():
    x = torch.zeros(3, 2)
    network = NoiseInjected([nn.Linear(2, 2)], nn.Linear(2, 1), 0.1, samples=4)
    network(x).sum().backward()
    assert all(p.grad is not None for p in network.parameters())
    whole, again = (estimate(network, x, 10, seed=3) for _ in range(2))
    torch.testing.assert_close(whole.mean, again.mean, rtol=0, atol=0)
    assert estimate(network, x, 10, seed=3, chunk=4).mean.shape == whole.mean.shape == (3, 1)
    narrow, wide = (estimate(network, x, 10, confidence=c).half_width for c in (0.6827, 0.9545))
    torch.testing.assert_close(wide / narrow, torch.full((3, 1), 2.0), rtol=1e-3, atol=0)


def test_statements_are_mathematics():
    blocks = [nn.Identity()] * 4
    noise = NoiseInjected(blocks, nn.Identity(), 0.1, dt=0.5)
    assert noise.statement().startswith("∂u/∂t = v · ∇u + σ²/2 Δu on [0, 2]") and "= 0.01," in noise.statement()
    drop = Dropout(blocks, nn.Identity(), 0.8, dt=0.5)
    assert "Σ_i v_i² ∂_ii u" in drop.statement() and "= 0.0625," in drop.statement()
    assert "vanish as Δt → 0 with p fixed" in drop.statement()
    smooth = RandomisedSmoothing(blocks, nn.Identity(), 0.2, dt=0.5)
    assert "then ∂u/∂t = s²/2 Δu on [2, 3]" in smooth.statement() and "s²/2 = 0.02" in smooth.statement()
    assert all(network.statement() in str(network) for network in (noise, drop, smooth))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: NoiseInjected([], nn.Identity(), -1.0), "amplitude must be finite and >= 0, got -1"),
        (lambda: NoiseInjected([], nn.Identity(), 1.0, dt=0.0), "dt must be > 0, got 0"),
        (lambda: NoiseInjected([], nn.Identity(), 1.0, samples=0), "samples must be an integer >= 1, got 0"),
        (lambda: Dropout([], nn.Identity(), 1.5), r"keep must be a probability in \(0, 1\], got 1.5"),
        (lambda: RandomisedSmoothing([], nn.Identity(), float("nan")), "noise must be finite and >= 0, got nan"),
        (lambda: estimate(None, torch.zeros(1), 1), "samples must be an integer >= 2, got 1"),
        (lambda: estimate(None, torch.zeros(1), 5, confidence=1.0), "confidence must be in"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("number", ["0.1", None, True])
def test_what_is_no_number_is_named(number):
    with pytest.raises(TypeError, match="amplitude must be a number, got"):
        NoiseInjected([], nn.Identity(), number)
