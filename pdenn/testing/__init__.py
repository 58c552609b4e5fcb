"""Hypothesis strategies and assertions for tests of schemes, laws and operators, one's own included.

Needs Hypothesis (`pip install pdenn[testing]`); `import pdenn` does not load it. The numbered assertions raise
AssertionError with the number found, the limit, and the certificate where there is one.
"""

from .attack import Expansion, worst_expansion
from .claims import ACCURACY, assert_bounded, assert_conservative, assert_contractive, assert_max_min
from .comparisons import (
    assert_adjoint,
    assert_order,
    assert_same,
    assert_solver_equals_network,
    observed_order,
)
from .strategies import CLOSED, HOMOGENEOUS, WALLS, grids, laws, members, schemes, states

__all__ = [
    "ACCURACY",
    "CLOSED",
    "HOMOGENEOUS",
    "WALLS",
    "Expansion",
    "assert_adjoint",
    "assert_bounded",
    "assert_contractive",
    "assert_max_min",
    "assert_conservative",
    "assert_order",
    "assert_same",
    "assert_solver_equals_network",
    "grids",
    "laws",
    "members",
    "observed_order",
    "schemes",
    "states",
    "worst_expansion",
]
