"""Convolutions: the adjoint is exact, the bound is one, and nearly sharp."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pdenn.networks import Convolution, SymmetricNet


def made(channels, features, kernel, dim, padding, seed=0):
    torch.manual_seed(seed)
    return Convolution(channels, features, kernel, dim, padding).double()


def matrix(K, channels, shape):
    """The dense matrix of `K`."""
    basis = torch.eye(channels * torch.Size(shape).numel(), dtype=torch.float64)
    with torch.no_grad():
        return K(basis.reshape(-1, channels, *shape)).flatten(1).T


@given(
    st.sampled_from([(1, (9,)), (2, (6, 5)), (3, (4, 3, 5))]),
    st.sampled_from(["valid", "periodic", "zero"]),
    st.sampled_from([1, 3]),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 10**6),
)
def test_the_adjoint_is_the_transposed_matrix(place, padding, kernel, channels, features, seed):
    dim, shape = place
    K = made(channels, features, kernel, dim, padding, seed)
    dense = matrix(K, channels, shape)
    out = K(torch.zeros(1, channels, *shape, dtype=torch.float64)).shape[1:]
    basis = torch.eye(dense.shape[0], dtype=torch.float64).reshape(-1, *out)
    with torch.no_grad():
        torch.testing.assert_close(K.adjoint(basis).flatten(1), dense, rtol=0, atol=1e-14)
    # A bound on every grid: dense matrices of small ones never exceed it.
    assert torch.linalg.matrix_norm(dense, 2) <= K.norm_bound() * (1 + 1e-12)


@pytest.mark.parametrize("padding", ["valid", "periodic", "zero"])
def test_the_bound_is_nearly_sharp_on_larger_grids(padding):
    """Within the factor `1/cos(π/48)` of the torus; walls cost `O(1/n²)` on 48 cells."""
    for seed in range(5):
        K = made(2, 3, 3, 1, padding, seed)
        dense = matrix(K, 2, (48,))
        assert K.norm_bound() <= torch.linalg.matrix_norm(dense, 2) * (1.02 if padding == "periodic" else 1.03)


def test_differences_have_their_norm():
    K = made(1, 1, 3, 1, "valid")
    with torch.no_grad():
        K.weight.copy_(torch.tensor([[[0.0, -1.0, 1.0]]]))
    assert 2 <= K.norm_bound() <= 2.01
    with torch.no_grad():
        torch.testing.assert_close(
            K(torch.ones(1, 1, 7, dtype=torch.float64)), torch.zeros(1, 1, 5, dtype=torch.float64)
        )


@pytest.mark.parametrize("channels", [1, 2])
def test_mixed_precision_does_not_touch_the_bound(channels):
    """Eight bits of the products of a kernel would make certified steps up to 2⁻⁸ too long."""
    torch.manual_seed(0)
    K = Convolution(channels, 3, 3, 2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = K.norm_bound()
    assert mixed.dtype == torch.float32 and torch.equal(mixed, K.norm_bound())


def test_the_bound_is_differentiable_at_zero():
    K = made(2, 3, 3, 2, "zero")
    with torch.no_grad():
        K.weight.zero_()
    K.norm_bound().backward()
    assert torch.isfinite(K.weight.grad).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kernel": 4}, "kernel must be odd and positive, got 4"),
        ({"dim": 4}, "dim must be 1, 2 or 3, got 4"),
        ({"padding": "same"}, "padding must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        Convolution(1, 1, **arguments)


@pytest.mark.parametrize("coupled", [False, 2])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_state_without_its_batch_is_refused(dim, coupled):
    """The axis after it would be taken for that of the features."""
    network = SymmetricNet(features=4, blocks=1, dim=dim, coupled=coupled)
    for shape in ((1, *[6] * dim), (2, 3, *[6] * dim), (2, 2, 1, *[6] * dim)):
        with pytest.raises(ValueError, match=r"u must have shape \(batch, 1, n.*\), got \(" + str(shape[0])):
            network(torch.zeros(shape))
    with pytest.raises(TypeError, match="u must be a torch tensor, got ndarray: torch.from_numpy makes one"):
        network(np.zeros((2, 1, *[6] * dim)))
