"""The U-net that multigrid is, trained without solutions: inpainting from 5 % of the pixels by the residual of its equation.

The problem is `m (u - d) = A(u)`: `m` is 1000 where a pixel is known and zero elsewhere, `A` homogeneous diffusion or
edge-enhancing diffusion, whose tensor is that of the iterate. Residuals are measured as `‖r/(m + 4)‖`, by which a Jacobi
step would move the pixels, and errors as `‖u - u*‖`, against the converged solution `u*`; both relative to the first
guess, which is the mean of the known pixels at all others. Networks minimise the mean logarithm of the squared residual
over crops of Berkeley's training images and random masks; the table is of crops of other images and other masks.

- `FAS` is the solver: the network before training, whose equality with the solver on arrays is a test of the package.
- `trained FAS` is the same network, three tied cycles, after training; it may do more cycles than it was trained for.
- `U-net` sees `d` and the mask, and is trained with the same loss for as many seconds on one core. The small one is the
  largest with no more weights (it learns to change nothing), the large one is of a usual size. One pass is all it does.
- `FSI` runs `u_t = (A(u) + m (d - u))/(1 + m/ρ)`, which has the same solution. Its coefficients held, it is similar to a
  symmetric operator with a spectrum in `[-ρ, 0]`, `ρ` that of `A`: the certified step of `A` is one for it.

A unit of work is an evaluation of `A` on the finest grid. Both sides are counted in operations, one for every number that
an addition, a product or a function gives, and one for every weight that a convolution multiplies a number with; for `FAS`
without the convolutions, which are identities before training.
"""

import copy
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import pdenn as pn
from pdenn.networks import MultigridNet, UNet
from pdenn.networks.weights import save

from .study import Claim, Study

WEIGHTS = Path(__file__).parent / "results" / "weights"
SHARE, WEIGHT, CYCLES, FSI_STEPS = 0.05, 1000.0, 3, 20
EQUATIONS = {
    "homogeneous": pn.Diffusion(),
    "edge-enhancing": pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.02), sigma=1.0)),
}


class Scale(NamedTuple):
    """How much is done at a size."""

    cells: int
    steps: dict  # of training, by equation
    batch: int
    tested: int
    levels: int  # of the large U-net
    images: int | None


SCALES = {
    "small": Scale(16, {"homogeneous": 20, "edge-enhancing": 20}, 2, 4, 3, 8),
    "paper": Scale(64, {"homogeneous": 100, "edge-enhancing": 70}, 4, 8, 4, None),
}


class Problem(NamedTuple):
    """`m (u - d) = A(u)` for a batch, and its solution."""

    A: Any
    d: torch.Tensor
    m: torch.Tensor
    solution: torch.Tensor | None = None

    def residual(self, u):
        """The root mean square of `r/(m + 4)` of every entry of the batch."""
        r = self.m * (self.d - u) + self.A(0.0, u)
        return (r / (self.m + 4)).square().mean((-2, -1)).sqrt()

    def measured(self, u):
        """Residual and error relative to those of the first guess, geometric means over the batch."""
        error = [(v - self.solution).square().mean((-2, -1)).sqrt() for v in (u, self.d)]
        ratios = self.residual(u) / self.residual(self.d), error[0] / error[1]
        return tuple(float(ratio.clamp(min=1e-16).log().mean().exp()) for ratio in ratios)


class Operations(TorchDispatchMode):
    """Counts operations, those of convolutions apart."""

    def __init__(self):
        super().__init__()
        self.others = self.convolutions = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        if "convolution" in str(func):
            self.convolutions += out.numel() * args[1][0].numel()
        elif torch.Tag.pointwise in func.tags:
            self.others += out.numel()
        return out


