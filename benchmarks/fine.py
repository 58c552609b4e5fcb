"""The fine grain, for whoever changes the code: every operator, scheme, solver and network alone, on arrays that fit the cache.

`tox -e fine` measures with pytest-benchmark, keeps the figures in `.benchmarks` and shows them beside those of the run
before on the same machine; `tox -e fine -- -k scheme` measures a part. Schemes are found in the public names: a new
one is measured without a line here. The peers have `python -m benchmarks compare`.
"""

from dataclasses import is_dataclass
from functools import cache

import numpy as np
import pytest

import pdenn as pn

N = 256
EQUATIONS = {
    "linear": pn.Diffusion(),
    "isotropic": pn.Diffusion(pn.Charbonnier(0.1)),
    "separable": pn.Diffusion(pn.Charbonnier(0.1), form="separable"),
    "fourth order": pn.Diffusion(pn.PeronaMalik(0.1), order=2),
    "presmoothed": pn.Diffusion(pn.PeronaMalik(0.1), presmoothing=1.0),
    "edge-enhancing": pn.AnisotropicDiffusion(pn.EdgeEnhancing(pn.Charbonnier(0.1))),
    "coherence-enhancing": pn.AnisotropicDiffusion(pn.CoherenceEnhancing()),
    "porous medium": pn.PorousMedium(2.0),
    "upwind": pn.Convection((1.0, 0.5), pn.Upwind()),
    "MUSCL": pn.Convection((1.0, 0.5), pn.MUSCL()),
    "WENO5": pn.Convection((1.0, 0.5), pn.WENO5()),
    "convection-diffusion": pn.ConvectionDiffusion((1.0, 0.5), 0.1),
    "Burgers": pn.ConservationLaw(pn.Burgers(), direction=(1.0, 0.5)),
    "diffusion and fidelity": pn.Diffusion(pn.Charbonnier(0.1)) + pn.Fidelity(0.5, 0.1),
}
SCHEMES = [
    thing for thing in (getattr(pn, name) for name in pn.__all__) if is_dataclass(thing) and hasattr(thing, "step")
]
LINEAR = (pn.ExponentialEuler, pn.ETDRK2, pn.ETDRK4)
SOLVERS = {
    "multigrid": pn.Multigrid(1e-8),
    "conjugate gradients": pn.ConjugateGradients(1e-8),
    "both": pn.ConjugateGradients(1e-8, preconditioner=pn.Multigrid()),
}
NETWORKS = {"Euler": pn.ExplicitEuler(), "FSI": pn.FSI(4), "Du Fort-Frankel": pn.DuFortFrankel(4)}


@cache
def state(dtype="float64"):
    """Noise on a grid of 256 x 256 cells."""
    return np.random.default_rng(0).random((N, N)).astype(dtype)


def operator(equation):
    """On a ring, where all of them may stand."""
    return pn.discretise(equation, pn.Grid((N, N), boundary="periodic"))


def step(kind):
    """One step of a scheme of its default settings, by an operator that it takes."""
    name = "upwind" if kind is pn.SemiLagrangian else "linear" if kind in LINEAR else "isotropic"
    A, u = operator(EQUATIONS[name]), state()
    if kind is pn.TorchDiffEqIntegrator:
        u = pytest.importorskip("torch").as_tensor(u)
    return lambda: pn.solve(A, u, kind(), 0.05, tau=0.05, certificate=None, progress=False).u


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EQUATIONS)
def test_operator(benchmark, name, dtype):
    A = operator(EQUATIONS[name])
    assert np.isfinite(benchmark(A, 0.0, state(dtype))).all()


def test_operator_on_a_graph(benchmark):
    ends = np.random.default_rng(0).integers(0, 10_000, (50_000, 2))
    A = pn.discretise(
        pn.Diffusion(pn.Charbonnier(0.1)), pn.Graph.from_edges(ends[ends[:, 0] != ends[:, 1]], nodes=10_000)
    )
    assert np.isfinite(benchmark(A, 0.0, np.random.default_rng(1).random((16, 10_000)))).all()


@pytest.mark.parametrize("kind", SCHEMES)
def test_scheme(benchmark, kind):
    assert np.isfinite(np.asarray(benchmark(step(kind)))).all()


@pytest.mark.parametrize("name", SOLVERS)
def test_solver(benchmark, name):
    A = operator(EQUATIONS["isotropic"]).hold(0.0, state())
    assert np.isfinite(benchmark(SOLVERS[name], A, 0.0, state(), 100.0)).all()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_network(benchmark, name, backward):
    torch = pytest.importorskip("torch")
    net = pn.derive(operator(EQUATIONS["isotropic"]), NETWORKS[name], tau=0.05, steps=4)
    u = torch.as_tensor(state("float32"))[None, None]

    def run():
        loss = net(u).square().mean()
        if backward:
            loss.backward()
        return loss.item()

    assert np.isfinite(benchmark(run))


@pytest.mark.parametrize("name", ["isotropic", "convection-diffusion"])
def test_certify(benchmark, name):
    A = operator(EQUATIONS[name])
    assert benchmark(pn.certify, pn.ExplicitEuler(), A)
