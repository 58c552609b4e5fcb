"""
Stability polynomials of accelerated cycles
===========================================

A cycle of explicit steps multiplies a wave of decay rate `ρ` by `P(-τρ)`. The norm cannot grow as long as `P` stays between
-1 and 1, and how far it does is `β`, which the package reads off the scheme by running it on a tracer. Five explicit steps
reach 10; a cycle of five evaluations reaches 14 to 30 (Alt et al. 2022 for FSI; Meyer, Balsara and Aslam 2014 for RKL;
Sommeijer and Verwer 1980 for RKC).
"""

import matplotlib.pyplot as plt
import numpy as np

import pdenn as pn

n = 5
schemes = [kind(n=n, coefficients="updated") for kind in (pn.FSI, pn.RKL1, pn.RKC2, pn.RKL2)]
promised = [2 / 3 * n * (n + 1), n**2 + n, 0, (n**2 + n - 2) / 2]
colours = ("#0072B2", "#009E73", "#D55E00", "#CC79A7")


def amplification(scheme, z):
    """What one step makes of `u' = -u`, for each step size in `z`."""
    return scheme.step(lambda t, u: -u, 0.0, np.ones_like(z), z)


figure, axes = plt.subplots(4, 1, figsize=(6.4, 5.2), layout="constrained", sharex=True, sharey=True)
z = np.linspace(0, 34, 2000)
for ax, scheme, least, colour in zip(axes, schemes, promised, colours, strict=True):
    beta, name = pn.constants(scheme).beta, type(scheme).__name__
    inside = z <= beta
    print(f"{name}({n}): β = {beta:.3f}")
    assert abs(amplification(scheme, z[inside])).max() <= 1 + 1e-9
    assert abs(amplification(scheme, np.array([1.02 * beta]))) > 1
    assert beta >= (1 - 1e-9) * least  # the formulas of the papers; for RKL1 it is equal
    ax.axhspan(-1, 1, color="#eeeeee")
    ax.plot(z, amplification(scheme, z), color=colour, alpha=0.35, linewidth=1)
    ax.plot(z[inside], amplification(scheme, z[inside]), color=colour, linewidth=2)
    ax.axvline(beta, color=colour, linestyle=":")
    ax.set(ylim=(-1.4, 1.4), ylabel="P", yticks=(-1, 0, 1))
    ax.text(46, -0.3, f"{name}, order {pn.constants(scheme).order},\nβ = {beta:.1f}", ha="right", color=colour)
axes[0].set(title="Five evaluations: |P| ≤ 1 up to τρ = β", xlim=(0, 47))
axes[-1].set_xlabel("τρ, step size times decay rate")
plt.show()
