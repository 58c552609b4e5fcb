"""Diffusivities `g(s²)` with what the certificates need to know of them; one NamedTuple a law.

Every law has `g(s2)`, `flux(s) = g(s²) s`, `potential(s2)` with `Ψ' = g`, and the facts `sup_g = sup |g|`,
`sup_slope = sup |Φ'|`, `inf_slope ≤ inf Φ'`, `monotone` (`Φ' ≥ 0`) and `nonnegative` (`g ≥ 0`). All functions take
NumPy arrays and torch tensors and keep their dtype; the compiled kernels compile the very same `g`. Formulas: Weickert,
Anisotropic Diffusion in Image Processing (1998), and the sources named at each law.
"""

from .charbonnier import Charbonnier
from .forward_backward import ForwardBackward
from .linear import Linear
from .perona_malik import PeronaMalik, PeronaMalikExponential
from .total_variation import TotalVariation
from .validity import check_law
from .weickert import Weickert

__all__ = [
    "Charbonnier",
    "ForwardBackward",
    "Linear",
    "PeronaMalik",
    "PeronaMalikExponential",
    "TotalVariation",
    "Weickert",
    "check_law",
]
