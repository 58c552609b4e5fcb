"""
A signal on a sphere, cleaned
=============================

A thousand points of a sphere carry the sign of a spherical harmonic, and noise. Nonlinear diffusion between
neighbours, with the same law and the same scheme as for photographs, removes the noise and keeps the jumps (Elmoataz, Lezoray and Bougleux 2008, for graphs);
the mean of all values is kept to rounding, because the couplings are symmetric.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

rng, n = np.random.default_rng(0), 1500
k = np.arange(n) + 0.5
height, turn = 1 - 2 * k / n, np.pi * (1 + 5**0.5) * k  # the spiral of Fibonacci covers a sphere evenly
radius = np.sqrt(1 - height**2)
points = np.stack([radius * np.cos(turn), radius * np.sin(turn), height], 1)
clean = np.where(height * (points[:, 0] ** 2 - points[:, 1] ** 2) > 0, 1.0, -1.0)
noisy = clean + 0.5 * rng.standard_normal(n)

graph = pn.Graph.from_points(points, neighbours=8)
A = pn.discretise(pn.Diffusion(pn.PeronaMalik(contrast=0.5)), graph)
solution = pn.solve(A, noisy, pn.FSI(n=5), t_end=2.0)

errors = [np.sqrt(np.mean((u - clean) ** 2)) for u in (noisy, solution.u)]
drift = abs(solution.u.mean() - noisy.mean())
print(f"error {errors[0]:.2f} with noise, {errors[1]:.2f} after diffusion; the mean moved by {drift:.1e}")
assert errors[1] < 0.6 * errors[0] and drift < 1e-14

figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.6), layout="constrained", subplot_kw={"projection": "3d"})
front = points @ [0.6, -0.64, 0.48] > -0.05  # the side that the camera sees
titles = (f"noisy, error {errors[0]:.2f}", f"diffused, error {errors[1]:.2f}", "without noise")
for ax, title, u in zip(axes, titles, (noisy, solution.u, clean), strict=True):
    ax.scatter(*points[front].T, c=u[front], cmap="cividis", s=16, vmin=-1.5, vmax=1.5, depthshade=False)
    ax.view_init(elev=28.7, azim=-46.8)
    ax.set_title(title)
    ax.set_box_aspect((1, 1, 1), zoom=1.5)
    ax.set_axis_off()
plt.show()
