"""Trainable convolutions with their exact adjoint and an upper bound of their norm that holds on every grid."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..arrays import check_tensor
from .columns import Adjoint, Product, serves

PADDINGS = ("valid", "periodic", "zero")
TINY = 1e-30  # below it a square has no derivative any more, so that the root has a finite one
CONVOLUTION: tuple[Any, ...] = (None, functional.conv1d, functional.conv2d, functional.conv3d)
TRANSPOSED: tuple[Any, ...] = (
    None,
    functional.conv_transpose1d,
    functional.conv_transpose2d,
    functional.conv_transpose3d,
)


class Convolution(nn.Module):
    """`K`: states `(batch, channels, *shape)` to features `(batch, features, *shape')`, with the adjoint `K*`.

    Parameters
    ----------
    channels, features : int
    kernel : int
        Odd width of the kernel along every axis.
    dim : int
        Number of axes, 1 to 3.
    padding : {"valid", "periodic", "zero"}
        "valid" keeps the rows where the kernel fits (a difference then is that of reflecting walls, and `K` shrinks
        every axis by `kernel - 1`); the others keep the shape.

    Raises
    ------
    ValueError
        `kernel` is even, `dim` or `padding` unknown.
    """

    def __init__(self, channels: int, features: int, kernel: int = 3, dim: int = 2, padding: str = "valid") -> None:
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise ValueError(f"kernel must be odd and positive, got {kernel!r}")
        if dim not in (1, 2, 3):
            raise ValueError(f"dim must be 1, 2 or 3, got {dim!r}")
        if padding not in PADDINGS:
            raise ValueError(f"padding must be one of {PADDINGS}, got {padding!r}")
        self.dim, self.padding, self.radius = dim, padding, kernel // 2
        weight = torch.randn(features, channels, *[kernel] * dim)
        self.weight = nn.Parameter(weight / math.sqrt(channels * kernel**dim))

    def forward(self, u: Tensor) -> Tensor:
        """`K u`."""
        self._check(u)
        if self.padding == "periodic":
            u = functional.pad(u, [self.radius] * (2 * self.dim), mode="circular")
        if serves(u, self.weight):
            return Product.apply(u, self.weight, self._margin)
        return CONVOLUTION[self.dim](u, self.weight, padding=self._margin)

    def adjoint(self, v: Tensor) -> Tensor:
        """`K* v`, exactly: what `forward` reads beyond an edge, `adjoint` adds there."""
        if serves(v, self.weight):
            u = Adjoint.apply(v, self.weight, self._margin)
        else:
            u = TRANSPOSED[self.dim](v, self.weight, padding=self._margin)
        return self._folded(u) if self.padding == "periodic" else u

    def _check(self, u: Tensor) -> None:
        check_tensor(u, "u")
        if u.ndim != 2 + self.dim or u.shape[1] != self.weight.shape[1]:
            axes = ", ".join("nml"[: self.dim])
            raise ValueError(f"u must have shape (batch, {self.weight.shape[1]}, {axes}), got {tuple(u.shape)}")

    @property
    def _margin(self) -> int:
        return self.radius if self.padding == "zero" else 0

    def _folded(self, u: Tensor) -> Tensor:
        r = self.radius
        for axis in range(2, 2 + self.dim):
            n = u.shape[axis] - 2 * r
            middle = u.narrow(axis, r, n)
            if r:
                rest = n - r
                shape = list(middle.shape)
                shape[axis] = rest
                gap = middle.new_zeros(shape)
                middle = middle + torch.cat([u.narrow(axis, n + r, r), gap], axis)
                middle = middle + torch.cat([gap, u.narrow(axis, 0, r)], axis)
            u = middle
        return u

    def extra_repr(self) -> str:
        features, channels, *kernel = self.weight.shape
        return f"{channels}, {features}, kernel={kernel}, padding={self.padding!r}"

    def norm_bound(self) -> Tensor:
        """An upper bound of `‖K‖₂` on every grid, a differentiable tensor, finite and differentiable at zero too.

        On a torus `‖K‖` is the largest norm of the matrices `Σ_k W_k e^(-i ω·k)` over its frequencies; "valid" and "zero"
        are compressions of a larger torus. The matrices are taken on a fixed grid of `M` frequencies an axis, and the
        trigonometric polynomials `x* (Σ ...) y`, of degree `d = (kernel - 1)/2`, exceed their values there at most by
        `1 / cos(πd/M)` an axis (Ehlich and Zeller 1964).
        """
        if self.radius == 0:
            return torch.linalg.matrix_norm(self.weight.flatten(1), 2)
        # In space frequencies are many: half of them an axis, for a bound 3 % to 6 % wider. Opposite ones have equal norms.
        m = (16 if self.dim < 3 else 8) * (2 * self.radius + 1)
        axes = tuple(range(2, 2 + self.dim))
        if self.weight.shape[1] == 1:  # the squares, of twice the degree, are one polynomial: that of `Σ_k K_k ⋆ K_k`
            kernels = self.weight.transpose(0, 1)
            with torch.autocast(kernels.device.type, enabled=False):  # half precision would bound another kernel
                squares = CONVOLUTION[self.dim](kernels, kernels, padding=2 * self.radius)
            largest = torch.fft.rfftn(squares, [2 * m] * self.dim, axes).abs().max()
            return (largest.clamp(min=TINY) / math.cos(math.pi * self.radius / m) ** self.dim).sqrt()
        symbols = torch.fft.rfftn(self.weight, [m] * self.dim, axes).flatten(2).permute(2, 0, 1)
        vectors = self.weight.shape[0] == 1
        norms = torch.linalg.vector_norm(symbols, dim=(1, 2)) if vectors else torch.linalg.matrix_norm(symbols, 2)
        largest = norms.max()
        return largest / math.cos(math.pi * self.radius / m) ** self.dim