def run(size: str) -> Study:
    """Train and compare for both equations."""
    scale, rows, curves = SCALES[size], [], {}
    photographs = {name: pn.datasets.berkeley(name)[: scale.images] for name in ("bsd400", "bsd68")}
    fixed = []
    for name, equation in EQUATIONS.items():
        A = pn.discretise(equation, pn.Grid((scale.cells,) * 2))
        test = solved(equation, problem(A, photographs["bsd68"], scale.cells, scale.tested, np.random.default_rng(1)))
        networks = trained(A, photographs["bsd400"], scale, scale.steps[name])
        if size == "paper":
            WEIGHTS.mkdir(exist_ok=True)
            save(networks["trained FAS"], WEIGHTS / f"unet_inpainting_{name}.safetensors", {"equation": str(equation)})
        with torch.no_grad():
            curves[name] = {**{k: curve(net, test, k) for k, net in networks.items()}, "FSI": semi_iterative(A, test)}
            again = networks["trained FAS"](test.d, test.m, start=test.solution)
        fixed.append(float((again - test.solution).abs().max()))
        counts = {k: sum(p.numel() for p in net.parameters() if p.requires_grad) for k, net in networks.items()}
        for k, points in curves[name].items():
            shown = points if len(points) == 1 else [points[i] for i in (1, 2, 3, 6, 10) if i < len(points)]
            rows += [(name, k, 0 if k == "FAS" else counts.get(k, 0), *point) for point in shown]
    columns = ("equation", "method", "trained weights", "work", "residual", "error")
    title = "U-net multigrid for inpainting, trained by the residual"
    return Study(title, columns, rows, claims(curves, fixed), lambda f: draw(f, curves))


