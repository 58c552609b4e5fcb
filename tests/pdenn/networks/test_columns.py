"""Convolutions of one channel by columns: the same maps and derivatives as the library's convolutions."""

import pytest
import torch
from torch.nn import functional

from pdenn.networks import Convolution
from pdenn.networks.columns import Adjoint, Product, serves

MARGINS = (0, 1)


def _parts(seed=0):
    random = torch.Generator().manual_seed(seed)
    u = torch.randn(2, 1, 7, 6, generator=random, dtype=torch.float64)
    weight = torch.randn(4, 1, 3, 3, generator=random, dtype=torch.float64)
    return u, weight


def _features(u, weight, margin):
    return torch.randn_like(functional.conv2d(u, weight, padding=margin))


@pytest.mark.parametrize("margin", MARGINS)
def test_values_are_those_of_the_library(margin):
    u, weight = _parts()
    v = _features(u, weight, margin)
    assert torch.equal(Product.apply(u, weight, margin), functional.conv2d(u, weight, padding=margin))
    there = functional.conv_transpose2d(v, weight, padding=margin)
    assert (Adjoint.apply(v, weight, margin) - there).abs().max() < 36 * 2e-16 * there.abs().max()


@pytest.mark.parametrize("margin", MARGINS)
def test_first_and_second_derivatives_are_exact(margin):
    u, weight = (x.requires_grad_() for x in _parts())
    v = _features(u, weight, margin).requires_grad_()
    for product, state in ((Product, u), (Adjoint, v)):

        def apply(x, w, product=product):
            return product.apply(x, w, margin)

        assert torch.autograd.gradcheck(apply, (state, weight))
        assert torch.autograd.gradgradcheck(apply, (state, weight))


def test_derivatives_along_a_direction_and_their_gradient():
    u, weight = _parts()
    for product, state in ((Product, u), (Adjoint, _features(u, weight, 0))):
        change, turn = torch.randn_like(state), torch.randn_like(weight)
        along = torch.func.jvp(lambda x, w, p=product: p.apply(x, w, 0), (state, weight), (change, turn))[1]
        expected = product.apply(change, weight, 0) + product.apply(state, turn, 0)
        assert (along - expected).abs().max() < 1e-13

        def speed(x, w, p=product, d=change):
            return torch.func.jvp(lambda y: p.apply(y.tanh(), w, 0), (x,), (d,))[1].square().sum()

        gradient = torch.func.grad(speed)(state, weight)
        shifted = (speed(state + 1e-5 * change, weight) - speed(state - 1e-5 * change, weight)) / 2e-5
        assert abs((gradient * change).sum() - shifted) < 1e-6 * abs(shifted)


def test_batches_of_kernels():
    u, weight = _parts()
    kernels = torch.stack([weight, 2 * weight])
    assert torch.allclose(
        torch.func.vmap(lambda w: Product.apply(u, w, 0))(kernels)[1], 2 * Product.apply(u, weight, 0)
    )


def test_only_one_channel_in_the_plane_is_served():
    assert serves(*_parts())
    u, weight = _parts()
    assert not serves(u.expand(2, 3, 7, 6), weight.expand(4, 3, 3, 3))
    assert not serves(u[..., 0], weight[..., 0])


def test_compiled_and_eager_convolutions_agree():
    convolution, u = Convolution(1, 4, 3).double(), _parts()[0]
    exported = torch.export.export(_Both(convolution), (u,)).module()
    there = convolution.adjoint(convolution(u))
    assert (exported(u) - there).abs().max() < 1e-13


class _Both(torch.nn.Module):
    def __init__(self, convolution):
        super().__init__()
        self.convolution = convolution

    def forward(self, u):
        return self.convolution.adjoint(self.convolution(u))
