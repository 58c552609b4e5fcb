"""The energy falls in every step, for every law and every scheme at its certified limit; the mean stays."""

import itertools

import numpy as np

import pdenn as pn

from .study import Claim, Study

LAWS = [pn.Linear(), pn.Charbonnier(0.1), pn.PeronaMalik(0.1), pn.PeronaMalikExponential(0.1), pn.Weickert(0.1),
        pn.TotalVariation(0.05)]  # fmt: skip
SCHEMES = [pn.ExplicitEuler(), pn.SSPRK2(), pn.FSI(6), pn.FSI(6, "updated"), pn.FED(6), pn.RKL1(6), pn.SemiImplicit(),
           pn.AOS(), pn.ImplicitEuler()]  # fmt: skip
STEPS = 20


def run(size: str) -> Study:
    """Norm, energy and mean over 20 steps from a noisy disc."""
    n = {"small": 16, "paper": 96}[size]
    u0 = disc(n)
    rows, claims, curves = [], [], {}
    for law in LAWS:
        A = pn.discretise(pn.Diffusion(law), pn.Grid((n, n)))
        for scheme in SCHEMES:
            if isinstance(scheme, pn.ImplicitEuler) and not law.monotone:
                continue  # the equation of a step may have several solutions
            limit = pn.certificate(scheme, A, "bounded").tau
            tau = min(limit, 10 / A.bound.spectral.value)
            found = pn.solve(A, u0, scheme, STEPS * tau, tau=tau, times=np.arange(1, STEPS + 1) * tau)
            states = [u0, *found.snapshots]
            norms = [np.linalg.norm(u) for u in states]
            energies = [float(A.energy(u)) for u in states]
            drift = max(abs(u.mean() - u0.mean()) for u in states)
            curves[str(law), type(scheme).__name__] = energies
            fell = max(b / a for a, b in itertools.pairwise(norms))
            rows.append((str(law), str(scheme)[:40], fell, energies[-1] / energies[0], drift))
            # An implicit step is solved to a relative residual of 1e-10; the mean drifts by no more.
            claims.append(Claim(f"{scheme} on {law}: the norm never grows", fell <= 1 + 1e-10))
            claims.append(Claim(f"{scheme} on {law}: the energy falls", energies[-1] < energies[0]))
            claims.append(Claim(f"{scheme} on {law}: the mean stays", drift < 1e-8))
    columns = ("law", "scheme", "largest growth of the norm", "energy left", "drift of the mean")
    return Study(f"Decay, {n} x {n} cells, {STEPS} steps", columns, rows, claims, lambda f: draw(f, curves))


def disc(n):
    """A disc with noise."""
    x = (np.arange(n) + 0.5) / n - 0.5
    noise = np.random.default_rng(0).normal(0, 0.1, (n, n))
    return (x[:, None] ** 2 + x**2 < 0.1) + noise


def draw(figure, curves):
    """The energy of FSI over the steps, one line a law."""
    axes = figure.subplots()
    for (law, scheme), energies in curves.items():
        if scheme == "FSI":
            axes.semilogy(np.array(energies) / energies[0], label=law)
    axes.set_xlabel("steps")
    axes.set_ylabel("energy / initial energy")
    axes.legend(frameon=False, fontsize=7)
