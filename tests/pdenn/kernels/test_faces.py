"""Diffusivities at faces are those of the composed definition, whatever the walls, the batch and the precision."""

import numpy as np
import pytest

import pdenn as pn
from pdenn.kernels.faces import face_diffusivities
from pdenn.operators.differences import difference

LAW = pn.PeronaMalik(0.3)


@pytest.mark.parametrize("shape", [(1,), (7,), (1, 1), (4, 3), (1, 5), (3, 2, 4), (2, 1, 1)], ids=str)
@pytest.mark.parametrize("walls", ["reflecting", "periodic", (pn.Dirichlet(0.3), pn.Neumann(0.7))], ids=str)
@pytest.mark.parametrize("batch", [(), (2,), (2, 1)], ids=str)
@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_diffusivities_at_faces(shape, walls, batch, real):
    grid, u = pn.Grid(shape, 0.9, [walls] * len(shape)), np.random.default_rng(0).random((*batch, *shape)).astype(real)
    for axis, found in enumerate(face_diffusivities(u, LAW, grid)):
        slopes = difference(u.astype(float), grid, axis)
        assert found.shape == slopes.shape
        assert found.dtype == real
        # g lies in (0, 1], and a rounding of the slope, relative to states of size one, changes it by sup |g'| / h of that.
        np.testing.assert_allclose(found, LAW.g(slopes**2), rtol=0, atol=20 * np.finfo(real).eps)
