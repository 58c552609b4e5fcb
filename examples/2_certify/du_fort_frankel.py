"""
Stable at every step, consistent at small ones
==============================================

The scheme of Du Fort and Frankel (1953) is explicit and stable even where its step is `s` times the limit of the explicit
one. But news travels one cell a step, while heat is everywhere at once: at large steps it solves a damped wave equation,
`α ∂²u/∂t² + ∂u/∂t = ∂²u/∂x²` with `α` proportional to `(τ/h)²`. Left, the drop of heat ends in two sharp wave fronts.
Right, the error falls with the square of the step, as that term does.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

grid, end = pn.Grid(200), 400.0
A = pn.discretise(pn.Diffusion(), grid)
(x,) = grid.coordinates()
u0 = pn.exact.HeatKernel(centre=100.0, age=4.0).u(0.0, x)
limit = pn.certificate(pn.ExplicitEuler(), A, "bounded").tau
exact = pn.solve(A, u0, pn.RKL2(n=20), end, tau=end / 40).u


def cycle(s):
    """The shortest cycle to the end whose inner step stays below the explicit limit."""
    n = 1
    while pn.DuFortFrankel(n, s).times(2 * s / (1 + s))[-1] * limit < end:
        n += 1
    return pn.DuFortFrankel(n, s)


found = {s: pn.solve(A, u0, cycle(s), end, tau=end, certificate=None).u for s in (40.0, 16.0, 8.0, 4.0, 2.0)}
errors = np.array([abs(u - exact).max() / exact.max() for u in found.values()])
order = np.log2(errors[-2] / errors[-1])
print(f"observed order {order:.2f}")
assert abs(order - 2) < 0.1 and errors[0] > 0.1

figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.9), layout="constrained", width_ratios=(1.4, 1))
left.plot(x, exact, "k", linewidth=3, alpha=0.25, label="heat equation")
for s, colour in ((40.0, "#D55E00"), (16.0, "#E69F00"), (4.0, "#0072B2")):
    left.plot(x, found[s], color=colour, linewidth=1.2, label=f"s = {s:g}")
left.set(title="A drop of heat at t = 400", xlabel="place x", ylabel="u")
left.legend(frameon=False)
right.loglog(list(found), errors, "o", color="#0072B2")
right.loglog([2, 40], errors[-1] * np.array([1, 400]), "k:", label="slope 2")
right.set(title=f"observed order {order:.2f}", xlabel="s, step / explicit limit", ylabel="error / maximum")
right.set_xticks([2, 4, 8, 16, 40], ["2", "4", "8", "16", "40"])
right.minorticks_off()
right.legend(frameon=False)
plt.show()
