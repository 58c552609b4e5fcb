"""Hypothesis strategies and assertions for tests of schemes, laws and operators, one's own included.

Needs Hypothesis (`pip install pdenn[testing]`); `import pdenn` does not load it. The numbered assertions raise
AssertionError with the number found, the limit, and the certificate where there is one.
"""

from .attack import Expansion, worst_expansion
from .axioms import (
    AXIOMS,
    Counterexample,
    Evidence,
    assert_comparison,
    assert_keeps_constants,
    assert_linear,
    assert_local,
    assert_markov,
    assert_spatially_regular,
    assert_temporally_regular,
    sort_by_axioms,
)
from .claims import ACCURACY, assert_bounded, assert_conservative, assert_contractive, assert_max_min
from .comparisons import (
    assert_adjoint,
    assert_order,
    assert_same,
    assert_solver_equals_network,
    observed_order,
)
from .evolutions import evolution
from .strategies import CLOSED, HOMOGENEOUS, WALLS, grids, laws, members, schemes, states

__all__ = [
    "ACCURACY",
    "AXIOMS",
    "CLOSED",
    "Counterexample",
    "Evidence",
    "HOMOGENEOUS",
    "WALLS",
    "Expansion",
    "assert_adjoint",
    "assert_bounded",
    "assert_comparison",
    "assert_contractive",
    "assert_keeps_constants",
    "assert_linear",
    "assert_local",
    "assert_markov",
    "assert_max_min",
    "assert_conservative",
    "assert_order",
    "assert_same",
    "assert_solver_equals_network",
    "assert_spatially_regular",
    "assert_temporally_regular",
    "evolution",
    "grids",
    "laws",
    "members",
    "observed_order",
    "schemes",
    "sort_by_axioms",
    "states",
    "worst_expansion",
]
