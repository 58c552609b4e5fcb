"""
Bounded is not contractive
==========================

Two claims about one scheme. With a monotone flux, exact diffusion brings any two states closer. FSI with updated
coefficients does so up to `τ ≤ 2r/ρ'`, by the theorem on disks of contractivity (Dahlquist and Jeltsch 1979); the limit
`β/ρ` of the linear theory is eleven times as large, and there an attacker finds two states that one step drives apart.
In between nothing is
proved. The line is the worst expansion that was found.
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn
from pdenn.testing import worst_expansion

scheme = pn.FSI(n=8, coefficients="updated")
A = pn.discretise(pn.Diffusion(pn.Charbonnier(1.0)), pn.Grid(10))
contractive = pn.certificate(scheme, A, "contractive").tau
linear = pn.constants(scheme).beta / A.bound.spectral.value

taus = np.append(contractive * np.array([0.5, 1.0]), np.linspace(contractive, linear, 12)[1:])
found = np.array([worst_expansion(scheme, A, tau, starts=8, climbs=20).ratio for tau in taus])
print(f"largest expansion: {found[taus <= contractive].max():.6f} up to the limit, {found[-1]:.2f} at β/ρ")
assert found[taus <= contractive].max() <= 1 + 1e-6
assert found[-1] > 1.5

figure, ax = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
ax.axvspan(0, contractive, color="#56B4E9", alpha=0.5, label="certified: contractive")
ax.axhline(1, color="k", linewidth=0.8)
ax.semilogy(taus, found, "o-", color="#D55E00", label="worst expansion found")
ax.axvline(linear, color="#0072B2", linestyle="--", label="β/ρ, the limit of the linear theory")
ax.set(title="FSI(8): how far one step drives two states apart", xlabel="step size τ", ylabel="‖u⁺ - v⁺‖ / ‖u - v‖")
ax.legend(frameon=False, loc="upper center")
plt.show()
