"""What others use, to compare with: the residual network, the U-net, and the convex potential layer.

All take and give states `(batch, channels, *shape)` in one to three dimensions; walls reflect, as those of the symmetric
nets with "valid" kernels do, except for the convex potential layer, which needs an exact adjoint.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .convolution import Convolution

CONVOLUTIONS: tuple[Any, ...] = (None, nn.Conv1d, nn.Conv2d, nn.Conv3d)
POOLING: tuple[Any, ...] = (None, functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)


def _convolution(channels: int, features: int, kernel: int, dim: int) -> nn.Module:
    _check(kernel=kernel, dim=dim)
    return CONVOLUTIONS[dim](channels, features, kernel, padding=kernel // 2, padding_mode="replicate")


class ResidualNet(nn.Module):
    """`u + W₂ ReLU(W₁ u + b₁) + b₂`, block after block (He et al. 2016, without batch normalisation).

    A block has `2 kᵈ C F + F + C` parameters for `C` channels, `F` features and kernels of width `k`: twice the kernels of
    a symmetric block, whose two convolutions share their weights.

    Parameters
    ----------
    channels, features : int
    blocks : int
    kernel, dim : int
    """

    def __init__(self, channels: int = 1, features: int = 8, blocks: int = 5, kernel: int = 3, dim: int = 2) -> None:
        super().__init__()
        _check(channels=channels, features=features, blocks=blocks)
        self.first = nn.ModuleList(_convolution(channels, features, kernel, dim) for _ in range(blocks))
        self.second = nn.ModuleList(_convolution(features, channels, kernel, dim) for _ in range(blocks))

    def forward(self, u: Tensor) -> Tensor:
        """The state after all blocks, of the shape `(batch, channels, *shape)` of `u`."""
        for first, second in zip(self.first, self.second, strict=True):
            u = u + second(torch.relu(first(u)))
        return u


class UNet(nn.Module):
    """The U-net (Ronneberger, Fischer and Brox 2015), with means for pooling, nearest neighbours upwards, and a skip.

    On level `l` there are `features 2ˡ` features. Down: two convolutions with ReLU, then the mean of two cells along every
    axis. Up: repeated values, concatenated with what left the level downwards, and two convolutions. A last convolution of
    width one gives the correction that is added to the input.

    Parameters
    ----------
    channels, features : int
        Features of the finest level.
    levels : int
        Number of levels; every axis must be divisible by `2^(levels - 1)`.
    kernel, dim : int
    """

    def __init__(self, channels: int = 1, features: int = 8, levels: int = 3, kernel: int = 3, dim: int = 2) -> None:
        super().__init__()
        _check(channels=channels, features=features, levels=levels)
        sizes = [features * 2**level for level in range(levels)]
        self.down = nn.ModuleList(
            _pair(before, after, kernel, dim) for before, after in zip([channels, *sizes], sizes, strict=False)
        )
        self.up = nn.ModuleList(
            _pair(3 * size, size, kernel, dim) for size in sizes[-2::-1]
        )  # `size` from the skip, twice that from below
        self.last = _convolution(features, channels, 1, dim)
        self.dim = dim

    def forward(self, u: Tensor) -> Tensor:
        """The output of shape `(batch, channels, *shape)`, like `u`; ValueError unless the axes halve without remainder."""
        if any(n % 2 ** len(self.up) for n in u.shape[2:]):
            raise ValueError(f"u must have axes divisible by {2 ** len(self.up)}, got {tuple(u.shape[2:])}")
        v, skips = u, []
        for level, block in enumerate(self.down):
            v = block(v if level == 0 else POOLING[self.dim](v, 2))
            skips.append(v)
        for skip, block in zip(skips[-2::-1], self.up, strict=True):
            v = block(torch.cat([skip, functional.interpolate(v, scale_factor=2.0, mode="nearest")], 1))
        return u + self.last(v)


def _pair(channels: int, features: int, kernel: int, dim: int) -> nn.Sequential:
    """Two convolutions with ReLU."""
    return nn.Sequential(
        _convolution(channels, features, kernel, dim),
        nn.ReLU(),
        _convolution(features, features, kernel, dim),
        nn.ReLU(),
    )


class ConvexPotentialNet(nn.Module):
    """`u - 2/‖W‖² W* ReLU(W u + b)`, block after block: Lipschitz with constant one (Meunier et al. 2022).

    The gradient step of a convex potential with the step of its limit; `‖W‖` is an upper bound on every grid instead of
    the power iteration of the paper, which bounds from below. A block has `kᵈ C F + F` parameters.

    Parameters
    ----------
    channels, features : int
    blocks : int
    kernel, dim, padding
        As of `Convolution`.
    """

    convolutions: Any  # nn.ModuleList of Convolution

    def __init__(
        self,
        channels: int = 1,
        features: int = 8,
        blocks: int = 5,
        kernel: int = 3,
        dim: int = 2,
        padding: str = "zero",
    ) -> None:
        super().__init__()
        _check(channels=channels, features=features, blocks=blocks)
        self.convolutions = nn.ModuleList(Convolution(channels, features, kernel, dim, padding) for _ in range(blocks))
        self.biases = nn.ParameterList(torch.zeros(features, *[1] * dim) for _ in range(blocks))

    def forward(self, u: Tensor) -> Tensor:
        """The state after all blocks, of the shape `(batch, channels, *shape)` of `u`."""
        for W, b in zip(self.convolutions, self.biases, strict=True):
            step = 2 / (W.norm_bound() ** 2).clamp(min=1e-12)
            u = u - step * W.adjoint(torch.relu(W(u) + b))
        return u


def _check(**numbers: int) -> None:
    """Raise ValueError unless all are positive integers, `kernel` odd, and `dim` at most 3."""
    for name, n in numbers.items():
        wrong = type(n) is not int or n < 1 or (name == "kernel" and n % 2 == 0) or (name == "dim" and n > 3)
        if wrong:
            kind = {"kernel": "an odd positive integer", "dim": "1, 2 or 3"}.get(name, "a positive integer")
            raise ValueError(f"{name} must be {kind}, got {n!r}")
