"""
Spiral waves, as a film
=======================

Two substances that react and diffuse, `∂A/∂t = ΔA + A - (1 + ic) |A|² A` with the complex state `A` (Kuramoto 1984): out
of noise come spirals, which turn and push each other aside. Diffusion takes means, and the reaction points into the disc
`|A| ≤ 1`; so no state leaves the disc, nor the slightly larger one that belongs to the steps. The film shows the phase of `A`.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation

import pdenn as pn

n, c, tau = 128, 1.0, 0.1


def reaction(u):
    """`A - (1 + ic) |A|² A`; the real and the imaginary part are two channels."""
    a, b = u
    r = a * a + b * b
    return np.stack([a - r * (a - c * b), b - r * (b + c * a)])


A = pn.discretise(pn.Diffusion() + pn.Reaction(reaction), pn.Grid((n, n), 1.0, "periodic"))
u0 = 0.1 * np.random.default_rng(3).standard_normal((2, n, n))
times = np.arange(60.0, 80.0)
solution = pn.solve(A, u0, pn.ExplicitEuler(), times[-1], tau=tau, times=times, certificate=None)

largest = max(np.hypot(*u).max() for u in solution.snapshots)
print(f"largest |A|: {largest:.4f}")
m = 1 - 4 * tau  # the weight of a cell in the mean that a step takes
disc = np.sqrt(np.roots([tau * (1 + c * c), -2 * (m + tau), 2 * m + tau]).min())  # the steps leave this one never
assert largest <= disc < 1.06
assert min(np.hypot(*u).min() for u in solution.snapshots) < 0.3  # the cores of spirals are there

figure, ax = plt.subplots(figsize=(3.6, 3.8), layout="constrained")
image = ax.imshow(np.arctan2(*solution.snapshots[0]), cmap="twilight", vmin=-np.pi, vmax=np.pi)
ax.set(xticks=[], yticks=[])


def show(k):
    """One frame."""
    image.set_data(np.arctan2(*solution.snapshots[k]))
    ax.set_title(f"phase of A at t = {times[k]:g}")
    return (image,)


film = FuncAnimation(figure, show, frames=len(times), interval=100)
plt.show()
