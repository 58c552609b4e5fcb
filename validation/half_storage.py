"""What is lost when the state is stored in half precision and computed in single, on a photograph, and what would help.

Explicit Euler steps of the size 0.2 with `pdenn.compiled`, against the same steps in float64. Steps that move a number by less than half a unit in its
last place are lost, so that diffusion stands still where it is slow. Measured beside them: cycles that reach the same time
in fewer and longer steps; the difference from the initial state stored in its place; half precision for the diffusivities
alone; and stochastic rounding (Croci et al., Royal Society Open Science 9:211631, 2022), up or down with the probability
that makes the mean right. Run uncompiled: the arithmetic is what is written, and compilation takes longer than a small run.
"""

import numpy as np
import torch
from skimage.data import camera

import pdenn as pn
from pdenn.operators.differences import difference
from pdenn.operators.diffusion import squared_gradient, weighted

from .study import Claim, Study

TAU = 0.2
STEPS = {"small": (10, 100), "paper": (10, 30, 100, 300, 1000)}
STORAGES = {"float16": (torch.float16, 2.0**-11, 13), "bfloat16": (torch.bfloat16, 2.0**-8, 16)}
CYCLES = (pn.FED(8), pn.FSI(8))


def run(size: str) -> Study:
    """Drift of the mean, root mean square and largest error, for every storage, way and number of steps."""
    u0 = camera()[200:264, 200:264] / 255 if size == "small" else camera() / 255
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid(u0.shape))
    rows = []
    with torch.compiler.set_stance("force_eager"), torch.inference_mode():
        for steps in STEPS[size]:
            for way, exact, states in ways(A, u0, steps):
                for storage, u in states:
                    error = u.double().numpy() - exact
                    norm = float(np.sqrt((error**2).mean()))
                    rows.append((storage, way, steps, float(error.mean()), norm, float(abs(error).max())))
    columns = ("storage", "way", "steps of the time", "drift of the mean", "rms error", "largest error")
    title = f"Half precision as storage, {' x '.join(map(str, u0.shape))} cells"
    return Study(title, columns, rows, list(claims(rows, u0)), lambda figure: draw(figure, rows))


def ways(A, u0, steps):
    """`(way, state in float64, pairs of storage and state)`."""
    state, options = torch.from_numpy(u0), {"t_end": steps * TAU, "progress": False}
    exact = pn.solve(A, u0, pn.ExplicitEuler(), tau=TAU, **options).u
    single = pn.solve(A, state.float(), pn.ExplicitEuler(), tau=TAU, **options).u
    yield "Euler", exact, [("float32", single)]
    B = pn.compiled(A)
    for scheme, tau in ((pn.ExplicitEuler(), TAU), *((cycle, None) for cycle in CYCLES)):
        reached = pn.solve(A, u0, scheme, tau=tau, **options).u
        found = [
            (name, pn.solve(B, state.to(dtype), scheme, tau=tau, **options).u) for name, (dtype, *_) in STORAGES.items()
        ]
        yield "Euler" if tau else f"{type(scheme).__name__}({scheme.n})", reached, found
    for way in (differences, diffusivities, stochastic):
        yield way.__name__, exact, [(name, way(A, state.float(), steps, *of)) for name, of in STORAGES.items()]


def differences(A, u, steps, dtype, unit, dropped):
    """What is stored is `u - u0`."""
    start, d = u.to(dtype).float(), torch.zeros_like(u)
    for _ in range(steps):
        d = (d + TAU * A(0.0, start + d)).to(dtype).float()
    return start + d


def diffusivities(A, u, steps, dtype, unit, dropped):
    """The state is float32, what `A` multiplies slopes with is stored in half."""
    for _ in range(steps):
        slopes = [difference(u, A.grid, axis) for axis in range(A.grid.dim)]
        g = A.equation.law.g(squared_gradient(slopes, A.grid)).to(dtype).float()
        u = u + TAU * weighted(slopes, g, A.grid)
    return u


def stochastic(A, u, steps, dtype, unit, dropped):
    """A random number below one unit in the last place is added before the bits that do not fit are dropped."""
    generator = torch.Generator().manual_seed(0)
    for k in range(steps + 1):
        v = u + TAU * A(0.0, u) if k else u
        noise = torch.randint(0, 1 << dropped, v.shape, generator=generator, dtype=torch.int32)
        u = ((v.view(torch.int32) + noise) & -(1 << dropped)).view(torch.float32)
    return u


def claims(rows, u0):
    """What the decision rests on."""
    norms = {(storage, way, steps): norm for storage, way, steps, _, norm, _ in rows}
    counts = sorted({steps for _, _, steps, *_ in rows})
    first, last = counts[0], counts[-1]
    size = float(np.sqrt((u0**2).mean()))
    for name, (_, unit, _) in STORAGES.items():
        euler = [norms[name, "Euler", n] for n in counts]
        # One rounding a step and one of the initial state, none of which a contractive step amplifies.
        within = all(e <= (n + 1) * unit * size for n, e in zip(counts, euler, strict=True))
        yield Claim(f"{name}: the error of n Euler steps is at most (n + 1) ε times the norm of the state", within)
        yield Claim(f"{name}: the error of Euler steps grows with their number", bool(np.all(np.diff(euler) > 0)))
        best = min(norms[name, "FED(8)", last], norms[name, "FSI(8)", last])
        yield Claim(
            f"{name}: a cycle of eight is at least three times closer than {last} Euler steps", 3 * best <= euler[-1]
        )
        noise = [norms[name, "stochastic", n] for n in (first, last)]
        yield Claim(f"{name}: rounded stochastically, the error grows by less than half from {first} to {last} steps",
                    noise[1] <= 1.5 * noise[0])  # fmt: skip
        yield Claim(f"{name}: in the diffusivities alone it costs less than a tenth of ε",
                    norms[name, "diffusivities", last] < unit / 10)  # fmt: skip


def draw(figure, rows):
    """The root mean square error over the steps, a panel a storage."""
    panels = figure.subplots(1, len(STORAGES), sharey=True)
    for axes, storage in zip(panels, STORAGES, strict=True):
        for way in dict.fromkeys(way for _, way, *_ in rows):
            points = [(steps, norm) for name, w, steps, _, norm, _ in rows if (name, w) == (storage, way)]
            axes.loglog(*zip(*points, strict=True), ".-", label=way)
        axes.set_title(storage)
        axes.set_xlabel("Euler steps of 0.2 to the same time")
    panels[0].set_ylabel("root mean square error")
    panels[0].legend(frameon=False, fontsize=8)
