"""Forward and backward of one residual block of one channel: columns against the library's convolutions, interleaved."""

import time
from unittest.mock import patch

import numpy as np
import torch

import pdenn as pn
from pdenn.networks import Convolution, DiffusionBlock, convolution

from .kernels import machine

SHAPES = [(8, 3, 8, 48), (24, 5, 8, 48), (24, 7, 16, 64)]  # features, kernel, batch, cells an axis


def measure(rounds: int = 15) -> dict:
    """Medians of seconds, one thread, float32."""
    torch.set_num_threads(1)
    return {"machine": machine(), "rows": [row(*shape, rounds) for shape in SHAPES]}


def row(features, kernel, batch, n, rounds) -> dict:
    """One block, both ways, in turn."""
    torch.manual_seed(0)
    block = DiffusionBlock(Convolution(1, features, kernel), pn.Charbonnier(0.1))
    u = torch.rand(batch, 1, n, n)
    times: dict[str, list[float]] = {"columns": [], "library": []}
    for _ in range(rounds):
        times["columns"].append(seconds(block, u))
        with patch.object(convolution, "serves", lambda u, weight: False):
            times["library"].append(seconds(block, u))
    ours, theirs = (float(np.median(times[name])) for name in ("columns", "library"))
    return {"features": features, "kernel": kernel, "batch": batch, "n": n, "columns_ms": 1e3 * ours,
            "library_ms": 1e3 * theirs, "speed": theirs / ours}  # fmt: skip


def seconds(block, u) -> float:
    """Of one forward and backward pass, to the state and to the weights."""
    v = u.clone().requires_grad_()
    begin = time.perf_counter()
    block(0.0, v).square().sum().backward()
    return time.perf_counter() - begin
