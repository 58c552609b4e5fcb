"""
Two phases separate
===================

Allen and Cahn's equation, `∂u/∂t = ε Δu + u - u³`: out of noise come regions of `u = 1` and `u = -1`, whose borders shrink by
their curvature. Diffusion is stiff and linear, the reaction is neither: an exponential scheme takes the first exactly, by
fast cosine transforms, and the second explicitly. Its steps follow the reaction, more than thirty times longer than
those of explicit Euler here. Beside the states stands the error that the steps make, against a run with smaller ones.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

n, eps, times = 128, 1e-3, (2.0, 6.0, 20.0)
A = pn.discretise(pn.Diffusion(conductivity=eps) + pn.Reaction(lambda u: u - u**3), pn.Grid((n, n), h=1 / n))
noise = np.random.default_rng(0).standard_normal((n, n))
# A tenth of its first second is pure diffusion, so that the initial state is smooth.
u0 = pn.solve(pn.discretise(pn.Diffusion(conductivity=eps), A.grid), noise, pn.ExponentialEuler(), 0.1, tau=0.1).u


def solved(scheme, tau, times=times[:1]):
    """The states at these times."""
    return pn.solve(A, u0, scheme, times[-1], tau=tau, times=times, certificate=None).snapshots


reference = solved(pn.ETDRK4(), 0.05, times)
steps = (1.0, 0.5, 0.25, 0.125)
errors = {
    scheme: [np.abs(solved(scheme, tau)[0] - reference[0]).max() for tau in steps]
    for scheme in (pn.ExponentialEuler(), pn.ETDRK2(), pn.ETDRK4())
}
limit = 2 / A.terms[0].bound.spectral.value
at_half = [found[1] for found in errors.values()]
print(f"explicit Euler is stable up to a step of {limit:.3f}; errors of steps of 0.5:", *(f"{e:.1e}" for e in at_half))
assert 0.5 > 30 * limit
assert at_half[0] > 5 * at_half[1] > 50 * at_half[2]

figure, axes = plt.subplots(1, 4, figsize=(9.6, 2.6), layout="constrained", width_ratios=(1, 1, 1, 1.3))
for ax, t, u in zip(axes, times, reference, strict=False):
    ax.imshow(u, cmap="RdBu", vmin=-1, vmax=1)
    ax.set(title=f"t = {t:g}", xticks=[], yticks=[])
for scheme, found in errors.items():
    axes[3].loglog(steps, found, "o-", label=type(scheme).__name__)
axes[3].axvline(limit, color="grey", linestyle=":", label="limit of explicit Euler")
axes[3].set(title="error at t = 2", xlabel="step size")
axes[3].legend(frameon=False, fontsize=7, loc="lower right")
plt.show()
