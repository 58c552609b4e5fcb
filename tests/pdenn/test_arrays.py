"""The check for numbers that are not finite: one reading tells, and what it cannot tell a second one does."""

import numpy as np
import pytest
import torch

from pdenn.arrays import check_finite, is_finite

STATES = {
    "numbers": ([0.5, -2.0, 3.0], True),
    "numbers whose sum overflows": ([6e4, 6e4, 6e4], True),
    "NaN": ([0.5, np.nan, 3.0], False),
    "infinity": ([0.5, np.inf, 3.0], False),
    "minus infinity": ([0.5, -np.inf, 3.0], False),
    "infinities of both signs": ([np.inf, 1.0, -np.inf], False),
    "nothing": ([], True),
}
OF = {
    "half": lambda x: np.array(x, np.float16),
    "single": lambda x: np.array(x, np.float32),
    "double": lambda x: np.array(x),
    "every second": lambda x: np.repeat(np.array(x), 2)[::2],
    "tensor": lambda x: torch.tensor(x, dtype=torch.float32),
    "half tensor": lambda x: torch.tensor(x, dtype=torch.float16),
}


@pytest.mark.parametrize("kind", OF)
@pytest.mark.parametrize("name", STATES)
def test_finite(name, kind):
    """The numbers are large for half precision, in which alone their sum overflows."""
    numbers, finite = STATES[name]
    assert is_finite(OF[kind](numbers)) is finite


@pytest.mark.parametrize("size", [2.0**127, -(2.0**127)])
def test_a_sum_that_overflows_is_no_infinity(size):
    assert is_finite(np.full((3, 2), size, np.float32))
    with pytest.raises(ValueError, match=r"u must be finite, got 2 NaN or infinite values of 6"):
        check_finite(np.where(np.eye(3, 2) > 0, np.float32(np.inf), np.float32(size)))
