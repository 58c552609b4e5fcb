"""Tensor diffusion in space is of second order, with a given tensor and with that of the state."""

import math

import numpy as np
import pytest
import torch

import pdenn as pn
from pdenn import testing
from pdenn.equations import AnisotropicDiffusion
from pdenn.operators.anisotropic_3d import HeldAnisotropicDiffusion3D
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing

PI = np.pi
WAVE = (1, 2, 1)  # u = cos πx cos 2πy cos πz


def rms(error) -> float:
    return float(np.sqrt((error**2).mean()))


def divergence(d, u, x):
    """`div(D ∇u)` by automatic differentiation."""
    s1, s2, s3 = torch.autograd.grad(u.sum(), x, create_graph=True)
    d11, d12, d13, d22, d23, d33 = d
    fluxes = d11 * s1 + d12 * s2 + d13 * s3, d12 * s1 + d22 * s2 + d23 * s3, d13 * s1 + d23 * s2 + d33 * s3
    parts = (torch.autograd.grad(f.sum(), y, create_graph=True)[0] for f, y in zip(fluxes, x, strict=True))
    return sum(parts).detach().numpy()


def points(lines):
    return [torch.tensor(c, requires_grad=True) for c in np.meshgrid(*lines, indexing="ij")]


def standing(x):
    return math.prod(torch.cos(k * PI * y) for k, y in zip(WAVE, x, strict=True))


@pytest.mark.parametrize("stencil", [0.0, 0.3, 0.5])
def test_order_two_with_a_constant_full_tensor(stencil):
    """`D` positive definite; `u` with all mixed derivatives."""
    d = (1.2, 0.4, -0.3, 0.8, 0.25, 1.0)
    errors, sizes = [], (12, 24, 48)
    for n in sizes:
        grid = pn.Grid((n, n // 2, n), (1 / n, 2 / n, 1 / n), "periodic")
        x = points(grid.lines.values())
        u = torch.sin(2 * PI * (x[0] + x[2])) * torch.cos(2 * PI * x[1]) + torch.cos(2 * PI * (x[0] + x[1] - x[2]))
        exact = divergence(d, u, x)
        corners = tuple(c * np.ones(tuple(m + 1 for m in grid.shape)) for c in d)
        B = HeldAnisotropicDiffusion3D(corners, stencil, grid, None)
        errors.append(rms(B(0.0, u.detach().numpy()) - exact) / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=1e-2)


def given_tensor(x):
    """Positive definite; `D_ij = 0` on the walls of the unit cube with the normals `i` and `j`."""
    s, c = zip(*((torch.sin(PI * y), torch.cos(PI * y)) for y in x), strict=True)
    mixed = 0.4 * s[0] * s[1] * (1 + 0.5 * c[2]), -0.3 * s[0] * s[2], 0.2 * s[1] * s[2]
    return 1.2 + 0.3 * c[0], mixed[0], mixed[1], 1.0 + 0.2 * c[0] * c[1], mixed[2], 1.0 + 0.1 * c[2]


@pytest.mark.parametrize("stencil", [0.0, 0.3, 0.5])
def test_order_two_with_a_given_tensor_and_reflecting_walls(stencil):
    errors, sizes = [], (12, 24, 48)
    for n in sizes:
        grid = pn.Grid((n, 2 * n, n), (1 / n, 0.5 / n, 1 / n))
        x = points(grid.lines.values())
        u = standing(x)
        exact = divergence(given_tensor(x), u, x)
        corners = points([np.arange(m + 1) * h for m, h in zip(grid.shape, grid.h, strict=True)])
        tensor = tuple(c.detach().numpy() for c in given_tensor(corners))
        B = HeldAnisotropicDiffusion3D(tensor, stencil, grid, None)
        errors.append(rms(B(0.0, u.detach().numpy()) - exact) / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=3e-3)


def products(x, tensor):
    """`J_ρ(∇u_σ)` in closed form: the wave `cos 2kπx` in the products is damped by `exp(-(2kπ)²ρ²/2)`."""
    size = PI**2 * np.exp(-sum(k**2 for k in WAVE) * PI**2 * tensor.sigma**2)
    damped = [np.exp(-((2 * k * PI * tensor.rho) ** 2) / 2) for k in WAVE]
    angles = [2 * k * PI * y for k, y in zip(WAVE, x, strict=True)]
    both = [e * torch.sin(a) / 2 for e, a in zip(damped, angles, strict=True)]
    sines = [(1 - e * torch.cos(a)) / 2 for e, a in zip(damped, angles, strict=True)]
    cosines = [(1 + e * torch.cos(a)) / 2 for e, a in zip(damped, angles, strict=True)]
    for i in range(3):
        for j in range(i, 3):
            factors = [c for k, c in enumerate(cosines) if k not in (i, j)]
            factors += [sines[i]] if i == j else [both[i], both[j]]
            yield WAVE[i] * WAVE[j] * size * math.prod(factors)


@pytest.mark.parametrize(
    "tensor",
    [EdgeEnhancing(pn.Charbonnier(4.0), 0.05), CoherenceEnhancing(0.1, 4.0, 0.03, 0.06)],
    ids=["edges", "coherence"],
)
def test_order_two_with_the_tensor_of_the_state(tensor):
    """With `stencil=1/2`, for the others contain `|b|`, whose kinks cost half an order in the mean square."""
    errors, sizes = [], (12, 18, 27)
    for n in sizes:
        grid = pn.Grid((n, 2 * n, n), (1 / n, 0.5 / n, 1 / n))
        x = points(grid.lines.values())
        u = standing(x)
        exact = divergence(tensor.of(*products(x, tensor)), u, x)
        A = pn.discretise(AnisotropicDiffusion(tensor, 0.5), grid)
        errors.append(rms(A(0.0, u.detach().numpy()) - exact) / abs(exact).max())
    testing.assert_order(errors, [1 / n for n in sizes], 2, ceiling=1e-2)
