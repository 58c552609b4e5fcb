"""
Heat in a box, in three dimensions
==================================

A drop of heat between six reflecting walls, near one edge of the box. The solution by images (Carslaw and Jaeger 1959,
chapter 10) is exact; the computed one, by a second-order stabilised scheme in few steps, agrees with it. Each picture is
the slice through the drop at a later time.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

n, times = 32, (0.002, 0.01, 0.05)
grid = pn.Grid((n, n, n), 1 / n)
drop = pn.exact.HeatKernelOnBox(grid, centre=(0.3, 0.25, 0.5), age=0.006)
x = grid.coordinates()
A = pn.discretise(pn.Diffusion(), grid)
solution = pn.solve(A, drop.u(0.0, *x), pn.RKL2(n=5), times[-1], times=times)

errors = [abs(u - drop.u(t, *x)).max() / u.max() for t, u in zip(times, solution.snapshots, strict=True)]
heat = solution.u.sum() / n**3
print(f"errors {', '.join(f'{e:.1%}' for e in errors)} of the maximum; heat in the box: {heat:.12f}")
assert max(errors) < 0.02
assert abs(heat - 1) < 1e-12  # reflecting walls keep what the drop brought

figure, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for ax, t, u in zip(axes, times, solution.snapshots, strict=True):
    cut = u[:, :, n // 2] / u.max()
    image = ax.imshow(cut.T, origin="lower", extent=(0, 1, 0, 1), cmap="inferno", vmin=0, vmax=1)
    ax.contour(*np.meshgrid(*[(np.arange(n) + 0.5) / n] * 2), cut.T, levels=[0.1, 0.5, 0.9], colors="w", linewidths=0.7)
    ax.set(title=f"t = {t:g}", xlabel="x")
axes[0].set_ylabel("y")
figure.colorbar(image, ax=axes, label="u / max u at z = 1/2", shrink=0.85)
plt.show()
