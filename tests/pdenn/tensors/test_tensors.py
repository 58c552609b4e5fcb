"""Diffusion tensors: eigenvalues, directions, equality."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pdenn as pn
from pdenn import testing
from pdenn.operators.structure_tensor import structure_tensor
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing

EPS = np.finfo(float).eps
TENSORS = [
    EdgeEnhancing(pn.Charbonnier(0.5), 0.8),
    EdgeEnhancing(pn.PeronaMalik(0.5), 0.0),
    CoherenceEnhancing(0.01, 0.5, 0.5, 1.5),
    CoherenceEnhancing(0.2, 0.5, 0.0, 0.0),
]


@given(
    grid=testing.grids(dims=(2,), max_cells=30, boundaries=testing.CLOSED),
    data=st.data(),
    tensor=st.sampled_from(TENSORS),
)
def test_tensors_have_the_eigenvalues_that_they_state(grid, data, tensor):
    u = data.draw(testing.states(grid))
    a, b, c = tensor.of(*structure_tensor(u, tensor.sigma, tensor.rho, grid))
    spectrum = np.linalg.eigvalsh(np.stack([np.stack([a, b], -1), np.stack([b, c], -1)], -1))
    assert spectrum.min() >= tensor.least - 100 * EPS
    assert spectrum.max() <= tensor.largest + 100 * EPS
    for axis in range(2):
        if grid.ghosts(axis) is not None:
            assert abs(np.moveaxis(b, axis, 0)[[0, -1]]).max() <= 1e-12 * (1 + abs(b).max())


def test_tensors_point_where_they_should():
    """A step across the first axis: edge enhancement stops the flow along it, coherence enhancement lets it pass the other way."""
    j = np.array([4.0]), np.array([0.0]), np.array([0.0])
    a, b, c = EdgeEnhancing(pn.PeronaMalik(1.0)).of(*j)
    assert (a[0], b[0], c[0]) == (pytest.approx(0.2), 0.0, 1.0)
    a, b, c = CoherenceEnhancing(0.1, 1.0).of(*j)
    assert (a[0], b[0]) == (pytest.approx(0.1), 0.0)
    assert c[0] == pytest.approx(0.1 + 0.9 * np.exp(-1 / 16))
    flat = np.zeros(1)
    assert [x[0] for x in EdgeEnhancing().of(flat, flat, flat)] == [1.0, 0.0, 1.0]
    assert [x[0] for x in CoherenceEnhancing(0.1).of(flat, flat, flat)] == [0.1, 0.0, 0.1]


@pytest.mark.parametrize(
    "tensor", [EdgeEnhancing(pn.PeronaMalik(1.0)), CoherenceEnhancing(0.1, 1.0)], ids=["edges", "coherence"]
)
@pytest.mark.parametrize("angle", [0.3, 1.2, 2.5])
def test_tensors_turn_with_the_structure(tensor, angle):
    """`D(R J Rᵀ) = R D(J) Rᵀ`."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    straight = np.diag([3.0, 0.0 if isinstance(tensor, EdgeEnhancing) else 1.0])
    turned = turn @ straight @ turn.T
    (a, b, c), (p, q, r) = (tensor.of(*(j[k] for k in [(0, 0), (0, 1), (1, 1)])) for j in (straight, turned))
    expected = turn @ np.array([[a, b], [b, c]]) @ turn.T
    assert abs(np.array([[p, q], [q, r]]) - expected).max() <= 20 * EPS


def test_tensors_with_equal_numbers_are_not_the_same():
    assert EdgeEnhancing(pn.Charbonnier(1.0)) != EdgeEnhancing(pn.PeronaMalik(1.0))
    assert hash(EdgeEnhancing(pn.Charbonnier(1.0))) == hash(EdgeEnhancing(pn.Charbonnier(1.0)))
