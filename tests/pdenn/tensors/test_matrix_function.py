"""Functions of symmetric 3x3 matrices, and their derivatives at equal eigenvalues against SciPy's."""

import numpy as np
import pytest
import torch
from scipy.linalg import expm_frechet

import pdenn as pn
from pdenn.tensors import CoherenceEnhancing, EdgeEnhancing
from pdenn.tensors.matrix_function import matrix_function

EPS = np.finfo(float).eps
TURN = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))[0]
SPECTRA = [(1.0, 2.0, 4.0), (1.0, 1.0, 2.0), (0.5, 2.0, 2.0), (0.7, 0.7, 0.7), (1.0, 1.0 + 1e-9, 1.0 - 3e-5)]


def upper(m):
    return tuple(m[..., i, j] for i in range(3) for j in range(i, 3))


def turned(spectrum):
    m = TURN @ np.diag(spectrum) @ TURN.T
    return (m + m.T) / 2


def direction():
    e = np.random.default_rng(1).standard_normal((3, 3))
    return e + e.T


@pytest.mark.parametrize("spectrum", SPECTRA, ids=str)
def test_the_exponential_and_its_derivative(spectrum):
    m, e = turned(spectrum), direction()
    value = matrix_function(np.exp, np.exp, 1.0, upper(m))
    assert np.abs(np.subtract(value, upper(turned(np.exp(spectrum))))).max() <= 100 * EPS * np.exp(max(spectrum))
    expected = upper(expm_frechet(m, e, compute_expm=False))
    complex_step = matrix_function(np.exp, np.exp, 1.0, upper(m + 1e-100j * e))
    assert np.abs(np.imag(complex_step) / 1e-100 - expected).max() <= 1e-9 * np.exp(max(spectrum))
    tangent = torch.func.jvp(
        lambda x: torch.stack(matrix_function(torch.exp, torch.exp, 1.0, upper(x))),
        (torch.tensor(m),),
        (torch.tensor(e),),
    )[1]
    assert np.abs(tangent.numpy() - expected).max() <= 1e-9 * np.exp(max(spectrum))


@pytest.mark.parametrize("spectrum", [*SPECTRA, (0.0, 0.0, 0.0), (0.0, 0.0, 3.0), (0.0, 3.0, 3.0)], ids=str)
def test_gradients_of_the_coherence_tensor_at_equal_eigenvalues(spectrum):
    """Smooth even where two or three eigenvalues of `J` coincide: differences across such a point agree with it."""
    tensor = CoherenceEnhancing(0.1, 0.9)
    j = tuple(torch.tensor(x, requires_grad=True) for x in upper(turned(spectrum)))
    assert torch.autograd.gradcheck(tensor.of, j)


@pytest.mark.parametrize(
    ("spectrum", "expected"),
    [
        ((2.0, 2.0, 0.0), (0.1, 0.1, 0.1 + 0.9 * np.exp(-1 / 4))),
        ((4.0, 0.0, 0.0), (0.1, 0.1 + 0.9 * np.exp(-1 / 4), 0.1 + 0.9 * np.exp(-1 / 4))),
        ((3.0, 1.5, 0.0), (0.1, 0.1, 0.1 + 0.9 * np.exp(-1 / 2.25**2))),
        ((5.0, 5.0, 5.0), (0.1, 0.1, 0.1)),
        ((0.0, 0.0, 0.0), (0.1, 0.1, 0.1)),
    ],
    ids=["line", "plane", "between", "ball", "flat"],
)
def test_coherence_flows_along_lines_and_planes(spectrum, expected):
    d = CoherenceEnhancing(0.1, 1.0).of(*upper(turned(spectrum)))
    assert np.abs(np.subtract(d, upper(turned(expected)))).max() <= 100 * EPS


def test_edges_in_space():
    """`D ∇u = g ∇u`, and `D w = w` for `w` along the edge."""
    law, slope, along = pn.PeronaMalik(1.0), 2.0 * TURN[:, 0], TURN[:, 1]
    a, b, c, d, e, g = EdgeEnhancing(law).of(*upper(np.outer(slope, slope)))
    tensor = np.array([[a, b, c], [b, d, e], [c, e, g]])
    assert abs(tensor @ slope - law.g(4.0) * slope).max() <= 20 * EPS
    assert abs(tensor @ along - along).max() <= 20 * EPS
    assert [x[()] for x in EdgeEnhancing(law).of(*np.zeros((6, 1)))] == [1.0, 0.0, 0.0, 1.0, 0.0, 1.0]


def test_single_precision_stays_single():
    m = upper(turned((1.0, 1.0, 2.0)).astype(np.float32))
    value = matrix_function(np.exp, np.exp, 1.0, m)
    assert all(x.dtype == np.float32 for x in value)
    assert np.abs(np.subtract(value, upper(turned(np.exp([1.0, 1.0, 2.0]))))).max() <= 1e-5
