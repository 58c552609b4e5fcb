"""Numerical fluxes of transport, and the flux functions of conservation laws.

A flux of convection (`Upwind`, `Central`, `MUSCL`, `WENO5`) has `reach`, the number of neighbours it reads on each side,
and `edges(window)`, the values of a cell at its lower and upper face from the `2 reach + 1` cells around it; the operator
takes the one that flows through the face. For the certificates it has `linear`, and `theta`: `u_edge` lies between `u`
and the value of the cell ahead, and `|u_edge - u| ≤ theta |u - u_behind|` (0: upwind; 1: limited slopes; None: no such
thing holds, and `without` says why).

`ScharfetterGummel` has `weights` of the two values beside a face. `Godunov` and `LaxFriedrichs` have
`flux(law, direction, left, right)`, for a `law` (`Burgers`, `BuckleyLeverett`) with `f`, `speed`, `critical` and
`inflections`; a step of either keeps the range up to `τ = h / sup |f'|`.
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
