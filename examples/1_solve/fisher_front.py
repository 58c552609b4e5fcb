"""
An invading front
=================

Growth and diffusion together make a front that travels without changing its shape: Fisher's equation, whose front in
closed form (Ablowitz and Zeppetella 1979) has the speed 5/√6. The bright region is the inhabited one. The front that is
found by splitting diffusion from growth (Strang 1968) keeps the speed of theory, the dashed line.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

front = pn.exact.FisherFront(centre=10.0)
grid = pn.Grid(400, 0.2)
(x,) = grid.coordinates()
A = pn.discretise(pn.Diffusion() + pn.Reaction(lambda u: u * (1 - u)), grid)
times = np.linspace(0.5, 25.0, 50)
scheme = pn.StrangSplitting(explicit=pn.SSPRK2(), implicit=pn.CrankNicolson())
solution = pn.solve(A, front.u(0.0, x), scheme, times[-1], times=times, tau=0.05, certificate=None)

place = [np.interp(-0.25, -u, x) for u in solution.snapshots]
speed, theory = np.polyfit(times, place, 1)[0], 5 / np.sqrt(6)
print(f"the front travels at {speed:.4f}, in theory at {theory:.4f}")
assert abs(speed / theory - 1) < 0.005

figure, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
image = ax.pcolormesh(
    x, times, np.array(solution.snapshots), cmap="cividis", vmin=0, vmax=1, shading="gouraud", rasterized=True
)
ax.plot(10 + theory * times, times, "w--", linewidth=1.5, label="x = 10 + 5t/√6, where u = 1/4")
ax.set(title="Fisher's front travels at 5/√6", xlabel="place x", ylabel="time t")
ax.legend(frameon=False, labelcolor="w", loc="lower right")
figure.colorbar(image, label="population u")
plt.show()