def problem(A, photographs, n: int, count: int, rng) -> Problem:
    """Crops with random masks; float64."""
    chosen = [photographs[i] for i in rng.integers(len(photographs), size=count)]
    corners = [[rng.integers(side - n + 1) for side in image.shape] for image in chosen]
    x = np.stack([image[a : a + n, b : b + n] for image, (a, b) in zip(chosen, corners, strict=True)]) / 255
    c = rng.random(x.shape) < SHARE
    c[:, n // 2, n // 2] = True
    known = (c * x).sum((-2, -1), keepdims=True) / c.sum((-2, -1), keepdims=True)
    return Problem(A, torch.from_numpy(np.where(c, x, known)), torch.from_numpy(WEIGHT * c))


def solved(equation, p: Problem) -> Problem:
    """With its solution, by conjugate gradients or by cycles with colours, which are another solver than those compared."""
    data, mask = p.d.numpy(), p.m.numpy() / WEIGHT
    whole = pn.discretise(equation + pn.Fidelity(data, mask, WEIGHT), p.A.grid)
    solver = pn.ConjugateGradients(1e-11, 500, pn.Multigrid()) if p.A.bound.linear else pn.Multigrid(1e-10, 200)
    return p._replace(solution=torch.from_numpy(pn.solve_steady(whole, data, solver=solver).u))


def trained(A, photographs, scale: Scale, steps: int) -> dict:
    """The networks by name, in double precision; those of U-nets with as much time as the first one took."""
    solver = pn.Multigrid(smoother=pn.Jacobi(0.8), bottom=4)
    first = MultigridNet(A, solver, CYCLES)
    torch.manual_seed(0)
    networks = {
        "FAS": first,
        "trained FAS": copy.deepcopy(first),
        "small U-net": Pass(UNet(2, 1, 2)),
        "large U-net": Pass(UNet(2, 8, scale.levels)),
    }
    seconds = fit(networks["trained FAS"], A, photographs, scale, 1e-2, steps=steps)
    for name in ("small U-net", "large U-net"):
        fit(networks[name], A, photographs, scale, 3e-3, seconds=seconds)
    return {name: network.double() for name, network in networks.items()}


class Pass(torch.nn.Module):
    """One pass of a U-net that sees `d` and the mask."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, d, m):
        mean = d.mean((-2, -1), keepdim=True)
        return mean + self.net(torch.stack([d - mean, m / WEIGHT], 1))[:, 0]


def fit(network, A, photographs, scale: Scale, rate: float, steps=None, seconds=None) -> float:
    """AdamW with half a cosine for so many steps or seconds of this process; returns its seconds."""
    optimiser = torch.optim.AdamW(network.float().parameters(), rate, weight_decay=0.0)
    rng, begin, share, step = np.random.default_rng(0), time.process_time(), 0.0, 0
    while share < 1:
        p = problem(A, photographs, scale.cells, scale.batch, rng)
        p = p._replace(d=p.d.float(), m=p.m.float())
        optimiser.param_groups[0]["lr"] = rate * (1 + np.cos(np.pi * share)) / 2
        optimiser.zero_grad()
        (p.residual(network(p.d, p.m)) / p.residual(p.d)).log().mean().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step += 1
        share = step / steps if steps else (time.process_time() - begin) / seconds
    return time.process_time() - begin


def curve(network, p: Problem, name: str) -> list:
    """`(work, residual, error)` after 0, 1, ... cycles, or of the one pass."""
    if isinstance(network, Pass):
        return [(work(p, lambda: network(p.d, p.m)), *p.measured(network(p.d, p.m)))]
    u, points, network = p.d, [(0.0, 1.0, 1.0)], copy.deepcopy(network)
    network.count = 1
    each = work(p, lambda: network(p.d, p.m), "FAS" != name)
    for k in range(1, 11):
        u = network(p.d, p.m, start=u)
        points.append((k * each, *p.measured(u)))
    return points


def semi_iterative(A, p: Problem) -> list:
    """The same after each cycle of FSI."""
    rho = A.bound.spectral.value
    tau = pn.certificate(pn.FSI(FSI_STEPS), A, "bounded").tau
    flow, u, points = Scaled(A, p.d, p.m, rho), p.d, [(0.0, 1.0, 1.0)]
    each = work(p, lambda: pn.FSI(FSI_STEPS).step(flow, 0.0, p.d, tau))
    for k in range(1, 13):
        u = pn.FSI(FSI_STEPS).step(flow, 0.0, u, tau)
        points.append((k * each, *p.measured(u)))
    return points


class Scaled(NamedTuple):
    """`(A(u) + m (d - u))/(1 + m/ρ)`."""

    A: Any
    d: torch.Tensor
    m: torch.Tensor
    rho: float

    def __call__(self, t, u):
        return (self.A(t, u) + self.m * (self.d - u)) / (1 + self.m / self.rho)

    def hold(self, t, u):
        return self._replace(A=self.A.hold(t, u))


def work(p: Problem, f, convolutions: bool = True) -> float:
    """Operations of `f()` relative to those of an evaluation of `A`."""
    counts = []
    for g in (f, lambda: p.A(0.0, p.d)):
        with Operations() as counted:
            g()
        counts.append(counted.others + convolutions * counted.convolutions)
    return counts[0] / counts[1]


def after(points, units: float):
    """The residual after at most so many units of work."""
    return min(r for w, r, _ in points if w <= units)


def claims(curves, fixed):
    """What is claimed of the residual by work."""
    c = list(curves.values())
    units = [x["trained FAS"][CYCLES][0] for x in c]
    nets = [x["trained FAS"][CYCLES][1] for x in c]
    return [
        Claim("the solution is a fixed point of the trained network, to 1e-6", max(fixed) < 1e-6),
        Claim(
            "three trained cycles leave less of the residual than as much work of the solver",
            all(net < after(x["FAS"], w * (1 + 1e-12)) for x, w, net in zip(c, units, nets, strict=True)),
        ),
        Claim(
            "ten trained cycles leave less of it than as much work of FSI",
            all(x["trained FAS"][10][1] < after(x["FSI"], x["trained FAS"][10][0]) for x in c),
        ),
        Claim(
            "with a tensor, which it holds for twenty steps, FSI leaves less than as much work of three trained cycles",
            after(c[1]["FSI"], units[1]) < nets[1],
        ),
        Claim(
            "U-nets trained for the same time leave more of it, the large one too",
            all(net < x[f"{k} U-net"][0][1] for x, net in zip(c, nets, strict=True) for k in ("small", "large")),
        ),
    ]


def draw(figure, curves):
    """Residual and error against work."""
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    for row, what in zip(panels, (1, 2), strict=True):
        for axes, (name, methods) in zip(row, curves.items(), strict=True):
            for i, (method, points) in enumerate(methods.items()):
                marker, shown = "s" if len(points) == 1 else ".", [p for p in points if p[0] > 0]
                axes.loglog([p[0] for p in shown], [p[what] for p in shown], f"C{i}", marker=marker, label=method)
            axes.set_title(name, fontsize=9) if what == 1 else axes.set_xlabel("evaluations of the operator")
        row[0].set_ylabel("residual" if what == 1 else "error")
    panels[0, 0].legend(frameon=False, fontsize=7)
