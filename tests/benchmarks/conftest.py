"""Sections set numbers of threads; the tests of other things shall not see them."""

import numba
import pytest
import torch


@pytest.fixture(autouse=True)
def threads():
    """Put them back."""
    of_numba, of_torch = numba.get_num_threads(), torch.get_num_threads()
    yield
    numba.set_num_threads(of_numba)
    torch.set_num_threads(of_torch)
