"""Gaussian smoothing wider than anyone can wait for."""

import numpy as np
import pytest

import pdenn as pn


def test_smoothing_by_a_million_cells_is_refused():
    A = pn.discretise(pn.Diffusion(pn.Charbonnier(), presmoothing=1.0), pn.Grid((8,), h=1e-8))
    with pytest.raises(ValueError, match=r"sigma must be at most 7.07e-06 on cells of width \(1e-08,\), got 1"):
        A(0.0, np.zeros(8))
