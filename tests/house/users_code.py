"""What users write, for the type checker: `mypy --strict --follow-imports=silent` must find nothing in it."""

import numpy as np

import pdenn as pn

A = pn.discretise(pn.Diffusion(pn.Charbonnier(0.1)), pn.Grid((8, 8)))
solution = pn.solve(A, np.zeros((8, 8)), pn.FSI(n=8), 1.0)
network = pn.derive(A, pn.FSI(n=8), tau=None, steps=2)
print(solution.u, network, pn.PeronaMalik(contrast=2.0).monotone)
print([str(proof) for proof in pn.certify(pn.ETDRK2(), A)])
