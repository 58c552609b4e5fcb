"""Each library's integrator refuses the other's states and names who takes them; their accuracy is in `test_implicit`."""

import numpy as np
import pytest
import torch

import pdenn as pn

A = pn.discretise(pn.Diffusion(), pn.Grid((8,)))


def test_scipy_refuses_tensors():
    with pytest.raises(TypeError, match=r"u must be a NumPy array .* TorchDiffEqIntegrator"):
        pn.SciPyIntegrator().step(A, 0.0, torch.zeros(8), 0.1)


def test_torchdiffeq_refuses_arrays():
    with pytest.raises(TypeError, match=r"u must be a tensor .* SciPyIntegrator"):
        pn.TorchDiffEqIntegrator().step(A, 0.0, np.zeros(8), 0.1)
