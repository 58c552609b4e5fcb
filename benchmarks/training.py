"""Forward and backward of one residual block of one channel: columns against the library's convolutions, interleaved."""

from unittest.mock import patch

import torch

import pdenn as pn
from pdenn.networks import Convolution, DiffusionBlock, convolution

from .rounds import interleaved, row

SHAPES = [(8, 3, 8, 48), (24, 5, 8, 48), (24, 7, 16, 64)]  # features, kernel, batch, cells an axis


def measure(settings):
    """Rows in single precision on one thread; differences are relative to the largest entry of a gradient."""
    torch.set_num_threads(1)
    for features, kernel, batch, n in settings.pick(SHAPES, SHAPES[:1], [(2, 3, 1, 8)]):
        torch.manual_seed(0)
        block = DiffusionBlock(Convolution(1, features, kernel), pn.Charbonnier(0.1))
        works = built(block, torch.rand(batch, 1, n, n))
        gradients = zip(*(work() for work in works.values()), strict=True)
        difference = max(float((a - b).abs().max() / b.abs().max()) for a, b in gradients)
        seconds = interleaved(works, settings.seconds)
        case = f"{features} features {kernel} x {kernel}, batch {batch} x {n} x {n}"
        yield row(case, ("columns", seconds["columns"]), ("library", seconds["library"]), dtype="float32", threads=1,
                  difference=difference)  # fmt: skip


def built(block, u) -> dict:
    """Forward and backward to the state and to the weights, both ways; each gives all gradients; differences are relative to the largest."""

    def columns():
        block.zero_grad()
        v = u.clone().requires_grad_()
        block(0.0, v).square().sum().backward()
        return [v.grad, *(p.grad.clone() for p in block.parameters() if p.grad is not None)]

    def library():
        with patch.object(convolution, "serves", lambda u, weight: False):
            return columns()

    return {"columns": columns, "library": library}
