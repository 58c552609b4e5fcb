"""Numerical fluxes of transport, and the flux functions of conservation laws.

A flux of convection (Upwind, Central, MUSCL, WENO5) has `reach`, the number of neighbours it reads on each side, and `edges(window)`, the values of a
cell at its lower and upper face from the `2 reach + 1` cells around it; the operator takes the one that flows through
the face. What the certificates need to know: `linear`; `theta`, the number with which
`0 ≤ u_edge - u ≤ theta (u - u_behind)` or the same with both signs reversed, for the value at either face and the cell
behind it as seen from that face, where this is so, and None where it is not; and then `without`, the reason.
"""

from .central import Central
from .exponential import ScharfetterGummel, bernoulli
from .muscl import MUSCL
from .riemann import Godunov, LaxFriedrichs
from .scalar import BuckleyLeverett, Burgers
from .upwind import Upwind
from .weno import WENO5

__all__ = [
    "MUSCL",
    "WENO5",
    "BuckleyLeverett",
    "Burgers",
    "Central",
    "Godunov",
    "LaxFriedrichs",
    "ScharfetterGummel",
    "Upwind",
    "bernoulli",
]
