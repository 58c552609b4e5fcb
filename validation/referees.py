"""Solutions against referees that share no code with the package: their own matrices and formulae, others' integrators.

Linear problems: matrices of one axis are written down row by row, put together with `scipy.sparse.kron`, and applied by
`scipy.sparse.linalg.expm_multiply`; what walls prescribe is a further column. Nonlinear ones: the textbook formula in
NumPy or torch under `scipy.integrate.solve_ivp` or `torchdiffeq.odeint`. The package steps with SSPRK3, short enough
for its own error to be smaller than the tolerance.
"""

import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.sparse import block_array, coo_array, csr_array, diags_array, eye_array, kron
from scipy.sparse.linalg import expm_multiply
from scipy.special import exprel
from torchdiffeq import odeint

import pdenn as pn
from pdenn.equations import ConvectionDiffusion

from .study import Claim, Study

TOLERANCE = 1e-9
LOCAL = 1e-12  # of the referees that choose their steps: a thousandth, for errors add up
H, T, V = 0.5, 0.25, (0.7, -0.4)
# Walls, and `(a, b)` of the ghost cell `a + b u`.
WALLS = {
    "periodic": ("periodic", None),
    "reflecting": ("reflecting", (0.0, 1.0)),
    "Dirichlet": (pn.Dirichlet(0.3), (2 * 0.3, -1.0)),
    "Neumann": (pn.Neumann(0.4), (0.4 * H, 1.0)),
    # u + 2 ∂u/∂n = 0.6: (1/2 + 2/h) ghost + (1/2 - 2/h) cell = 0.6
    "Robin": (pn.Robin(1.0, 2.0, 0.6), (0.6 / (0.5 + 2 / H), (2 / H - 0.5) / (0.5 + 2 / H))),
}


def run(size: str) -> Study:
    """The largest difference at the end of each problem."""
    n, steps = {"small": (12, 1000), "paper": (32, 10000)}[size]
    rows, claims = [], []
    for title, referee, equation, walls, judge in problems():
        grid = pn.Grid((n, n - 3), H, walls)
        u0 = np.random.default_rng(0).random(grid.shape)
        expected = judge(u0, T)
        A = pn.discretise(equation, grid)
        found = pn.solve(A, u0, pn.SSPRK3(), T, tau=T / steps, certificate=None).u
        difference, moved = float(abs(found - expected).max()), float(abs(found - u0).max())
        rows.append((title, referee, difference, moved))
        claims.append(Claim(f"{title}: within {TOLERANCE:g} of {referee}", difference < TOLERANCE))
        claims.append(Claim(f"{title}: something happened", moved > 0.1))
    columns = ("problem", "referee", "largest difference", "largest change since t = 0")
    return Study(f"Referees, {n} x {n - 3} cells", columns, rows, claims, lambda f: draw(f, rows))


def problems():
    """A title, the referee's name, the equation, its walls, and the referee `(u0, t) -> u`."""
    expm, scipy, torchdiffeq = "expm_multiply", "solve_ivp", "torchdiffeq"
    for name, (boundary, ghosts) in WALLS.items():
        yield f"linear diffusion, {name} walls", expm, pn.Diffusion(), boundary, linear(ghosts, 1)
    yield "fourth order, reflecting walls", expm, pn.Diffusion(order=2), "reflecting", linear((0.0, 1.0), 2)
    yield "convection, upwind", expm, pn.Convection(V), "periodic", transport(upwind, 0.0)
    mixed = pn.Convection(V) + pn.Diffusion(conductivity=0.2)
    yield "convection-diffusion, upwind", expm, mixed, "periodic", transport(upwind, 0.2)
    yield "convection-diffusion, fitted", expm, ConvectionDiffusion(V, 0.2), "periodic", transport(fitted, 0.2)
    isotropic = pn.Diffusion(pn.Charbonnier(0.5))
    yield "isotropic Charbonnier", scipy, isotropic, "reflecting", by_scipy(charbonnier)
    yield "porous medium, m = 3", scipy, pn.PorousMedium(3.0), "reflecting", by_scipy(porous)
    separable = pn.Diffusion(pn.PeronaMalik(0.5), form="separable")
    yield "separable Perona-Malik", torchdiffeq, separable, "reflecting", by_torchdiffeq


def linear(ghosts, power):
    """`∂u/∂t = ±(Δ)^power u` between walls with the ghost cells `a + b u`; None: periodic."""

    def judge(u0, t):
        (first, left), (last, right) = (second_difference(n, ghosts) for n in u0.shape)
        matrix = kron(first, eye_array(u0.shape[1])) + kron(eye_array(u0.shape[0]), last)
        source = left[:, None] + right
        return exponential(matrix if power == 1 else -(matrix @ matrix), source, u0, t)

    return judge


def second_difference(n, ghosts):
    """`tridiag(1, -2, 1)/h²` on `n` cells, and what walls add."""
    rows = diags_array([1.0, -2.0, 1.0], offsets=[-1, 0, 1], shape=(n, n)).tolil()
    a, b = ghosts or (0.0, 0.0)
    for wall, beyond in ((0, n - 1), (n - 1, 0)):
        if ghosts is None:
            rows[wall, beyond] += 1.0
        else:
            rows[wall, wall] += b
    source = np.zeros(n)
    source[[0, -1]] = a
    return rows.tocsr() / H**2, source / H**2


