"""
Why a step beyond the limit explodes
====================================

Explicit diffusion of noise, with steps a little below, at, and beyond the certified limit `2/ρ`. Beyond it the fastest
wave, a checkerboard, is multiplied by `1 - τρ < -1` in every step: at first it hides in the noise, then it is all there
is. The slope of the upper line is that factor, and below the limit the norm never grows.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

grid = pn.Grid((32, 32), 1.0, "periodic")
A = pn.discretise(pn.Diffusion(), grid)
limit = pn.certificate(pn.ExplicitEuler(), A, "bounded").tau
rho = 2 / limit
u0 = np.random.default_rng(0).standard_normal(grid.shape)
steps = 600


def norms(share):
    """The norm of the state after each step of `share` times the limit, and the last state."""
    u, found = u0, [np.linalg.norm(u0)]
    for _ in range(steps):
        u = pn.ExplicitEuler().step(A, 0.0, u, share * limit)
        found.append(np.linalg.norm(u))
    return np.array(found), u


figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", width_ratios=(1.5, 1))
for share, colour in ((0.9, "#0072B2"), (1.0, "#009E73"), (1.03, "#D55E00")):
    found, u = norms(share)
    left.semilogy(found / found[0], color=colour, linewidth=2, label=f"τ = {share:g} of the limit")
    assert share > 1 or (np.diff(found) <= 1e-12).all()
factor = found[-1] / found[-2]
print(f"growth in a step: {factor:.6f}, in theory {1.03 * limit * rho - 1:.6f}")
assert abs(factor - (1.03 * limit * rho - 1)) < 1e-5

left.set(title="The norm of the state", xlabel="step", ylabel="‖u‖ / ‖u(0)‖")
left.legend(frameon=False)
right.imshow(u[:16, :16] / abs(u).max(), cmap="cividis")
right.set(title="What grows: a checkerboard", xticks=[], yticks=[])
plt.show()
