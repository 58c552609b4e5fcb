"""Convolutions of images of one channel, in the plane and on the CPU: `K* v` as a product with columns.

The library's transposed convolution, which is also its derivative of a convolution, is slow where it has one channel to
write. `K*` is `fold(Wᵀ v)` instead; all else is what the library does best. `python -m benchmarks training` has the figures.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional


def serves(u: Tensor, weight: Tensor) -> bool:
    """Whether states or features `u` and a kernel `weight` are of this kind; compilers make their own choice."""
    return weight.ndim == 4 and weight.shape[1] == 1 and u.device.type == "cpu" and not torch.compiler.is_compiling()


class Product(torch.autograd.Function):
    """`K u` for `u` of shape `(batch, 1, n, m)`, a kernel `(features, 1, k, k)`, and `margin` zeros around `u`."""

    generate_vmap_rule = True

    @staticmethod
    def forward(u: Tensor, weight: Tensor, margin: int) -> Tensor:
        return functional.conv2d(u, weight, padding=margin)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _keep(ctx, inputs)

    @staticmethod
    def jvp(ctx: Any, change: Tensor | None, turn: Tensor | None, _: None) -> Tensor:
        return _derivative(Product, ctx, change, turn)

    @staticmethod
    def backward(ctx: Any, v: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        u, weight = ctx.saved_tensors
        state = Adjoint.apply(v, weight, ctx.margin) if ctx.needs_input_grad[0] else None
        return state, _of_kernel(u, v, weight, ctx.margin) if ctx.needs_input_grad[1] else None, None


class Adjoint(torch.autograd.Function):
    """`K* v` for `v` of shape `(batch, features, n', m')`, the adjoint of `Product`."""

    generate_vmap_rule = True

    @staticmethod
    def forward(v: Tensor, weight: Tensor, margin: int) -> Tensor:
        columns = torch.bmm(weight.flatten(1).T.expand(len(v), -1, -1), v.flatten(2))
        shape = tuple(n - 2 * margin + k - 1 for n, k in zip(v.shape[2:], weight.shape[2:], strict=True))
        return functional.fold(columns, shape, weight.shape[2:], padding=margin)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _keep(ctx, inputs)

    @staticmethod
    def jvp(ctx: Any, change: Tensor | None, turn: Tensor | None, _: None) -> Tensor:
        return _derivative(Adjoint, ctx, change, turn)

    @staticmethod
    def backward(ctx: Any, u: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        v, weight = ctx.saved_tensors
        features = Product.apply(u, weight, ctx.margin) if ctx.needs_input_grad[0] else None
        return features, _of_kernel(u, v, weight, ctx.margin) if ctx.needs_input_grad[1] else None, None


def _keep(ctx: Any, inputs: tuple[Any, ...]) -> None:
    """State and kernel, for derivatives in both directions."""
    state, weight, ctx.margin = inputs
    ctx.save_for_backward(state, weight)
    ctx.save_for_forward(state, weight)


def _derivative(product: Any, ctx: Any, change: Tensor | None, turn: Tensor | None) -> Tensor:
    """Along a change of the state and one of the kernel: the product is linear in both."""
    state, weight = ctx.saved_tensors
    parts = []
    if change is not None:
        parts.append(product.apply(change, weight, ctx.margin))
    if turn is not None:
        parts.append(product.apply(state, turn, ctx.margin))
    return sum(parts)


def _of_kernel(u: Tensor, v: Tensor, weight: Tensor, margin: int) -> Tensor:
    """The derivative of `⟨K u, v⟩` by the kernel."""
    one, none = [1, 1], [0, 0]
    return torch.ops.aten.convolution_backward(
        v, u, weight, None, one, [margin] * 2, one, False, none, 1, [False, True, False]
    )[1]