def transport(stencil, eps):
    """`∂u/∂t = -v · ∇u + ε Δu` on a torus, the circulant of an axis from its three weights."""

    def judge(u0, t):
        axes = [circulant(n, *stencil(v, eps)) for n, v in zip(u0.shape, V, strict=True)]
        matrix = kron(axes[0], eye_array(u0.shape[1])) + kron(eye_array(u0.shape[0]), axes[1])
        return exponential(matrix, np.zeros(u0.shape), u0, t)

    return judge


def upwind(v, eps):
    """Weights of the lower neighbour, the cell, and the upper neighbour."""
    lower, upper = max(v, 0) / H + eps / H**2, max(-v, 0) / H + eps / H**2
    return lower, -lower - upper, upper


def fitted(v, eps):
    """The same by Scharfetter and Gummel: `(ε/h²) B(∓P)` with `B(x) = x/(exp x - 1) = 1/exprel(x)`, `P = v h/ε`."""
    lower, upper = (eps / H**2 / exprel(sign * v * H / eps) for sign in (-1, 1))
    return lower, -lower - upper, upper


def circulant(n, lower, middle, upper):
    """The periodic matrix with these three diagonals."""
    cells = np.arange(n)
    data, columns = np.repeat([lower, middle, upper], n), [*(cells - 1) % n, *cells, *(cells + 1) % n]
    return coo_array((data, (np.tile(cells, 3), columns)), shape=(n, n)).tocsr()


def exponential(matrix, source, u0, t):
    """`u(t)` of `∂u/∂t = M u + s`: the exponential of `[[M, s], [0, 0]]` applied to `(u, 1)`."""
    column = csr_array(source.reshape(-1, 1))
    whole = block_array([[matrix, column], [None, csr_array((1, 1))]]).tocsc()
    return expm_multiply(t * whole, np.append(u0.ravel(), 1.0))[:-1].reshape(u0.shape)


def by_scipy(slope):
    """`solve_ivp` on a formula in NumPy."""

    def judge(u0, t):
        flat = lambda s, u: slope(u.reshape(u0.shape)).ravel()  # noqa: E731
        return solve_ivp(flat, (0, t), u0.ravel(), "DOP853", rtol=LOCAL, atol=LOCAL).y[:, -1].reshape(u0.shape)

    return judge


def charbonnier(u):
    """`div(g ∇u)`, `g = 1/sqrt(1 + |∇u|²/λ²)` in the cells, `|∇u|²` half the sum of the squared slopes around."""
    w = np.pad(u, 2, "edge")
    dx, dy = np.diff(w, axis=0)[:, 1:-1] / H, np.diff(w, axis=1)[1:-1] / H
    s = (dx[:-1] ** 2 + dx[1:] ** 2 + dy[:, :-1] ** 2 + dy[:, 1:] ** 2) / 2
    g = 1 / np.sqrt(1 + s / 0.5**2)
    fx = (g[:-1] + g[1:])[:, 1:-1] / 2 * dx[1:-1, 1:-1]
    fy = (g[:, :-1] + g[:, 1:])[1:-1] / 2 * dy[1:-1, 1:-1]
    return np.diff(fx, axis=0) / H + np.diff(fy, axis=1) / H


def porous(u):
    """`Δ(u³)` between reflecting walls."""
    w = np.pad(u**3, 1, "edge")
    return (w[:-2, 1:-1] + w[2:, 1:-1] + w[1:-1, :-2] + w[1:-1, 2:] - 4 * w[1:-1, 1:-1]) / H**2


def by_torchdiffeq(u0, t):
    """`odeint` on `Σ ∂_i(g ∂_i u)`, `g = 1/(1 + (∂_i u)²/λ²)`, between reflecting walls, in torch."""

    def slope(s, u):
        total = torch.zeros_like(u)
        for axis in (0, 1):
            d = torch.diff(u, dim=axis) / H
            wall = torch.zeros_like(d.narrow(axis, 0, 1))
            total = total + torch.diff(torch.cat([wall, d / (1 + (d / 0.5) ** 2), wall], axis), dim=axis) / H
        return total

    times = torch.tensor([0.0, t], dtype=torch.float64)
    return odeint(slope, torch.from_numpy(u0), times, method="dopri5", rtol=LOCAL, atol=LOCAL)[-1].numpy()


def draw(figure, rows):
    """Differences beside the tolerance."""
    axes = figure.subplots()
    axes.semilogx([max(row[2], 1e-17) for row in rows], [f"{row[0]}\n{row[1]}" for row in rows], "o", color="#2b5c8a")
    axes.axvline(TOLERANCE, color="#c1440e", linewidth=1, label="tolerance")
    axes.set_xlabel("largest difference from the referee")
    axes.tick_params(axis="y", labelsize=6)
    axes.invert_yaxis()
    axes.legend(frameon=False)
